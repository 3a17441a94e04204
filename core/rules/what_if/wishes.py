"""Wishes: which facts of an order would make a condition hold, or stop it from holding."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from itertools import islice

from core.contract.facts import FieldValue
from core.rules.comparing import Operand, number, spelt
from core.rules.conditions import LINE, AllOf, AnyOf, Condition, EveryLine, Facts, NoneOf, SomeLine, Test, label_of
from core.rules.purchases import OrderFacts
from core.rules.terms import Terms
from core.rules.what_if.case import Case
from core.rules.what_if.changes import Change

# A wish: a field and what it should be (None: nothing is known of it).
Wish = tuple[str, FieldValue | None]
Wishes = tuple[tuple[Wish, ...], str]
MOST = 8
# How people say that a field fits, by operator; all others name the value itself.
FITS = {
    "is_not": "been anything but {}",
    "is_none_of": "been none of {}",
    "at_least": "been at least {}",
    "at_most": "been at most {}",
    "more_than": "been more than {}",
    "less_than": "been less than {}",
    "is_one_of": "been one of {}",
    "contains": "contained {}",
    "starts_with": "begun with {}",
    "ends_with": "ended with {}",
    "since": "been {} or later",
    "before": "been before {}",
    "is_known": "been known",
}


def meets(case: Case, order: OrderFacts, terms: Terms) -> Iterator[Change]:
    """Facts with which the condition for orders to count would hold."""
    yield from _changes(case, order, terms, wanted=True)


def misses(case: Case, order: OrderFacts, terms: Terms) -> Iterator[Change]:
    """Facts with which it would not."""
    yield from _changes(case, order, terms, wanted=False)


def _changes(case: Case, order: OrderFacts, terms: Terms, *, wanted: bool) -> Iterator[Change]:
    if terms.when is None:
        return
    for facts, wishes, words in wished(terms.when, order.facts, wanted=wanted):
        yield Change("condition", words, case.with_order(order, facts=facts), wishes)


def wished(condition: Condition, facts: Facts, *, wanted: bool) -> Iterator[tuple[Facts, frozenset[Wish], str]]:
    """A few ways in which the condition might come out as wanted: the facts then, what differs, and in words."""
    for wishes, words in islice(_ways(condition, wanted=wanted), MOST):
        yield _granted(facts, wishes), frozenset(wishes), words


def _ways(condition: Condition, *, wanted: bool) -> Iterator[Wishes]:
    """The ways in which the condition would come out as wanted; each is tried, so too many are no harm."""
    match condition:
        case Test():
            yield from _one(condition, wanted=wanted)
        case SomeLine(inner) | EveryLine(inner):
            yield from _ways(inner, wanted=wanted)
        case NoneOf(parts):
            yield from (_together if wanted else _any)(parts, wanted=not wanted)
        case AllOf(parts):
            yield from (_together if wanted else _any)(parts, wanted=wanted)
        case AnyOf(parts):
            yield from (_any if wanted else _together)(parts, wanted=wanted)


def _any(parts: tuple[Condition, ...], *, wanted: bool) -> Iterator[Wishes]:
    for part in parts:
        yield from _ways(part, wanted=wanted)


def _together(parts: tuple[Condition, ...], *, wanted: bool) -> Iterator[Wishes]:
    """Each part alone (the others may be as they should already), then all of them at once."""
    yield from _any(parts, wanted=wanted)
    firsts = [next(_ways(part, wanted=wanted), None) for part in parts]
    if len(firsts) > 1 and None not in firsts:
        told = [one for one in firsts if one]
        yield tuple(wish for wishes, _ in told for wish in wishes), " and ".join(words for _, words in told)


def _one(test: Test, *, wanted: bool) -> Iterator[Wishes]:
    value = _fitting(test) if wanted else None
    label = label_of(test.field)
    if not wanted:
        yield ((test.field, None),), f"nothing had been known of {label}"
    elif value is not None or (test.op, test.value) == ("is_known", False):
        fits = FITS.get(test.op, "been {}").format(spelt(test.value))
        words = f"nothing had been known of {label}" if value is None else f"{label} had {fits}"
        yield ((test.field, value),), words


def _fitting(test: Test) -> FieldValue | None:
    """A value that the test accepts."""
    first = test.value[0] if isinstance(test.value, tuple) else test.value
    if test.op in ("is_not", "is_none_of"):
        return "something else"
    if test.op == "is_known":
        return "something" if test.value is not False else None
    if test.op in ("more_than", "less_than"):
        return _beside(test.op, first)
    return "0001-01-01" if test.op == "before" else first


def _beside(op: str, bound: Operand) -> str | None:
    found = number(bound)
    return None if found is None else str(found + (Decimal(1) if op == "more_than" else Decimal(-1)))


def _granted(facts: Facts, wishes: tuple[Wish, ...]) -> Facts:
    of_lines = [wish for wish in wishes if wish[0].startswith(LINE)]
    fields = _with(facts.fields, [wish for wish in wishes if wish not in of_lines])
    lines = tuple(_with(line, of_lines) for line in facts.lines or ({},)) if of_lines else facts.lines
    return replace(facts, fields=fields, lines=lines)


def _with(fields: Mapping[str, FieldValue], wishes: list[Wish]) -> Mapping[str, FieldValue]:
    wanted = dict(wishes)
    kept = {name: value for name, value in fields.items() if name not in wanted}
    return {**kept, **{name: value for name, value in wanted.items() if value is not None}}
