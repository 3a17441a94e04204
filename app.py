"""The composition root: the only place that knows everyone, and decides nothing."""

import errno
import gc
import os
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from flask import Flask

from config.settings import Settings, WrongSettings, load_settings
from core.clock import system_clock
from core.commands import cli
from core.commands.fraud import fraud
from core.commands.fraud_measure import Population, measure_on
from core.commands.office import Office
from core.commands.running import sandbox
from core.contract.errors import Unreadable, WrongSetting
from core.contract.money import Money
from core.contract.store_app import StoreApp
from core.database import Database, WeakDurability
from core.dispatch.embedded import EmbeddedDispatcher
from core.gateway.backup_plan import BackupPlan, BadKeep, Keep
from core.gateway.erasure_journal import ErasureJournal
from core.gateway.ground import Place, Source, Stage
from core.gateway.http_client import HttpClient
from core.gateway.hub import Hub, Timings
from core.gateway.keeping import MONTH, Keeping
from core.gateway.key_file import KeyFile
from core.gateway.logs import start_logging
from core.gateway.reach import Reach
from core.gateway.vault import SealBroken
from core.mail.post import Post, mail_server
from core.migrations import migrate_database, require_hub
from core.rules.switches import Switches
from core.services import store_returns, store_visits
from core.services.connect_form import fill_in, kinds, steps_after
from core.services.connections import abilities_of, rotated_address, switch, test_connection
from core.services.disconnect import disconnect
from core.services.field_verbs import retry, show_places
from core.services.inbox import Inbox
from core.services.install import finish_install
from core.services.invitations import make_welcome
from core.services.readiness import house_measures
from core.services.reapply import reapply_erasures
from core.services.receive import Receiver
from core.services.secretary import Secretary, owner_link
from core.services.store_apps import enter
from core.services.turn_clock import SandboxClock
from web.accounts.blueprint import create_accounts
from web.accounts.places import WELCOME
from web.accounts.signing import Signing, is_fresh, scope
from web.accounts.single_sign_on import Issuer
from web.accounts.visiting import neighbour
from web.api.health import create_health
from web.api.metrics import Meter, Scrapers, create_metrics
from web.api.threshold import DOORS, Threshold
from web.dashboard import create_dashboard
from web.dashboard.access import Gate, People
from web.dashboard.blueprint import PREFIX as DASHBOARD
from web.dashboard.forms import Forms
from web.dashboard.sources import Connecting, Sources
from web.store import EitherEntrance, ShopEntrance, StoreMount, create_store
from web.store.blueprint import StoreVerbs
from webhooks.routes import WebhookDoor
from webhooks.server import Server, end_on_signals

WRONG_CONFIGURATION = 78  # EX_CONFIG of sysexits.h
STAND_INS = ("shopify", "hubspot", "salesforce")


def create_hub(settings: Settings) -> Hub:
    """A hub on a migrated, durable database. Raises `WrongSettings`, `WeakDurability` or `SealBroken`."""
    backups, limits = _backups(settings), _limits(settings)  # wrong ones are told before anything is written
    if settings.database_url.startswith("sqlite:///"):
        os.makedirs(os.path.dirname(settings.database_url.removeprefix("sqlite:///")) or ".", exist_ok=True)
    database = Database(settings.database_url, pool_size=settings.threads)
    database.require_durability()
    migrate_database(database)
    hub = Hub(
        database=database,
        vault=KeyFile(settings.secret_key_file).vault(),
        clock=SandboxClock(database) if settings.is_sandbox else system_clock,
        base_url=settings.base_url or f"http://{settings.host}:{settings.port}",
        is_sandbox=settings.is_sandbox,
        must_rehearse=not settings.is_sandbox,
        timings=replace(
            Timings(),
            quiet=timedelta(seconds=settings.quiet_seconds),
            poll_every=settings.poll_every,
            check_every=timedelta(minutes=settings.check_minutes),
        ),
        switches=settings.switches,
        keeping=_keeping(settings),
        backups=backups,
        second_person_above=limits,
        journal=ErasureJournal(settings.erasure_journal_file),
        http_factory=partial(HttpClient, reach=_reach(settings), proxy=settings.egress_proxy),
        app_settings=settings.app_settings,
    )
    _store_apps(hub)
    reapply_erasures(hub)
    return hub


def _store_apps(hub: Hub) -> dict[str, StoreApp]:
    """The apps in stores that are set up. Raises `WrongSettings`."""
    apps: dict[str, StoreApp] = {}
    for key in hub.app_settings:
        try:
            app = hub.store_app(key)
        except WrongSetting as problem:
            raise WrongSettings(f"connectors.{key}.app: {problem}") from problem
        if app is not None:
            apps[key] = app
    return apps


def _reach(settings: Settings) -> Reach:
    private = frozenset(host.lower().strip("[]").rstrip(".") for host in settings.allowed_private_hosts)
    return Reach(allows_this_computer=settings.is_sandbox, private_hosts=private)


def _keeping(settings: Settings) -> Keeping:
    return Keeping(
        bodies=timedelta(days=settings.keep_bodies_days),
        write_runs=timedelta(days=settings.keep_write_runs_days),
        signals=timedelta(days=settings.keep_signals_days),
        audit=timedelta(days=settings.keep_audit_days),
        erased_people=settings.remember_erased_months * MONTH,
    )


def _backups(settings: Settings) -> BackupPlan | None:
    try:
        keep = Keep.read(settings.backup_keep)
    except BadKeep as problem:
        raise WrongSettings(f"backup_keep: {problem}") from None
    folder = Path(settings.backup_folder)
    return BackupPlan(folder, timedelta(hours=settings.backup_hours), keep) if settings.backup_folder else None


def _limits(settings: Settings) -> dict[str, Money]:
    try:
        return {currency: Money.parse(most, currency) for currency, most in settings.second_person_above.items()}
    except Unreadable as problem:
        raise WrongSettings(f"second_person_above: {problem}") from None


def open_hub(settings: Settings) -> Hub:
    """The hub that is there already. Raises `NoHub` where there is none, and makes nothing."""
    require_hub(settings.database_url)
    return create_hub(settings)


def create_app(settings: Settings | None = None, hub: Hub | None = None, inbox: Inbox | None = None) -> Flask:
    """The web application: the people's pages in Flask, and the machines' door in front of it."""
    settings = settings or load_settings()
    hub = hub or create_hub(settings)
    app = Flask(__name__)
    apps = _store_apps(hub)
    meter = Meter(DOORS)
    app.register_blueprint(create_health(hub.database, hub.clock))
    app.register_blueprint(create_metrics(meter, partial(house_measures, hub.database, hub.clock), _scrapers(settings)))
    app.register_blueprint(create_store(apps, _store_verbs(hub), hub.clock))
    signing, needs = create_accounts(
        app,
        hub,
        Secretary(hub, _post(settings)),
        _single_sign_on(settings),
        requires_second_factor=settings.requires_second_factor,
    )
    app.register_blueprint(
        create_dashboard(
            hub,
            entrance=_either_entrance(hub, apps, _entrance(settings, hub, signing)),
            sources=_sources,
            needs=needs,
            beside=(WELCOME,),
        )
    )
    receiver = Receiver(hub, inbox or Inbox(hub))
    mounted = StoreMount(apps, app.wsgi_app)
    app.wsgi_app = Threshold(  # type: ignore[method-assign]
        WebhookDoor(receiver, hub.clock, mounted),
        meter,
        trusted_hosts=_trusted_hosts(settings, hub),
        explaining=(DASHBOARD,),
        is_https=settings.base_url.startswith("https://"),
    )
    return app


def _scrapers(settings: Settings) -> Scrapers:
    return Scrapers(settings.metrics_token, settings.is_loopback_only)


def _either_entrance(hub: Hub, apps: dict[str, StoreApp], house: Gate) -> EitherEntrance:
    return EitherEntrance(house, ShopEntrance(apps, partial(enter, hub), hub.clock, house))


def _store_verbs(hub: Hub) -> StoreVerbs:
    return StoreVerbs(
        begin=partial(store_returns.begin, hub),
        finish=partial(store_returns.finish, hub),
        own_referral=partial(store_visits.own_referral_of, hub),
    )


def _post(settings: Settings) -> Post | None:
    if not settings.smtp_url:
        return None
    return Post(mail_server(settings.smtp_url, settings.mail_from or "referhub@localhost"))


def _single_sign_on(settings: Settings) -> Issuer | None:
    if not settings.oidc_issuer:
        return None
    return Issuer(
        address=settings.oidc_issuer,
        client_id=settings.oidc_client_id,
        client_secret=settings.oidc_client_secret,
        label=settings.oidc_label,
        domains=frozenset(domain.casefold() for domain in settings.oidc_domains),
        groups=frozenset(settings.oidc_groups),
        first_role=settings.oidc_role,
    )


def _is_for_neighbours(settings: Settings) -> bool:
    """True when nobody has to sign in: nothing is real, and nobody else reaches it."""
    return settings.is_sandbox and settings.is_loopback_only


def _entrance(settings: Settings, hub: Hub, signing: Signing) -> Gate:
    people = People(
        neighbour=partial(neighbour, hub),
        recognise=signing.recognise,
        has_operators=signing.has_operators,
        is_fresh=is_fresh,
        scope=scope,
    )
    return Gate(
        trusted_hosts=_trusted_hosts(settings, hub),
        is_for_neighbours=_is_for_neighbours(settings),
        people=people,
        forms=Forms(hub.vault.lookup("the dashboard's forms").encode(), hub.clock),
    )


def _connecting(hub: Hub) -> Connecting:
    return Connecting(
        kinds=partial(kinds, hub),
        fill_in=partial(fill_in, hub),
        test=partial(test_connection, hub),
        switch=lambda connection_id, is_on: switch(hub, connection_id, on=is_on),
        rotate=partial(rotated_address, hub),
        leave=lambda connection_id, keeps: disconnect(hub, connection_id, keeps_links=keeps),
        steps_after=partial(steps_after, hub),
    )


def _sources(hub: Hub) -> Sources:
    return Sources(
        finish_install=partial(finish_install, hub),
        abilities=abilities_of,
        fields=partial(show_places, hub),
        retry=partial(retry, hub),
        connecting=_connecting(hub),
    )


def _trusted_hosts(settings: Settings, hub: Hub) -> frozenset[str]:
    public = hub.base_url.partition("://")[2].partition("/")[0].rpartition(":")[0] or hub.base_url.partition("://")[2]
    return frozenset({*settings.trusted_hosts, "127.0.0.1", "localhost", "[::1]", public})


def serve(settings: Settings, hub: Hub) -> None:
    """Serve pages and webhooks, and clear the table, until the process is asked to end."""
    end_on_signals()
    inbox = Inbox(hub)
    dispatcher = EmbeddedDispatcher(hub)
    server = _listening(settings, create_app(settings, hub, inbox))
    server.end_on_signals()
    here = f"http://{settings.host}:{server.port}"
    if not settings.base_url:
        hub.base_url = here
    if settings.worker:
        hub.wake = dispatcher.wake
        dispatcher.start()
    public = f", known to the world as {hub.base_url}" if settings.base_url else ""
    print(f"referhub listens on {here}{public} (dashboard: {hub.base_url}/dashboard/)", flush=True)
    welcome = None if _is_for_neighbours(settings) else make_welcome(hub)
    if welcome:
        print(f"Nobody owns this hub yet. This link makes the owner, once: {owner_link(hub, welcome)}", flush=True)
    # What is loaded by now stays for ever: the cyclic collector need not look through it again and again.
    gc.collect()
    gc.freeze()
    try:
        server.run()
    finally:
        server.close()
        inbox.close()
        dispatcher.stop()


def _listening(settings: Settings, app: Flask) -> Server:
    """The server, already listening. Raises `OSError` in words when the port cannot be had."""
    try:
        return Server(app, host=settings.host, port=settings.port, threads=settings.threads)
    except OSError as problem:
        if problem.errno != errno.EADDRINUSE:
            raise
        raise OSError(f"port {settings.port} is taken: stop what listens there, or set REFERHUB_PORT") from None


@dataclass(frozen=True)
class RehearsalGround:
    """Opens stages: a hub of its own in a folder of its own, its door on loopback, and stand-ins for its sources."""

    settings: Settings

    @property
    def kinds(self) -> frozenset[str]:
        """The kinds of sources that have a stand-in."""
        from sandbox.cast import KINDS  # three sandboxes, which only a rehearsal needs

        return frozenset(KINDS)

    @property
    def folder(self) -> Path:
        """Where rehearsals are kept apart."""
        return self.settings.rehearsals_folder

    @contextmanager
    def open(self, folder: Path, sources: Sequence[Source]) -> Iterator[Stage]:
        """A stage in that folder, made there if it is empty."""
        from sandbox.cast import open_place

        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        hub = create_hub(_apart(self.settings, folder))
        hub.http_factory = partial(HttpClient, reach=Reach(allows_this_computer=True, leaves_this_computer=False))
        with ExitStack() as stack:
            stack.callback(hub.database.close)
            places: dict[str, Place] = {}
            for number, one in enumerate(sources):
                file = folder / f"{number}-{one.kind}.db"
                places[one.label] = stack.enter_context(open_place(one.kind, one.label, one.currency, one.about, file))
            stack.enter_context(_machines_door(hub))
            yield Stage(hub, places)


def _apart(settings: Settings, folder: Path) -> Settings:
    """Settings of a hub that shares nothing with the live one, and reaches nothing but this computer."""
    own = Settings.model_construct(
        database_url=f"sqlite:///{folder / 'referhub.db'}",
        secret_key_file=folder / "secret.key",
        environment="sandbox",
        worker=False,
        log_level=settings.log_level,
    )
    own._switches = Switches()
    return own


@contextmanager
def _machines_door(hub: Hub) -> Iterator[None]:
    """Webhooks are taken at `hub.base_url` until the block ends."""
    inbox, ended = Inbox(hub), threading.Event()
    server = Server(WebhookDoor(Receiver(hub, inbox), hub.clock, _nobody), host="127.0.0.1", port=0, threads=4)
    hub.base_url = f"http://127.0.0.1:{server.port}"
    thread = threading.Thread(target=server.run, kwargs={"until": ended}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
        inbox.close()


def _nobody(_environ: Any, start_response: Any) -> list[bytes]:
    """No people come in where only machines are expected."""
    start_response("404 Not Found", [("Content-Length", "0")])
    return []


def _logging_as_set() -> Settings:
    settings = load_settings()
    start_logging(settings.log_level, settings.log_format)
    return settings


def wsgi() -> Any:
    """The application for another WSGI server; the draining is left to `referhub worker`."""
    return create_app(_logging_as_set())


def _town(people: int, seed: int) -> Population:
    """A made-up town to measure fraud rules on."""
    from sandbox.population import ARCHETYPES, OWN_NETWORKS, settle

    town = settle(people, seed)
    cheats = {name: one for name, one in ARCHETYPES.items() if one.is_cheat}
    beyond = {name for name, one in cheats.items() if not one.is_reachable}
    return Population(town.humans, town.sales, set(cheats), beyond, OWN_NETWORKS)


fraud_measure = measure_on(_town)


def main(arguments: list[str] | None = None) -> int:
    """The `referhub` command line; the exit status is returned."""
    start_logging()
    office = Office(_logging_as_set, create_hub, open_hub, serve, RehearsalGround)
    cli.add_later("demo", "sandbox.demo:demo")
    for kind in STAND_INS:
        sandbox.add_later(kind, f"sandbox.{kind}.command:{kind}")
    fraud.add_command(fraud_measure)
    try:
        cli.main(arguments, prog_name="referhub", obj=office)  # ends the process itself
    except (WrongSettings, WeakDurability, SealBroken) as problem:
        print(problem, file=sys.stderr)
        return WRONG_CONFIGURATION


if __name__ == "__main__":
    sys.exit(main())
