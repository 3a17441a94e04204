"""What the org's admin forbids: validation rules, duplicate rules, unique fields, and locks that somebody holds."""

from __future__ import annotations

from typing import Any

from sandbox.salesforce.org import Org
from sandbox.salesforce.refusals import Refusal
from sandbox.salesforce.schema import Kind
from sandbox.salesforce.soql.conditions import holds
from sandbox.salesforce.trade.actor import Actor
from sandbox.salesforce.truth import Record

DUPLICATE = "You're creating a duplicate record. We recommend you use an existing record instead."


def obey(org: Org, kind: Kind, old: Record | None, record: Record, actor: Actor) -> None:
    """Raises Refusal if a rule stands against keeping this record."""
    _unique(org, kind, record)
    if actor.by_api:
        _unlocked(org, record)
        _valid(org, kind, record)
        _no_duplicate(org, kind, record, actor)


def _unique(org: Org, kind: Kind, record: Record) -> None:
    for field in kind.fields.values():
        value = record.get(field.name)
        for other in org.truth.having(kind.name, field.name, value) if field.unique and value is not None else ():
            if other["Id"] != record["Id"] and not other["IsDeleted"]:
                message = f"duplicate value found: {field.name} duplicates value on record with id: {other['Id'][:15]}"
                raise Refusal("DUPLICATE_VALUE", message, [field.name])


def _unlocked(org: Org, record: Record) -> None:
    """A contact is saved under a lock on its account; a lock that was counted is let go when it was met so often."""
    for held in (record["Id"], record.get("AccountId")):
        if org.locks.get(held):
            org.locks[held] -= 1
            message = f"unable to obtain exclusive access to this record or 1 records: {held}"
            raise Refusal("UNABLE_TO_LOCK_ROW", message)


def _valid(org: Org, kind: Kind, record: Record) -> None:
    for rule in org.truth.setting("validation rules", []):
        if rule["object"] == kind.name and holds(org, kind, rule["condition"], record):
            raise Refusal("FIELD_CUSTOM_VALIDATION_EXCEPTION", rule["message"], rule["fields"])


def _no_duplicate(org: Org, kind: Kind, record: Record, actor: Actor) -> None:
    for rule in org.truth.setting("duplicate rules", []):
        may_pass = actor.allows_duplicates and not rule["blocks"]
        if rule["object"] == kind.name and not may_pass and _has_twin(org, kind, record, rule["fields"]):
            raise Refusal("DUPLICATES_DETECTED", DUPLICATE)


def _has_twin(org: Org, kind: Kind, record: Record, fields: list[str]) -> bool:
    wanted = _matched(record, fields)
    others = (each for each in org.truth.all(kind.name) if each["Id"] != record["Id"] and not each["IsDeleted"])
    return all(wanted) and any(_matched(each, fields) == wanted for each in others)


def _matched(record: Record, fields: list[str]) -> list[Any]:
    return [str(record.get(name) or "").casefold() for name in fields]
