"""Conditions as they stand in terms: `{ field = "order.country", is = "DE" }`, composed with all, any and none."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.rules.comparing import NUMBER, OPERATORS
from core.rules.conditions import LINE, AllOf, AnyOf, Condition, EveryLine, NoneOf, SomeLine, Test
from core.rules.terms.moments import MOMENT, moment
from core.rules.terms.problems import brief
from core.rules.terms.shapes import Reading, Text

OWNERS = ("order", "line", "customer", "deal", "contact")
FIELD = rf"({'|'.join(OWNERS)})\.[A-Za-z0-9_.-]{{1,80}}"
DEEPEST, MOST_TESTS, MOST_VALUES = 8, 200, 500
LISTS: Mapping[str, type[AllOf | AnyOf | NoneOf]] = {"all": AllOf, "any": AnyOf, "none": NoneOf}
OF_LINES: Mapping[str, type[SomeLine | EveryLine]] = {"some_line": SomeLine, "every_line": EveryLine}
COMPOSED = (*LISTS, *OF_LINES)
EXAMPLE = '{ field = "order.country", is = "DE" }'
LINE_EXAMPLE = '{ field = "line.vendor", is = "Teahouse" }'
LONGEST_VALUE = 200


@dataclass(frozen=True)
class When:
    """A condition; `is_of_line`: of one line of an order."""

    is_of_line: bool = False

    def read(self, found: Any, place: str, reading: Reading) -> Condition | None:
        """The condition that stands there."""
        return _Walk(reading).condition(found, place, 1, is_of_line=self.is_of_line)

    def schema(self) -> dict[str, Any]:
        """A reference: conditions contain conditions."""
        return {"$ref": "#/$defs/condition"}


class _Walk:
    """Goes down one condition, never deeper than eight, and never over more than 200 tests of a document."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading

    def wrong(self, place: str, found: Any, expected: str) -> None:
        self.reading.problems.wrong(place, found, expected)

    def condition(self, found: Any, place: str, depth: int, *, is_of_line: bool) -> Condition | None:
        example = LINE_EXAMPLE if is_of_line else EXAMPLE
        if not isinstance(found, Mapping):
            self.wrong(place, found, f"a condition such as {example}")
        elif depth > DEEPEST:
            self.reading.problems.add(place, f"more than {DEEPEST} conditions stand in each other; write it flatter")
        elif "field" in found:
            return self.test(found, place, is_of_line=is_of_line)
        elif len(found) == 1 and next(iter(found)) in COMPOSED:
            return self.composed(*next(iter(found.items())), place, depth, is_of_line=is_of_line)
        else:
            self.puzzled(found, place, example)
        return None

    def puzzled(self, found: Mapping[str, Any], place: str, example: str) -> None:
        known = [name for name in found if name in COMPOSED]
        unknown = [name for name in found if name not in COMPOSED and name not in OPERATORS]
        for name in unknown:
            self.reading.problems.unknown(place, str(name), ("field", *COMPOSED))
        if len(known) > 1:
            nested = ", ".join(f"{{ {name} = … }}" for name in known)
            self.reading.problems.add(place, f"says {' and '.join(known)} at once; write all = [{nested}]")
        elif not unknown:
            self.wrong(place, found, f"a condition such as {example}")

    def composed(self, word: str, inner: Any, place: str, depth: int, *, is_of_line: bool) -> Condition | None:
        place = f"{place}.{word}"
        if word in LISTS:
            return self.parts(word, inner, place, depth, is_of_line=is_of_line)
        if is_of_line:
            self.reading.problems.add(place, "this is about one line already; write only tests of line fields")
            return None
        held = self.condition(inner, place, depth + 1, is_of_line=True)
        return None if held is None else OF_LINES[word](held)

    def parts(self, word: str, inner: Any, place: str, depth: int, *, is_of_line: bool) -> Condition | None:
        if not isinstance(inner, list) or not inner:
            self.wrong(place, inner, f"a list with one condition at least, such as [{EXAMPLE}]")
            return None
        parts = []
        for at, one in enumerate(inner):
            if self.reading.tests > MOST_TESTS:  # told where the 201st stands
                return None
            parts.append(self.condition(one, f"{place}[{at}]", depth + 1, is_of_line=is_of_line))
        read = tuple(part for part in parts if part is not None)
        return LISTS[word](read) if len(read) == len(parts) else None

    def test(self, found: Mapping[str, Any], place: str, *, is_of_line: bool) -> Test | None:
        self.reading.tests += 1
        if self.reading.tests > MOST_TESTS:
            words = f"more than {MOST_TESTS} tests; write is_one_of with a list of values instead of many tests"
            self.reading.problems.add(place, words)
            return None
        name = self.field(found["field"], f"{place}.field", is_of_line=is_of_line)
        compared = [key for key in found if key != "field"]
        for key in [key for key in compared if key not in OPERATORS]:
            self.reading.problems.unknown(place, str(key), OPERATORS)
        known = [key for key in compared if key in OPERATORS]
        if len(known) == 1 and len(compared) == 1:
            value = self.operand(known[0], found[known[0]], f"{place}.{known[0]}")
            return Test(name, known[0], value) if name is not None and value is not None else None
        if len(known) > 1:
            split = ", ".join(f"{{ field = …, {key} = … }}" for key in known)
            self.reading.problems.add(place, f"compares with {' and '.join(known)} at once; write all = [{split}]")
        elif not compared:
            self.reading.problems.add(place, f"says nothing about the field; add one of {', '.join(OPERATORS)}")
        return None

    def field(self, found: Any, place: str, *, is_of_line: bool) -> str | None:
        expected = f"a field such as order.country, beginning with {', '.join(f'{owner}.' for owner in OWNERS)}"
        name = Text(expected, FIELD, 100).read(found, place, self.reading)
        if name is not None and is_of_line and not name.startswith(LINE):
            self.reading.problems.add(place, f"{brief(name)} is no field of a line; write one such as line.vendor")
            return None
        return name

    def operand(self, op: str, found: Any, place: str) -> Any:
        fits, expected, _ = OPERANDS[op]
        if fits(found):
            return tuple(found) if isinstance(found, list) else found
        self.wrong(place, found, expected)
        return None


def _is_text(found: Any) -> bool:
    return isinstance(found, str) and 0 < len(found) <= LONGEST_VALUE and found.isprintable()


def _is_whole(found: Any) -> bool:
    return isinstance(found, int) and not isinstance(found, bool) and abs(found) < 10**18


def _is_scalar(found: Any) -> bool:
    return _is_text(found) or _is_whole(found) or isinstance(found, bool)


def _is_list(found: Any) -> bool:
    is_sized = isinstance(found, list) and 0 < len(found) <= MOST_VALUES
    return is_sized and all(_is_text(value) or _is_whole(value) for value in found)


def _is_number(found: Any) -> bool:
    return _is_whole(found) or (isinstance(found, str) and NUMBER.fullmatch(found) is not None)


def _is_moment(found: Any) -> bool:
    return moment(found) is not None


_TEXT = {"type": "string", "minLength": 1, "maxLength": LONGEST_VALUE}
_WHOLE = {"type": "integer"}
_SCALAR = (
    _is_scalar,
    'a text, a whole number, true or false, such as "DE"',
    {"anyOf": [_TEXT, _WHOLE, {"type": "boolean"}]},
)
_LIST = (
    _is_list,
    f'a list of texts or whole numbers, such as ["DE", "AT"], at most {MOST_VALUES}',
    {"type": "array", "items": {"anyOf": [_TEXT, _WHOLE]}, "minItems": 1, "maxItems": MOST_VALUES},
)
_NUMBER = (
    _is_number,
    'a number, such as 3 or "49.90"',
    {"anyOf": [_WHOLE, {"type": "string", "pattern": f"^{NUMBER.pattern}$"}]},
)
_PIECE = (_is_text, 'a text, such as "sale"', _TEXT)
_MOMENT = (
    _is_moment,
    'a day such as "2026-11-01", or with a time of day',
    {"type": "string", "pattern": f"^{MOMENT.pattern}$"},
)
_KNOWN = (lambda found: isinstance(found, bool), "true or false", {"type": "boolean"})
# What each operator compares with: whether a value fits, what to write, and the same as JSON Schema.
OPERANDS: Mapping[str, tuple[Any, str, dict[str, Any]]] = {
    **dict.fromkeys(("is", "is_not"), _SCALAR),
    **dict.fromkeys(("is_one_of", "is_none_of"), _LIST),
    **dict.fromkeys(("at_least", "at_most", "more_than", "less_than"), _NUMBER),
    **dict.fromkeys(("contains", "starts_with", "ends_with"), _PIECE),
    **dict.fromkeys(("since", "before"), _MOMENT),
    "is_known": _KNOWN,
}


def condition_schema() -> dict[str, Any]:
    """A test, or one of the words that compose conditions."""
    inner = {"$ref": "#/$defs/condition"}
    several = {"type": "array", "items": inner, "minItems": 1, "maxItems": MOST_TESTS}
    parts = dict.fromkeys(LISTS, several) | dict.fromkeys(OF_LINES, inner)
    composed = [_only({word: shape}, [word]) for word, shape in parts.items()]
    field = {"type": "string", "pattern": f"^{FIELD}$", "maxLength": 100}
    tests = [_only({"field": field, op: schema}, ["field", op]) for op, (_, _, schema) in OPERANDS.items()]
    return {"description": "What must be true.", "anyOf": [*tests, *composed]}


def _only(properties: Mapping[str, Any], required: list[str]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}
