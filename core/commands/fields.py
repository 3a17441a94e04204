"""Commands about referral fields: where they go, what writing would change, and how to undo, compare and retry."""

import click

from core.commands.office import Office, counted, verb
from core.queries.field_sync import FieldHealth, ParkedRecord, RunRow, field_health, parked_records, write_runs
from core.services import field_verbs as verbs
from core.services.drift import look_for_drift
from core.services.field_preview import FieldPreview, Preview
from core.services.undo import undo as undo_last_run


@click.group()
def fields() -> None:
    """The referral facts that each source shows of its people."""


@fields.command()
@click.argument("connection")
@verb
def show(office: Office, connection: str) -> None:
    """Where each field goes, what is off and why, and what waits."""
    with office.hub.database.reading() as session:
        found = verbs.places(office.hub, session, connection)
        row, plan = verbs.open_plan(office.hub, session, connection)
        health = field_health(session, office.hub.now())[row.id]
        parked, runs = parked_records(session, row.id), write_runs(session, row.id)
    if office.as_json:
        office.answer(
            {"is_preview": plan.is_preview, "health": health, "fields": found, "parked": parked, "runs": runs}
        )
        return
    office.say(_standing(row.label, health, is_preview=plan.is_preview))
    _table(office, found)
    for line in [*_problems(health), *[_parked(one) for one in parked], *[_run(one) for one in runs]]:
        office.say(line)


def _table(office: Office, found: list[verbs.FieldPlace]) -> None:
    columns = {
        "FIELD": lambda row: row.ours,
        "GOES TO": lambda row: row.theirs or "-",
        "STATE": _state,
        "MEANING": lambda row: row.meaning,
    }
    office.table(found, columns, "")


def _state(row: verbs.FieldPlace) -> str:
    if row.theirs is None:
        return "off"
    if row.problem is not None:
        return "off: cannot be written"
    return "shared" if row.is_shared else "on"


def _standing(label: str, health: FieldHealth, *, is_preview: bool) -> str:
    stage = "in preview: nothing is written before `referhub fields go-live`" if is_preview else "live"
    written = f"{health.written} written{' before' if is_preview else ''}"
    rest = f"{health.backlog} waiting, {health.parked} parked, {health.gone} gone"
    return f"{label} is {stage}. {counted(health.records, 'record')}, {written}, {rest}."


def _problems(health: FieldHealth) -> list[str]:
    waits = [f"Nothing is written before {health.due_at:%Y-%m-%d %H:%M} UTC: {health.hint}"] if health.due_at else []
    return waits + [f"{theirs} is off: {why}" for theirs, why in health.problems.items()]


def _parked(one: ParkedRecord) -> str:
    return f"Parked: {one.source_id}: {one.reason}"


def _run(one: RunRow) -> str:
    undone = ", undone" if one.undone_at else ""
    return (
        f"Run of {one.started_at:%Y-%m-%d %H:%M} UTC ({one.kind}): "
        f"{one.written} written, {one.refused} refused, {counted(one.calls, 'call')}{undone}"
    )


@fields.command("map")
@click.argument("connection")
@click.argument("field")
@click.argument("theirs")
@verb
def map_to(office: Office, connection: str, field: str, theirs: str) -> None:
    """Let our FIELD go to THEIRS, a field of the source by its API name."""
    _answer_place(office, verbs.map_field(office.hub, connection, field, theirs), field)


@fields.command()
@click.argument("connection")
@click.argument("field")
@verb
def off(office: Office, connection: str, field: str) -> None:
    """Write our FIELD nowhere; what stands at the source stays."""
    _answer_place(office, verbs.map_field(office.hub, connection, field, None), field)


def _answer_place(office: Office, places: list[verbs.FieldPlace], field: str) -> None:
    place = next(one for one in places if one.ours == field)
    trouble = f" It is not written yet: {place.problem}" if place.problem else ""
    office.answer(place, f"{field} goes to {place.theirs or 'nowhere'}.{trouble}")


@fields.command()
@click.argument("connection")
@verb
def preview(office: Office, connection: str) -> None:
    """What writing would change, field by field; nothing is written."""
    found = verbs.show_preview(office.hub, connection)
    if office.as_json:
        office.answer(found)
        return
    office.say(_sum(found))
    columns = {
        "FIELD": lambda row: row.ours,
        "GOES TO": lambda row: row.theirs,
        "FILLS": lambda row: row.fills,
        "REPLACES": lambda row: row.replaces,
        "EQUAL": lambda row: row.equal,
        "KEPT": lambda row: row.kept,
    }
    rows = list(found.fields.values())
    office.table(rows, columns, "")
    for line in _examples(rows):
        office.say(line)


def _sum(found: Preview) -> str:
    if not found.records and not found.unseen:
        return "Nobody who takes part was found there yet; the hub looks when the source is asked or tells of somebody."
    unseen = f" {found.unseen} were not looked at yet." if found.unseen else ""
    return f"{counted(found.records, 'record')}, {found.changing} would be written.{unseen}"


def _examples(rows: list[FieldPreview]) -> list[str]:
    return [
        f"{row.theirs} of {one.source_id}: {one.before!r} becomes {one.after!r}" for row in rows for one in row.examples
    ]


@fields.command("go-live")
@click.argument("connection")
@verb
def go_live(office: Office, connection: str) -> None:
    """Let the hub write from now on."""
    row = verbs.go_live(office.hub, connection)
    office.answer({"connection": row.id, "label": row.label, "is_preview": False}, f"{row.label} is live.")


@fields.command()
@click.argument("connection")
@click.option("--heal", is_flag=True, help="Write again what differs.")
@verb
def drift(office: Office, connection: str, heal: bool) -> None:
    """Compare what the source shows with what the hub wrote."""
    with office.hub.database.reading() as session:
        row, plan = verbs.open_plan(office.hub, session, connection)
    found = look_for_drift(office.hub, row, heal=heal)
    show = "shows" if found.differing == 1 else "show"
    looked_at = counted(found.looked_at, "record")
    lines = [f"{looked_at} looked at, {found.differing} {show} something else than the hub wrote."]
    if plan.shows is None:
        lines = [f"{row.label} cannot be asked what it shows."]
    lines += [f"{one.theirs} of {one.source_id}: {one.shown!r} instead of {one.written!r}" for one in found.drifted]
    if found.healed:
        waits = " once it is live: `referhub fields go-live`" if plan.is_preview else " by the next worker that passes"
        lines.append(f"{found.healed} {'is' if found.healed == 1 else 'are'} written again{waits}.")
    office.answer(found, lines)


@fields.command()
@click.argument("connection")
@verb
def undo(office: Office, connection: str) -> None:
    """Take back what the last run wrote, and go back to preview."""
    undone = undo_last_run(office.hub, connection)
    counts = f"{undone.restored} restored, {undone.left_alone} left alone (changed since), {undone.failed} failed"
    next_step = "Nothing more is written before `referhub fields go-live`."
    office.answer(undone, [f"{counts}. {next_step}", *undone.reasons])


@fields.command()
@click.argument("connection")
@verb
def retry(office: Office, connection: str) -> None:
    """Ask again which fields the source takes, and try parked records again."""
    count = verbs.retry(office.hub, connection)
    office.answer({"retried": count}, f"{count} parked records are tried again by the next worker that passes.")
