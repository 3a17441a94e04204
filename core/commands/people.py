"""Commands about who is who: what sources say of people, and what an operator decides."""

import click

from core.commands.late import LateGroup
from core.commands.office import Office, verb
from core.queries.listing import LARGEST_SIZE
from core.queries.who import CollisionRow, KnownAs, PersonRow, PersonStory, collisions, person_story
from core.queries.who import people as list_people
from core.services.judge_people import keep_apart, merge_people, person_named, split_person
from core.services.showing import say_consent

STAMP = "%Y-%m-%d %H:%M"
STATES = ("open", "merged", "kept_apart", "all")
because = click.option("--because", required=True, help="Why; kept in the audit trail.")


@click.group(
    cls=LateGroup,
    later={name: f"core.commands.privacy:{name}" for name in ("answered", "erase", "export", "requests")},
)
def people() -> None:
    """Who is who."""


@people.command("list")
@click.option("--limit", default=50, type=click.IntRange(1, LARGEST_SIZE), show_default=True, help="How many.")
@verb
def list_all(office: Office, limit: int) -> None:
    """Everybody the programme knows, newest first."""
    with office.hub.database.reading() as session:
        rows = list_people(session, size=limit).rows
    columns = {
        "WHO": lambda row: _who(office, row),
        "CODES": lambda row: ", ".join(row.codes) or "-",
        "KNOWN AT": lambda row: ", ".join(sorted({known.connection for known in row.known_as})) or "-",
        "ORDERS": lambda row: row.orders,
        "ID": lambda row: row.id,
    }
    office.table(rows, columns, "Nobody is known yet.")


@people.command("show")
@click.argument("person")
@verb
def show(office: Office, person: str) -> None:
    """One PERSON, said by id, code or address: all the ways in which sources know them, and what was decided."""
    person_id = person_named(office.hub, person)
    with office.hub.database.reading() as session:
        found = person_story(session, person_id)
    office.answer(found, _story(office, found))


def _story(office: Office, found: PersonStory) -> list[str]:
    row, codes = found.row, ", ".join(found.row.codes) or "none"
    lines = [
        f"{_who(office, row)} ({row.id})",
        f"  codes: {codes}; {_orders(row.orders)}",
    ]
    lines += [f"  {_known(office, known)}" for known in row.known_as]
    if found.shown_by_name_since:
        lines.append(f"  may be shown by name, said {found.shown_by_name_since:{STAMP}}")
    lines += [f"  {one} has become this person" for one in found.merged]
    return lines + [f"  {act.acted_at:{STAMP}} {act.actor}: {act.verb}, {act.detail}" for act in found.acts]


def _known(office: Office, known: KnownAs) -> str:
    value = known.value or (office.opened(known.address) if known.address else "erased")
    marks = [word for word, holds in (("gone", known.is_gone), ("blocked", known.is_blocked)) if holds]
    return f"{known.kind} {value} at {known.connection}: {_orders(known.orders)} [{', '.join((*marks, known.id))}]"


def _orders(count: int) -> str:
    return f"{count} order" if count == 1 else f"{count} orders"


@people.command("review")
@click.option("--state", type=click.Choice(STATES), default="open", help="Those in this state; open without it.")
@verb
def review(office: Office, state: str) -> None:
    """Pairs of whom sources say that they are one person, which nobody has decided yet."""
    with office.hub.database.reading() as session:
        rows = collisions(session, state=None if state == "all" else state)
    columns = {
        "ONE": lambda row: _named(office, row.one),
        "OTHER": lambda row: _named(office, row.other),
        "WHY": _why,
        "FOUND": lambda row: f"{row.found_at:{STAMP}}",
        "STATE": lambda row: row.state,
        "IDS": lambda row: f"{row.one.id} {row.other.id}",
    }
    office.table(rows, columns, "Nobody waits for a decision.")


def _why(row: CollisionRow) -> str:
    return f"{row.why} (told by {row.connection})" if row.connection else row.why


def _named(office: Office, row: PersonRow) -> str:
    return f"{_who(office, row)} [{', '.join(row.codes) or 'no code'}]"


@people.command("merge")
@click.argument("one")
@click.argument("other")
@because
@verb
def merge(office: Office, one: str, other: str, because: str) -> None:
    """ONE and OTHER, each said by id, code or address, are one person; everything of theirs is judged again."""
    kept = merge_people(office.hub, one, other, because)
    office.answer({"id": kept}, f"They are one person from now on: {kept}")


@people.command("split")
@click.argument("identity_ids", nargs=-1, required=True, metavar="IDENTITY_IDS...")
@click.option("--code", "codes", multiple=True, help="A code that goes with them; may be repeated.")
@because
@verb
def split(office: Office, identity_ids: tuple[str, ...], codes: tuple[str, ...], because: str) -> None:
    """These identities of a person are somebody else's, with the orders that came by them."""
    made = split_person(office.hub, identity_ids, codes, because)
    office.answer({"id": made}, f"They are a person of their own from now on: {made}")


@people.command("keep-apart")
@click.argument("one")
@click.argument("other")
@because
@verb
def apart(office: Office, one: str, other: str, because: str) -> None:
    """ONE and OTHER stay two people, whatever is told of them later, and are not asked about again."""
    keep_apart(office.hub, one, other, because)
    office.answer({"kept_apart": [one, other]}, "They stay two people.")


@people.command("consent")
@click.argument("person")
@click.option("--given", "says", flag_value="given", required=True, help="They may be shown by name.")
@click.option("--withdrawn", "says", flag_value="withdrawn", help="They may not, or not any more.")
@because
@verb
def consent(office: Office, person: str, says: str, because: str) -> None:
    """Whether a PERSON, said by id, code or address, may be shown by name on the leaderboard and with milestones."""
    row = say_consent(office.hub, person_named(office.hub, person), because, is_given=says == "given")
    words = "They may be shown by name." if row.is_given else "They are not shown by name."
    office.answer({"person": row.person_id, "is_given": row.is_given, "said_at": row.said_at}, words)


def _who(office: Office, row: PersonRow) -> str:
    known = row.person.name or row.person.email
    if known:
        return office.opened(known)
    return "erased" if any(one.is_blocked for one in row.known_as) else "-"
