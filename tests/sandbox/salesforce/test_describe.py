"""Descriptions: versions, objects and fields as an integration finds them."""

from __future__ import annotations

import pytest

from sandbox.salesforce import OrgControl
from tests.sandbox.salesforce.conftest import Api

KIT = {
    "Referral_Code__c": ("string", 64),
    "Referral_Link__c": ("url", 255),
    "Referred_By_Code__c": ("string", 64),
    "Referral_Status__c": ("string", 40),
    "Referral_Count__c": ("double", 0),
    "Referral_Revenue__c": ("double", 0),
    "Referral_Rewards_Earned__c": ("double", 0),
    "Referral_Rewards_Pending__c": ("double", 0),
    "Referral_Rewards_Currency__c": ("string", 3),
    "Referral_Last_At__c": ("datetime", 0),
    "Referral_Last_Reward_At__c": ("datetime", 0),
    "Referral_Trace__c": ("url", 255),
    "Referral_Hub_Id__c": ("string", 64),
}


@pytest.mark.parametrize(("name", "ending"), [("Contact", "__c"), ("Lead", "__c"), ("Account", "__pc")])
def test_the_referral_fields_are_described_where_they_are(api: Api, name: str, ending: str) -> None:
    fields = {each["name"]: each for each in api.get(f"/sobjects/{name}/describe")["fields"]}
    found = {each: (fields[each]["type"], fields[each]["length"]) for each in fields if each.endswith(ending)}
    assert found == {each.replace("__c", ending): shape for each, shape in KIT.items()}
    assert all(fields[each]["updateable"] and fields[each]["custom"] for each in found)
    hub_id, count, revenue = (fields[f"Referral_{each}{ending}"] for each in ("Hub_Id", "Count", "Revenue"))
    assert (hub_id["externalId"], hub_id["unique"], hub_id["caseSensitive"]) == (True, True, True)
    assert (count["precision"], count["scale"]) == (9, 0)
    assert (revenue["precision"], revenue["scale"]) == (18, 2)


def test_a_hidden_field_is_not_described_and_a_locked_one_is_not_updateable(desk: OrgControl, api: Api) -> None:
    desk.set_visibility("Contact", hidden=["Referral_Code__c"], read_only=["Referral_Link__c"])
    fields = {each["name"]: each for each in api.get("/sobjects/Contact/describe")["fields"]}
    assert "Referral_Code__c" not in fields
    assert fields["Referral_Link__c"]["updateable"] is False
    assert fields["SystemModstamp"]["updateable"] is False
    assert fields["AccountId"]["referenceTo"] == ["Account"]
    assert fields["LastName"]["nillable"] is False


def test_the_stages_are_listed_with_their_field_and_their_flags(desk: OrgControl, api: Api) -> None:
    desk.add_stage("Gewonnen", closed=True, won=True)
    fields = {each["name"]: each for each in api.get("/sobjects/Opportunity/describe")["fields"]}
    assert [each["value"] for each in fields["StageName"]["picklistValues"]][-1] == "Gewonnen"
    won = api.rows("SELECT ApiName FROM OpportunityStage WHERE IsWon = true ORDER BY ApiName")
    assert [row["ApiName"] for row in won] == ["Closed Won", "Gewonnen"]


def test_the_versions_are_listed_and_others_do_not_exist(api: Api) -> None:
    listed = {each["version"]: each["label"] for each in api.get("/services/data/")}
    assert (listed["65.0"], listed["66.0"], listed["67.0"]) == ("Winter '26", "Spring '26", "Summer '26")
    for version in ("30.0", "69.0", "66", "66.1", "x"):
        assert api.refused("GET", f"/services/data/v{version}/sobjects") == (404, "NOT_FOUND")
    older = Api(api.org, version="59.0")
    assert older.get("/sobjects/Contact/describe")["urls"]["sobject"] == "/services/data/v59.0/sobjects/Contact"


def test_the_org_describes_itself(desk: OrgControl, api: Api) -> None:
    (row,) = api.rows("SELECT Id, IsSandbox, TimeZoneSidKey, OrganizationType FROM Organization")
    assert (row["Id"], row["TimeZoneSidKey"]) == (api.org.org_id, "Europe/Berlin")
    desk.set_org_id("00DSY00000000ZZ")
    (row,) = api.rows("SELECT Id FROM Organization")
    assert row["Id"] == desk.hello()["org_id"] != "00DSY00000000ZZ"
    assert row["Id"].startswith("00DSY00000000ZZ")


def test_what_does_not_exist_is_not_found(api: Api) -> None:
    for method, path in (
        ("GET", "/sobjects/Nothing/describe"),
        ("GET", "/nothing"),
        ("PUT", "/composite/sobjects"),
        ("GET", "/services/oauth2/nothing"),
        ("GET", "/services/Soap/u/66.0"),
        ("GET", "/elsewhere"),
    ):
        assert api.refused(method, path) == (404, "NOT_FOUND")
