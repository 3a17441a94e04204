"""Obstacles: why a campaign with these terms cannot work here, each with its place and what to change."""

from collections.abc import Iterator
from datetime import datetime

from core.contract.events import WITHOUT_MONEY, EvidenceKind, OrderKind
from core.contract.money import Money
from core.rules.feasibility.asking import impossible
from core.rules.feasibility.means import Means
from core.rules.terms.model import RewardTerms, Terms

Found = Iterator[str]
OF_DEALS = frozenset({EvidenceKind.DEAL_FIELD, EvidenceKind.OTHER_CONTACT_FIELD})
OF_SHOPS = frozenset(
    {EvidenceKind.SIGNED_ATTRIBUTE, EvidenceKind.LANDING_REF, EvidenceKind.LAST_VISIT, EvidenceKind.FIRST_VISIT}
)


def obstacles(terms: Terms, means: Means, from_at: datetime) -> list[str]:
    """Why the campaign cannot work if it begins at `from_at`; none where it can."""
    checks = (_payers, _currencies, _audience, _traces, _worthless, _out_of_reach)
    found = [words for check in checks for words in check(terms, means)]
    return [*found, *_schedule(terms, from_at), *impossible(terms, means)]


def _payers(terms: Terms, means: Means) -> Found:
    others = ", ".join(sorted(means.payable)) or "another kind once a source is connected"
    for side, promised in terms.rewards.items():
        if promised.kind not in means.payable:
            yield f"{side}.kind: no connected source can pay {promised.kind}; connect one, or choose {others}"


def _currencies(terms: Terms, means: Means) -> Found:
    place = "counts.currency" if len(terms.currencies) == 1 else "counts.currencies"
    for currency in terms.currencies:
        if means.currencies and currency not in means.currencies:
            known = " or ".join(sorted(means.currencies))
            yield f"{place}: no connected source sells in {currency}; write {known}"


def _audience(terms: Terms, means: Means) -> Found:
    if not means.kinds.intersection(terms.kinds):
        told = ", ".join(f'"{kind}"' for kind in OrderKind if kind in means.kinds) or "nothing yet"
        wanted = " or ".join(f"{kind}s" for kind in terms.kinds)
        yield f"counts.kinds: no connected source tells of {wanted}; connect one that does, or choose among {told}"


def _traces(terms: Terms, means: Means) -> Found:
    kinds, traces = frozenset(terms.kinds), frozenset(terms.precedence)
    if kinds == {OrderKind.ORDER} and traces <= OF_DEALS:
        yield 'attribution.precedence: an order has no traces of these kinds; add "code" or "landing_ref"'
    if OrderKind.ORDER not in kinds and traces <= OF_SHOPS:
        yield 'attribution.precedence: these are traces of shops, and no orders count here; add "contact_field"'


def _worthless(terms: Terms, means: Means) -> Found:
    if not WITHOUT_MONEY.issuperset(terms.kinds):
        return
    for side, promised in terms.rewards.items():
        if not promised.worth.amounts and not any(tier.worth.amounts for tier in promised.tiers):
            what = " and a ".join(terms.kinds)
            yield f"{side}.percent: a {what} has no price, and a percentage of nothing is nothing; write an amount"


def _out_of_reach(terms: Terms, means: Means) -> Found:
    advocate = terms.rewards.get("advocate")
    for currency in terms.currencies if advocate else ():
        assert advocate is not None
        yield from _above_cap(terms, advocate, currency)
        yield from _above_budget(terms, advocate, currency)


def _above_cap(terms: Terms, advocate: RewardTerms, currency: str) -> Found:
    most = terms.limits.amount_per_advocate.get(currency)
    steps = [("tiers", at, tier.worth) for at, tier in enumerate(advocate.tiers)]
    steps += [("milestones", at, one.worth) for at, one in enumerate(advocate.milestones)]
    for key, at, worth in steps:
        amount = worth.amounts.get(currency)
        if most and amount and most < amount:
            words = f"{amount} is more than limits.amount_per_advocate ({most}), so it is never given"
            yield f"advocate.{key}[{at}]: {words}; raise that, or lower this"


def _above_budget(terms: Terms, advocate: RewardTerms, currency: str) -> Found:
    budget = terms.limits.budget.get(currency)
    each = sum(one.worth.amounts[currency].minor for one in terms.rewards.values() if currency in one.worth.amounts)
    for at, milestone in enumerate(advocate.milestones):
        amount = milestone.worth.amounts[currency]
        if budget is None or not each:
            return
        left = Money(budget.minor - min(milestone.at, budget.minor // each) * each, currency)
        if left < amount:
            words = f"the budget is used up before anybody has brought {milestone.at} friends; raise limits.budget"
            yield f"advocate.milestones[{at}]: {words}, or reward fewer friends"


def _schedule(terms: Terms, from_at: datetime) -> Found:
    if terms.ends_at is not None and terms.ends_at <= from_at:
        over = f"{terms.ends_at:%Y-%m-%d} is over when the terms begin to hold"
        yield f"campaign.ends_at: {over}, so that no order could count; write a later day"


def remarks(terms: Terms) -> list[str]:
    """What works, and may still not be what is wanted."""
    return [*_unbounded(terms), *_unwaiting(terms)]


def _unbounded(terms: Terms) -> Found:
    if not terms.limits.budget:
        yield "limits.budget: there is none, so that nothing bounds what all rewards together cost"
    fixed = [side for side, promised in terms.rewards.items() if promised.worth.amounts]
    if fixed and not any(terms.minimum.values()) and terms.limits.most_of_order is None:
        yield "counts.minimum: there is none, so that a reward may be more than the order; see limits.most_of_order too"


def _unwaiting(terms: Terms) -> Found:
    if not terms.hold:
        yield "hold.days: rewards are paid at once, before anything can be sent back"
