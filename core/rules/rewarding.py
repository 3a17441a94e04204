"""Rewarding: how much each side gets for an order, and how much a refund takes back."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from core.contract.events import WITHOUT_MONEY
from core.contract.money import Money
from core.rules.comparing import number
from core.rules.conditions import Facts, holds, lines_of
from core.rules.purchases import OrderFacts
from core.rules.reasons import Reason
from core.rules.terms.model import SIDES, RewardTerms, Terms, Worth

MILESTONE = "milestone"
ADVOCATE, FRIEND = "advocate", "friend"
# Each side as `Reward.side` names it; a milestone is the advocate's, on top of the reward for the order.
ALL_SIDES = (*SIDES, MILESTONE)


def party_of(side: str) -> str:
    """Whose a side's reward is: a milestone is the advocate's."""
    return ADVOCATE if side == MILESTONE else side


@dataclass(frozen=True, slots=True)
class Counted:
    """What rewards are counted from: the base, the facts of the order, and the how-many-th of its advocate it is.

    `number` is 1 for the first conversion that stands; None where numbers do not matter.
    """

    base: Money
    facts: Facts = field(default_factory=Facts)
    number: int | None = None


def are_numbered(terms: Terms) -> bool:
    """True when it matters which of an advocate's conversions one is."""
    return any(promised.tiers or promised.milestones for promised in terms.rewards.values())


def asks_for_facts(terms: Terms) -> bool:
    """True when what a reward is worth depends on facts of the order."""
    return any(promised.when is not None or promised.of_lines is not None for promised in terms.rewards.values())


def base_of(order: OrderFacts, terms: Terms) -> Money:
    """What a reward is counted from; a lead and a contact have nothing yet, in the campaign's own money."""
    return Money.zero(terms.currency) if order.kind in WITHOUT_MONEY else order.base


def grants(terms: Terms, counted: Counted) -> dict[str, Money]:
    """What each side is promised; a side that gets nothing is left out."""
    found = {side: grant(promised, counted) for side, promised in terms.rewards.items()}
    found = _within_order(found, terms, counted.base)
    milestone = _milestone(terms, counted)
    return {side: amount for side, amount in {**found, MILESTONE: milestone}.items() if amount}


def grant(promised: RewardTerms, counted: Counted) -> Money:
    """What one side is promised, rounded half up once; nothing where its condition does not hold."""
    if promised.when is not None and not holds(promised.when, counted.facts).holds:
        return Money.zero(counted.base.currency)
    return _worth(worth_for(promised, counted.number), _counting(promised, counted))


def worth_for(promised: RewardTerms, nth: int | None) -> Worth:
    """What the advocate's `nth` conversion is worth: the highest tier that it has reached."""
    reached = [tier for tier in promised.tiers if nth is not None and nth >= tier.from_number]
    return max(reached, key=lambda tier: tier.from_number).worth if reached else promised.worth


def milestone_reached(terms: Terms, nth: int | None) -> int | None:
    """The milestone that the advocate reaches with that conversion, by its number; None for none."""
    promised = terms.rewards.get(ADVOCATE)
    reached = [one.at for one in promised.milestones if one.at == nth] if promised else []
    return reached[0] if reached else None


def milestone_lost(at: int, standing: int, *, is_theirs: bool) -> str:
    """Why an order does not bring the milestone `at` any more, of whoever has so many `standing` conversions now."""
    if not is_theirs:
        return "the order was brought by somebody else"
    if standing < at:
        return "fewer friends stand by now than this milestone is for"
    return "the milestone is reached with another order"


def side_reasons(terms: Terms, facts: Facts) -> list[Reason]:
    """For each side whose reward has a condition, whether it holds."""
    found = [(side, holds(one.when, facts)) for side, one in terms.rewards.items() if one.when is not None]
    return [Reason(f"{side}.when", looked.holds, looked.words) for side, looked in found]


def _milestone(terms: Terms, counted: Counted) -> Money:
    reached = milestone_reached(terms, counted.number)
    worths = [one.worth for one in terms.rewards[ADVOCATE].milestones if one.at == reached] if reached else []
    return _worth(worths[0], counted.base) if worths else Money.zero(counted.base.currency)


def _counting(promised: RewardTerms, counted: Counted) -> Money:
    """The base, or the part of it that the lines make up of which a percentage is."""
    if promised.of_lines is None:
        return counted.base
    amounts = [number(line.get("line.amount")) for line in lines_of(promised.of_lines, counted.facts)]
    told = Money.from_decimal(sum(filter(None, amounts), start=counted.base.decimal * 0), counted.base.currency)
    return min(max(told, Money.zero(told.currency)), counted.base)


def _worth(worth: Worth, base: Money) -> Money:
    fixed = worth.amounts.get(base.currency)
    if worth.percent is None:
        return fixed or Money.zero(base.currency)
    amount = base.share(int(worth.percent * 100), 100_00)
    most = worth.at_most.get(base.currency)
    return min(amount, most) if most is not None else amount


def _within_order(found: Mapping[str, Money], terms: Terms, base: Money) -> dict[str, Money]:
    """Cut in proportion, so that together they take no more of what counts than the terms allow."""
    percent = terms.limits.most_of_order
    together = Money(sum(amount.minor for amount in found.values()), base.currency)
    most = base.share(int(percent * 100), 100_00) if percent is not None else together
    if together <= most or not base:
        return dict(found)
    return dict(zip(found, most.split([amount.minor for amount in found.values()]), strict=True))


def reversed_part(granted: Money, base_minor: int, reversed_base_minor: int) -> Money:
    """The part of a grant that refunds of `reversed_base_minor` take back: cumulative, so order and number
    of the refunds do not matter, and never more than the grant."""
    if reversed_base_minor <= 0:
        return Money.zero(granted.currency)
    if base_minor <= 0 or reversed_base_minor >= base_minor:
        return granted
    return granted - granted.share(base_minor - reversed_base_minor, base_minor)
