"""Commands that run the hub: init, serve, worker, reconcile, check, export, clock."""

import re
import signal
import sys
import threading
from datetime import timedelta
from types import FrameType

import click
from sqlalchemy import select

from core.commands.office import Office, beginning, verb
from core.gateway.hub import Hub
from core.models import Connection
from core.queries.connections import ConnectionHealth
from core.queries.connections import connections as list_connections
from core.queries.digest import digest, facts
from core.services.check import check as check_all
from core.services.connections import find
from core.services.export import export_rows
from core.services.reconcile import Asked
from core.services.reconcile import reconcile as find_what_was_lost
from core.services.turn_clock import offset, turn_forward
from core.worker import run_until_idle

UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


@click.command()
@beginning
def init(office: Office) -> None:
    """Create the database and the key file, or bring an older database to the newest shape."""
    hub = office.house
    answer = {"database": hub.database.engine.url.render_as_string(), "durability": hub.database.durability()}
    office.answer(answer, [f"The hub is ready on {answer['database']}.", "Next: referhub connect --help"])


@click.command()
@beginning
def serve(office: Office) -> None:
    """Serve webhooks and the dashboard, and do the hub's work, until told to end."""
    office.is_machine = True
    office.serve(office.settings, office.house)


@click.command()
@click.option("--until-idle", is_flag=True, help="End when nothing is due any more.")
@click.option(
    "--engine",
    type=click.Choice(["embedded", "procrastinate"]),
    default="embedded",
    show_default=True,
    help="Who wakes it; procrastinate needs PostgreSQL.",
)
@beginning
def worker(office: Office, until_idle: bool, engine: str) -> None:
    """Do the hub's work in a process of its own; any number may run against one database."""
    office.is_machine = True
    if until_idle:
        done = run_until_idle(office.named_or_house)
        office.answer({"done": done}, f"{done} things done; nothing is due now.")
    elif engine == "procrastinate":
        _run_procrastinate(office)
    else:
        office.say("The worker runs. Ctrl-C ends it.")
        _run_embedded(office.house)


def _run_embedded(hub: Hub) -> None:
    from core.dispatch.embedded import EmbeddedDispatcher  # a scheduler, which only a worker that stays needs

    dispatcher, ended = EmbeddedDispatcher(hub), threading.Event()

    def end(_signal: int, _frame: FrameType | None) -> None:
        ended.set()

    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, end)
    dispatcher.start()
    ended.wait()
    dispatcher.stop()


def _run_procrastinate(office: Office) -> None:
    if office.house.database.is_sqlite:
        raise click.UsageError("the engine procrastinate needs PostgreSQL: set REFERHUB_DATABASE_URL=postgresql://…")
    try:
        from core.dispatch.distributed import run_worker
    except ImportError:
        raise click.UsageError("install the engine first: pip install 'referhub[procrastinate]'") from None
    office.say("The worker runs. Ctrl-C ends it.")
    run_worker(office.house)


@click.command()
@click.option("--connection", help="Only this connection (label or id).")
@verb
def reconcile(office: Office, connection: str | None) -> None:
    """Ask the sources for what webhooks lost, and work through what is found; status 1 when one did not answer."""
    hub = office.hub
    with hub.database.reading() as session:
        chosen = [find(session, connection)] if connection else list(session.scalars(select(Connection)))
        before = digest(session)
    done, asked = find_what_was_lost(hub, chosen, lambda: run_until_idle(hub))
    with hub.database.reading() as session:
        after = digest(session)
        ids = {one.id for one in chosen}
        health = [row for row in list_connections(session, hub.now(), hub.switches) if row.id in ids]
    silent = [one for one in asked if one.problem]
    answer = {"done": done, "changed": after != before, "digest": after, "unknown": silent, "connections": health}
    unknown = [_silence(one) for one in silent]
    lines = [f"{len(asked)} asked, {done} things done. {_verdict(after != before, bool(silent))}", *unknown]
    office.answer(answer, [*lines, *[_health(row) for row in health]])
    if silent:
        sys.exit(1)


def _silence(one: Asked) -> str:
    if one.is_off:
        return f"{one.label} was not asked: {one.problem}. What it lost is found once it is on again."
    return f"Nothing is known of what {one.label} lost: {one.problem}"


def _verdict(has_changed: bool, is_any_silent: bool) -> str:
    if has_changed:
        return "Money changed: something had been lost."
    return "" if is_any_silent else "Nothing had been lost."


def _health(row: ConnectionHealth) -> str:
    return f"  {row.label}: {row.health}, backlog {row.backlog}"


@click.command()
@verb
def check(office: Office) -> None:
    """Check every invariant, read-only; exit status 1 and no more pushes when one is broken."""
    report = check_all(office.named_or_house)
    lines = [f"{'ok ' if not one.violations else 'BAD'} {one.number:4} {one.promise}" for one in report.findings]
    broken = [f"    {one.number}: {words}" for one in report.findings for words in one.violations]
    office.answer({"sound": report.is_sound, "report": report}, [*lines, *broken, f"digest {report.digest}"])
    if not report.is_sound:
        sys.exit(1)


@click.command()
@click.argument("what", type=click.Choice(["conversions", "rewards", "pushes", "ledger", "digest"]))
@verb
def export(office: Office, what: str) -> None:
    """Write all rows of one kind as JSON lines, or the facts under the digest."""
    with office.named_or_house.database.reading() as session:
        if what == "digest":
            office.as_json = True
            office.answer({"digest": digest(session), "facts": facts(session)})
            return
        for line in export_rows(session, what, office.house.vault.open):
            click.echo(line)


@click.command()
@click.argument("by", required=False)
@verb
def clock(office: Office, by: str | None) -> None:
    """Show the hub's time; in a sandbox, turn it forward BY e.g. 15d, 2h, 10m."""
    now = turn_forward(office.house, duration(by)) if by else office.house.now()
    ahead = offset(office.house.database)
    office.answer(
        {"now": now, "ahead_seconds": ahead.total_seconds()}, f"The hub's time is {now:%Y-%m-%d %H:%M:%S} UTC."
    )


def duration(text: str) -> timedelta:
    """What somebody typed as 15d, 2h, 10m or 30s. Raises `click.BadParameter`."""
    found = re.fullmatch(r"([0-9]{1,6})([smhd])", text)
    if not found:
        raise click.BadParameter(f"{text!r} is no duration: write 15d, 2h, 10m or 30s")
    return timedelta(**{UNITS[found[2]]: int(found[1])})
