"""One campaign in full: what it promises in words, every version of its terms with what changed, and its pauses."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.models import Campaign, CampaignPause, StoredTerms
from core.queries.campaigns import CampaignRow, campaigns, in_force
from core.queries.forecast import Forecast, forecast
from core.queries.fraud_numbers import RuleRow, rule_modes
from core.rules.promise import LANGUAGES, differences, promise
from core.rules.terms import BadTerms, Terms, parse_terms

NAMES = {"en": "English", "de": "Deutsch"}


@dataclass(frozen=True, slots=True)
class RulesText:
    """What is promised to both sides in one language; `code` is the language's, such as `de`."""

    code: str
    language: str
    for_advocates: tuple[str, ...]
    for_friends: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Version:
    """One version of terms; `changes` are the sentences that tell it from the version before.

    `state` is `draft`, `to come`, `holds` or `over`.
    """

    version: int
    state: str
    effective_at: datetime | None
    created_at: datetime
    changes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Pause:
    """A time in which no order counts; without `until_at` it lasts. `because` is why, `actor` who."""

    from_at: datetime
    until_at: datetime | None
    because: str
    actor: str


@dataclass(frozen=True, slots=True)
class CampaignStory:
    """One campaign; what is in words are the terms in force or, before any are, the newest draft.

    `starts_at` and `ends_at` are the schedule; `settings` are all settings in words for operators,
    `fraud` how each fraud rule judges. Terms that this hub cannot read any more have `problems` instead of words.
    """

    row: CampaignRow
    shown: int
    starts_at: datetime | None
    ends_at: datetime | None
    rules: tuple[RulesText, ...]
    settings: tuple[str, ...]
    fraud: tuple[RuleRow, ...]
    problems: tuple[str, ...]
    forecasts: tuple[Forecast, ...]
    versions: tuple[Version, ...]
    pauses: tuple[Pause, ...]


def campaign_story(session: Session, campaign_id: str, now: datetime) -> CampaignStory | None:
    """The campaign as it stands at `now`; None if there is none of that id.

    A dozen statements, and four more for each currency.
    """
    if session.get(Campaign, campaign_id) is None:
        return None
    row = next(one for one in campaigns(session, now) if one.id == campaign_id)
    query = select(StoredTerms).filter_by(campaign_id=campaign_id).order_by(StoredTerms.version)
    stored = session.scalars(query).all()
    shown = in_force(stored, now) or stored[-1]
    return CampaignStory(
        row=row,
        shown=shown.version,
        versions=tuple(reversed(_versions(stored, now))),
        pauses=_pauses(session, campaign_id),
        **_in_words(shown),
        forecasts=_forecasts(session, campaign_id, now),
    )


def _forecasts(session: Session, campaign_id: str, now: datetime) -> tuple[Forecast, ...]:
    """None for terms that cannot be read."""
    try:
        return tuple(forecast(session, campaign_id, now))
    except BadTerms:
        return ()


def _in_words(shown: StoredTerms) -> dict[str, Any]:
    try:
        terms = parse_terms(shown.body)
    except BadTerms as problem:
        told = dict.fromkeys(("rules", "settings", "fraud"), ())
        return {**told, "starts_at": None, "ends_at": None, "problems": tuple(problem.problems)}
    return {
        "starts_at": terms.starts_at,
        "ends_at": terms.ends_at,
        "rules": tuple(_rules(terms, code) for code in LANGUAGES),
        "settings": promise(terms, "en").for_operators,
        "fraud": tuple(rule_modes(terms)),
        "problems": (),
    }


def _rules(terms: Terms, code: str) -> RulesText:
    found = promise(terms, code)
    return RulesText(code, NAMES.get(code, code), found.for_advocates, found.for_friends)


def _versions(stored: Sequence[StoredTerms], now: datetime) -> list[Version]:
    holds = in_force(stored, now)
    changes = [(), *(_changes(older, newer) for older, newer in pairwise(stored))]
    return [
        Version(one.version, _state(one, holds, now), one.effective_at, one.created_at, told)
        for one, told in zip(stored, changes, strict=True)
    ]


def _changes(older: StoredTerms, newer: StoredTerms) -> tuple[str, ...]:
    try:
        return differences(parse_terms(older.body), parse_terms(newer.body), "en")
    except BadTerms:
        return ("one of the two cannot be read any more",)


def _state(one: StoredTerms, holds: StoredTerms | None, now: datetime) -> str:
    if one.effective_at is None:
        return "draft"
    if one.effective_at > now:
        return "to come"
    return "holds" if one is holds else "over"


def _pauses(session: Session, campaign_id: str) -> tuple[Pause, ...]:
    query = select(CampaignPause).filter_by(campaign_id=campaign_id).order_by(CampaignPause.from_at.desc())
    return tuple(Pause(one.from_at, one.until_at, one.because, one.actor) for one in session.scalars(query))
