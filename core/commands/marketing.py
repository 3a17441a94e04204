"""Commands about campaigns."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
from sqlalchemy import select

from core.commands.late import LateGroup
from core.commands.moments import moment
from core.commands.office import Office, verb
from core.contract.money import Money
from core.models import Campaign, StoredTerms
from core.queries.backtests import BacktestRow, newest
from core.rules.terms import BadTerms, RewardTerms, parse_terms
from core.rules.terms.documents import read_document
from core.services import campaigns as verbs


@click.group(
    cls=LateGroup,
    later={
        "backtest": "core.commands.backtest:try_terms",
        "backtests": "core.commands.backtest:list_them",
        "check": "core.commands.terms:check",
        "diff": "core.commands.terms:diff",
        "forecast": "core.commands.pausing:tell_forecast",
        "pause": "core.commands.pausing:pause",
        "resume": "core.commands.pausing:resume",
        "rules": "core.commands.terms:rules",
        "schema": "core.commands.terms:schema",
        "simulate": "core.commands.terms:simulate",
    },
)
def campaigns() -> None:
    """Offers and their terms."""


@campaigns.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@verb
def create(office: Office, file: Path) -> None:
    """Create a campaign, or a new version of its terms, from a TOML or JSON FILE."""
    campaign, version = verbs.create_campaign(office.hub, document(file))
    answer = {"id": campaign.id, "slug": campaign.slug, "name": campaign.name, "version": version.version}
    words = [f"{campaign.name} has version {version.version} of its terms, as a draft."]
    office.answer(answer, [*words, f"Next: referhub campaigns publish {campaign.slug}"])


def document(file: Path) -> dict[str, Any]:
    """The document in a TOML or JSON file. Raises `BadTerms` where it is none."""
    try:
        return read_document(file.read_text(encoding="utf-8"), is_json=file.suffix == ".json")
    except UnicodeDecodeError:
        raise BadTerms([f"{file} is no text in UTF-8; save it as such"]) from None
    except BadTerms as bad:
        raise BadTerms([f"{file} {problem}" for problem in bad.problems]) from None


@campaigns.command()
@click.argument("slug")
@verb
def show(office: Office, slug: str) -> None:
    """Show a campaign's versions of terms."""
    with office.hub.database.reading() as session:
        campaign = verbs.find(session, slug)
        query = select(StoredTerms).filter_by(campaign_id=campaign.id).order_by(StoredTerms.version)
        versions = list(session.scalars(query))
    answer = {
        "slug": campaign.slug,
        "name": campaign.name,
        "state": campaign.state,
        "versions": [{"version": v.version, "effective_at": v.effective_at, "terms": v.body} for v in versions],
    }
    lines = [f"{campaign.name} ({campaign.slug}): {campaign.state}"]
    for version in versions:
        since = f"from {version.effective_at:%Y-%m-%d %H:%M} UTC" if version.effective_at else "draft"
        lines += [f"  version {version.version}, {since}", *_promises(version)]
    office.answer(answer, lines)


def _promises(version: StoredTerms) -> list[str]:
    terms = parse_terms(version.body)
    minimum, budget = (_amounts(amounts) for amounts in (terms.minimum, terms.limits.budget))
    return [
        *(f"    {side}: {_worth(promised)} as {promised.kind}" for side, promised in terms.rewards.items()),
        f"    held {terms.hold.days} days; minimum {minimum}; budget {budget or 'none'}",
        f"    every rule in words: referhub campaigns rules {terms.slug} --version {version.version}",
    ]


def _worth(promised: RewardTerms) -> str:
    plain = _amounts(promised.worth.amounts) or f"{promised.percent} % of the order"
    steps = (f"another amount from number {tier.from_number} on" for tier in promised.tiers[:1])
    marks = (f"more on top with number {one.at}" for one in promised.milestones[:1])
    return ", ".join([plain, *steps, *marks])


def _amounts(amounts: Mapping[str, Money]) -> str:
    return " or ".join(map(str, amounts.values()))


@campaigns.command("list")
@verb
def list_campaigns(office: Office) -> None:
    """All campaigns."""
    with office.hub.database.reading() as session:
        rows = [
            {"slug": row.slug, "name": row.name, "state": row.state}
            for row in session.scalars(select(Campaign).order_by(Campaign.created_at))
        ]
    columns = {key.upper(): (lambda row, key=key: row[key]) for key in ("slug", "name", "state")}
    office.table(rows, columns, "There is no campaign yet: `referhub campaigns create FILE` makes one.")


@campaigns.command()
@click.argument("slug")
@click.option("--from", "since", help="The terms hold from this UTC time on, e.g. 2026-11-01 (default: now).")
@click.option("--unrehearsed", default="", metavar="WHY", help="Why it goes live without a passed rehearsal.")
@verb
def publish(office: Office, slug: str, since: str | None, unrehearsed: str) -> None:
    """Let the newest version of a campaign's terms hold."""
    effective_at = moment(since) if since else None
    campaign, version = verbs.publish(office.hub, slug, effective_at=effective_at, unrehearsed=unrehearsed)
    with office.hub.database.reading() as session:
        tried = newest(session, campaign.id, version.version)
    answer = {
        "slug": campaign.slug,
        "version": version.version,
        "effective_at": version.effective_at,
        "tried": tried.words if tried else None,
    }
    words = f"Version {version.version} of {campaign.name} holds from {version.effective_at:%Y-%m-%d %H:%M} UTC."
    office.answer(answer, [words, _tried(tried, campaign.slug)])


def _tried(found: BacktestRow | None, slug: str) -> str:
    if found is None:
        return f"It was not tried on the past: `referhub campaigns backtest {slug}` says what would have differed."
    return f"Tried on {found.ran_at:%Y-%m-%d}: {found.words[0]}"
