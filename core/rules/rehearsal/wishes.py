"""Wishes: what conditions want of a purchase that somebody makes up, and what would miss them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any

from core.contract.events import OrderKind
from core.contract.facts import FieldValue
from core.rules.comparing import Operand, moment, number
from core.rules.conditions import LINE, AllOf, AnyOf, Condition, EveryLine, Facts, SomeLine, Test, holds

# What a purchase comes to, however it is called: whoever makes one up chooses that.
AMOUNTS = frozenset({"order.base", "order.subtotal", "order.total", "line.amount", "deal.amount"})
A_LITTLE = Decimal(1)
A_DAY = timedelta(days=1)
LEAST, MOST = ("at_least", "more_than", "is", "is_one_of"), ("at_most", "less_than", "is", "is_one_of")
STRICT = ("more_than", "less_than")
OPPOSITE = {"at_least": "less_than", "more_than": "at_most", "at_most": "more_than", "less_than": "at_least"}
Wish = Callable[[Any], FieldValue | None]


def _value(value: Any) -> Any:
    return value


def _one_of(value: Any) -> Any:
    return value[0] if isinstance(value, list | tuple) and value else value


def _more(value: Any) -> str | None:
    found = number(value)
    return None if found is None else str(found + A_LITTLE)


def _less(value: Any) -> str | None:
    found = number(value)
    return None if found is None else str(found - A_LITTLE)


def _day_before(value: Any) -> str | None:
    at = moment(value)
    return None if at is None else (at - A_DAY).isoformat()


def _other(value: Any) -> Any:
    return not value if isinstance(value, bool) else f"not {_one_of(value)}"


def _something(value: Any) -> str | None:
    return "something" if value else None


def _nothing_told(value: Any) -> str | None:
    return _something(not value)


# What a field has to be so that a test of it holds; None where nothing may be told of it.
WISHES: Mapping[str, Wish] = {
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
    "before": _day_before,
    "is_not": _other,
    "is_none_of": _other,
    "is_known": _something,
}
# What a field has to be so that a test of it fails, where leaving it out is not what does it.
MISSES: Mapping[str, Wish] = {
    "is_not": _value,
    "is_none_of": _one_of,
    "at_least": _less,
    "at_most": _more,
    "more_than": _value,
    "less_than": _value,
    "since": _day_before,
    "before": _value,
    "is_known": _nothing_told,
}


def misses(test: Test) -> Sequence[FieldValue]:
    """Values with which the test fails; none where only the source's own words could tell."""
    found = MISSES[test.op](test.value) if test.op in MISSES else None
    return [] if found is None else [found]


def is_met(condition: Condition, told: Mapping[str, FieldValue]) -> bool:
    """Whether a purchase of one line with these facts fulfils the condition."""
    line = {name: value for name, value in told.items() if name.startswith(LINE)}
    return holds(condition, Facts(told, (line,))).holds


@dataclass(frozen=True, slots=True)
class Possible:
    """What somebody can make up in one kind of purchase.

    Of the facts that it `plays` anything can be told; `usual` says what is told of others where nobody asks for
    anything, and then what could be told instead. Without `plays` anything can be told of everything.
    """

    kind: OrderKind = OrderKind.ORDER
    plays: frozenset[str] | None = None
    usual: Mapping[str, Sequence[FieldValue]] = field(default_factory=dict)

    def can_play(self, name: str, value: FieldValue) -> bool:
        """True when that can be told of this fact."""
        return self.plays is None or name in self.plays or value in self.usual.get(name, ())

    @property
    def first(self) -> dict[str, FieldValue]:
        """What is told where nobody asks for anything."""
        return {name: told[0] for name, told in self.usual.items()}

    def instead(self, name: str) -> Sequence[FieldValue]:
        """What could be told of a fact instead of the usual."""
        return self.usual.get(name, ())[1:]


@dataclass
class Wishes:
    """What conditions want of a purchase, the amounts in major units, as far as it is `possible`."""

    possible: Possible
    usual: Mapping[str, FieldValue]
    facts: dict[str, FieldValue] = field(default_factory=dict)
    least: Decimal = Decimal(0)
    most: Decimal | None = None

    def hear(self, condition: Condition) -> None:
        """The condition's own wishes are added; of several ways to fulfil it the first that can be made up is taken."""
        if isinstance(condition, Test):
            self._hear_test(condition)
        elif isinstance(condition, AnyOf):
            self.hear(next(filter(self._is_possible, condition.parts), condition.parts[0]))
        elif isinstance(condition, SomeLine | EveryLine):
            self.hear(condition.condition)
        else:
            for part in condition.parts:
                (self.hear if isinstance(condition, AllOf) else self.deny)(part)

    def deny(self, condition: Condition) -> None:
        """Wishes are added with which the condition does not hold, where it would."""
        if isinstance(condition, Test):
            self._deny_test(condition)
        elif isinstance(condition, SomeLine | EveryLine):
            self.deny(condition.condition)
        elif isinstance(condition, AnyOf):
            for part in condition.parts:
                self.deny(part)
        else:
            (self.deny if isinstance(condition, AllOf) else self.hear)(condition.parts[0])

    def _is_possible(self, condition: Condition) -> bool:
        alone = Wishes(self.possible, self.usual)
        alone.hear(condition)
        return all(self.possible.can_play(name, value) for name, value in alone.facts.items())

    def _is_met(self, test: Test) -> bool:
        return is_met(test, {**self.usual, **self.facts})

    def _hear_test(self, test: Test) -> None:
        if test.field in AMOUNTS:
            self._hear_amount(test.op, test.value)
        elif not self._is_met(test) and (wish := self._wish(test)) is not None:
            self.facts.setdefault(test.field, wish)

    def _wish(self, test: Test) -> FieldValue | None:
        """Something that fulfils the test: what can be told there, if there is any."""
        wish = WISHES[test.op](test.value)
        named = test.value if test.op == "is_one_of" and isinstance(test.value, tuple) else ()
        options = [one for one in (wish, *named, *self.possible.instead(test.field)) if one is not None]
        playable = (
            one for one in options if self.possible.can_play(test.field, one) and is_met(test, {test.field: one})
        )
        return next(playable, wish)

    def _deny_test(self, test: Test) -> None:
        if test.field in AMOUNTS and test.op in OPPOSITE:
            self._hear_amount(OPPOSITE[test.op], test.value)
        elif self._is_met(test):
            options = [*self.possible.instead(test.field), *misses(test), _other(test.value)]
            missed = (one for one in options if not is_met(test, {test.field: one}))
            self.facts[test.field] = next(missed, _other(test.value))

    def _hear_amount(self, op: str, value: Operand) -> None:
        wanted = number(_one_of(value))
        if wanted is None:
            return
        if op in LEAST:
            self.least = max(self.least, wanted + (op in STRICT))
        if op in MOST:
            upper = wanted - (op in STRICT)
            self.most = upper if self.most is None else min(self.most, upper)
