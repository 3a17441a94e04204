"""Commands about the audit trail: who did what, whether it is whole, and what proves that elsewhere."""

import json
import sys
from datetime import UTC, datetime

import click

from core.commands.office import Office, verb
from core.queries.audit import Wanted, broken_trails, heads, trail, whole_trail
from core.queries.listing import LARGEST_SIZE
from core.queries.plain import plain
from core.services.trail_head import compare_head, signed_heads

STAMP = "%Y-%m-%d %H:%M:%S"
DAY = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M"])
ERASED = "(erased)"


@click.group()
def audit() -> None:
    """Who did what, and the proof that nobody changed it since."""


@audit.command("list")
@click.option("--who", default="", help="Only acts of this actor, e.g. cli:anna.")
@click.option("--what", default="", help="Only this verb, e.g. void_reward.")
@click.option("--about", default="", help="Only acts on this: a kind (push), an id, or both (push:ID).")
@click.option("--since", type=DAY, help="Only from this UTC time on, e.g. 2026-11-01.")
@click.option("--until", type=DAY, help="Only before this UTC time.")
@click.option("--limit", default=50, type=click.IntRange(1, LARGEST_SIZE), show_default=True, help="How many.")
@verb
def list_acts(
    office: Office, who: str, what: str, about: str, since: datetime | None, until: datetime | None, limit: int
) -> None:
    """The newest acts."""
    wanted = Wanted(who, what, about, _utc(since), _utc(until))
    with office.named_or_house.database.reading() as session:
        rows = trail(session, wanted, size=limit).rows
    columns = {
        "WHEN": lambda row: f"{row.acted_at:{STAMP}}",
        "WHO": lambda row: row.actor,
        "WHAT": lambda row: row.verb,
        "ABOUT": lambda row: row.subject,
        "WORDS": lambda row: ERASED if row.detail is None else row.detail,
        "NUMBER": lambda row: row.number,
    }
    office.table(rows, columns, "No such act is in the trail.")


def _utc(at: datetime | None) -> datetime | None:
    return None if at is None else at.replace(tzinfo=UTC)


@audit.command("verify")
@click.option("--head", "head", help="A line that `referhub audit head` printed earlier.")
@verb
def verify(office: Office, head: str | None) -> None:
    """Prove that no act was changed, moved, taken out or put in; with --head also that none was cut off the end."""
    with office.named_or_house.database.reading() as session:
        problems = list(broken_trails(session))
        ends = heads(session)
        if head and (differs := compare_head(session, office.house.vault, head)):
            problems.append(differs)
    told = [f"{row.of}: {_acts(row.number)}, whole" + _let_go(row.first_number) for row in ends]
    answer = {"whole": not problems, "problems": problems, "heads": ends}
    office.answer(answer, problems or told or ["Nobody has done anything yet."])
    if problems:
        sys.exit(1)


def _acts(number: int) -> str:
    return "1 act" if number == 1 else f"{number} acts"


def _let_go(first_number: int) -> str:
    return f" (kept from act {first_number} on)" if first_number > 1 else ""


@audit.command("head")
@verb
def head(office: Office) -> None:
    """Print each trail's head, to be kept where nobody who can write to the database gets at it."""
    rows = signed_heads(office.named_or_house)
    office.answer(rows, [row.text for row in rows] or ["Nobody has done anything yet."])


@audit.command("export")
@verb
def export(office: Office) -> None:
    """Write all acts as JSON lines, oldest first."""
    with office.named_or_house.database.reading() as session:
        for row in whole_trail(session):
            click.echo(json.dumps(plain(row, office.house.vault.open), ensure_ascii=False))
