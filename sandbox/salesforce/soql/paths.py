"""From a path such as Account.Owner.Name to the field at its end, and from a record to the value there."""

from __future__ import annotations

from typing import Any

from sandbox.salesforce.org import Org
from sandbox.salesforce.refusals import Refusal
from sandbox.salesforce.schema import Field, Kind
from sandbox.salesforce.truth import Record

Steps = list[Field]


def steps(org: Org, kind: Kind, path: str, sees_all: bool = False) -> Steps:
    """The fields along the way, each in its own kind; raises Refusal for one that is not there or not visible."""
    *relations, last = path.split(".")
    found: Steps = []
    for relation in relations:
        walked = (kind if sees_all else org.seen(kind)).walked(relation)
        target = org.kind(walked.reference) if walked and walked.reference else None
        if walked is None or target is None:
            message = f"Didn't understand relationship '{relation}' in field path."
            raise Refusal("INVALID_FIELD", f"\nSELECT {path}\n{message}")
        found.append(walked)
        kind = target
    field = (kind if sees_all else org.seen(kind)).named(last)
    if field is None:
        raise no_column(kind.name, last, path)
    return [*found, field]


def no_column(kind: str, name: str, path: str) -> Refusal:
    message = (
        f"\n{path}\n^\nERROR at Row:1:Column:8\nNo such column '{name}' on entity '{kind}'. If you are attempting to "
        "use a custom field, be sure to append the '__c' after the custom field name. Please reference your WSDL or "
        "the describe call for the appropriate names."
    )
    return Refusal("INVALID_FIELD", message)


def value_at(org: Org, record: Record | None, way: Steps) -> Any:
    """What stands at the end of the way; None where a record on it is missing."""
    for walked in way[:-1]:
        record = related(org, record, walked)
    return shown(record, way[-1]) if record else None


def shown(record: Record, field: Field) -> Any:
    """What stands in the field; a box that nobody ever ticked is not ticked."""
    value = record.get(field.name)
    return False if value is None and field.type == "boolean" else value


def related(org: Org, record: Record | None, field: Field) -> Record | None:
    target = record.get(field.name) if record else None
    return org.truth.get(field.reference, target) if target and field.reference else None
