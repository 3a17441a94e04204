"""Contradictions: conditions that nothing can ever fulfil, found by trying the values that they speak of.

Only what is certain is told: where trying would take too long, or not be enough, a condition is taken as possible.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from itertools import combinations, pairwise, product

from core.contract.facts import FactField, FactKind, FieldValue
from core.rules.comparing import moment, number
from core.rules.conditions import LINE, AllOf, AnyOf, Condition, EveryLine, Facts, NoneOf, SomeLine, Test, holds

MOST_BRANCHES = 256
MOST_CONSTANTS = 40
OTHER = "\u2042 something else"
PIECES = frozenset({"contains", "starts_with", "ends_with"})
NUMERIC = frozenset({"at_least", "at_most", "more_than", "less_than"})
FactFields = Mapping[str, FactField]
Values = Iterator[FieldValue | None]


def contradiction(condition: Condition, facts: FactFields, *, is_of_line: bool = False) -> tuple[Condition, ...]:
    """The parts that can never be true together; none where the condition can be fulfilled.

    With `is_of_line` all of it is about one line; else every test of a line may mean another one.
    """
    found: tuple[Condition, ...] = ()
    for number_of_branches, branch in enumerate(_branches([condition])):
        found = _conflict(branch, facts, is_of_line=is_of_line)
        if not found or number_of_branches >= MOST_BRANCHES:
            return ()
    return found


def _branches(parts: Sequence[Condition]) -> Iterator[list[Condition]]:
    """Every way to fulfil all of these, as lists of what must hold at once."""
    fixed, open_choices = _flattened(parts)
    for chosen in product(*open_choices):
        yield from _branches([*fixed, *chosen]) if chosen else iter([fixed])


def _flattened(parts: Sequence[Condition]) -> tuple[list[Condition], list[tuple[Condition, ...]]]:
    """What must hold in any case, and the choices that are still to be made."""
    fixed: list[Condition] = []
    choices: list[tuple[Condition, ...]] = []
    waiting = list(parts)
    while waiting:
        part = waiting.pop(0)
        if isinstance(part, AllOf):
            waiting = [*part.parts, *waiting]
        elif isinstance(part, AnyOf):
            choices.append(part.parts)
        elif isinstance(part, NoneOf) and len(part.parts) > 1:
            waiting = [*(NoneOf((one,)) for one in part.parts), *waiting]
        else:
            fixed.append(part)
    return fixed, choices


def _conflict(parts: Sequence[Condition], facts: FactFields, *, is_of_line: bool) -> tuple[Condition, ...]:
    """Which of the parts, that must hold at once, cannot."""
    every = [part.condition for part in parts if isinstance(part, EveryLine)]
    for part in parts:
        if isinstance(part, SomeLine | EveryLine):
            inner = [part.condition, *every] if isinstance(part, SomeLine) else every
            if contradiction(AllOf(tuple(inner)), facts, is_of_line=True):
                return tuple(one for one in parts if one is part or isinstance(one, EveryLine))
    return next(filter(None, (_unmet(name, group, facts) for name, group in _groups(parts, is_of_line))), ())


def _groups(parts: Iterable[Condition], is_of_line: bool) -> Iterator[tuple[str, list[Condition]]]:
    """The tests, also denied ones, that speak of the same value."""
    groups: dict[str, list[Condition]] = {}
    for part in parts:
        test = tested(part)
        if isinstance(test, Test) and test.field.startswith(LINE) and not is_of_line:
            yield test.field, [part]
        elif isinstance(test, Test):
            groups.setdefault(test.field, []).append(part)
    yield from groups.items()


def tested(part: Condition) -> Condition:
    """What a part tests, whether it affirms or denies it."""
    return part.parts[0] if isinstance(part, NoneOf) else part


def _unmet(name: str, group: list[Condition], facts: FactFields) -> tuple[Condition, ...]:
    """The fewest of the group that no value of the field fulfils; none if there is such a value."""
    fact = facts.get(name)
    values = list(_values(group, fact.kind if fact else None))
    if not values or _can_be(group, name, values):
        return ()
    for size in (1, 2):
        for some in combinations(group, size):
            if not _can_be(some, name, values):
                return some
    return tuple(group)


def _can_be(group: Sequence[Condition], name: str, values: Iterable[FieldValue | None]) -> bool:
    return any(all(holds(part, _told(name, value)).holds for part in group) for value in values)


def _told(name: str, value: FieldValue | None) -> Facts:
    told = {} if value is None else {name: value}
    return Facts(lines=(told,)) if name.startswith(LINE) else Facts(told)


def _values(group: Sequence[Condition], kind: FactKind | None) -> Values:
    """Values that decide about all of these tests; none at all where no list of values would be enough."""
    tests = [tested(part) for part in group]
    ops = {test.op for test in tests if isinstance(test, Test)}
    constants = list(dict.fromkeys(_constants(tests)))
    if len(constants) > MOST_CONSTANTS or (ops & PIECES and ops & NUMERIC):
        return
    yield None
    if kind in (None, FactKind.FLAG):
        yield from (True, False)
    if kind in (None, FactKind.NUMBER, FactKind.AMOUNT, FactKind.TEXT):
        yield from _numbers(constants)
    if kind in (None, FactKind.TIME, FactKind.TEXT):
        yield from _times(constants)
    texts = [str(one) for one in constants]
    if kind in (None, FactKind.TEXT):
        yield from _texts(texts, ops)
    if kind in (None, FactKind.LIST):
        yield from ((), (OTHER,), _list(texts, group))


def _constants(tests: Iterable[Condition]) -> Iterator[str | int | bool]:
    for test in tests:
        if isinstance(test, Test):
            yield from test.value if isinstance(test.value, tuple) else (test.value,)


def _numbers(constants: Iterable[object]) -> Values:
    """Each number, one just beside it, and one between every two neighbours."""
    found = sorted({one for one in map(number, constants) if one is not None} | {Decimal(0)})
    between = [(one + other) / 2 for one, other in pairwise(found)]
    for one in [*found, *between]:
        yield from (f"{one:f}", f"{one - 1:f}", f"{one + 1:f}")


def _times(constants: Iterable[object]) -> Values:
    for at in {at for at in map(moment, constants) if at is not None}:
        yield from ((at + timedelta(seconds=more)).isoformat() for more in (-1, 0, 1))


def _texts(texts: Sequence[str], ops: Iterable[str]) -> Values:
    yield from (OTHER, *texts)
    if PIECES.intersection(ops):
        middle = OTHER.join(texts)
        for one, other in product(texts, texts):
            yield from (one + other, f"{one}{middle}{other}")


def _list(texts: Sequence[str], group: Sequence[Condition]) -> tuple[str, ...]:
    """Everything that is spoken of but what is not wanted: if any list fulfils the tests, this one does."""
    unwanted = {str(one).casefold() for part in group if _is_denial(part) for one in _constants([tested(part)])}
    return tuple(text for text in texts if text.casefold() not in unwanted)


def _is_denial(part: Condition) -> bool:
    test = tested(part)
    return isinstance(test, Test) and (test.op in ("is_not", "is_none_of")) is not isinstance(part, NoneOf)
