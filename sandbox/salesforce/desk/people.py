"""The desk's people: records made, changed, won, converted, merged and deleted, as somebody would by hand."""

from __future__ import annotations

from typing import Any

from sandbox.ground.desk import Body, Route
from sandbox.ground.keys import keys
from sandbox.ground.refusal import Refused
from sandbox.salesforce.desk.routing import ID, NAME, Desk, somebody
from sandbox.salesforce.ids import normal_id
from sandbox.salesforce.trade import life, sales, saving
from sandbox.salesforce.trade.keeping import writable_kind
from sandbox.salesforce.truth import Record

# What a person at the desk need not think of when making a record.
USUAL: dict[str, Record] = {
    "Lead": {"Company": "Somewhere Ltd"},
    "Opportunity": {"StageName": "Prospecting", "Name": "A deal"},
    "Order": {"Status": "Draft"},
}
DATED = {"Opportunity": "CloseDate", "Order": "EffectiveDate"}


def create(desk: Desk, given: Body, name: str) -> Any:
    """A new record; the fields are called as in the org, and what is usual need not be given."""
    actor, kind = somebody(desk, given), writable_kind(desk.org, name)
    usual = dict(USUAL.get(kind.name, {}))
    if kind.name in DATED:
        usual[DATED[kind.name]] = desk.org.today()
    return saving.create(desk.org, kind.name, usual | given, actor)


def create_many(desk: Desk, given: Body, name: str) -> Any:
    """Several records of one kind, all or none; their ids in the order of the rows."""
    by = {"by": given["by"]} if "by" in given else {}
    with desk.org.truth.transaction():
        return [create(desk, {**row, **by}, name)["Id"] for row in given["records"]]


def update(desk: Desk, given: Body, id: str) -> Any:
    actor = somebody(desk, given)
    return saving.update(desk.org, id, given, actor)


def read(desk: Desk, given: Body, id: str) -> Any:
    """The record with every field, deleted or not."""
    found = desk.org.record(id)
    if found is None:
        raise Refused(f"the org has no record {id}")
    return found


def records(desk: Desk, given: Body, name: str) -> Any:
    return desk.org.truth.all(writable_kind(desk.org, name).name)


def delete(desk: Desk, given: Body, id: str) -> Any:
    life.delete(desk.org, id, somebody(desk, given))
    return read(desk, {}, id)


def undelete(desk: Desk, given: Body, id: str) -> Any:
    life.undelete(desk.org, id, somebody(desk, given))
    return read(desk, {}, id)


def purge(desk: Desk, given: Body, id: str) -> Any:
    """Gone from the bin, and for ever."""
    return {"purged": life.purge(desk.org, normal_id(id))}


def merge(desk: Desk, given: Body, id: str) -> Any:
    """The losers go into the bin, and name this one as their master."""
    return life.merge(desk.org, id, [str(each) for each in given["losers"]], somebody(desk, given))


def touch(desk: Desk, given: Body, id: str) -> Any:
    return saving.touch(desk.org, id)


def convert(desk: Desk, given: Body, id: str) -> Any:
    actor = somebody(desk, given)
    return sales.convert(desk.org, id, given, actor)


def win(desk: Desk, given: Body, id: str) -> Any:
    actor = somebody(desk, given)
    return sales.close(desk.org, id, True, given, actor)


def lose(desk: Desk, given: Body, id: str) -> Any:
    actor = somebody(desk, given)
    return sales.close(desk.org, id, False, given, actor)


def reopen(desk: Desk, given: Body, id: str) -> Any:
    return sales.reopen(desk.org, id, somebody(desk, given))


def set_order(desk: Desk, given: Body, id: str) -> Any:
    return sales.set_order(
        desk.org, id, str(given.get("status", "Activated")), given.get("amount"), somebody(desk, given)
    )


ROUTES: list[Route] = [
    ("POST", f"records/{NAME}/new", create, None),
    ("POST", f"records/{NAME}/many", create_many, {"by": None, "records": None}),
    ("GET", f"records/{NAME}/all", records, keys()),
    ("GET", f"records/{ID}", read, keys()),
    ("POST", f"records/{ID}", update, None),
    ("DELETE", f"records/{ID}", delete, keys("by")),
    ("POST", f"records/{ID}/undelete", undelete, keys("by")),
    ("POST", f"records/{ID}/purge", purge, keys()),
    ("POST", f"records/{ID}/merge", merge, keys("losers by")),
    ("POST", f"records/{ID}/touch", touch, keys()),
    ("POST", f"records/{ID}/convert", convert, keys("account contact opportunity by")),
    ("POST", f"records/{ID}/win", win, None),
    ("POST", f"records/{ID}/lose", lose, None),
    ("POST", f"records/{ID}/reopen", reopen, keys("by")),
    ("POST", f"records/{ID}/order", set_order, keys("status amount by")),
]
