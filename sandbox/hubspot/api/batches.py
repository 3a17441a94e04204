"""Records by the hundred: one bad value refuses all, one missing record only itself."""

from __future__ import annotations

from collections import Counter
from typing import Any

from sandbox.ground.answers import Answer
from sandbox.hubspot.api import telling
from sandbox.hubspot.api.asking import Ask, Route, reading, writing
from sandbox.hubspot.complaints import Complaint, conflict, invalid, row_error, unreadable
from sandbox.hubspot.crm import records
from sandbox.hubspot.nouns import Record, Values
from sandbox.hubspot.schema import checked_rows, is_unique, owner_of

MOST = 100
TYPE = "([^/]+)"
READ_KEYS = frozenset({"id"})
WRITE_KEYS = frozenset({"id", "idProperty", "properties", "objectWriteTraceId"})
CREATE_KEYS = frozenset({"properties", "associations", "objectWriteTraceId"})


def _ids(rows: list[dict[str, Any]]) -> list[str]:
    for row in rows:
        if not isinstance(row.get("id"), str):
            raise unreadable("the id of an input is not a string")
    return [row["id"] for row in rows]


def _find(ask: Ask, id_property: str | None, id: str) -> Record | None:
    if id_property in (None, "", "hs_object_id"):
        return records.find(ask.cloud, ask.where, ask.kind, id, ask.flag("archived"))
    if not is_unique(ask.cloud, ask.where, ask.kind.type_id, str(id_property)):
        raise invalid(f"{id_property} is not a unique property")
    return owner_of(ask.cloud, ask.where, ask.kind.type_id, str(id_property), id)


def _missing(ask: Ask, ids: list[str]) -> list[dict[str, Any]]:
    if not ids:
        return []
    noun = ask.kind.name.upper()
    said = f"Could not get some {noun} objects, they may be deleted or not exist. Check that ids are valid."
    return [row_error("OBJECT_NOT_FOUND", said, {"ids": ids})]


def read(ask: Ask) -> Answer:
    """Merged ids are answered with the record they became; associations are not part of it."""
    ids = list(dict.fromkeys(_ids(ask.inputs(MOST, READ_KEYS))))
    id_property, wanted = ask.mapping().get("idProperty"), ask.mapping().get("properties", [])
    found = {each: _find(ask, id_property, each) for each in ids}
    there = {each.id: each for each in found.values() if each}
    results = [telling.record(ask, ask.kind, each, wanted) for each in there.values()]
    return telling.batch(ask, results, _missing(ask, [asked for asked, each in found.items() if each is None]))


def update(ask: Ask) -> Answer:
    rows = ask.inputs(MOST, WRITE_KEYS)
    ids = _ids(rows)
    twice = [each for each, times in Counter(ids).items() if times > 1]
    if twice:
        said = f"Duplicate IDs found in batch input: [{', '.join(twice)}]. IDs must be unique"
        raise invalid(said, context={"ids": twice})
    values = _values(ask, rows)
    targets = [_target(ask, row) for row in rows]
    results: list[dict[str, Any]] = []
    errors = _missing(ask, [row["id"] for row, found in zip(rows, targets, strict=True) if found is None])
    for row, found, wanted in zip(rows, targets, values, strict=True):
        if found is not None:
            _write_row(ask, row["id"], found, wanted, results, errors)
    return telling.batch(ask, results, errors)


def _target(ask: Ask, row: dict[str, Any]) -> Record | None:
    found = _find(ask, row.get("idProperty"), row["id"])
    follows = ask.cloud.setting(ask.portal, "updates_follow_merges") or row.get("idProperty")
    return found if found is None or follows or str(found.id) == row["id"] else None


def _write_row(
    ask: Ask, id: str, found: Record, values: Values, results: list[dict[str, Any]], errors: list[dict[str, Any]]
) -> None:
    try:
        records.update(ask.cloud, ask.where, ask.kind, found, values, ask.cloud.app())
    except Complaint as complaint:
        errors.append(row_error(complaint.category, complaint.message, {"ids": [id]}))
    else:
        results.append(telling.written(ask, ask.kind, found))


def _values(ask: Ask, rows: list[dict[str, Any]]) -> list[Values]:
    written = [row.get("properties") for row in rows]
    if not all(isinstance(each, dict) for each in written):
        raise invalid("Some required fields were not set: [properties]")
    return checked_rows(ask.cloud, ask.where, ask.kind.type_id, [each for each in written if each is not None])


def create(ask: Ask) -> Answer:
    """Rows that carry an objectWriteTraceId fail one by one; without it, the first conflict refuses all."""
    rows = ask.inputs(MOST, CREATE_KEYS)
    values = _values(ask, rows)
    results: list[dict[str, Any]] = []
    errors: list[dict[str, Any]] = []
    for row, wanted in zip(rows, values, strict=True):
        try:
            made = records.create(ask.cloud, ask.where, ask.kind, wanted, ask.cloud.app())
        except Complaint as complaint:
            if complaint.category != "CONFLICT" or "objectWriteTraceId" not in row:
                raise
            existing = complaint.message.rpartition(" ")[2]
            context = {"objectWriteTraceId": [str(row["objectWriteTraceId"])], "existingId": [existing]}
            errors.append(row_error(complaint.category, complaint.message, context))
        else:
            results.append(telling.written(ask, ask.kind, made))
    return telling.batch(ask, results, errors, status=201)


def upsert(ask: Ask) -> Answer:
    """
    Found by email or another unique property and changed, or created.

    By email the whole contact has to be sent (the contacts guide: no partial upserts); here that means at least
    the email itself among the properties.
    """
    rows = ask.inputs(MOST, WRITE_KEYS)
    ids, values = _ids(rows), _values(ask, rows)
    names = {row.get("idProperty") for row in rows}
    if len(names) != 1 or not isinstance(name := names.pop(), str):
        raise invalid("All inputs must have the same idProperty")
    if len(set(ids)) < len(ids):
        raise conflict("Duplicate values found in batch input; they must be unique")
    if name == "email" and not all("email" in each for each in values):
        raise invalid("Partial upserts are not supported with the idProperty email")
    return telling.batch(ask, [_put(ask, name, *each) for each in zip(ids, values, strict=True)], [])


def _put(ask: Ask, name: str, id: str, values: Values) -> dict[str, Any]:
    found = _find(ask, name, id)
    if found:
        records.update(ask.cloud, ask.where, ask.kind, found, values, ask.cloud.app())
        return telling.written(ask, ask.kind, found) | {"new": False}
    made = records.create(ask.cloud, ask.where, ask.kind, values | {name: id}, ask.cloud.app())
    return telling.written(ask, ask.kind, made) | {"new": True}


def archive(ask: Ask) -> Answer:
    for each in _ids(ask.inputs(MOST, READ_KEYS)):
        found = records.find(ask.cloud, ask.where, ask.kind, each)
        if found:
            records.delete(ask.cloud, ask.where, ask.kind, found, ask.cloud.app())
    return Answer(204)


ROUTES: list[Route] = [
    ("POST", f"/crm/objects/V/{TYPE}/batch/read", read, reading),
    ("POST", f"/crm/objects/V/{TYPE}/batch/update", update, writing),
    ("POST", f"/crm/objects/V/{TYPE}/batch/create", create, writing),
    ("POST", f"/crm/objects/V/{TYPE}/batch/upsert", upsert, writing),
    ("POST", f"/crm/objects/V/{TYPE}/batch/archive", archive, writing),
]
