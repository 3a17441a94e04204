"""How records end and come back: deleted, restored, merged, purged; what an integration can still see of them."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.ground.control import DeskRefused
from sandbox.salesforce import OrgControl
from tests.sandbox.salesforce.conftest import Api

DAY = 24 * 3600


def test_a_deletion_is_told_to_nobody_and_seen_by_the_query_for_all(
    desk: OrgControl, api: Api, anna: dict[str, Any]
) -> None:
    """SF-24."""
    desk.advance(10)
    desk.delete(anna["Id"])
    assert len(desk.notifications(record_id=anna["Id"])) == 1  # that of its making
    soql = f"SELECT IsDeleted, MasterRecordId, SystemModstamp FROM Contact WHERE Id = '{anna['Id']}'"
    (row,) = api.rows(soql, everything=True)
    assert (row["IsDeleted"], row["MasterRecordId"]) == (True, None)
    assert row["SystemModstamp"] > anna["SystemModstamp"]
    with pytest.raises(DeskRefused, match="entity is deleted"):
        desk.update(anna["Id"], LastName="x")
    desk.advance(10)
    back = desk.undelete(anna["Id"])
    assert (back["IsDeleted"], back["SystemModstamp"] > row["SystemModstamp"]) == (False, True)
    assert len(desk.notifications(record_id=anna["Id"])) == 2
    assert api.save({"id": anna["Id"], "Referral_Count__c": 1})[0]["success"]


def test_a_deleted_account_takes_along_what_hangs_on_it_and_brings_it_back(
    desk: OrgControl, anna: dict[str, Any]
) -> None:
    before = desk.create_contact(LastName="Gone before", AccountId=anna["AccountId"])["Id"]
    desk.delete(before)
    deal = desk.create_opportunity(AccountId=anna["AccountId"], ContactId=anna["Id"])["Id"]
    (role,) = desk.records("OpportunityContactRole")
    desk.delete(anna["AccountId"])
    family = [anna["AccountId"], anna["Id"], deal, role["Id"]]
    assert [desk.read(each)["IsDeleted"] for each in family] == [True] * 4
    desk.undelete(anna["AccountId"])
    assert [desk.read(each)["IsDeleted"] for each in [*family, before]] == [False] * 4 + [True]
    with pytest.raises(DeskRefused, match="not in the recycle bin"):
        desk.undelete(anna["Id"])


def test_one_of_those_that_went_along_can_be_brought_back_alone(desk: OrgControl, anna: dict[str, Any]) -> None:
    other = desk.create_contact(LastName="Other", AccountId=anna["AccountId"])["Id"]
    desk.delete(anna["AccountId"])
    desk.undelete(anna["Id"])
    there = [desk.read(each)["IsDeleted"] for each in (anna["Id"], anna["AccountId"], other)]
    assert there == [False, True, True]


def test_a_merge_leaves_the_losers_in_the_bin_with_the_name_of_their_master(
    desk: OrgControl, api: Api, anna: dict[str, Any]
) -> None:
    """SF-22."""
    twin, third = (desk.create_contact(LastName="Berg", AccountId=anna["AccountId"])["Id"] for _ in range(2))
    deal = desk.create_opportunity(ContactId=twin)["Id"]
    order = desk.create_order(AccountId=anna["AccountId"], BillToContactId=third)["Id"]
    desk.advance(10)
    winner = desk.merge(anna["Id"], twin, third)
    assert winner["SystemModstamp"] > anna["SystemModstamp"]
    rows = api.rows("SELECT Id, IsDeleted, MasterRecordId FROM Contact ORDER BY Id", everything=True)
    assert rows == [
        {"Id": anna["Id"], "IsDeleted": False, "MasterRecordId": None},
        {"Id": twin, "IsDeleted": True, "MasterRecordId": anna["Id"]},
        {"Id": third, "IsDeleted": True, "MasterRecordId": anna["Id"]},
    ]
    assert [role["ContactId"] for role in desk.records("OpportunityContactRole")] == [anna["Id"]]
    assert desk.read(deal)["ContactId"] == anna["Id"]
    assert desk.read(order)["BillToContactId"] == anna["Id"]
    assert api.save({"id": twin, "Referral_Count__c": 1})[0]["errors"][0]["statusCode"] == "ENTITY_IS_DELETED"


def test_only_like_is_merged_with_like(desk: OrgControl, anna: dict[str, Any]) -> None:
    lead, company = desk.create_lead(LastName="Lead")["Id"], desk.create_account(Name="Company")["Id"]
    person = desk.create_account(LastName="Person")["Id"]
    before = desk.truth()
    for winner, losers in (
        (anna["Id"], [lead]),
        (anna["Id"], [anna["Id"]]),
        (anna["Id"], []),
        (anna["Id"], [anna["Id"]] * 3),
        (company, [person]),
        (desk.create_opportunity()["Id"], [desk.create_opportunity()["Id"]]),
    ):
        with pytest.raises(DeskRefused):
            desk.merge(winner, *losers)
    assert {name: desk.truth()[name] for name in ("Contact", "Lead", "Account")} == {
        name: before[name] for name in ("Contact", "Lead", "Account")
    }


def test_two_persons_who_are_merged_have_one_hidden_contact(desk: OrgControl) -> None:
    one, two = (desk.create_account(LastName=name) for name in ("One", "Two"))
    deal = desk.create_opportunity(AccountId=two["Id"], ContactId=two["PersonContactId"])["Id"]
    desk.merge(one["Id"], two["Id"])
    assert desk.read(two["Id"])["MasterRecordId"] == one["Id"]
    hidden = desk.read(two["PersonContactId"])
    assert (hidden["IsDeleted"], hidden["MasterRecordId"]) == (True, one["PersonContactId"])
    assert (desk.read(deal)["AccountId"], desk.read(deal)["ContactId"]) == (one["Id"], one["PersonContactId"])


def test_the_bin_is_emptied_by_hand_and_by_time(desk: OrgControl, api: Api) -> None:
    first, second, third = desk.create_many("Contact", [{"LastName": name} for name in ("One", "Two", "Three")])
    desk.delete(first)
    assert desk.purge(third) == 0
    assert desk.purge(first[:15]) == 1
    desk.delete(second)
    desk.advance(14 * DAY)
    assert desk.read(second)["IsDeleted"] is True
    desk.advance(2 * DAY)
    fresh = Api(api.org)
    assert [row["Id"] for row in fresh.rows("SELECT Id FROM Contact", everything=True)] == [third]
    results = fresh.save({"id": second, "Referral_Count__c": 1})
    assert results[0]["errors"][0]["statusCode"] == "INVALID_CROSS_REFERENCE_KEY"


def test_what_changed_and_what_was_deleted_can_be_asked_for(desk: OrgControl, api: Api, anna: dict[str, Any]) -> None:
    gone = desk.create_contact(LastName="Gone")["Id"]
    desk.delete(gone)
    desk.advance(120)
    window = {"start": anna["CreatedDate"][:17] + "00+00:00", "end": desk.now()[:17] + "30+00:00"}
    assert api.get("/sobjects/Contact/updated", **window)["ids"] == [anna["Id"]]
    told = api.get("/sobjects/Contact/deleted", **window)
    assert [each["id"] for each in told["deletedRecords"]] == [gone]
    assert told["latestDateCovered"] == window["end"][:17] + "00.000+0000"
    for start, end in (("2020-01-01T00:00:00Z", window["end"]), (window["start"], window["start"])):
        refused = api.refused("GET", "/sobjects/Contact/deleted", params={"start": start, "end": end})
        assert refused == (400, "INVALID_REPLICATION_DATE")
    naive = {"start": "2026-01-01T00:00:00", "end": window["end"]}
    assert api.refused("GET", "/sobjects/Contact/updated", params=naive)[0] == 400
