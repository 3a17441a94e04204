"""The doors, put together: what people and machines enter by. Decides nothing, and is loaded by whoever opens one."""

import errno
import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from flask import Flask

from config.settings import Settings
from core.contract.store_app import StoreApp
from core.dispatch.embedded import EmbeddedDispatcher
from core.gateway.hub import Hub
from core.mail.post import Post, mail_server
from core.services import store_returns, store_visits
from core.services.connect_form import fill_in, kinds, steps_after
from core.services.connections import abilities_of, rotated_address, switch, test_connection
from core.services.disconnect import disconnect
from core.services.field_verbs import retry, show_places
from core.services.inbox import Inbox
from core.services.install import finish_install
from core.services.invitations import make_welcome
from core.services.readiness import house_measures
from core.services.receive import Receiver
from core.services.secretary import Secretary, owner_link
from core.services.store_apps import enter
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


def create_app(settings: Settings, hub: Hub, inbox: Inbox | None = None) -> Flask:
    """The web application: the people's pages in Flask, and the machines' door in front of it."""
    app = Flask(__name__)
    apps = {key: found for key in hub.app_settings if (found := hub.store_app(key))}
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


@contextmanager
def machines_door(hub: Hub) -> Iterator[None]:
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
