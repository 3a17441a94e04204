"""Commands about what terms say: checked, explained, compared, and tried on a made-up order."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from core.commands.marketing import campaigns, document
from core.commands.office import Office, verb
from core.migrations import NoHub
from core.rules.promise import LANGUAGES, Promise, differences, promise
from core.rules.simulating import Outcome, Tried, read_made_up, try_order
from core.rules.terms import Terms, parse_terms
from core.rules.terms.schema import schema as terms_schema
from core.services.versions import Examined, Version, chosen, examine, in_force, versions_of

READERS = {"advocate": "for_advocates", "friend": "for_friends", "operator": "for_operators"}
language = click.option(
    "--language", type=click.Choice(list(LANGUAGES)), default="en", show_default=True, help="The language of the words."
)
file_argument = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))


@campaigns.command()
@file_argument
@language
@verb
def check(office: Office, file: Path, language: str) -> None:
    """Read terms from FILE and say what they promise and what is in the way. Nothing is stored."""
    terms = parse_terms(document(file))
    told = promise(terms, language).for_operators
    found = _examined(office, terms)
    answer = {
        "slug": terms.slug,
        "name": terms.name,
        "promise": told,
        "obstacles": found.obstacles if found else None,
        "remarks": found.remarks if found else (),
    }
    office.answer(answer, _checked(told, found))
    if found and found.obstacles:
        raise SystemExit(1)


def _examined(office: Office, terms: Terms) -> Examined | None:
    """None where there is no hub yet: the words can be read anywhere, but not what is connected."""
    try:
        return examine(office.hub, terms)
    except NoHub:
        return None


def _checked(told: tuple[str, ...], found: Examined | None) -> Iterator[str]:
    yield from told
    if found is None:
        yield "\nThere is no hub here, so nobody knows whether its sources can do this."
        return
    yield "\nIn the way:" if found.obstacles else "\nNothing is in the way: it can be published."
    yield from (f"  {words}" for words in found.obstacles)
    if found.remarks:
        yield "\nTo think about:"
        yield from (f"  {words}" for words in found.remarks)


@campaigns.command()
@verb
def schema(office: Office) -> None:
    """Print the JSON Schema of terms, for editors that help with writing them."""
    office.answer(terms_schema(), json.dumps(terms_schema(), ensure_ascii=False, indent=2))


@campaigns.command()
@click.argument("slug")
@language
@click.option(
    "--for", "reader", type=click.Choice(list(READERS)), default="advocate", show_default=True, help="Who reads them."
)
@click.option("--version", "number", type=int, help="Which version of the terms (default: the newest).")
@verb
def rules(office: Office, slug: str, language: str, reader: str, number: int | None) -> None:
    """Write a campaign's rules in plain words, from the terms that are enforced."""
    with office.hub.database.reading() as session:
        _, versions = versions_of(session, slug)
    version = chosen(versions, number)
    told = promise(version.terms, language)
    lines = _read_by(told, reader)
    office.answer({"slug": slug, "version": version.number, "language": language, "for": reader, "lines": lines}, lines)


def _read_by(told: Promise, reader: str) -> tuple[str, ...]:
    lines: tuple[str, ...] = getattr(told, READERS[reader])
    return lines


@campaigns.command()
@click.argument("slug")
@click.option("--from", "old", type=int, help="The older version (default: the one that holds now).")
@click.option("--to", "new", type=int, help="The newer version (default: the newest).")
@language
@verb
def diff(office: Office, slug: str, old: int | None, new: int | None, language: str) -> None:
    """Say in words what two versions of a campaign's terms decide differently."""
    with office.hub.database.reading() as session:
        campaign, versions = versions_of(session, slug)
    newer = chosen(versions, new)
    older = chosen(versions, old) if old is not None else _before(versions, newer, office)
    lines = differences(older.terms, newer.terms, language)
    answer = {"slug": slug, "from": older.number, "to": newer.number, "language": language, "differences": lines}
    head = f"{campaign.name}: from version {older.number} to version {newer.number}"
    office.answer(answer, [head, *(lines or ["Nothing is decided differently."])])


def _before(versions: list[Version], newer: Version, office: Office) -> Version:
    """What holds now; where that is the newer one itself, the one before it."""
    held = in_force(versions, office.hub.now())
    if held is not None and held.number != newer.number:
        return held
    earlier = [one for one in versions if one.number < newer.number]
    return earlier[-1] if earlier else newer


@campaigns.command()
@click.argument("offer")
@click.option(
    "--order", "made_up", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=True,
    help="A TOML or JSON file with the made-up order.",
)  # fmt: skip
@verb
def simulate(office: Office, offer: str, made_up: Path) -> None:
    """Say, rule by rule, what would become of a made-up order. OFFER is a campaign, or a file with terms."""
    terms = _offered(office, offer)
    tried = try_order(terms, read_made_up(document(made_up), terms, _now(office)))
    office.answer(_plainly(tried), _story(tried))


def _now(office: Office) -> datetime:
    try:
        return office.hub.now()
    except NoHub:
        return datetime.now(UTC)


def _offered(office: Office, offer: str) -> Terms:
    """The terms in a file of that name; else the newest ones of a campaign."""
    if Path(offer).is_file():
        return parse_terms(document(Path(offer)))
    with office.hub.database.reading() as session:
        _, versions = versions_of(session, offer)
    return chosen(versions, None).terms


def _plainly(tried: Tried) -> dict[str, Any]:
    return {
        "counts": tried.counts,
        "reasons": [reason.stored() for reason in tried.reasons],
        "rewards": [
            {"side": one.side, "kind": one.kind, "amount": one.amount, "refused": one.refused} for one in tried.outcomes
        ],
        "released_at": tried.released_at,
    }


def _story(tried: Tried) -> Iterator[str]:
    yield "It would count." if tried.counts else "It would not count."
    for reason in tried.reasons:
        yield f"  {'yes' if reason.passed else 'no ':3}  {reason.rule}: {reason.words}"
    for one in tried.outcomes:
        yield f"  {one.side}: {_given(one)}"
    if tried.released_at:
        yield f"Rewards would be verified and paid from {tried.released_at:%Y-%m-%d %H:%M} UTC on."
    elif tried.counts:
        yield "Nothing would be owed: it is not paid, or was taken back."


def _given(one: Outcome) -> str:
    if one.refused:
        return f"nothing instead of {one.amount}: {one.refused}"
    lasting = f", which can be used for {one.expires_days} days" if one.expires_days else ""
    return f"{one.amount} as {one.kind}{lasting}"
