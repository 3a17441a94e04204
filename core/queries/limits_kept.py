"""Limits kept: what the counters say is promised is what stands, for the budget, the caps and the milestones."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.models import Allowance, Conversion, Referral, Reward, StoredTerms
from core.rules.limits import BUDGET, budget_name
from core.rules.rewarding import ADVOCATE, MILESTONE
from core.rules.terms import SIDES, Terms, parse_terms

OWED_NOTHING = ("void", "withdrawn")
Key = tuple[str, ...]


def budgets(session: Session) -> Iterator[str]:
    """What is promised in each currency is what the budget has reserved."""
    owed = func.sum(Reward.granted_minor - Reward.reversed_minor)
    keys = (Reward.campaign_id, Reward.currency)
    query = select(*keys, owed).where(Reward.state.not_in(OWED_NOTHING)).group_by(*keys)
    promised = {(campaign, budget_name(currency)): int(minor) for campaign, currency, minor in session.execute(query)}
    reserved = {(row.campaign_id, row.name): row.used for row in _counters(session, BUDGET)}
    for key in sorted(promised.keys() | reserved.keys()):
        if promised.get(key, 0) != reserved.get(key, 0):
            yield f"campaign {key[0]}: {promised.get(key, 0)} promised, {reserved.get(key, 0)} reserved in {key[1]}"


def milestones(session: Session) -> Iterator[str]:
    """Nobody has more rewards for one milestone than were taken for it."""
    taken = {(row.campaign_id, row.name): row.used for row in _counters(session, MILESTONE)}
    keys = (Reward.campaign_id, Reward.person_id, Reward.milestone)
    stands = Reward.state.not_in(OWED_NOTHING), Reward.granted_minor > Reward.reversed_minor
    query = select(*keys, func.count()).where(Reward.side == MILESTONE, *stands).group_by(*keys)
    for campaign, person, at, count in session.execute(query):
        if count > taken.get((campaign, f"{MILESTONE}:{person}:{at}"), 0):
            yield f"campaign {campaign}: {person} has {count} rewards for milestone {at}"


def caps(session: Session) -> Iterator[str]:
    """Everybody's places under the caps are those of rewards that stand, and no more."""
    terms = {row.id: parse_terms(row.body) for row in session.scalars(select(StoredTerms))}
    yield from _places(session, terms, "advocate", Reward.person_id, (ADVOCATE,), _has_cap)
    yield from _places(session, terms, "friend", Referral.friend_id, SIDES, _has_friend_cap)
    yield from _amounts(session, terms)


def _has_cap(terms: Terms) -> bool:
    return terms.limits.rewards_per_advocate is not None


def _has_friend_cap(terms: Terms) -> bool:
    return terms.limits.rewards_per_friend is not None


def _places(
    session: Session,
    terms: dict[str, Terms],
    what: str,
    owner: Any,
    sides: tuple[str, ...],
    is_capped: Callable[[Terms], bool],
) -> Iterator[str]:
    """A reward that was given back whole may keep its place or not; any other that stands has one."""
    most: dict[Key, int] = defaultdict(int)
    least: dict[Key, int] = defaultdict(int)
    net = Reward.granted_minor > Reward.reversed_minor
    keys = (Reward.campaign_id, owner, Conversion.terms_id, net)
    for campaign, person, terms_id, is_owed, count in session.execute(_standing(keys, sides, func.count())):
        if is_capped(terms[terms_id]):
            most[campaign, person] += count
            least[campaign, person] += count if is_owed else 0
    taken = _taken(session, what)
    for key in sorted(most.keys() | taken.keys()):
        if not least[key] <= taken[key] <= most[key]:
            yield f"campaign {key[0]}: {taken[key]} places are taken for {what} {key[1]}, {most[key]} rewards stand"


def _amounts(session: Session, terms: dict[str, Terms]) -> Iterator[str]:
    owed: dict[Key, int] = defaultdict(int)
    keys = (Reward.campaign_id, Reward.person_id, Reward.currency, Conversion.terms_id)
    total = func.sum(Reward.granted_minor - Reward.reversed_minor)
    for campaign, person, currency, terms_id, minor in session.execute(_standing(keys, (ADVOCATE, MILESTONE), total)):
        if currency in terms[terms_id].limits.amount_per_advocate:
            owed[campaign, person] += int(minor)
    taken = _taken(session, "amount")
    for key in sorted(owed.keys() | taken.keys()):
        if owed[key] != taken[key]:
            yield f"campaign {key[0]}: {taken[key]} are taken of the most for advocate {key[1]}, {owed[key]} stand"


def _standing(keys: tuple[Any, ...], sides: tuple[str, ...], counted: Any) -> Any:
    return (
        select(*keys, counted)
        .join(Conversion, Conversion.id == Reward.conversion_id)
        .join(Referral, Referral.id == Conversion.referral_id)
        .where(Reward.state.not_in(OWED_NOTHING), Reward.side.in_(sides))
        .group_by(*keys)
    )


def _taken(session: Session, what: str) -> dict[Key, int]:
    """By campaign and person, over all periods and currencies."""
    taken: dict[Key, int] = defaultdict(int)
    for row in _counters(session, what):
        taken[row.campaign_id, row.name.split(":")[1]] += row.used
    return taken


def _counters(session: Session, what: str) -> Iterator[Allowance]:
    yield from session.scalars(select(Allowance).where(Allowance.name.startswith(f"{what}:")))
