"""Collections: up to 200 records in one call, each row with a result of its own, in the order of the rows."""

from __future__ import annotations

from collections.abc import Callable
from itertools import groupby
from typing import Any

from sandbox.ground.answers import Answer
from sandbox.salesforce.answers import api_answer
from sandbox.salesforce.ids import is_id, normal_id
from sandbox.salesforce.refusals import Refusal
from sandbox.salesforce.rest.call import RestCall
from sandbox.salesforce.rest.single import external, known_by, refuse_by_fate, shown
from sandbox.salesforce.trade import life, saving
from sandbox.salesforce.trade.keeping import living
from sandbox.salesforce.truth import Record

MOST, MOST_RUNS = 200, 10
ROLLED_BACK = "Record rolled back because not all records were valid and the request was using AllOrNone header"
Row = dict[str, Any]
Save = Callable[[int, Row], Row]


def update(call: RestCall) -> Answer:
    rows, all_or_none = _rows(call)
    seen: set[str] = set()

    def save(place: int, row: Row) -> Row:
        target = _row_id(row, seen)
        refuse_by_fate(call.actor(), place, target)
        kind, _ = living(call.org, target)
        if kind.name.lower() != str(row["attributes"]["type"]).lower():
            raise Refusal("MALFORMED_ID", f"malformed id {target}")
        saving.update(call.org, target, _fields(row), call.actor())
        return {"id": normal_id(target), "success": True, "errors": []}

    return _saved(call, rows, all_or_none, save)


def _row_id(row: Row, seen: set[str]) -> str:
    given = next((value for name, value in row.items() if name.lower() == "id"), None)
    if not given:
        raise Refusal("MISSING_ARGUMENT", "Id not specified in an update call")
    if not is_id(given):
        raise Refusal("MALFORMED_ID", f"malformed id {given}")
    if normal_id(given) in seen:
        raise Refusal("DUPLICATE_VALUE", f"duplicate id in list: {given}", ["Id"])
    seen.add(normal_id(given))
    return str(given)


def create(call: RestCall) -> Answer:
    rows, all_or_none = _rows(call)

    def save(place: int, row: Row) -> Row:
        refuse_by_fate(call.actor(), place, None)
        made = saving.create(call.org, row["attributes"]["type"], _fields(row), call.actor())
        return {"id": made["Id"], "success": True, "errors": []}

    return _saved(call, rows, all_or_none, save)


def upsert(call: RestCall, name: str, key: str) -> Answer:
    """All rows are of one kind, and known by one external id field."""
    kind = call.kind(name)
    field = external(call.org, kind, key)
    rows, all_or_none = _rows(call)

    def save(place: int, row: Row) -> Row:
        value = next((each for given, each in row.items() if given.lower() == field.name.lower()), None)
        if str(row["attributes"]["type"]).lower() != kind.name.lower() or value is None:
            raise Refusal("MISSING_ARGUMENT", f"{field.name} not specified")
        known = known_by(call.org, kind, field, value)
        if len(known) > 1:
            raise Refusal("DUPLICATE_EXTERNAL_ID", f"{field.name}: more than one record found for external id")
        refuse_by_fate(call.actor(), place, known[0]["Id"] if known else None)
        if known:
            saving.update(call.org, known[0]["Id"], _fields(row), call.actor())
        made = known[0] if known else saving.create(call.org, kind.name, _fields(row), call.actor())
        return {"id": made["Id"], "success": True, "errors": [], "created": not known}

    return _saved(call, rows, all_or_none, save)


def delete(call: RestCall) -> Answer:
    ids = [each for each in call.request.query.get("ids", "").split(",") if each]
    _count(ids)

    def save(place: int, row: Row) -> Row:
        refuse_by_fate(call.actor(), place, row["id"])
        life.delete(call.org, row["id"], call.actor())
        return {"id": normal_id(row["id"]), "success": True, "errors": []}

    all_or_none = call.request.query.get("allOrNone", "false").lower() == "true"
    return _saved(call, [{"id": each} for each in ids], all_or_none, save)


def read(call: RestCall, name: str) -> Answer:
    """The records by their ids, null for one that is not there."""
    kind, asked = call.kind(name), call.fields() if call.request.method == "POST" else dict(call.request.query)
    wanted = (asked.get(name) or [] for name in ("ids", "fields"))
    ids, names = (part.split(",") if isinstance(part, str) else part for part in wanted)
    _count(ids)
    there = [call.org.record(each) for each in ids]
    rows = [shown(call, kind, each, names) if each and not each["IsDeleted"] else None for each in there]
    return api_answer(200, rows)


def _rows(call: RestCall) -> tuple[list[Row], bool]:
    """The rows, and whether one that fails takes the others with it; raises Refusal for a call that makes no sense."""
    body = call.fields()
    rows = body.get("records") or []
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise Refusal("JSON_PARSER_ERROR", "Cannot deserialize the records at [line:1, column:1]")
    _count(rows)
    if not all(isinstance(row.get("attributes"), dict) and row["attributes"].get("type") for row in rows):
        raise Refusal("INVALID_INPUT", "Include an attribute called 'type' to specify the type of each record")
    if len(list(groupby(rows, key=lambda row: row["attributes"]["type"]))) > MOST_RUNS:
        raise Refusal("INVALID_INPUT", f"the records are of more than {MOST_RUNS} chunks of types")
    return rows, bool(body.get("allOrNone", False))


def _count(rows: list[Any]) -> None:
    if not rows:
        raise Refusal("REQUIRED_FIELD_MISSING", "At least 1 record is required")
    if len(rows) > MOST:
        message = f"record limit reached. cannot submit more than {MOST} records into this call"
        raise Refusal("EXCEEDED_ID_LIMIT", message)


def _fields(row: Row) -> Record:
    return {name: value for name, value in row.items() if name != "attributes" and name.lower() != "id"}


class _RolledBack(Exception):
    """One row failed and takes the others with it."""


def _saved(call: RestCall, rows: list[Row], all_or_none: bool, save: Save) -> Answer:
    results: list[Row] = []
    try:
        with call.org.truth.attempt():
            results += [_result(call, save, place, row) for place, row in enumerate(rows)]
            if all_or_none and not all(result["success"] for result in results):
                raise _RolledBack
    except _RolledBack:
        error = Refusal("ALL_OR_NONE_OPERATION_ROLLED_BACK", ROLLED_BACK).as_row()
        results = [{"success": False, "errors": [error]} if each["success"] else each for each in results]
    return api_answer(200, results)


def _result(call: RestCall, save: Save, place: int, row: Row) -> Row:
    try:
        with call.org.truth.attempt():
            return save(place, row)
    except Refusal as refusal:
        failed: Row = {"success": False, "errors": [refusal.as_row()]}
        return {"id": normal_id(row["id"])} | failed if is_id(row.get("id")) else failed
