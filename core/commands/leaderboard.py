"""Commands about who brought most, and which milestones were reached."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import click

from core.commands.office import Office, verb
from core.queries.leaderboard import BY, Place, Wanted
from core.queries.leaderboard import leaderboard as ask_leaderboard
from core.queries.listing import LARGEST_SIZE
from core.queries.milestones import MilestoneRow
from core.queries.milestones import milestones as list_milestones
from core.queries.people import Face
from core.services.campaigns import find

UNNAMED = "not named"
campaign = click.option("--campaign", "slug", default="", help="Only of this campaign.")


def _limit(count: int) -> Callable[..., Any]:
    kind = click.IntRange(1, LARGEST_SIZE)
    return click.option("--limit", default=count, type=kind, show_default=True, help="How many.")


@click.command("leaderboard")
@campaign
@click.option("--from", "since", default="", help="Only what was placed from this day on (UTC).")
@click.option("--to", "until", default="", help="Only what was placed up to the end of this day (UTC).")
@click.option("--by", type=click.Choice(BY), default=BY[0], show_default=True, help="What they are ranked by.")
@click.option("--currency", default="", help="Of the revenue; the one that most orders have without it.")
@_limit(10)
@verb
def leaderboard(office: Office, slug: str, since: str, until: str, by: str, currency: str, limit: int) -> None:
    """Who brought most, by name only where the person agreed to be shown."""
    ends = _day(until)
    wanted = Wanted(slug, _day(since), ends + timedelta(days=1) if ends else None, by, currency)
    with office.hub.database.reading() as session:
        if slug:
            find(session, slug)
        found = ask_leaderboard(session, wanted, size=limit)
    if office.as_json:
        office.answer(found)
        return
    columns: dict[str, Callable[[Place], object]] = {
        "RANK": lambda row: row.rank,
        "WHO": lambda row: _who(office, row.person),
        "CONVERSIONS": lambda row: row.conversions,
        "REVENUE": lambda row: ", ".join(map(str, row.revenue)) or "-",
        "ID": lambda row: row.advocate_id,
    }
    office.table(found.places, columns, "Nobody brought anything that stands in this time.")


@click.command("milestones")
@campaign
@_limit(50)
@verb
def milestones(office: Office, slug: str, limit: int) -> None:
    """Which milestones advocates have reached, and which one comes next."""
    with office.hub.database.reading() as session:
        if slug:
            find(session, slug)
        rows = list_milestones(session, office.hub.now(), slug=slug, size=limit)
    columns: dict[str, Callable[[MilestoneRow], object]] = {
        "CAMPAIGN": lambda row: row.slug,
        "WHO": lambda row: _who(office, row.person),
        "REFERRALS": lambda row: row.standing,
        "REACHED": lambda row: ", ".join(f"{step.at} ({step.worth})" for step in row.reached) or "-",
        "NEXT": lambda row: f"{row.next.at} ({row.next.worth}), {row.missing} to go" if row.next else "-",
        "ID": lambda row: row.advocate_id,
    }
    office.table(rows, columns, "No campaign's terms have milestones, or nobody brought anything yet.")


def _day(text: str) -> datetime | None:
    try:
        return datetime.combine(date.fromisoformat(text), time(), UTC) if text else None
    except ValueError:
        raise click.BadParameter(f"{text!r} is no day: write it like 2026-11-01") from None


def _who(office: Office, person: Face | None) -> str:
    return office.opened(person.name) if person and person.name else UNNAMED
