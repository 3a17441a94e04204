"""The sandbox's bodies have the shape of those that were recorded from a real org."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from sandbox.salesforce import OrgControl
from tests.sandbox.salesforce.conftest import Api
from tests.sandbox.salesforce.listening import Listener, Message


@pytest.fixture
def recorded(shared_data: Path) -> Path:
    return shared_data / "salesforce" / "rest"


def body(recorded: Path, name: str) -> Any:
    return json.loads((recorded / f"amp_{name}.json").read_text(encoding="utf-8"))


def shape(told: Any) -> Any:
    """The keys and kinds of values, whatever the values."""
    if isinstance(told, dict):
        return {name: shape(value) for name, value in told.items()}
    return [shape(value) for value in told] if isinstance(told, list) else type(told).__name__


def test_collections_answer_as_recorded(api: Api, desk: OrgControl, recorded: Path) -> None:
    first, second = desk.create_many("Contact", [{"LastName": "Dyer"}, {"LastName": "Blevins"}])
    sent = body(recorded, "batch_update_contacts_payload")
    for row, number in zip(sent["records"], (first, second), strict=True):
        row["id"] = number
    told = api.call("PATCH", "/composite/sobjects", sent).json()
    assert shape(told) == shape(body(recorded, "batch_update_contacts_success"))
    for row in sent["records"]:
        del row["id"]
    told = api.call("PATCH", "/composite/sobjects", sent).json()
    assert told == body(recorded, "batch_update_contacts_err-each-no-ids")
    sent["records"][1]["id"], sent["records"][0]["id"] = second, first
    sent["records"][1]["unknownField_LastName"] = "x"
    told = api.call("PATCH", "/composite/sobjects", sent | {"allOrNone": True}).json()
    expected = body(recorded, "batch_update_contacts_partial-but-allOrNone")
    assert [each["errors"] for each in told] == [each["errors"] for each in expected]


def test_records_are_made_as_recorded(api: Api, recorded: Path) -> None:
    sent = body(recorded, "batch_create_contacts_payload")
    told = api.call("POST", "/composite/sobjects", sent).json()
    assert shape(told) == shape(body(recorded, "batch_create_contacts_success"))
    del sent["records"][0]["LastName"]
    told = api.call("POST", "/composite/sobjects", sent | {"allOrNone": True}).json()
    assert told == body(recorded, "batch_create_contacts_partial-but-allOrNone")
    refused = api.call("POST", "/composite/sobjects", {"records": []})
    assert refused.json() == body(recorded, "batch_create_contacts_err-bad-request")
    made = api.call("POST", "/sobjects/Account", {"Name": "x"}).json()
    assert shape(made) == shape(body(recorded, "create-ok"))


def test_refusals_are_worded_as_recorded(api: Api, desk: OrgControl, recorded: Path) -> None:
    contact = desk.create_contact(LastName="Berg")["Id"]
    unknown = api.call("POST", "/sobjects/Account", {"Name": "x", "AccountNumer": "1"})
    assert unknown.json() == body(recorded, "unknown-field")
    unwritable = api.call("PATCH", f"/sobjects/Contact/{contact}", {"MasterRecordId": None})
    assert unwritable.json() == body(recorded, "invalid-field-upsert")
    desk.delete(contact)
    gone, expected = api.call("DELETE", f"/sobjects/Contact/{contact}").json(), body(recorded, "crm_delete_not-found")
    assert (gone[0]["message"], gone[0]["errorCode"]) == (expected[0]["message"], expected[0]["errorCode"])
    nothing = api.call("GET", "/query", params={"q": "SELECT Name FROM Accout"}).json()
    expected = body(recorded, "unknown-object")
    assert nothing[0]["errorCode"] == expected[0]["errorCode"]
    assert nothing[0]["message"].splitlines()[-1] == expected[0]["message"].splitlines()[-1]


def test_a_deal_with_its_contacts_is_shown_as_recorded(api: Api, desk: OrgControl, recorded: Path) -> None:
    one, two = desk.create_many("Contact", [{"LastName": "One"}, {"LastName": "Two"}])
    deal = desk.create_opportunity(Name="Test Opportunity", Amount=50000)["Id"]
    desk.add_role(deal, one, role="Decision Maker")
    desk.add_role(deal, two, role="Influencer")
    soql = (
        "SELECT Id, Name, Amount, StageName, (SELECT Id, ContactId, Role FROM OpportunityContactRoles) FROM Opportunity"
    )
    told, expected = (
        api.call("GET", "/query", params={"q": soql}).json(),
        body(recorded, "read-opportunity-with-contacts"),
    )
    assert shape(told) == shape(expected)
    ours, theirs = told["records"][0], expected["records"][0]
    assert (ours["Name"], ours["Amount"], ours["StageName"]) == (theirs["Name"], theirs["Amount"], theirs["StageName"])


def test_a_bulk_job_is_shown_as_recorded(api: Api, recorded: Path) -> None:
    asked = {"object": "Contact", "operation": "upsert", "externalIdFieldName": "Referral_Hub_Id__c"}
    made = api.call("POST", "/jobs/ingest", asked).json()
    assert set(made) >= set(body(recorded, "bulk_write_launch-job-opportunity"))
    address = f"/jobs/ingest/{made['id']}"
    api.call("PUT", f"{address}/batches", data=b"Referral_Hub_Id__c,LastName\np1,Berg\np2,\n")
    api.call("PATCH", address, {"state": "UploadComplete"})
    api.get(address)
    done, expected = api.get(address), body(recorded, "bulk_info_partial-failure")
    assert (done["state"], done["numberRecordsFailed"]) == (expected["state"], expected["numberRecordsFailed"])
    header = (recorded / "amp_bulk_info_partial-failure.csv").read_text(encoding="utf-8").splitlines()[0]
    failed = api.call("GET", f"{address}/failedResults").text.splitlines()
    assert [name.strip('"') for name in failed[0].split(",")][:2] == [name.strip('"') for name in header.split(",")][:2]


def test_a_message_is_built_like_a_captured_one(desk: OrgControl, listener: Listener, shared_data: Path) -> None:
    """But for the session, which the vendor no longer sends."""
    captured = shared_data / "salesforce" / "outbound-messages" / "aspnetcore-outbound-2-contacts.xml"
    names = ["Id", "CreatedDate", "FirstName", "LastName", "Title"]
    desk.announce_to(listener.url, ["Contact"], fields=names)
    desk.hold()
    desk.create_many("Contact", [{"LastName": "Black", "FirstName": "Jeraldine", "Title": "White"}] * 2)
    desk.release()
    assert desk.settle()
    ours, theirs = listener.received[-1].tree, Message({}, captured.read_bytes()).tree

    def tags(tree: Any) -> list[str]:
        return [each.tag for each in tree.iter() if not each.tag.endswith("Email")]

    assert tags(ours) == tags(theirs)
