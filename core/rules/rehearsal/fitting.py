"""Fitting: a purchase that counts under given terms, made up from their minimum, shares and conditions."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from core.contract.money import Money
from core.rules.conditions import AllOf, AnyOf, Condition, EveryLine, NoneOf, SomeLine, Test
from core.rules.terms import RewardTerms, Terms, Worth

# A multiple of this many minor units can be halved, and any percentage of it with two decimals is a whole amount.
EVEN = 20_000
HUNDRED = 100
WHOLE = HUNDRED * HUNDRED  # a percentage with two decimals is so many parts of it
AMOUNTS = frozenset({"order.base", "order.subtotal", "order.total"})
A_LITTLE = Decimal(1)


def _value(value: Any) -> Any:
    return value


def _one_of(value: Any) -> Any:
    return value[0] if isinstance(value, list | tuple) and value else value


def _more(value: Any) -> Any:
    return str(Decimal(str(value)) + A_LITTLE)


def _less(value: Any) -> Any:
    return str(Decimal(str(value)) - A_LITTLE)


def _other(value: Any) -> Any:
    return not value if isinstance(value, bool) else f"not {_one_of(value)}"


def _something(value: Any) -> Any:
    return "something" if value else None


# What a field has to be so that a test of it holds; None where nothing may be told of it.
WISHES: Mapping[str, Callable[[Any], Any]] = {
    "is": _value,
    "is_one_of": _one_of,
    "contains": _value,
    "starts_with": _value,
    "ends_with": _value,
    "at_least": _value,
    "at_most": _value,
    "more_than": _more,
    "less_than": _less,
    "since": _value,
    "is_not": _other,
    "is_none_of": _other,
    "is_known": _something,
}


@dataclass(frozen=True, slots=True)
class Fitting:
    """A purchase of this base with these facts counts, if whoever plays it can make them."""

    base: Money
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass
class _Wishes:
    """What the conditions want of a purchase, the amounts in major units."""

    facts: dict[str, Any] = field(default_factory=dict)
    least: Decimal = Decimal(0)
    most: Decimal | None = None

    def hear(self, condition: Condition | None) -> None:
        """The condition's own wishes are added; of several ways to fulfil it the first is taken."""
        if isinstance(condition, Test):
            self._hear_test(condition)
        elif isinstance(condition, AllOf):
            for part in condition.parts:
                self.hear(part)
        elif isinstance(condition, AnyOf):
            self.hear(condition.parts[0])
        elif isinstance(condition, SomeLine | EveryLine):
            self.hear(condition.condition)
        else:
            assert condition is None or isinstance(condition, NoneOf)  # what nobody tells is none of anything

    def _hear_test(self, test: Test) -> None:
        if test.field in AMOUNTS:
            self._hear_amount(test)
        elif test.op in WISHES and (wish := WISHES[test.op](test.value)) is not None:
            self.facts.setdefault(test.field, wish)

    def _hear_amount(self, test: Test) -> None:
        try:
            wanted = Decimal(str(_one_of(test.value)))
        except InvalidOperation:
            return
        if test.op in ("at_least", "more_than", "is", "is_one_of"):
            self.least = max(self.least, wanted + (test.op == "more_than"))
        if test.op in ("at_most", "less_than", "is", "is_one_of"):
            upper = wanted - (test.op == "less_than")
            self.most = upper if self.most is None else min(self.most, upper)


def fit(terms: Terms) -> Fitting:
    """The purchase that fits best: large enough for every minimum and share, small enough for every condition."""
    wishes = _Wishes()
    wishes.hear(terms.when)
    for reward in terms.rewards.values():
        wishes.hear(reward.when)
        wishes.hear(reward.of_lines)
    return Fitting(_base(terms, wishes), wishes.facts)


def _base(terms: Terms, wishes: _Wishes) -> Money:
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
