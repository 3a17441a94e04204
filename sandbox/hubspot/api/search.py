"""Search: filters over an index that lags behind, 200 a page and 10,000 in all."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

from sandbox.ground.answers import Answer, json_answer
from sandbox.hubspot.api import telling
from sandbox.hubspot.api.asking import Ask, Route, reading
from sandbox.hubspot.complaints import invalid
from sandbox.hubspot.nouns import Record, Values, records_of
from sandbox.hubspot.schema import shape_of
from sandbox.hubspot.values import Fault, milliseconds

MOST_A_PAGE, MOST_IN_ALL = 200, 10_000
MOST_GROUPS, MOST_FILTERS, MOST_TOGETHER = 5, 6, 18
KNOWN = {"filterGroups", "sorts", "query", "properties", "limit", "after"}

Row = tuple[Record, Values]
Test = Callable[[Values], bool]


def search(ask: Ask) -> Answer:
    asked = ask.mapping()
    limit, after = _window(asked)
    matches = _matches(ask, asked)
    kept = [row for row in _index(ask) if matches(row[1])]
    kept.sort(key=_sorting(ask, asked), reverse=_descending(asked))
    page = kept[after : after + limit]
    results = [telling.record(ask, ask.kind, found, asked.get("properties", []), seen) for found, seen in page]
    told: dict[str, Any] = {"total": len(kept), "results": results}
    if after + limit < len(kept):
        told["paging"] = {"next": {"after": str(after + limit)}}
    return json_answer(200, told)


def _window(asked: dict[str, Any]) -> tuple[int, int]:
    unknown = set(asked) - KNOWN
    if unknown:
        raise invalid(f"Unrecognized field: {min(unknown)}")
    try:
        limit, after = int(asked.get("limit", 10)), int(asked.get("after") or 0)
    except (TypeError, ValueError):
        raise invalid("limit and after must be integers") from None
    if not 0 < limit <= MOST_A_PAGE:
        raise invalid(f"The maximum limit is {MOST_A_PAGE}; {limit} was given")
    if after < 0 or after + limit > MOST_IN_ALL:
        raise invalid(f"Paging past {MOST_IN_ALL} results is not possible (after={after}, limit={limit})")
    return limit, after


def _index(ask: Ask) -> list[Row]:
    """Every record as the index knows it: what happened within the lag is not in it yet, not even a deletion."""
    horizon = ask.cloud.truth.now() - int(ask.cloud.setting(ask.portal, "index_lag_ms"))
    everything = ask.cloud.truth.all(Record, records_of(ask.where, ask.kind.type_id))
    seen = ((each, _seen(each, horizon)) for each in everything if not each.forgotten and each.merged_into is None)
    return [(each, values) for each, values in seen if values is not None]


def _seen(record: Record, horizon: int) -> Values | None:
    if record.updated_at <= horizon or not record.past:
        return None if record.archived_at is not None else record.values
    return next((values for since, values in reversed(record.past) if since <= horizon), None)


def _matches(ask: Ask, asked: dict[str, Any]) -> Test:
    """Any group whose filters all hold; the words of `query` in what is searched by default."""
    groups = asked.get("filterGroups") or []
    filters = [each for group in groups for each in group.get("filters", [])]
    too_many = len(groups) > MOST_GROUPS or len(filters) > MOST_TOGETHER
    if too_many or any(len(group.get("filters", [])) > MOST_FILTERS for group in groups):
        raise invalid(f"At most {MOST_GROUPS} groups of {MOST_FILTERS} filters, {MOST_TOGETHER} together")
    tests = [[_test(ask, each) for each in group.get("filters", [])] for group in groups]
    words = str(asked.get("query", "")).lower().split()

    def matches(values: Values) -> bool:
        text = " ".join(values.get(name, "") for name in ask.kind.searched).lower()
        in_text = all(word in text for word in words)
        return in_text and (not tests or any(all(test(values) for test in group) for group in tests))

    return matches


def _test(ask: Ask, filter: dict[str, Any]) -> Test:
    name, operator = str(filter.get("propertyName")), str(filter.get("operator"))
    shape = shape_of(ask.cloud, ask.where, ask.kind.type_id, name)
    if shape is None:
        raise invalid(f"There was a problem with the request: property {name} does not exist")
    if operator not in OPERATORS:
        raise invalid(f"Invalid operator {operator}; there are {', '.join(OPERATORS)}")
    compared, (needed, holds) = _compared(shape["type"]), OPERATORS[operator]
    given = [filter.get("value"), filter.get("highValue"), *(filter.get("values") or [])]
    try:
        wanted = [compared(str(each)) for each in given if each is not None]
    except (Fault, InvalidOperation):
        wanted = []
    if len(wanted) < needed:
        raise invalid(f"{given} is no value for {operator} on {name}")
    return lambda values: holds(compared(values[name]) if values.get(name) else None, wanted)


def _compared(type: str) -> Callable[[str], Any]:
    """Numbers and times by size; texts without regard to case."""
    return COMPARED.get(type, str.lower)


COMPARED: dict[str, Callable[[str], Any]] = {"number": Decimal, "datetime": milliseconds, "date": milliseconds}


def _has_all(kept: Any, wanted: list[Any]) -> bool:
    return kept is not None and all(str(each).strip("*") in str(kept) for each in wanted)


Compare = Callable[[Any, list[Any]], bool]
# How many values each operator needs, and when it holds; what is unset satisfies only its own operator.
OPERATORS: dict[str, tuple[int, Compare]] = {
    "EQ": (1, lambda kept, wanted: bool(kept == wanted[0])),
    "NEQ": (1, lambda kept, wanted: kept is not None and kept != wanted[0]),
    "LT": (1, lambda kept, wanted: kept is not None and kept < wanted[0]),
    "LTE": (1, lambda kept, wanted: kept is not None and kept <= wanted[0]),
    "GT": (1, lambda kept, wanted: kept is not None and kept > wanted[0]),
    "GTE": (1, lambda kept, wanted: kept is not None and kept >= wanted[0]),
    "BETWEEN": (2, lambda kept, wanted: kept is not None and wanted[0] <= kept <= wanted[1]),
    "IN": (1, lambda kept, wanted: kept in wanted),
    "NOT_IN": (1, lambda kept, wanted: kept is not None and kept not in wanted),
    "HAS_PROPERTY": (0, lambda kept, wanted: kept is not None),
    "NOT_HAS_PROPERTY": (0, lambda kept, wanted: kept is None),
    "CONTAINS_TOKEN": (1, lambda kept, wanted: _has_all(kept, wanted)),
    "NOT_CONTAINS_TOKEN": (1, lambda kept, wanted: not _has_all(kept, wanted)),
}


def _sorts(asked: dict[str, Any]) -> dict[str, Any]:
    given = asked.get("sorts") or [{"propertyName": "hs_object_id", "direction": "ASCENDING"}]
    if len(given) > 1:
        raise invalid("Only one sort is supported")
    first = given[0]
    return first if isinstance(first, dict) else {"propertyName": str(first), "direction": "ASCENDING"}


def _descending(asked: dict[str, Any]) -> bool:
    return str(_sorts(asked).get("direction", "ASCENDING")).upper() == "DESCENDING"


def _sorting(ask: Ask, asked: dict[str, Any]) -> Callable[[Row], Any]:
    """By one property; those without it come first, and equal ones by their id."""
    name = str(_sorts(asked).get("propertyName"))
    shape = shape_of(ask.cloud, ask.where, ask.kind.type_id, name)
    if shape is None:
        raise invalid(f"There was a problem with the request: property {name} does not exist")
    compared = _compared(shape["type"])

    def place(row: Row) -> Any:
        kept = row[1].get(name)
        return (True, compared(kept), row[0].id) if kept else (False, 0, row[0].id)

    return place


ROUTES: list[Route] = [("POST", "/crm/objects/V/([^/]+)/search", search, reading)]
