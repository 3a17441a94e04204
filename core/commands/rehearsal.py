"""Commands that rehearse: play terms through, invite people to try them, read what came of it, and clear away."""

import sys
from datetime import timedelta

import click

from core.commands.office import Office, verb
from core.commands.running import duration
from core.queries.rehearsals import RehearsalReport, Said
from core.queries.rehearsals import rehearsal as find_rehearsal
from core.queries.rehearsals import rehearsals as list_rehearsals
from core.rules.rehearsal import Act, Kept
from core.services.rehearsal_ends import remove as remove_them
from core.services.rehearsal_ends import say, sweep
from core.services.rehearse import CannotRehearse
from core.services.rehearse import rehearse as play_through
from core.services.rooms import hear
from core.services.rooms import invite as invite_guest
from core.worker import one_round

MARKS = {True: "ok ", False: "BAD", None: "-  "}


@click.command()
@click.argument("slug")
@click.option("--version", type=click.IntRange(min=1), help="Which version of the terms; without it the newest.")
@verb
def rehearse(office: Office, slug: str, version: int | None) -> None:
    """Play a campaign's terms through with a made-up cast; status 1 when a promise was broken."""
    made = play_through(office.hub, slug, office.ground, one_round, version=version)
    told = {"id": made.id, "slug": made.slug, "version": made.version, "began_at": made.began_at}
    report = made.report
    title = f"Version {made.version} of {made.slug}, played on {', '.join(report.places)}"
    lines = [title, "", *_acts(report.acts), "", *promise_lines(report.promises), *_notes(report.warnings), ""]
    verdict = f"It may go live: referhub campaigns publish {slug}"
    lines.append(verdict if report.has_passed else "Not yet: mend what is marked BAD, then rehearse again.")
    office.answer({**told, "passed": report.has_passed, "report": report}, lines)
    if not report.has_passed:
        sys.exit(1)


def _acts(acts: tuple[Act, ...]) -> list[str]:
    lines = []
    for act in acts:
        lines.append(f"{MARKS[act.is_right]} {act.title}: {act.story}")
        lines += [] if act.is_right else [f"      came of it: {act.happened}"]
    return lines


def promise_lines(promises: tuple[Kept, ...]) -> list[str]:
    """Each promise, whether it held, and what to mend or what it would have taken."""
    lines = ["What must hold before it may go live:", ""] if promises else []
    for kept in promises:
        lines.append(f"{MARKS[kept.holds]} {kept.words}{_not_tried(kept)}")
        for one in kept.findings:
            lines += [f"      {one.who}: {one.words}", f"      to mend: {one.mend}"]
    return lines


def _not_tried(kept: Kept) -> str:
    if kept.holds is not None:
        return ""
    return f" (not tried: {kept.why_not})" if kept.why_not else " (not tried)"


def _notes(warnings: tuple[str, ...]) -> list[str]:
    return [f"note: {words}" for words in warnings]


@click.group()
def rehearsals() -> None:
    """What was rehearsed, and the rooms in which invited people try a campaign."""


@rehearsals.command("list")
@verb
def list_all(office: Office) -> None:
    """All rehearsals, the newest first."""
    with office.hub.database.reading() as session:
        rows = list_rehearsals(session, size=500).rows
    columns = {
        "CAMPAIGN": lambda row: f"{row.campaign} v{row.version}",
        "BY": lambda row: {"cast": "the cast", "room": "guests"}[row.kind],
        "BEGAN": lambda row: f"{row.ran_at:%Y-%m-%d %H:%M}",
        "": lambda row: row.words + (", removed" if row.is_removed else ""),
        "ID": lambda row: row.id,
    }
    office.table(rows, columns, "Nothing was rehearsed yet: `referhub rehearse CAMPAIGN` plays a campaign through.")


@rehearsals.command()
@click.argument("rehearsal")
@verb
def show(office: Office, rehearsal: str) -> None:
    """One rehearsal: who played what, what should have come of it, what did, and what people thought."""
    with office.hub.database.reading() as session:
        found = find_rehearsal(session, rehearsal)
    if found is None:
        raise CannotRehearse(f"there is no rehearsal {rehearsal!r}: `referhub rehearsals list` shows them")
    office.answer(found, _shown(office, found))


def _shown(office: Office, found: RehearsalReport) -> list[str]:
    row = found.row
    lines = [f"Version {row.version} of {row.campaign}, {row.ran_at:%Y-%m-%d %H:%M} UTC: {row.words}"]
    lines += [found.note] if found.note else []
    lines += [f"guest: {office.opened(one.name)} passes on {one.code}" for one in found.guests]
    for act in found.acts:
        lines += ["", f"{MARKS[act.is_right]} {act.title}: {act.story}"]
        lines += [f"      should be: {act.expected}", f"      came of it: {act.happened}"]
    lines += ["", *promise_lines(found.promises), *_notes(found.warnings)]
    return [*lines, *[_said(office, one) for one in found.feedback]]


def _said(office: Office, one: Said) -> str:
    return f"{office.opened(one.by) if one.by else 'Somebody'} said: {office.opened(one.words)}"


@rehearsals.command()
@click.argument("slug")
@click.option("--name", required=True, help="What the guest is called.")
@click.option("--email", required=True, help="The address with which the guest places test orders.")
@click.option("--note", "remark", default="", help="What the guests should try; kept with the room.")
@verb
def invite(office: Office, slug: str, name: str, email: str, remark: str) -> None:
    """Invite somebody to try a campaign's newest terms with test orders; nothing of it is real."""
    told = {"name": name, "email": email, "remark": remark}
    guest = invite_guest(office.hub, slug, office.ground, one_round, **told)
    lines = [
        f"{name} passes on {guest.code}, in the room {guest.rehearsal_id} only.",
        "Place test orders at the source with that code (in Shopify: the test gateway), then",
        f"referhub rehearsals play {guest.rehearsal_id}",
    ]
    office.answer({"room": guest.rehearsal_id, "code": guest.code, "invited_at": guest.invited_at}, lines)


@rehearsals.command()
@click.argument("room")
@click.option("--turn", help="How much later it is then in the room, e.g. 15d, 2h, 10m.")
@verb
def play(office: Office, room: str, turn: str | None) -> None:
    """Play the test orders that were heard of since in a ROOM, as if they were real."""
    by: timedelta | None = duration(turn) if turn else None
    report = hear(office.hub, room, office.ground, one_round, by=by)
    lines = [f"{act.title}: {act.story}\n      came of it: {act.happened}" for act in report.acts]
    office.answer(report, lines or "No test order was heard of yet: only paid ones count.")


@rehearsals.command()
@click.argument("rehearsal")
@click.argument("words")
@click.option("--code", default="", help="The code of the guest who says so.")
@verb
def feedback(office: Office, rehearsal: str, words: str, code: str) -> None:
    """Keep what somebody thinks of a rehearsal with it."""
    said = say(office.hub, rehearsal, words, code=code)
    office.answer({"id": said.id, "said_at": said.said_at}, "It is kept with the report.")


@rehearsals.command()
@click.argument("rehearsal", required=False)
@verb
def remove(office: Office, rehearsal: str | None) -> None:
    """Clear away everything that was played, with its guests and what they said; the report stays."""
    gone = remove_them(office.hub, office.ground, [rehearsal] if rehearsal else [])
    if rehearsal is None:
        sweep(office.house, office.ground)
    office.answer({"removed": gone}, f"{len(gone)} cleared away." if gone else "There was nothing left to clear away.")
