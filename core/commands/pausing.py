"""Commands that let a campaign rest, go on, and say how long its budget lasts."""

import click

from core.commands.marketing import campaigns
from core.commands.office import Office, verb
from core.queries.forecast import Forecast, forecast
from core.services import pauses
from core.services.campaigns import find


@campaigns.command()
@click.argument("slug")
@click.option("--because", required=True, help="Why, for the audit trail.")
@verb
def pause(office: Office, slug: str, because: str) -> None:
    """Let a campaign rest: what is ordered from now on does not count."""
    row = pauses.pause(office.hub, slug, because)
    words = [f"{slug} rests since {row.from_at:%Y-%m-%d %H:%M} UTC.", f"Next: referhub campaigns resume {slug}"]
    office.answer({"slug": slug, "from": row.from_at, "until": None, "because": because}, words)


@campaigns.command()
@click.argument("slug")
@click.option("--because", required=True, help="Why, for the audit trail.")
@verb
def resume(office: Office, slug: str, because: str) -> None:
    """Let a campaign go on: what is ordered from now on counts, what was ordered meanwhile does not."""
    row = pauses.resume(office.hub, slug, because)
    answer = {"slug": slug, "from": row.from_at, "until": row.until_at, "because": row.because}
    office.answer(answer, [f"{slug} goes on since {row.until_at:%Y-%m-%d %H:%M} UTC."])


@campaigns.command("forecast")
@click.argument("slug")
@verb
def tell_forecast(office: Office, slug: str) -> None:
    """Say what of the budget is promised, held and due, and when it is used up at the pace of the last 28 days."""
    with office.hub.database.reading() as session:
        found = forecast(session, find(session, slug).id, office.hub.now())
    words = [one.words for one in found] or [f"{slug} is not published: nothing is promised."]
    office.answer({"slug": slug, "currencies": [_told(one) for one in found]}, words)


def _told(one: Forecast) -> dict[str, object]:
    return {
        "currency": one.promised.currency,
        "budget": one.budget.text() if one.budget else None,
        "promised": one.promised.text(),
        "held": one.held.text(),
        "due": one.due.text(),
        "a_day": one.a_day.text(),
        "used_up_at": one.used_up_at,
        "words": one.words,
    }
