"""Single records: read, made, changed, upserted and deleted by their own address."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

from sandbox.ground.answers import Answer
from sandbox.salesforce.answers import api_answer
from sandbox.salesforce.ids import is_id
from sandbox.salesforce.org import Org
from sandbox.salesforce.refusals import Refusal, not_there
from sandbox.salesforce.rest.call import RestCall
from sandbox.salesforce.schema import Field, Kind
from sandbox.salesforce.soql import paths
from sandbox.salesforce.trade import life, saving
from sandbox.salesforce.trade.actor import Actor
from sandbox.salesforce.truth import Record


def shown(call: RestCall, kind: Kind, record: Record, names: list[str] | None = None) -> dict[str, Any]:
    """The record as the API shows it: the named fields, or all that are visible; raises Refusal for an unknown name."""
    seen = call.org.seen(kind)
    told: dict[str, Any] = {"attributes": _attributes(call, kind, record)}
    for name in names or list(seen.fields):
        field = seen.named(name)
        if field is None:
            raise paths.no_column(kind.name, name, name)
        told[field.name] = paths.shown(record, field)
    return told


def _attributes(call: RestCall, kind: Kind, record: Record) -> dict[str, str]:
    return {"type": kind.name, "url": f"{call.base}/sobjects/{kind.name}/{record['Id']}"}


def found(call: RestCall, name: str, id: str) -> tuple[Kind, Record]:
    """The living record of this kind; 404 for one that is not there, with another code for one that was deleted."""
    kind = call.kind(name)
    record = call.org.record(id) if is_id(id) else None
    if record is None or not record["Id"].startswith(kind.prefix):
        raise not_there()
    if record["IsDeleted"]:
        raise Refusal("ENTITY_IS_DELETED", "entity is deleted", status=404)
    return kind, record


def read(call: RestCall, name: str, id: str) -> Answer:
    kind, record = found(call, name, id)
    wanted = call.request.query.get("fields")
    return api_answer(200, shown(call, kind, record, wanted.split(",") if wanted else None))


def create(call: RestCall, name: str) -> Answer:
    kind, given = call.kind(name), _fields(call)
    refuse_by_fate(call.actor(), 0, None)
    made = saving.create(call.org, kind.name, given, call.actor())
    return api_answer(201, {"id": made["Id"], "success": True, "errors": []})


def change(call: RestCall, name: str, id: str) -> Answer:
    """204 and no body."""
    _, record = found(call, name, id)
    refuse_by_fate(call.actor(), 0, record["Id"])
    saving.update(call.org, record["Id"], _fields(call), call.actor())
    return Answer(204)


def delete(call: RestCall, name: str, id: str) -> Answer:
    _, record = found(call, name, id)
    life.delete(call.org, record["Id"], call.actor())
    return Answer(204)


def _fields(call: RestCall) -> Record:
    given = call.fields()
    given.pop("attributes", None)
    named = next((name for name in given if name.lower() == "id"), None)
    if named:
        message = "The Id field should not be specified in the sobject data."
        raise Refusal("INVALID_FIELD", message, [named])
    return given


def refuse_by_fate(actor: Actor, place: int, id: str | None) -> None:
    error = actor.fate.row_error(place, id) if actor.fate else None
    if error:
        raise Refusal(*error)


def external(org: Org, kind: Kind, name: str) -> Field:
    """The field by which records can be upserted; raises Refusal where it is none of those."""
    field = org.seen(kind).named(name)
    if field is None or not (field.external or field.name == "Id"):
        message = f"Provided external ID field does not exist or is not accessible: {name}"
        raise Refusal("NOT_FOUND", message, status=404)
    return field


def known_by(org: Org, kind: Kind, field: Field, value: Any) -> list[Record]:
    there = org.truth.having(kind.name, field.name, value)
    if not field.exact:
        there = [
            each for each in org.truth.all(kind.name) if str(each.get(field.name)).casefold() == str(value).casefold()
        ]
    return [each for each in there if not each["IsDeleted"]]


def read_known(call: RestCall, name: str, key: str, value: str) -> Answer:
    kind = call.kind(name)
    known = known_by(call.org, kind, external(call.org, kind, key), unquote(value))
    if not known:
        raise not_there()
    return _several(call, kind, known) or api_answer(200, shown(call, kind, known[0]))


def upsert(call: RestCall, name: str, key: str, value: str) -> Answer:
    """200 for a changed record and 201 for a new one; 300 and their addresses where several have the value."""
    kind, given = call.kind(name), _fields(call)
    field, plain = external(call.org, kind, key), unquote(value)
    known = known_by(call.org, kind, field, plain)
    several = _several(call, kind, known)
    if several:
        return several
    if known:
        saving.update(call.org, known[0]["Id"], given, call.actor())
        return api_answer(200, {"id": known[0]["Id"], "success": True, "errors": [], "created": False})
    made = saving.create(call.org, kind.name, given | {field.name: plain}, call.actor())
    return api_answer(201, {"id": made["Id"], "success": True, "errors": [], "created": True})


def _several(call: RestCall, kind: Kind, known: list[Record]) -> Answer | None:
    if len(known) < 2:
        return None
    return api_answer(300, [_attributes(call, kind, each)["url"] for each in known])
