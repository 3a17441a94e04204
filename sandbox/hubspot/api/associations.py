"""Associations between records: read by the batch, made and ended one by one or by the batch."""

from __future__ import annotations

from typing import Any

from sandbox.ground.answers import Answer, json_answer
from sandbox.hubspot.api import telling
from sandbox.hubspot.api.asking import Ask, Route
from sandbox.hubspot.complaints import Complaint, invalid, not_found, row_error
from sandbox.hubspot.crm import records, ties
from sandbox.hubspot.kinds import Kind, kind_of, tie_between
from sandbox.hubspot.nouns import Association, Record

MOST_READ, MOST_WRITTEN = 1000, 2000
MOST_TOLD = 500
BETWEEN = "/crm/associations/V/([^/]+)/([^/]+)"
OF_ONE = "/crm/objects/V/([^/]+)/([^/]+)/associations"


def _ends(ask: Ask) -> tuple[Kind, Kind]:
    return kind_of(ask.words[0]), kind_of(ask.words[1])


def reading(ask: Ask) -> list[str]:
    return [ask.kind.read]


def writing(ask: Ask) -> list[str]:
    """Contacts are on one side of everything that is tied here."""
    return [ask.kind.write]


def read(ask: Ask) -> Answer:
    """What each record is tied to; one that is tied to nothing is among the errors, as the vendor has it."""
    start, end = _ends(ask)
    results, errors = [], []
    for row in ask.inputs(MOST_READ, frozenset({"id", "after"})):
        found = records.find(ask.cloud, ask.where, start, str(row["id"]))
        tied = ties.of(ask.cloud, ask.where, start.type_id, found.id, end.type_id) if found else []
        if tied:
            results.append(_row(ask, str(row["id"]), tied, int(row.get("after") or 0)))
        else:
            errors.append(_untied(start, end, str(row["id"])))
    return telling.batch(ask, results, errors)


def _row(ask: Ask, id: str, tied: list[Association], after: int) -> dict[str, Any]:
    there = [each for each in tied if each.to_id > after]
    told = [{"toObjectId": each.to_id, "associationTypes": ties.ways(ask.cloud, each)} for each in there[:MOST_TOLD]]
    more = {"paging": {"next": {"after": str(there[MOST_TOLD - 1].to_id)}}} if len(there) > MOST_TOLD else {}
    return {"from": {"id": id}, "to": told} | more


def _untied(start: Kind, end: Kind, id: str) -> dict[str, Any]:
    context = {"fromObjectId": [id], "fromObjectType": [start.name], "toObjectType": [end.name]}
    told = row_error("OBJECT_NOT_FOUND", f"No {end.name} is associated with {start.name} {id}.", context)
    return told | {"subCategory": "crm.associations.NO_ASSOCIATIONS_FOUND"}


def read_one(ask: Ask) -> Answer:
    """Only in 2026-03; its successor has nothing but the batch."""
    if ask.version != "2026-03":
        raise not_found()
    start, end = ask.kind, kind_of(ask.words[2])
    found = _end(ask, start, ask.words[1])
    tied = ties.of(ask.cloud, ask.where, start.type_id, found.id, end.type_id)
    return json_answer(200, {"results": _row(ask, str(found.id), tied, 0)["to"]})


def _end(ask: Ask, kind: Kind, id: str) -> Record:
    found = records.find(ask.cloud, ask.where, kind, id)
    if found is None:
        raise Complaint(400, "VALIDATION_ERROR", f"{id} is not a valid ID")
    return found


def _type_ids(types: Any) -> list[int]:
    try:
        return [int(each["associationTypeId"]) for each in types]
    except (TypeError, KeyError, ValueError):
        raise invalid("each type needs associationCategory and associationTypeId") from None


def create(ask: Ask) -> Answer:
    start, end = _ends(ask)
    rows = ask.inputs(MOST_WRITTEN, frozenset({"from", "to", "types"}))
    return _tied(ask, start, end, rows, lambda row: _type_ids(row.get("types")))


def associate(ask: Ask) -> Answer:
    """The unlabelled tie for each pair."""
    start, end = _ends(ask)
    plain = tie_between(start.type_id, end.type_id)
    return _tied(ask, start, end, ask.inputs(MOST_WRITTEN, frozenset({"from", "to"})), lambda row: [plain])


def _tied(ask: Ask, start: Kind, end: Kind, rows: list[dict[str, Any]], types: Any) -> Answer:
    results, errors = [], []
    for row in rows:
        wanted = types(row)
        try:
            one, two = _end(ask, start, str(row["from"]["id"])), _end(ask, end, str(row["to"]["id"]))
            results.append(_told(ask, ties.tie(ask.cloud, one, two, wanted, ask.cloud.app())))
        except Complaint as refusal:
            errors.append(row_error(refusal.category, refusal.message, None))
    return telling.batch(ask, results, errors, status=201)


def _told(ask: Ask, tie: Association) -> dict[str, Any]:
    named = [str(each["label"]) for each in ties.ways(ask.cloud, tie) if each["label"]]
    return {
        "fromObjectTypeId": tie.from_type,
        "fromObjectId": tie.from_id,
        "toObjectTypeId": tie.to_type,
        "toObjectId": tie.to_id,
        "labels": named,
    }


def archive(ask: Ask) -> Answer:
    start, end = _ends(ask)
    for row in ask.inputs(MOST_WRITTEN, frozenset({"from", "to"})):
        one = records.find(ask.cloud, ask.where, start, str(row["from"]["id"]))
        for other in row["to"] if isinstance(row["to"], list) else [row["to"]]:
            two = records.find(ask.cloud, ask.where, end, str(other["id"]))
            if one and two:
                ties.untie(ask.cloud, one, two, ask.cloud.app())
    return Answer(204)


def put(ask: Ask) -> Answer:
    return _put(ask, _type_ids(ask.body))


def put_default(ask: Ask) -> Answer:
    return _put(ask, [tie_between(ask.kind.type_id, kind_of(ask.words[2]).type_id)])


def _put(ask: Ask, type_ids: list[int]) -> Answer:
    one, two = _end(ask, ask.kind, ask.words[1]), _end(ask, kind_of(ask.words[2]), ask.words[3])
    return json_answer(201, _told(ask, ties.tie(ask.cloud, one, two, type_ids, ask.cloud.app())))


def delete(ask: Ask) -> Answer:
    one, two = _end(ask, ask.kind, ask.words[1]), _end(ask, kind_of(ask.words[2]), ask.words[3])
    ties.untie(ask.cloud, one, two, ask.cloud.app())
    return Answer(204)


ROUTES: list[Route] = [
    ("POST", f"{BETWEEN}/batch/read", read, reading),
    ("POST", f"{BETWEEN}/batch/create", create, writing),
    ("POST", f"{BETWEEN}/batch/associate/default", associate, writing),
    ("POST", f"{BETWEEN}/batch/archive", archive, writing),
    ("GET", f"{OF_ONE}/([^/]+)", read_one, reading),
    ("PUT", f"{OF_ONE}/default/([^/]+)/([^/]+)", put_default, writing),
    ("PUT", f"{OF_ONE}/([^/]+)/([^/]+)", put, writing),
    ("DELETE", f"{OF_ONE}/([^/]+)/([^/]+)", delete, writing),
]
