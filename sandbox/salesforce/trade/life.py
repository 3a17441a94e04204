"""How records end, and how they come back: deleted with what hangs on them, restored, merged, purged."""

from __future__ import annotations

from datetime import timedelta

from sandbox.salesforce.org import Org
from sandbox.salesforce.refusals import Refusal
from sandbox.salesforce.schema import Kind
from sandbox.salesforce.times import read_time
from sandbox.salesforce.trade.actor import Actor
from sandbox.salesforce.trade.keeping import living, stamped
from sandbox.salesforce.trade.roles import show_primary
from sandbox.salesforce.truth import Record

BIN_LIFE = timedelta(days=15)
# What goes with a deleted record: the children's kind, by the field that names their parent.
CASCADES = {
    "Account": [("Contact", "AccountId"), ("Opportunity", "AccountId"), ("Order", "AccountId")],
    "Contact": [("OpportunityContactRole", "ContactId")],
    "Opportunity": [("OpportunityContactRole", "OpportunityId")],
}
# What moves to the winner of a merge.
MOVES = {
    "Account": [("Contact", "AccountId"), ("Opportunity", "AccountId"), ("Order", "AccountId")],
    "Contact": [("OpportunityContactRole", "ContactId"), ("Order", "BillToContactId")],
    "Lead": [],
}


def delete(org: Org, id: str, actor: Actor) -> None:
    """The record and what hangs on it are in the bin; nobody is told of a deletion."""
    kind, record = living(org, id)
    with org.truth.transaction():
        _bin(org, kind, record, actor, record["Id"])


def _bin(org: Org, kind: Kind, record: Record, actor: Actor, cause: str) -> None:
    for child_kind, field in CASCADES.get(kind.name, []):
        for child in _children(org, child_kind, field, record["Id"]):
            _bin(org, org.kinds()[child_kind], child, actor, cause)
    _put_binned(org, kind, record, actor, cause)


def _put_binned(org: Org, kind: Kind, record: Record, actor: Actor, cause: str, master: str | None = None) -> None:
    now = org.stamp()
    ended = {"IsDeleted": True, "LastModifiedDate": now, "SystemModstamp": now, "LastModifiedById": actor.user_id}
    merged = {"MasterRecordId": master} if master else {}
    org.truth.put(kind.name, record["Id"], record | ended | merged)
    if kind.name == "OpportunityContactRole":
        show_primary(org, record["OpportunityId"])
    org.truth.put("@bin", record["Id"], {"id": record["Id"], "kind": kind.name, "cause": cause, "at": now})


def _children(org: Org, kind: str, field: str, id: str) -> list[Record]:
    return [each for each in org.truth.having(kind, field, id) if not each["IsDeleted"]]


def undelete(org: Org, id: str, actor: Actor) -> None:
    """The record, and what was deleted with it, is back as it was; raises Refusal if it is not in the bin."""
    binned = org.truth.get("@bin", (org.record(id) or {}).get("Id"))
    if binned is None:
        raise Refusal("UNDELETE_FAILED", "Entity is not in the recycle bin")
    with org.truth.transaction():
        for each in org.truth.all("@bin"):
            if each["cause"] == binned["cause"] and (each["id"] == binned["id"] or binned["id"] == binned["cause"]):
                _restore(org, each, actor)


def _restore(org: Org, binned: Record, actor: Actor) -> None:
    kind, record = org.kinds()[binned["kind"]], org.truth.get(binned["kind"], binned["id"])
    org.truth.remove("@bin", binned["id"])
    if record:
        back = {"IsDeleted": False} | ({"MasterRecordId": None} if "MasterRecordId" in record else {})
        stamped(org, kind, record, record | back, actor)


def merge(org: Org, winner_id: str, loser_ids: list[str], actor: Actor) -> Record:
    """The losers are in the bin and name the winner as their master; what hung on them hangs on the winner."""
    kind, winner = living(org, winner_id)
    if kind.name not in MOVES or not 1 <= len(loser_ids) <= 2:
        raise Refusal("INVALID_OPERATION", "one or two accounts, contacts or leads can be merged into another")
    with org.truth.transaction():
        for loser_id in loser_ids:
            loser_kind, loser = living(org, loser_id)
            alike = loser_kind.name == kind.name and loser.get("IsPersonAccount") == winner.get("IsPersonAccount")
            if not alike or loser["Id"] == winner["Id"]:
                raise Refusal("INVALID_OPERATION", f"{loser_id} cannot be merged into {winner_id}")
            _absorb(org, kind, loser, winner, actor)
        return stamped(org, kind, winner, winner, actor)


def _absorb(org: Org, kind: Kind, loser: Record, winner: Record, actor: Actor) -> None:
    """Two persons are one afterwards, so their hidden contacts are, too."""
    if kind.name == "Account" and loser.get("IsPersonAccount"):
        theirs, ours = (org.truth.get("Contact", each["PersonContactId"]) for each in (loser, winner))
        if theirs and ours:
            _move_children(org, org.kinds()["Contact"], theirs["Id"], ours["Id"], actor)
            _put_binned(org, org.kinds()["Contact"], theirs, actor, loser["Id"], master=ours["Id"])
    _move_children(org, kind, loser["Id"], winner["Id"], actor)
    _put_binned(org, kind, loser, actor, loser["Id"], master=winner["Id"])


def _move_children(org: Org, kind: Kind, source: str, target: str, actor: Actor) -> None:
    for child_kind, field in MOVES[kind.name]:
        for child in _children(org, child_kind, field, source) if child_kind in org.kinds() else []:
            moved = stamped(org, org.kinds()[child_kind], child, child | {field: target}, actor)
            if child_kind == "OpportunityContactRole":
                show_primary(org, moved["OpportunityId"])


def purge(org: Org, id: str | None = None) -> int:
    """Gone for ever: this record from the bin, or all that lie there for 15 days; how many they were."""
    old = org.truth.now() - BIN_LIFE
    with org.truth.transaction():
        gone = [each for each in org.truth.all("@bin") if (each["id"] == id if id else read_time(each["at"]) < old)]
        for each in gone:
            org.truth.remove("@bin", each["id"])
            org.truth.remove(each["kind"], each["id"])
    return len(gone)
