"""Records one at a time and in pages: read, list, create, change, archive."""

from __future__ import annotations

from sandbox.ground.answers import Answer, json_answer
from sandbox.hubspot.api import telling
from sandbox.hubspot.api.asking import Ask, Route, reading, writing
from sandbox.hubspot.complaints import invalid, not_found
from sandbox.hubspot.crm import records
from sandbox.hubspot.nouns import Record, records_of
from sandbox.hubspot.schema import checked, owner_of

TYPE = "([^/]+)"
MOST_LISTED = 100


def _found(ask: Ask, archived: bool = False) -> Record:
    """The record of the path, by id or by ?idProperty=; raises Complaint."""
    name, value = ask.one("idProperty"), ask.words[1]
    if name:
        found = owner_of(ask.cloud, ask.where, ask.kind.type_id, name, value)
    else:
        found = records.find(ask.cloud, ask.where, ask.kind, value, archived)
    if found is None:
        raise not_found()
    return found


def read(ask: Ask) -> Answer:
    """An old id of a merged record finds its successor, whose id is told."""
    found = _found(ask, ask.flag("archived"))
    told = telling.record(ask, ask.kind, found, ask.many("properties"))
    return json_answer(200, telling.with_ties(ask, told, found))


def listed(ask: Ask) -> Answer:
    most, after = int(ask.one("limit", "10")), int(ask.one("after", "0") or 0)
    if not 0 < most <= MOST_LISTED:
        raise invalid(f"limit must be between 1 and {MOST_LISTED}")
    archived = ask.flag("archived")
    everything = ask.cloud.truth.all(Record, records_of(ask.where, ask.kind.type_id))
    there = [each for each in everything if _is_listed(each, archived) and each.id > after]
    page = sorted(there, key=lambda each: each.id)[: most + 1]
    rows = [telling.record(ask, ask.kind, each, ask.many("properties")) for each in page[:most]]
    told = {"results": [telling.with_ties(ask, row, each) for row, each in zip(rows, page[:most], strict=True)]}
    more = {"paging": {"next": {"after": str(page[most - 1].id)}}} if len(page) > most else {}
    return json_answer(200, told | more)


def _is_listed(each: Record, archived: bool) -> bool:
    return not each.forgotten and each.merged_into is None and (each.archived_at is not None) == archived


def create(ask: Ask) -> Answer:
    values = checked(ask.cloud, ask.where, ask.kind.type_id, ask.mapping().get("properties", {}))
    made = records.create(ask.cloud, ask.where, ask.kind, values, ask.cloud.app())
    return json_answer(201, telling.written(ask, ask.kind, made))


def change(ask: Ask) -> Answer:
    found = _found(ask)
    values = checked(ask.cloud, ask.where, ask.kind.type_id, ask.mapping().get("properties", {}))
    records.update(ask.cloud, ask.where, ask.kind, found, values, ask.cloud.app())
    return json_answer(200, telling.written(ask, ask.kind, found))


def archive(ask: Ask) -> Answer:
    """Archiving what is not there is no error."""
    found = records.find(ask.cloud, ask.where, ask.kind, ask.words[1])
    if found:
        records.delete(ask.cloud, ask.where, ask.kind, found, ask.cloud.app())
    return Answer(204)


ROUTES: list[Route] = [
    ("GET", f"/crm/objects/V/{TYPE}", listed, reading),
    ("POST", f"/crm/objects/V/{TYPE}", create, writing),
    ("GET", f"/crm/objects/V/{TYPE}/([^/]+)", read, reading),
    ("PATCH", f"/crm/objects/V/{TYPE}/([^/]+)", change, writing),
    ("DELETE", f"/crm/objects/V/{TYPE}/([^/]+)", archive, writing),
]
