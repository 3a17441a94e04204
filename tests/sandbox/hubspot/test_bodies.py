"""Bodies have the keys of those recorded from a real portal."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from sandbox.hubspot import PortalControl
from tests.sandbox.hubspot.conftest import CONTACTS, Api

Recorded = Any


@pytest.fixture
def recorded(shared_data: Path) -> Recorded:
    def read(name: str) -> Any:
        return json.loads((shared_data / "hubspot" / "rest" / f"amp_{name}.json").read_text(encoding="utf-8"))

    return read


def keys(body: dict[str, Any]) -> set[str]:
    return set(body)


def test_a_batch_that_was_written(recorded: Recorded, api: Api, alice: int) -> None:
    ours = api.update((alice, {"firstname": "A"})).json()
    theirs = recorded("batch_update_contacts_success")
    assert keys(ours) == keys(theirs)
    assert keys(ours["results"][0]) == keys(theirs["results"][0])
    assert ours["status"] == theirs["status"]


def test_a_batch_with_a_missing_record(recorded: Recorded, api: Api, alice: int) -> None:
    """HS-21."""
    ours = api.update((alice, {"firstname": "A"}), ("unknownIdentifier888", {"firstname": "B"})).json()
    theirs = recorded("batch_update_contacts_err-partial-success")
    assert keys(ours) == keys(theirs)
    assert ours["errors"] == theirs["errors"]


def test_a_batch_with_the_same_id_twice(recorded: Recorded, api: Api) -> None:
    """HS-24."""
    ours = api.update(("123456", {}), ("123456", {})).json()
    theirs = recorded("batch_update_contacts_err-duplicate-ids")
    assert ours | {"correlationId": ""} == theirs | {"correlationId": ""}


def test_a_batch_with_unknown_properties(recorded: Recorded, api: Api, alice: int) -> None:
    """HS-23."""
    bad = {"first000name": "A", "last000name": "B"}
    bob = "1"
    ours = api.update((alice, bad), (bob, bad)).json()
    theirs = recorded("batch_update_contacts_err-many-invalid-properties")
    assert keys(ours) == keys(theirs)
    assert ours["message"] == theirs["message"]
    assert ours["errors"][:3] == theirs["errors"]


def test_a_creation_that_conflicts_row_by_row(recorded: Recorded, api: Api, alice: int) -> None:
    rows = [{"properties": {"email": "alice@example.com"}, "objectWriteTraceId": "0"}]
    ours = api.post(f"{CONTACTS}/batch/create", {"inputs": rows}).json()
    theirs = recorded("batch_create_contacts_err-partial-success")
    assert keys(ours) == keys(theirs)
    assert keys(ours["errors"][0]["context"]) == keys(theirs["errors"][0]["context"])
    assert ours["errors"][0]["message"].partition(":")[0] == theirs["errors"][0]["message"].partition(":")[0]


def test_properties_and_their_group(recorded: Recorded, api: Api) -> None:
    group = recorded("custom_create_1-payload-create-property-group")
    made = api.post("/crm/properties/2026-03/contacts/groups", group).json()
    assert keys(made) == keys(recorded("custom_create_2-response-create-property-group"))
    ours = api.post(
        "/crm/properties/2026-03/contacts/batch/create", recorded("custom_create_3-payload-batch-create-properties")
    ).json()
    theirs = recorded("custom_create_4-response-batch-create-properties")
    assert [each["name"] for each in ours["results"]] == [each["name"] for each in theirs["results"]]
    assert keys(theirs["results"][0]) <= keys(ours["results"][0])
    assert keys(ours["results"][0]["modificationMetadata"]) == keys(theirs["results"][0]["modificationMetadata"])


def test_a_search(recorded: Recorded, api: Api, alice: int) -> None:
    ours = api.post(f"{CONTACTS}/search", recorded("read-via-search_contacts-payload") | {"limit": "1"}).json()
    theirs = recorded("read-via-search_contacts-response")
    assert keys(ours["results"][0]) == keys(theirs["results"][0])
    assert keys(ours) == keys(theirs)


def test_who_the_account_is(recorded: Recorded, api: Api) -> None:
    ours = api.get("/account-info/2026-03/details").json()
    theirs = recorded("post-auth_account-info")
    assert {name: type(value) for name, value in ours.items()} == {n: type(v) for n, v in theirs.items()}


def test_a_tie_that_was_made(recorded: Recorded, desk: PortalControl, api: Api, alice: int) -> None:
    deal = desk.create_deal(dealname="D")["id"]
    body = {"inputs": [{"from": {"id": str(alice)}, "to": {"id": str(deal)}}]}
    ours = api.post("/crm/associations/2026-03/contacts/deals/batch/associate/default", body).json()
    theirs = recorded("assoc_contact-to-company-resp")
    assert keys(ours) == keys(theirs)
    assert keys(ours["results"][0]) == keys(theirs["results"][0])


def test_pipelines(recorded: Recorded, api: Api) -> None:
    ours = api.get("/crm/pipelines/2026-03/deals").json()["results"][0]
    theirs = recorded("metadata-deals-external-pipelines")["results"][0]
    assert [each["id"] for each in ours["stages"]] == [each["id"] for each in theirs["stages"]]
    assert [each["metadata"] for each in ours["stages"]] == [each["metadata"] for each in theirs["stages"]]
    assert keys(ours) <= keys(theirs)


def test_the_echo_of_a_write_of_ours(shared_data: Path, desk: PortalControl, api: Api, alice: int) -> None:
    """HS-17: a webhook has the fields of the fixtures that everybody tests with."""
    desk.configure(subscriptions="generic")
    api.update((alice, {"referral_count": "3"}))
    ours = desk.events(propertyName="referral_count")[0]["body"]
    folder = shared_data / "hubspot" / "payloads"
    (theirs,) = json.loads((folder / "synthetic-echo-from-own-app.json").read_text())
    assert keys(ours) | {"attemptNumber"} == keys(theirs)
    same = ("subscriptionType", "objectTypeId", "propertyName", "propertyValue", "changeSource", "appId", "sourceId")
    assert [ours[name] for name in same] == [theirs[name] for name in same]


def test_the_news_of_a_tie(shared_data: Path, desk: PortalControl, alice: int) -> None:
    """HS-20c."""
    desk.configure(subscriptions="generic")
    desk.create_deal(contact=alice)
    ours = [each["body"] for each in desk.events(subscriptionType="object.associationChange")]
    folder = shared_data / "hubspot" / "payloads"
    theirs = json.loads((folder / "synthetic-association-change-both-sides.json").read_text())
    assert {frozenset(each) | {"attemptNumber"} for each in ours} == {frozenset(each) | {"sourceId"} for each in theirs}
    assert {each["associationType"] for each in ours} == {each["associationType"] for each in theirs}
