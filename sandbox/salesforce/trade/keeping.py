"""Keeping a record: what of it may be written, what follows from it, its stamps, and who hears of it."""

from __future__ import annotations

from typing import Any

from sandbox.salesforce import refusals
from sandbox.salesforce.ids import is_id
from sandbox.salesforce.messages.queue import announce
from sandbox.salesforce.org import Org
from sandbox.salesforce.refusals import Refusal
from sandbox.salesforce.schema import Field, Kind
from sandbox.salesforce.trade import rules
from sandbox.salesforce.trade.actor import Actor
from sandbox.salesforce.trade.derived import derived
from sandbox.salesforce.truth import Record
from sandbox.salesforce.values import taken

PERSONAL = ("FirstName", "LastName", "PersonEmail", "PersonMobilePhone")


def writable_kind(org: Org, name: str) -> Kind:
    kind = org.kind(name)
    if kind is None:
        raise Refusal("INVALID_TYPE", f"sObject type '{name}' is not supported.", status=404)
    return kind


def living(org: Org, id: str) -> tuple[Kind, Record]:
    """The kind and the record of this id; raises Refusal where there is none or it was deleted."""
    if not is_id(id):
        raise Refusal("MALFORMED_ID", f"malformed id {id}")
    kind, record = org.kind_of(id), org.record(id)
    if kind is None or record is None:
        raise Refusal("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", status=404)
    if record["IsDeleted"]:
        raise Refusal("ENTITY_IS_DELETED", "entity is deleted", status=404)
    return kind, record


def blank(org: Org, kind: Kind, id: str, actor: Actor) -> Record:
    """A record of this kind in which nothing is filled in but what the org fills in by itself."""
    record: Record = {name: False if each.type == "boolean" else None for name, each in kind.fields.items()}
    record |= {"Id": id, "CreatedDate": org.stamp(), "CreatedById": actor.user_id}
    if "OwnerId" in record:
        record["OwnerId"] = actor.user_id
    if "CurrencyIsoCode" in record:
        corporate = next(each for each in org.truth.all("CurrencyType") if each["IsCorporate"])
        record["CurrencyIsoCode"] = corporate["IsoCode"]
    return record


def store(org: Org, kind: Kind, old: Record | None, record: Record, actor: Actor) -> Record:
    """The record is kept with what follows from its fields, if no rule forbids it, and its listeners will hear."""
    record = derived(org, kind, old, record)
    rules.obey(org, kind, old, record, actor)
    return stamped(org, kind, old, record, actor)


def stamped(org: Org, kind: Kind, old: Record | None, record: Record, actor: Actor) -> Record:
    """The record is kept with a new stamp, whatever the rules say, and its listeners will hear."""
    now = org.stamp()
    record = record | {"LastModifiedDate": now, "SystemModstamp": now, "LastModifiedById": actor.user_id}
    org.truth.put(kind.name, record["Id"], record)
    announce(org, kind, old, record, actor.user_id)
    return record


def accepted(org: Org, kind: Kind, given: Record, actor: Actor, new: bool) -> Record:
    """The values as they will be kept, by the fields' own names; raises Refusal for what cannot be written."""
    changes: Record = {}
    for name, value in given.items():
        field = _writable(org, kind, name, actor, new)
        changes[field.name] = taken(field, value)
        if field.reference:
            _check_reference(org, field, changes[field.name])
    return changes


def _writable(org: Org, kind: Kind, name: str, actor: Actor, new: bool) -> Field:
    field = (org.seen(kind) if actor.by_api else kind).named(name)
    if field is None:
        raise Refusal("INVALID_FIELD", f"No such column '{name}' on sobject of type {kind.name}")
    personal = _is_personal(kind, field)
    if field.readonly or personal or (field.fixed and not new) or (actor.by_api and org.is_locked_down(kind, field)):
        raise refusals.unwritable(field.name)
    return field


def _is_personal(kind: Kind, field: Field) -> bool:
    """Whether only a person's account has something in it."""
    return kind.name == "Account" and (field.name in PERSONAL or field.name.endswith("__pc"))


def _check_reference(org: Org, field: Field, id: Any) -> None:
    record = org.record(id)
    kind = org.kind_of(id) if id else None
    if id and (record is None or record["IsDeleted"] or kind is None or kind.name != field.reference):
        raise Refusal("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", [field.name])


def require(kind: Kind, record: Record) -> None:
    missing = [name for name, each in kind.fields.items() if each.required and record.get(name) is None]
    if missing:
        raise Refusal("REQUIRED_FIELD_MISSING", f"Required fields are missing: [{', '.join(missing)}]", missing)
