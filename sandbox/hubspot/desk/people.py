"""What people do in the portal: records and their ties; every act may say who did it (source, source_id)."""

from __future__ import annotations

from typing import Any

from sandbox.ground.desk import Body, Route
from sandbox.ground.keys import keys
from sandbox.ground.refusal import Refused
from sandbox.hubspot import catalogue
from sandbox.hubspot.cloud import Actor
from sandbox.hubspot.complaints import Complaint
from sandbox.hubspot.crm import records, ties
from sandbox.hubspot.desk.routing import Desk
from sandbox.hubspot.kinds import PRIMARY, Kind, kind_of
from sandbox.hubspot.nouns import Record, Values, records_of
from sandbox.hubspot.schema import checked_rows

TYPE = "(contacts|deals|orders|leads)"
ONE = rf"{TYPE}/(\d+)"
WHO = "portal source source_id"


def _actor(given: Body) -> Actor:
    return Actor(str(given.get("source", "CRM_UI")), str(given.get("source_id", "userId:111")))


def _values(desk: Desk, given: Body, kind: Kind, rows: list[Body]) -> list[Values]:
    """People type numbers and times as they like; here anything that is no text is written as one."""
    texts = [{name: _text(value) for name, value in row.items()} for row in rows]
    return checked_rows(desk.cloud, desk.portal(given).portal, kind.type_id, texts)


def _text(value: Any) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _found(desk: Desk, given: Body, kind: Kind, id: str) -> Record:
    portal = desk.portal(given).portal
    found = records.find(desk.cloud, portal, kind, id) or records.find(desk.cloud, portal, kind, id, archived=True)
    if found is None:
        raise Refused(f"portal {portal} has no {kind.name} {id}")
    return found


def shown(record: Record) -> Body:
    return {
        "id": record.id,
        "portal": record.portal,
        "object_type": record.object_type,
        "properties": dict(record.values),
        "created_at": record.created_at,
        "updated_at": record.updated_at,
        "archived_at": record.archived_at,
        "merged_into": record.merged_into,
        "forgotten": record.forgotten,
    }


def create(desk: Desk, given: Body, name: str) -> Any:
    """One record, or with `many` a list of them, in one go; `contact` ties a new deal to its contact."""
    kind, portal = kind_of(name), desk.portal(given).portal
    rows = given["many"] if "many" in given else [given.get("properties", {})]
    with desk.cloud.truth.transaction():
        made = [
            records.create(desk.cloud, portal, kind, row, _actor(given)) for row in _values(desk, given, kind, rows)
        ]
        for record in made if "contact" in given else []:
            contact = _found(desk, given, kind_of("contact"), str(given["contact"]))
            ties.tie(desk.cloud, record, contact, [], _actor(given))
    return [shown(each) for each in made] if "many" in given else shown(made[0])


def read(desk: Desk, given: Body, name: str, id: str) -> Any:
    """As the truth has it: a merged one is told as merged, a deleted one as deleted."""
    kind, portal = kind_of(name), desk.portal(given).portal
    found = desk.cloud.truth.find(Record, records_of(portal, kind.type_id), id)
    if found is None:
        raise Refused(f"portal {portal} has no {kind.name} {id}")
    tied = {each.plural: [tie.to_id for tie in _ties(desk, found, each)] for each in map(kind_of, ("0-1", "0-3"))}
    return shown(found) | {"associations": tied}


def _ties(desk: Desk, found: Record, other: Kind) -> Any:
    return ties.of(desk.cloud, found.portal, found.object_type, found.id, other.type_id)


def everything(desk: Desk, given: Body, name: str) -> Any:
    kind, portal = kind_of(name), desk.portal(given).portal
    found = desk.cloud.truth.all(Record, records_of(portal, kind.type_id))
    return [shown(each) for each in sorted(found, key=lambda each: each.id)]


def update(desk: Desk, given: Body, name: str, id: str) -> Any:
    kind, portal = kind_of(name), desk.portal(given).portal
    with desk.cloud.truth.transaction():
        found = _found(desk, given, kind, id)
        (values,) = _values(desk, given, kind, [given["properties"]])
        records.update(desk.cloud, portal, kind, found, values, _actor(given))
    return shown(found)


def close(desk: Desk, given: Body, id: str) -> Any:
    """The deal goes to the closing stage of its pipeline (or of `pipeline`): won, lost, or open again."""
    kind, wanted = kind_of("deals"), str(given["outcome"])
    found = _found(desk, given, kind, id)
    pipeline = str(given.get("pipeline") or found.values["pipeline"])
    stages = [each for pipe in catalogue.pipelines(kind.type_id) if pipe["id"] == pipeline for each in pipe["stages"]]
    tests = {"won": ("true", "1.0"), "lost": ("true", "0.0"), "open": ("false", None)}
    if wanted not in tests:
        raise Refused(f"a deal is {', '.join(tests)}, not {wanted}")
    closed, probability = tests[wanted]
    fitting = [each["id"] for each in stages if _fits(each["metadata"], closed, probability)]
    if not fitting:
        raise Refused(f"the pipeline {pipeline} has no such stage")
    changes = {"dealstage": fitting[0], **given.get("properties", {})}
    return update(desk, {**given, "properties": changes}, "deals", id)


def _fits(metadata: dict[str, str], closed: str, probability: str | None) -> bool:
    return metadata["isClosed"] == closed and probability in (None, metadata["probability"])


def delete(desk: Desk, given: Body, name: str, id: str) -> Any:
    with desk.cloud.truth.transaction():
        found = _found(desk, given, kind_of(name), id)
        records.delete(desk.cloud, found.portal, kind_of(name), found, _actor(given))
    return shown(found)


def restore(desk: Desk, given: Body, name: str, id: str) -> Any:
    with desk.cloud.truth.transaction():
        found = _found(desk, given, kind_of(name), id)
        records.restore(desk.cloud, found.portal, kind_of(name), found, _actor(given))
    return shown(found)


def forget(desk: Desk, given: Body, id: str) -> Any:
    with desk.cloud.truth.transaction():
        found = _found(desk, given, kind_of("contacts"), id)
        records.forget(desk.cloud, found.portal, found, bool(given.get("deletion_first")))
    return shown(found)


def merge(desk: Desk, given: Body, name: str, id: str) -> Any:
    """The record of the path is the primary one; `other` is merged with it. The new record is told."""
    kind = kind_of(name)
    with desk.cloud.truth.transaction():
        primary, other = _found(desk, given, kind, id), _found(desk, given, kind, str(given["other"]))
        made = records.merge(desk.cloud, primary.portal, kind, primary, other, _actor(given))
    return shown(made)


def tie(desk: Desk, given: Body, name: str, id: str) -> Any:
    """Tied to the record `id` of the type `to`; primary=True and label (an existing one's name) say how."""
    other = kind_of(str(given["to"]))
    with desk.cloud.truth.transaction():
        one, two = _found(desk, given, kind_of(name), id), _found(desk, given, other, str(given["id"]))
        made = ties.tie(desk.cloud, one, two, _ways(desk, given, one, two), _actor(given))
        return {"from": made.from_id, "to": made.to_id, "types": ties.ways(desk.cloud, made)}


def _ways(desk: Desk, given: Body, one: Record, two: Record) -> list[int]:
    between = (one.object_type, two.object_type)
    ways = [PRIMARY[between]] if given.get("primary") else []
    label = given.get("label")
    named = [each.type_id for each in ties.labels(desk.cloud, one.portal, *between) if label in (each.name, each.label)]
    if label and not named:
        raise Complaint(400, "VALIDATION_ERROR", f"there is no label {label!r} between {between[0]} and {between[1]}")
    return ways + named


def untie(desk: Desk, given: Body, name: str, id: str) -> Any:
    other = kind_of(str(given["to"]))
    with desk.cloud.truth.transaction():
        one, two = _found(desk, given, kind_of(name), id), _found(desk, given, other, str(given["id"]))
        ties.untie(desk.cloud, one, two, _actor(given))
    return {}


ROUTES: list[Route] = [
    ("POST", TYPE, create, keys(f"properties many contact {WHO}")),
    ("GET", TYPE, everything, keys("portal")),
    ("GET", ONE, read, keys("portal")),
    ("POST", ONE, update, keys(f"properties {WHO}")),
    ("DELETE", ONE, delete, keys(WHO)),
    ("POST", f"{ONE}/restore", restore, keys(WHO)),
    ("POST", f"{ONE}/merge", merge, keys(f"other {WHO}")),
    ("POST", f"{ONE}/tie", tie, keys(f"to id primary label {WHO}")),
    ("POST", f"{ONE}/untie", untie, keys(f"to id {WHO}")),
    ("POST", r"deals/(\d+)/close", close, keys(f"outcome pipeline properties {WHO}")),
    ("POST", r"contacts/(\d+)/forget", forget, keys("deletion_first portal")),
]
