"""Commands about what a campaign shall reach by a day."""

from collections.abc import Iterator

import click

from core.commands.office import Office, verb
from core.queries.objectives import ObjectiveRow
from core.queries.objectives import objectives as list_objectives
from core.rules.objectives import Measure
from core.services.campaigns import find
from core.services.objectives import Wish, drop_objective, set_objective

measure = click.option(
    "--measure", required=True, type=click.Choice([str(one) for one in Measure]), help="What is measured."
)
currency = click.option("--currency", default="", help="Of a goal in money; the campaign's own without it.")


@click.group()
def objectives() -> None:
    """What a campaign shall reach by a day."""


@objectives.command("set")
@click.argument("slug")
@measure
@click.option("--target", required=True, help="How much: 100 customers, 5000.00 in money, 20 percent.")
@click.option("--by", required=True, help="The last day that counts (UTC), such as 2027-01-31.")
@click.option("--from", "since", default="", help="The first day that counts; without it, since the campaign began.")
@currency
@verb
def set_one(office: Office, slug: str, measure: str, target: str, by: str, since: str, currency: str) -> None:
    """Give the campaign SLUG a goal, instead of an earlier one of that measure."""
    made = set_objective(office.hub, slug, Wish(Measure(measure), target, by, since, currency))
    row = next(one for one in _asked(office, slug) if one.id == made.id)
    office.answer(row, f"{row.title}: {row.words}")


@objectives.command("list")
@verb
def list_all(office: Office) -> None:
    """Every goal and how far it is, the next one due first."""
    columns = {
        "CAMPAIGN": lambda row: row.slug,
        "MEASURE": lambda row: row.title,
        "STATE": lambda row: row.state.replace("_", " "),
        "PROGRESS": lambda row: row.words,
    }
    empty = "Nothing is wanted yet: `referhub objectives set SLUG --measure customers --target 100 --by DAY`."
    office.table(_asked(office, ""), columns, empty)


@objectives.command("show")
@click.argument("slug")
@verb
def show(office: Office, slug: str) -> None:
    """The goals of the campaign SLUG, with what was counted and how."""
    with office.hub.database.reading() as session:
        find(session, slug)
    rows = _asked(office, slug)
    office.answer(rows, [line for row in rows for line in _told(row)] or f"{slug} has no objective yet.")


def _told(row: ObjectiveRow) -> Iterator[str]:
    yield f"{row.title}: {row.words}"
    yield f"  from {row.starts_at:%Y-%m-%d} on: {row.counted}; in the last 28 days: {row.counted_lately}"
    yield f"  {row.definition}"


@objectives.command("drop")
@click.argument("slug")
@measure
@currency
@verb
def drop(office: Office, slug: str, measure: str, currency: str) -> None:
    """Take a goal of the campaign SLUG away; what was counted stays."""
    drop_objective(office.hub, slug, Measure(measure), currency)
    office.answer({"slug": slug, "measure": measure}, f"{slug} has no such goal any more.")


def _asked(office: Office, slug: str) -> list[ObjectiveRow]:
    with office.hub.database.reading() as session:
        return list_objectives(session, office.hub.now(), slug)
