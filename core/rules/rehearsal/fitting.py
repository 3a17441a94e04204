"""Fitting: a purchase that counts under given terms, made up from their minimum, shares and conditions."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from core.contract.events import WITHOUT_MONEY, OrderKind
from core.contract.facts import FieldValue
from core.contract.money import Money
from core.rules.conditions import LINE, AllOf, Condition, Facts, Test, holds, lines_of
from core.rules.feasibility.asking import tests_in
from core.rules.rehearsal.wishes import AMOUNTS, Possible, Wishes, misses
from core.rules.terms import RewardTerms, Terms, Worth

# A multiple of this many minor units can be halved, and any percentage of it with two decimals is a whole amount.
EVEN = 20_000
HUNDRED = 100
WHOLE = HUNDRED * HUNDRED  # a percentage with two decimals is so many parts of it
TIMES = (3, 1_000)  # so many times as large an order is beyond what conditions ask for


@dataclass(frozen=True, slots=True)
class Fitting:
    """A purchase of this base with these facts counts, unless some are `missing`: nobody can make those up there."""

    base: Money
    facts: Mapping[str, FieldValue] = field(default_factory=dict)
    missing: tuple[str, ...] = ()


def fit(terms: Terms, possible: Possible | None = None) -> Fitting:
    """The purchase that fits best: large enough for every minimum and share, small enough for every condition."""
    place = possible or Possible()
    wishes = Wishes(place, {**_always(terms.currency, place.kind), **place.first})
    conditions = conditions_of(terms, place.kind)
    for condition in conditions:
        wishes.hear(condition)
    base = Money.zero(terms.currency) if place.kind in WITHOUT_MONEY else _base(terms, wishes)
    facts = {name: value for name, value in wishes.facts.items() if place.can_play(name, value)}
    made = Fitting(base, facts)
    if all(_is_met(one, told_of(made, place)) for one in conditions):
        return made
    return replace(made, missing=tuple(sorted(wishes.facts.keys() - facts.keys())) or _asked(conditions))


def misfit(terms: Terms, possible: Possible) -> Fitting | None:
    """The same purchase, but for what misses the condition on whatever counts; None where nobody can make one up."""
    good = fit(terms, possible)
    if terms.when is None or good.missing:
        return None
    found = (one for one in _spoilt(good, terms, possible) if not _is_met(terms.when, told_of(one, possible)))
    return next(found, None)


def _spoilt(good: Fitting, terms: Terms, possible: Possible) -> Iterator[Fitting]:
    """The purchase with one thing of it left out or otherwise, then with everything that is asked for."""
    tests = [test for test in tests_in(AllOf((terms.when,))) if test.field not in AMOUNTS] if terms.when else []
    told = {test.field: _instead(test, possible) for test in tests}
    for name, others in told.items():
        yield replace(good, facts=_without(good, {name}))
        yield from (replace(good, facts={**good.facts, name: other}) for other in others)
    yield replace(good, facts=_without(good, told))
    yield replace(good, facts={**good.facts, **{name: others[0] for name, others in told.items() if others}})
    yield from _beyond(good, terms)


def _without(good: Fitting, names: Collection[str]) -> Mapping[str, FieldValue]:
    return {name: value for name, value in good.facts.items() if name not in names}


def _beyond(good: Fitting, terms: Terms) -> Iterator[Fitting]:
    """The purchase half as large, where the minimum lets it, and more than twice as large."""
    minimum = terms.minimum.get(terms.currency) or Money.zero(terms.currency)
    half = Money(good.base.minor // 4 * 2, good.base.currency)
    if half and not half < minimum:
        yield replace(good, base=half)
    yield from (replace(good, base=Money(good.base.minor * times, good.base.currency)) for times in TIMES)


def _instead(test: Test, possible: Possible) -> Sequence[FieldValue]:
    options = [*misses(test), *possible.instead(test.field)]
    return [one for one in options if possible.can_play(test.field, one)]


def told_of(made: Fitting, possible: Possible) -> Facts:
    """What a source will tell of such a purchase."""
    amounts = dict.fromkeys(sorted(AMOUNTS), made.base.text())
    told = {**amounts, **_always(made.base.currency, possible.kind), **possible.first, **made.facts}
    line = {name: value for name, value in told.items() if name.startswith(LINE)}
    fields = {name: value for name, value in told.items() if name not in line}
    return Facts(fields, (line,) if possible.kind is OrderKind.ORDER else ())


def conditions_of(terms: Terms, kind: OrderKind = OrderKind.ORDER) -> list[Condition]:
    """Everything that must hold so that a purchase of this kind counts and both sides are rewarded for it."""
    found = [terms.when]
    for reward in terms.rewards.values():
        found += [reward.when, reward.of_lines]
    if terms.deal_stages and kind is OrderKind.DEAL:
        found.append(Test("deal.stage", "is_one_of", terms.deal_stages))
    return [one for one in found if one is not None]


def _is_met(condition: Condition, facts: Facts) -> bool:
    is_of_lines = all(test.field.startswith(LINE) for test in tests_in(condition))
    return bool(lines_of(condition, facts)) if is_of_lines else holds(condition, facts).holds


def _asked(conditions: Sequence[Condition]) -> tuple[str, ...]:
    return tuple(sorted({test.field for test in tests_in(AllOf(tuple(conditions)))}))


def _always(currency: str, kind: OrderKind) -> Mapping[str, FieldValue]:
    return {"order.kind": kind.value, "order.currency": currency}


def _base(terms: Terms, wishes: Wishes) -> Money:
    currency = terms.currency
    minimum = terms.minimum.get(currency) or Money.zero(currency)
    wanted = max(minimum.minor, _minor(wishes.least, currency), _room(terms), EVEN)
    base = -(-wanted // EVEN) * EVEN
    most = None if wishes.most is None else _minor(wishes.most, currency)
    if most is not None and most < base:
        base = most - most % 2
    return Money(base, currency)


def _room(terms: Terms) -> int:
    """Minor units that an order must have so that fixed rewards do not take more of it than they may."""
    fixed = sum(reward.worth.amounts[terms.currency].minor for reward in _fixed(terms))
    share = terms.limits.most_of_order
    return int(fixed * HUNDRED / share) + 1 if share else fixed


def _fixed(terms: Terms) -> list[RewardTerms]:
    return [reward for reward in terms.rewards.values() if terms.currency in reward.worth.amounts]


def _minor(amount: Decimal, currency: str) -> int:
    return Money.from_decimal(amount, currency).minor if amount else 0


def promised(reward: RewardTerms, number: int, base: Money) -> Money:
    """What one side was promised for an advocate's `number`-th friend whose order comes to `base`.

    Worked out here once more, and from nothing but the terms, so that what was paid is compared with the promise.
    """
    reached = [tier.worth for tier in reward.tiers if tier.from_number <= number]
    return worth_of(reached[-1] if reached else reward.worth, base)


def worth_of(worth: Worth, base: Money) -> Money:
    """What that comes to for an order of `base`."""
    if base.currency in worth.amounts:
        return worth.amounts[base.currency]
    share = Money((base.minor * int((worth.percent or 0) * HUNDRED) + WHOLE // 2) // WHOLE, base.currency)
    most = worth.at_most.get(base.currency)
    return most if most and most < share else share
