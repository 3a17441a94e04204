"""The composition root: the only place that knows everyone, and decides nothing.

What only serving needs is in `doors.py`, and loaded no sooner: every other verb starts in half the time.
"""

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from config.settings import Settings, WrongSettings, load_settings
from core.clock import system_clock
from core.commands import cli, sandbox
from core.commands.office import Office
from core.contract.errors import Unreadable, WrongSetting
from core.contract.money import Money
from core.database import Database, WeakDurability
from core.gateway.backup_plan import BackupPlan, BadKeep, Keep
from core.gateway.erasure_journal import ErasureJournal
from core.gateway.ground import Place, Source, Stage
from core.gateway.hub import Hub, Timings
from core.gateway.keeping import MONTH, Keeping
from core.gateway.key_file import KeyFile
from core.gateway.logs import start_logging
from core.gateway.reach import Reach
from core.gateway.vault import SealBroken
from core.gateway.way_out import way_out
from core.migrations import migrate_database, require_hub
from core.rules.switches import Switches
from core.services.turn_clock import SandboxClock

if TYPE_CHECKING:
    from flask import Flask

    from core.commands.fraud_measure import Population
    from core.services.inbox import Inbox

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
        rehearsals_folder=settings.rehearsals_folder,
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
        http_factory=partial(way_out, reach=_reach(settings), proxy=settings.egress_proxy),
        app_settings=settings.app_settings,
    )
    _check_store_apps(hub)
    if hub.journal.lines():
        from core.services.reapply import reapply_erasures  # deciding anew: only where somebody was ever erased

        reapply_erasures(hub)
    return hub


def _check_store_apps(hub: Hub) -> None:
    for key in hub.app_settings:
        try:
            hub.store_app(key)
        except WrongSetting as problem:
            raise WrongSettings(f"connectors.{key}.app: {problem}") from problem


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


def create_app(settings: Settings | None = None, hub: Hub | None = None, inbox: "Inbox | None" = None) -> "Flask":
    """The web application: the people's pages in Flask, and the machines' door in front of it."""
    import doors  # see above

    settings = settings or load_settings()
    return doors.create_app(settings, hub or create_hub(settings), inbox)


def serve(settings: Settings, hub: Hub) -> None:
    """Serve pages and webhooks, and clear the table, until the process is asked to end."""
    import doors  # see above

    doors.serve(settings, hub)


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
        from doors import machines_door
        from sandbox.cast import open_place

        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        hub = create_hub(_apart(self.settings, folder))
        hub.http_factory = partial(way_out, reach=Reach(allows_this_computer=True, leaves_this_computer=False))
        hub.rehearsals_folder = None  # in a rehearsal nobody rehearses
        with ExitStack() as stack:
            stack.callback(hub.database.close)
            places: dict[str, Place] = {}
            for number, one in enumerate(sources):
                file = folder / f"{number}-{one.kind}.db"
                places[one.label] = stack.enter_context(open_place(one.kind, one.label, one.currency, one.about, file))
            stack.enter_context(machines_door(hub))
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


def _logging_as_set() -> Settings:
    settings = load_settings()
    start_logging(settings.log_level, settings.log_format)
    return settings


def wsgi() -> Any:
    """The application for another WSGI server; the draining is left to `referhub worker`."""
    return create_app(_logging_as_set())


def town(people: int, seed: int) -> "Population":
    """A made-up town to measure fraud rules on."""
    from core.commands.fraud_measure import Population
    from sandbox.population import ARCHETYPES, OWN_NETWORKS, settle

    settled = settle(people, seed)
    cheats = {name: one for name, one in ARCHETYPES.items() if one.is_cheat}
    beyond = {name for name, one in cheats.items() if not one.is_reachable}
    return Population(settled.humans, settled.sales, set(cheats), beyond, OWN_NETWORKS)


def main(arguments: list[str] | None = None) -> int:
    """The `referhub` command line; the exit status is returned."""
    start_logging()
    office = Office(_logging_as_set, create_hub, open_hub, serve, RehearsalGround, town)
    cli.add_later("demo", "sandbox.demo:demo")
    for kind in STAND_INS:
        sandbox.add_later(kind, f"sandbox.{kind}.command:{kind}")
    try:
        cli.main(arguments, prog_name="referhub", obj=office)  # ends the process itself
    except (WrongSettings, WeakDurability, SealBroken) as problem:
        print(problem, file=sys.stderr)
        return WRONG_CONFIGURATION


if __name__ == "__main__":
    sys.exit(main())
