"""Commands about campaigns and advocates."""

import json
import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from sqlalchemy import select

from core.commands.office import Office, verb
from core.models import Campaign, StoredTerms
from core.queries.advocates import advocates as list_advocates
from core.queries.people import Face
from core.rules.terms import BadTerms, parse_terms
from core.services import campaigns as verbs
from core.services.enroll import enroll


@click.group()
def campaigns() -> None:
    """Offers and their terms."""


@campaigns.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@verb
def create(office: Office, file: Path) -> None:
    """Create a campaign, or a new version of its terms, from a TOML or JSON FILE."""
    campaign, version = verbs.create_campaign(office.hub, _document(file))
    answer = {"id": campaign.id, "slug": campaign.slug, "name": campaign.name, "version": version.version}
    words = [f"{campaign.name} has version {version.version} of its terms, as a draft."]
    office.answer(answer, [*words, f"Next: referhub campaigns publish {campaign.slug}"])


def _document(file: Path) -> dict[str, Any]:
    try:
        text = file.read_text(encoding="utf-8")
        found: Any = json.loads(text) if file.suffix == ".json" else tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadTerms([f"{file} cannot be read: {error}"]) from None
    if not isinstance(found, dict):
        raise BadTerms([f"{file} must hold one table with [campaign], [counts], [advocate] and [friend]"])
    return found


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
    return [
        f"    {side}: {promised.amount or f'{promised.percent} % of the order'} as {promised.kind}"
        for side, promised in terms.rewards.items()
    ] + [f"    held {terms.hold.days} days; minimum {terms.minimum[terms.currency]}; budget {terms.budget or 'none'}"]


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
    moment = _moment(since) if since else None
    campaign, version = verbs.publish(office.hub, slug, effective_at=moment, unrehearsed=unrehearsed)
    answer = {"slug": campaign.slug, "version": version.version, "effective_at": version.effective_at}
    office.answer(
        answer, f"Version {version.version} of {campaign.name} holds from {version.effective_at:%Y-%m-%d %H:%M} UTC."
    )


def _moment(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(f"{text!r} is no time: write 2026-11-01 or 2026-11-01T12:00") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


@click.group()
def advocates() -> None:
    """People who share."""


@advocates.command()
@click.argument("campaign")
@click.option("--email", help="E-mail address that the sources know them by.")
@click.option("--customer", help="A shop's own id of the person; needs --connection.")
@click.option("--contact", help="A CRM's own id of the person; needs --connection.")
@click.option("--connection", help="The connection that the id belongs to (label or id).")
@click.option("--name", help="Name shown on screens.")
@click.option("--code", help="A code of your choice; without it a code nobody can guess.")
@verb
def add(office: Office, campaign: str, **given: str | None) -> None:
    """Add an advocate to CAMPAIGN; adding again shows the same code."""
    made = enroll(office.hub, campaign, **given)
    office.answer(
        made,
        [
            f"Code            {made.code}",
            f"Link            {made.link or '(the campaign names no destination)'}",
            f"Cart attribute  _refhub={made.cart_attribute}",
        ],
    )


@advocates.command("list")
@verb
def list_all(office: Office) -> None:
    """All advocates with what they brought and earned."""
    with office.hub.database.reading() as session:
        rows = list_advocates(session).rows
    columns = {
        "CODE": lambda row: ", ".join(code.text for code in row.codes),
        "WHO": lambda row: _who(office, row.person),
        "FRIENDS": lambda row: row.friends,
        "CONVERSIONS": lambda row: row.conversions,
        "EARNED": lambda row: ", ".join(str(money) for money in row.earned) or "-",
        "PENDING": lambda row: ", ".join(str(money) for money in row.pending) or "-",
        "ID": lambda row: row.person.id,
    }
    office.table(rows, columns, "Nobody shares yet: `referhub advocates add CAMPAIGN --email …` adds the first.")


def _who(office: Office, face: Face) -> str:
    """The name under which an operator knows the person; an address where there is none."""
    known = face.name or face.email
    return office.hub.vault.open(known.value, known.context).decode(errors="replace") if known else "-"


COMMANDS = (campaigns, advocates)
