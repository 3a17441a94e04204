"""What the org works out by itself from the fields that somebody wrote."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from sandbox.salesforce.org import Org
from sandbox.salesforce.schema import Kind
from sandbox.salesforce.truth import Record

ORDER_CODES = {"Activated": "Activated", "Draft": "Draft"}


def derived(org: Org, kind: Kind, old: Record | None, record: Record) -> Record:
    """The record with everything that follows from its other fields."""
    work_out = FOLLOWS.get(kind.name)
    return record | work_out(org, old, record) if work_out else record


def full_name(record: Record) -> str:
    return " ".join(filter(None, (record.get("FirstName"), record.get("LastName"))))


def _person(org: Org, old: Record | None, record: Record) -> Record:
    return {"Name": full_name(record)}


def _account(org: Org, old: Record | None, record: Record) -> Record:
    return {"Name": full_name(record)} if record.get("IsPersonAccount") else {}


def _opportunity(org: Org, old: Record | None, record: Record) -> Record:
    """Whether it is closed and won stands with its stage; a name that no stage has is an open one."""
    if old and old["StageName"] == record["StageName"]:
        return {}
    stage = next((each for each in org.truth.all("OpportunityStage") if each["ApiName"] == record["StageName"]), {})
    chance = Decimal(stage.get("DefaultProbability", 0))
    return {"IsClosed": stage.get("IsClosed", False), "IsWon": stage.get("IsWon", False), "Probability": chance}


def _order(org: Org, old: Record | None, record: Record) -> Record:
    code = ORDER_CODES.get(record["Status"], "Draft")
    number = record["OrderNumber"] or str(org.truth.next_number("order number")).rjust(8, "0")
    is_new = code == "Activated" and not record["ActivatedDate"]
    changed: Record = {"StatusCode": code, "OrderNumber": number}
    return changed | ({"ActivatedDate": org.stamp()} if is_new else {})


FOLLOWS: dict[str, Callable[[Org, Record | None, Record], Record]] = {
    "Contact": _person,
    "Lead": _person,
    "Account": _account,
    "Opportunity": _opportunity,
    "Order": _order,
}
