"""How records and batches are told."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sandbox.ground.answers import Answer, json_answer
from sandbox.hubspot.api.asking import Ask
from sandbox.hubspot.crm import ties
from sandbox.hubspot.kinds import KINDS, Kind, kind_of, tie_name
from sandbox.hubspot.nouns import Record, Values
from sandbox.hubspot.schema import shape_of
from sandbox.hubspot.values import iso


def record(ask: Ask, kind: Kind, found: Record, wanted: Iterable[str], values: Values | None = None) -> dict[str, Any]:
    """The record with the wanted properties, null where unset; a property that does not exist is left out."""
    shown = found.values if values is None else values
    always = [kind.shown[0], "hs_object_id", kind.modified]
    names = [name for name in wanted if shape_of(ask.cloud, ask.where, kind.type_id, name)] or list(kind.shown)
    told: dict[str, Any] = {
        "id": str(found.id),
        "properties": {name: shown.get(name) for name in sorted({*names, *always})},
        "createdAt": iso(found.created_at),
        "updatedAt": shown.get(kind.modified) or iso(found.updated_at),
        "archived": found.archived_at is not None,
        "url": f"https://app.hubspot.com/contacts/{ask.where}/record/{kind.type_id}/{found.id}",
    }
    return told | ({"archivedAt": iso(found.archived_at)} if found.archived_at is not None else {})


def written(ask: Ask, kind: Kind, found: Record) -> dict[str, Any]:
    """After a write every property that is set is told."""
    return record(ask, kind, found, list(found.values))


def with_ties(ask: Ask, told: dict[str, Any], found: Record) -> dict[str, Any]:
    """The associations asked for by ?associations=deals,…"""
    names = ask.many("associations")
    tied = {}
    for name in names:
        other = kind_of(name)
        rows = [
            {"id": str(each.to_id), "type": tie_name(found.object_type, other.type_id).lower()}
            for each in ties.of(ask.cloud, ask.where, found.object_type, found.id, other.type_id)
        ]
        if rows:
            tied[KINDS[other.type_id].plural] = {"results": rows}
    return told | ({"associations": tied} if tied else {})


def batch(ask: Ask, results: list[Any], errors: list[dict[str, Any]], status: int = 200) -> Answer:
    """A batch's answer: 207 as soon as one row failed."""
    now = iso(ask.cloud.truth.now())
    told: dict[str, Any] = {"completedAt": now, "status": "COMPLETE", "startedAt": now, "results": results}
    if errors:
        return json_answer(207, told | {"errors": errors, "numErrors": len(errors)})
    return json_answer(status, told)
