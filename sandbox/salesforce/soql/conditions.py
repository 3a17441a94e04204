"""What a condition means: a question that a record answers with yes or no."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sandbox.salesforce.ids import is_id, normal_id
from sandbox.salesforce.org import Org
from sandbox.salesforce.refusals import Refusal
from sandbox.salesforce.schema import NUMBERS, Field, Kind
from sandbox.salesforce.soql.paths import Steps, steps, value_at
from sandbox.salesforce.soql.reading import Comparison, Condition, Query, read_condition
from sandbox.salesforce.soql.words import Word, unescaped
from sandbox.salesforce.times import read_time, written_time
from sandbox.salesforce.truth import Record

Test = Callable[[Record], bool]
Sub = Callable[[Query], list[Any]]
ORDERINGS: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
DAYS_BACK = {"TODAY": 0, "YESTERDAY": 1, "TOMORROW": -1, "LAST_N_DAYS": 0}
WORDS_OF = {"datetime": "time", "date": "date", "boolean": "name"}


def holds(org: Org, kind: Kind, condition: str, record: Record) -> bool:
    """Whether the record answers a condition written in SOQL with yes; hidden fields count."""
    return question(org, kind, read_condition(condition), None, sees_all=True)(record)


def question(org: Org, kind: Kind, condition: Condition, sub: Sub | None = None, sees_all: bool = False) -> Test:
    """Raises Refusal where a field is not there or a value is not of its type."""
    if isinstance(condition, Comparison):
        return _comparison(org, kind, condition, sub, sees_all)
    parts = [question(org, kind, part, sub, sees_all) for part in condition.parts]
    if condition.operator == "NOT":
        return lambda record: not parts[0](record)
    together = all if condition.operator == "AND" else any
    return lambda record: together(part(record) for part in parts)


def _comparison(org: Org, kind: Kind, asked: Comparison, sub: Sub | None, sees_all: bool) -> Test:
    way = steps(org, kind, asked.path, sees_all)
    field = way[-1]
    if asked.operator == "LIKE":
        return _like(org, way, asked)
    if asked.sub is not None and sub is not None:
        values = [comparable(field, value) for value in sub(asked.sub)]
    else:
        values = [_meant(org, field, word) for word in asked.values]
    return _compared(org, way, asked.operator, values)


def _compared(org: Org, way: Steps, sign: str, values: list[Any]) -> Test:
    field = way[-1]
    if sign in ("=", "IN"):
        wanted = set(values)
        return lambda record: comparable(field, value_at(org, record, way)) in wanted
    if sign in ("!=", "NOT IN"):
        unwanted = set(values)
        return lambda record: comparable(field, value_at(org, record, way)) not in unwanted
    compare, bound = ORDERINGS[sign], values[0]

    def ordered(record: Record) -> bool:
        value = comparable(field, value_at(org, record, way))
        return value is not None and bound is not None and compare(value, bound)

    return ordered


def _like(org: Org, way: Steps, asked: Comparison) -> Test:
    pattern = unescaped(asked.values[0].text, pattern=True)
    shape = re.compile(_regular(pattern), re.IGNORECASE | re.DOTALL)
    return lambda record: shape.fullmatch(str(value_at(org, record, way) or "")) is not None


def _regular(pattern: str) -> str:
    """% is anything and _ is one character, unless a backslash stands before it."""
    parts = re.findall(r"\\.|[^\\]", pattern, flags=re.DOTALL)
    return "".join({"%": ".*", "_": "."}.get(part, re.escape(part[-1])) for part in parts)


def comparable(field: Field, value: Any) -> Any:
    """Texts are equal whatever their case, unless they are ids or the field says otherwise."""
    if isinstance(value, str) and field.type not in ("id", "reference", "datetime", "date") and not field.exact:
        return value.casefold()
    return Decimal(str(value)) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _meant(org: Org, field: Field, word: Word) -> Any:
    """The value that a word stands for in a comparison with this field; raises Refusal for one of another type."""
    if word.says("NULL"):
        return None
    if field.type in ("id", "reference"):
        return _id(field, word)
    if field.type in NUMBERS or field.type == "int":
        return _number(field, word)
    if field.type in WORDS_OF:
        return _plain(org, field, word)
    if word.kind != "text":
        raise _mistyped(field, "string and should be enclosed in quotes")
    return comparable(field, unescaped(word.text))


def _id(field: Field, word: Word) -> str:
    text = unescaped(word.text) if word.kind == "text" else ""
    if not is_id(text):
        raise Refusal("INVALID_QUERY_FILTER_OPERATOR", f"\n{field.name}\ninvalid ID field: {text or word.text}")
    return normal_id(text)


def _number(field: Field, word: Word) -> Decimal:
    if word.kind != "number":
        raise _mistyped(field, f"{field.type} and should not be enclosed in quotes")
    return Decimal(word.text)


def _plain(org: Org, field: Field, word: Word) -> Any:
    if field.type == "boolean" and word.says("TRUE", "FALSE"):
        return word.text.upper() == "TRUE"
    if field.type == "datetime" and word.kind == "time":
        return written_time(read_time(word.text))
    if field.type == "date" and word.kind == "date":
        return word.text
    day = _named_day(org, word) if field.type != "boolean" else None
    if day is None:
        raise _mistyped(field, f"{field.type} and should not be enclosed in quotes")
    return day.isoformat() if field.type == "date" else _midnight(org, day)


def _named_day(org: Org, word: Word) -> date | None:
    """The day that a word such as TODAY or LAST_N_DAYS:30 begins with; None for any other word."""
    name, _, number = word.text.upper().partition(":")
    if word.kind != "name" or name not in DAYS_BACK:
        return None
    back = int(number) if number else DAYS_BACK[name]
    return org.truth.now().astimezone(org.zone()).date() - timedelta(days=back)


def _midnight(org: Org, day: date) -> str:
    return written_time(datetime(day.year, day.month, day.day, tzinfo=org.zone()).astimezone(UTC))


def _mistyped(field: Field, wanted: str) -> Refusal:
    return Refusal("INVALID_FIELD", f"\nvalue of filter criterion for field '{field.name}' must be of type {wanted}")
