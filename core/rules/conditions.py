"""Conditions: what must be true of an order, a deal or a person, composed of single tests.

What nobody told makes a test fail and never raises; every finding names the values found.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, TypeAlias

from core.contract.facts import FieldValue
from core.rules.comparing import COMPARISONS, Operand, is_told, spelt

LINE = "line."
MOST_WORDS = 600
MOST_LINES_NAMED = 3
MOST_KEPT = 4096


@dataclass(frozen=True, slots=True)
class Test:
    """One comparison of one field."""

    __test__: ClassVar[bool] = False  # pytest would take it for one of its own

    field: str
    op: str
    value: Operand


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every part holds."""

    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """One part at least holds."""

    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class NoneOf:
    """No part holds."""

    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class SomeLine:
    """One line at least of the order fulfils it."""

    condition: "Condition"


@dataclass(frozen=True, slots=True)
class EveryLine:
    """The order has lines, and each fulfils it."""

    condition: "Condition"


Condition: TypeAlias = Test | AllOf | AnyOf | NoneOf | SomeLine | EveryLine
Fields: TypeAlias = Mapping[str, FieldValue]


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of one order, deal, lead or contact, by the fields' full names."""

    fields: Fields = field(default_factory=dict)
    lines: Sequence[Fields] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """Whether a condition holds, and why in words that name the values found."""

    holds: bool
    words: str


Look: TypeAlias = Callable[[Facts, Fields | None], Found]


def holds(condition: Condition, facts: Facts) -> Found:
    """Whether the facts fulfil the condition. A test of a line outside of `SomeLine` and `EveryLine` means some."""
    found = _compiled(condition)(facts, None)
    return found if len(found.words) <= MOST_WORDS else Found(found.holds, found.words[: MOST_WORDS - 1] + "…")


def lines_of(condition: Condition, facts: Facts) -> list[Fields]:
    """The lines for which the condition holds."""
    look = _compiled(condition)
    return [line for line in facts.lines if look(facts, line).holds]


# Kept with its condition, so that the id stays its own. By equality 1 and true would be one test.
_looks: dict[int, tuple[Condition, Look]] = {}


def _compiled(condition: Condition) -> Look:
    """Terms are asked of every order, and are taken apart once."""
    known = _looks.get(id(condition))
    if known is not None and known[0] is condition:
        return known[1]
    if len(_looks) >= MOST_KEPT:
        _looks.clear()
    look = _taken_apart(condition)
    _looks[id(condition)] = condition, look
    return look


def _taken_apart(condition: Condition) -> Look:
    if isinstance(condition, Test):
        return _test(condition)
    if isinstance(condition, (SomeLine, EveryLine)):
        return (_some if isinstance(condition, SomeLine) else _every)(_compiled(condition.condition))
    parts = [_compiled(part) for part in condition.parts]
    return JOINED[type(condition)](parts)


def _test(test: Test) -> Look:
    weigh, is_of_line = _weighing(test), test.field.startswith(LINE)

    def look(facts: Facts, line: Fields | None) -> Found:
        if not is_of_line:
            return weigh(facts.fields.get(test.field))
        return some(facts, None) if line is None else weigh(line.get(test.field))

    some = _some(look)
    return look


def _weighing(test: Test) -> Callable[[FieldValue | None], Found]:
    label = label_of(test.field)
    unknown = Found(test.op == "is_known" and test.value is False, f"nothing is known of {label}")
    if test.op == "is_known":
        return lambda told: Found(test.value is not False, _shown(label, told)) if is_told(told) else unknown
    compare = COMPARISONS[test.op](test.value)

    def weigh(told: FieldValue | None) -> Found:
        if not is_told(told):
            return unknown
        is_met, words = compare(told)
        return Found(is_met, _shown(label, told, words))

    return weigh


def _shown(label: str, told: FieldValue, words: str = "") -> str:
    """What was found, with what it was compared to; of a list with nothing on it there is nothing to compare."""
    if isinstance(told, tuple):
        return f"{label} are {spelt(told)}{words}" if told else f"nothing is among {label}"
    return f"{label} is {spelt(told)}{words}"


def label_of(name: str) -> str:
    """A field as people say it: `order.country` is the order's country, `line.sku` a line's sku."""
    owner, _, what = name.partition(".")
    return f"{'a line' if owner == 'line' else f'the {owner}'}'s {what.replace('_', ' ')}"


def _all(parts: Sequence[Look]) -> Look:
    def look(facts: Facts, line: Fields | None) -> Found:
        found = [part(facts, line) for part in parts]
        failed = [one for one in found if not one.holds]
        return Found(not failed, "; ".join(one.words for one in failed or found))

    return look


def _any(parts: Sequence[Look]) -> Look:
    def look(facts: Facts, line: Fields | None) -> Found:
        found = [part(facts, line) for part in parts]
        met = [one for one in found if one.holds]
        return Found(bool(met), met[0].words if met else " and ".join(one.words for one in found))

    return look


def _none(parts: Sequence[Look]) -> Look:
    def look(facts: Facts, line: Fields | None) -> Found:
        found = [part(facts, line) for part in parts]
        met = [one for one in found if one.holds]
        return Found(not met, "; ".join(one.words for one in met or found))

    return look


JOINED: Mapping[type, Callable[[Sequence[Look]], Look]] = {AllOf: _all, AnyOf: _any, NoneOf: _none}


def _some(part: Look) -> Look:
    def look(facts: Facts, line: Fields | None) -> Found:
        found = [part(facts, each) for each in facts.lines]
        met = next((one for one in found if one.holds), None)
        return met or Found(False, _of_lines(found))

    return look


def _every(part: Look) -> Look:
    def look(facts: Facts, line: Fields | None) -> Found:
        found = [part(facts, each) for each in facts.lines]
        failed = [one for one in found if not one.holds]
        return Found(bool(found) and not failed, _of_lines(failed or found))

    return look


def _of_lines(found: Sequence[Found]) -> str:
    """The first few lines; an order may have hundreds."""
    words = list(dict.fromkeys(one.words for one in found))
    more = f" and {len(words) - MOST_LINES_NAMED} more" if len(words) > MOST_LINES_NAMED else ""
    return "; ".join(words[:MOST_LINES_NAMED]) + more if words else "nothing is known of the order's lines"
