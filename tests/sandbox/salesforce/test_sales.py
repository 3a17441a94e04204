"""What sales people do: leads converted, deals won, lost and reopened, roles, orders, persons, currencies."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.ground.control import DeskRefused
from sandbox.salesforce import OrgControl, SandboxOrg
from tests.sandbox.salesforce.conftest import Api


def test_a_converted_lead_names_what_became_of_it_and_stays_as_it_is(desk: OrgControl, api: Api) -> None:
    """SF-16, SF-44."""
    lead = desk.create_lead(
        LastName="Grün", Email="gruen@example.com", Company="Grün GmbH", Referred_By_Code__c="ANNA-1"
    )
    done = desk.convert_lead(lead["Id"])
    contact, deal = desk.read(done["ConvertedContactId"]), desk.read(done["ConvertedOpportunityId"])
    assert (done["IsConverted"], len(done["ConvertedDate"])) == (True, 10)
    assert done["Status"] == "Closed - Converted"
    assert (contact["LastName"], contact["Email"]) == ("Grün", "gruen@example.com")
    assert contact["Referred_By_Code__c"] is None  # nobody mapped it
    assert desk.read(done["ConvertedAccountId"])["Name"] == "Grün GmbH"
    assert (deal["AccountId"], deal["ContactId"]) == (done["ConvertedAccountId"], contact["Id"])
    (role,) = desk.records("OpportunityContactRole")
    assert (role["ContactId"], role["IsPrimary"]) == (contact["Id"], True)
    row = {"id": lead["Id"], "type": "Lead", "Referral_Status__c": "x"}
    assert api.save(row)[0]["errors"][0]["statusCode"] == "CANNOT_UPDATE_CONVERTED_LEAD"
    with pytest.raises(DeskRefused, match="converted lead"):
        desk.convert_lead(lead["Id"])


def test_a_lead_is_converted_into_what_is_there_and_custom_fields_go_where_they_are_mapped(
    desk: OrgControl, anna: dict[str, Any]
) -> None:
    lead = desk.create_lead(LastName="Berg", Referred_By_Code__c="ANNA-1")["Id"]
    done = desk.convert_lead(lead, contact=anna["Id"], opportunity=False)
    assert (done["ConvertedContactId"], done["ConvertedAccountId"]) == (anna["Id"], anna["AccountId"])
    assert done["ConvertedOpportunityId"] is None
    desk.settings(lead_mapping={"Referred_By_Code__c": "Referred_By_Code__c"})
    other = desk.convert_lead(
        desk.create_lead(LastName="Tal", Referred_By_Code__c="ANNA-1")["Id"], opportunity="Big one"
    )
    assert desk.read(other["ConvertedContactId"])["Referred_By_Code__c"] == "ANNA-1"
    assert desk.read(other["ConvertedOpportunityId"])["Name"] == "Big one"


def test_won_and_lost_stand_with_the_stage_whatever_it_is_called(desk: OrgControl) -> None:
    """SF-17."""
    deal = desk.create_opportunity(Amount="119.00")

    def flags() -> tuple[bool, bool]:
        found = desk.read(deal["Id"])
        return found["IsClosed"], found["IsWon"]

    assert flags() == (False, False)
    desk.win(deal["Id"], Amount="120000")
    assert (flags(), desk.read(deal["Id"])["Amount"]) == ((True, True), 120000)
    desk.lose(deal["Id"])
    assert flags() == (True, False)
    desk.reopen(deal["Id"])
    assert flags() == (False, False)
    desk.add_stage("Gewonnen", closed=True, won=True)
    desk.update(deal["Id"], StageName="Gewonnen")
    assert flags() == (True, True)
    desk.update(deal["Id"], StageName="Never heard of")
    assert flags() == (False, False)
    desk.update(deal["Id"], StageName="Negotiation/Review")
    assert desk.read(deal["Id"])["Probability"] == 90
    desk.update(deal["Id"], Probability=55)
    desk.update(deal["Id"], Name="Another name")
    assert desk.read(deal["Id"])["Probability"] == 55  # what somebody wrote stays until the stage changes


def test_a_role_touches_itself_and_never_the_deal(desk: OrgControl, anna: dict[str, Any]) -> None:
    """SF-19, SF-20."""
    deal = desk.create_opportunity()
    other = desk.create_contact(LastName="Other")["Id"]
    desk.advance(10)
    notes = len(desk.notifications())
    first = desk.add_role(deal["Id"], anna["Id"], is_primary=True)
    desk.advance(10)
    second = desk.add_role(deal["Id"], other, is_primary=True)
    assert (desk.read(first["Id"])["IsPrimary"], desk.read(second["Id"])["IsPrimary"]) == (False, True)
    assert desk.read(first["Id"])["SystemModstamp"] > first["SystemModstamp"]
    assert desk.read(deal["Id"]) == deal | {"ContactId": other}
    assert len(desk.notifications()) == notes
    desk.delete(second["Id"])
    assert desk.read(deal["Id"])["ContactId"] is None


def test_an_order_is_activated_once(desk: OrgControl, api: Api, anna: dict[str, Any]) -> None:
    order = desk.create_order(AccountId=anna["AccountId"], BillToContactId=anna["Id"])
    assert (order["StatusCode"], order["ActivatedDate"], order["OrderNumber"]) == ("Draft", None, "00000001")
    active = desk.set_order(order["Id"], amount="89.90")
    assert (active["StatusCode"], str(active["TotalAmount"])) == ("Activated", "89.9")
    desk.advance(60)
    assert desk.set_order(order["Id"])["ActivatedDate"] == active["ActivatedDate"]
    assert api.save({"id": order["Id"], "type": "Order", "TotalAmount": 1})[0]["success"] is False


def test_orders_that_are_not_switched_on_are_not_there(desk: OrgControl, api: Api) -> None:
    desk.switch("orders", on=False)
    assert api.refused("GET", "/sobjects/Order/describe") == (404, "NOT_FOUND")
    assert api.refused("GET", "/query", params={"q": "SELECT Id FROM Order"}) == (400, "INVALID_TYPE")
    assert "Order" not in [each["name"] for each in api.get("/sobjects")["sobjects"]]
    desk.switch("orders")
    assert api.rows("SELECT Id FROM Order") == []


def test_a_person_is_written_through_the_account_and_read_through_both(desk: OrgControl, api: Api) -> None:
    """SF-21."""
    person = desk.create_account(FirstName="Anna", LastName="Berg", PersonEmail="anna@example.com")
    contact = desk.read(person["PersonContactId"])
    assert (person["Name"], person["IsPersonAccount"]) == ("Anna Berg", True)
    assert (contact["Email"], contact["IsPersonAccount"], contact["AccountId"]) == (
        "anna@example.com",
        True,
        person["Id"],
    )
    desk.advance(10)
    row = {"Referral_Code__c": "ANNA-1"}
    refused = api.save({"id": contact["Id"], **row})
    assert refused[0]["errors"][0]["statusCode"] == "INSUFFICIENT_ACCESS_OR_READONLY"
    assert api.save({"id": person["Id"], "type": "Account", "Referral_Code__pc": "ANNA-1"})[0]["success"]
    both = desk.read(person["Id"]), desk.read(contact["Id"])
    assert (both[0]["Referral_Code__pc"], both[1]["Referral_Code__c"]) == ("ANNA-1", "ANNA-1")
    assert both[0]["SystemModstamp"] == both[1]["SystemModstamp"] > person["SystemModstamp"]
    desk.update(contact["Id"], Email="new@example.com")
    assert desk.read(person["Id"])["PersonEmail"] == "new@example.com"
    assert desk.notifications(record_id=contact["Id"]) == []


def test_a_company_has_nothing_personal(desk: OrgControl, api: Api) -> None:
    company = desk.create_account(Name="Bakery")
    assert (company["IsPersonAccount"], company["PersonContactId"], company["Referral_Code__pc"]) == (False, None, None)
    for name in ("Referral_Code__pc", "LastName", "PersonEmail"):
        results = api.save({"id": company["Id"], "type": "Account", name: "x"})
        assert results[0]["errors"][0]["statusCode"] == "INVALID_FIELD_FOR_INSERT_UPDATE"
    assert api.save({"id": company["Id"], "type": "Account", "Name": "Other"})[0]["success"]


def test_persons_hide_and_lock_their_fields_like_any_other(desk: OrgControl, api: Api) -> None:
    person = desk.create_account(LastName="Berg")["Id"]
    desk.set_visibility("Account", hidden=["Referral_Code__pc"], read_only=["Referral_Count__pc"])
    codes = [
        api.save({"id": person, "type": "Account", name: "1"})[0]["errors"][0]["statusCode"]
        for name in ("Referral_Code__pc", "Referral_Count__pc", "Nope__pc")
    ]
    assert codes == ["INVALID_FIELD", "INVALID_FIELD_FOR_INSERT_UPDATE", "INVALID_FIELD"]


def test_records_have_a_currency_only_where_several_are_used(desk: OrgControl, api: Api) -> None:
    assert desk.create_opportunity()["CurrencyIsoCode"] == "EUR"
    assert desk.create_opportunity(CurrencyIsoCode="JPY")["CurrencyIsoCode"] == "JPY"
    assert {row["IsoCode"] for row in api.rows("SELECT IsoCode FROM CurrencyType")} == {"EUR", "USD", "JPY", "KWD"}
    with SandboxOrg() as plain:
        assert "CurrencyIsoCode" not in OrgControl(plain.base_url).create_opportunity()
        refused = Api(plain).refused("GET", "/query", params={"q": "SELECT CurrencyIsoCode FROM Opportunity"})
        assert refused == (400, "INVALID_FIELD")


def test_features_can_be_switched_on_later() -> None:
    with SandboxOrg() as plain:
        desk, api = OrgControl(plain.base_url), Api(plain)
        company = desk.create_account(Name="Bakery")["Id"]
        assert desk.switch("persons") == ["orders", "persons"]
        assert desk.switch("currencies") == ["currencies", "orders", "persons"]
        person = desk.create_account(LastName="Berg")
        assert (person["IsPersonAccount"], person["CurrencyIsoCode"]) == (True, "EUR")
        assert api.rows("SELECT Id, IsPersonAccount FROM Account WHERE IsPersonAccount = false") == [
            {"Id": company, "IsPersonAccount": False}
        ]
        assert api.get(f"/sobjects/Account/{company}")["IsPersonAccount"] is False
        assert len(desk.records("CurrencyType")) == 4


def test_an_org_without_the_kit_has_no_referral_field_until_somebody_makes_one() -> None:
    with SandboxOrg(with_kit=False) as bare:
        desk, api = OrgControl(bare.base_url), Api(bare)
        contact = desk.create_contact(LastName="Berg")
        assert [name for name in contact if name.endswith("__c")] == []
        assert api.save({"id": contact["Id"], "Referral_Code__c": "x"})[0]["errors"][0]["statusCode"] == "INVALID_FIELD"
        desk.add_field("Contact", "Referral_Code__c string(64)")
        assert api.save({"id": contact["Id"], "Referral_Code__c": "x"})[0]["success"]
        desk.remove_field("Contact", "Referral_Code__c")
        assert api.save({"id": contact["Id"], "Referral_Code__c": "y"})[0]["errors"][0]["statusCode"] == "INVALID_FIELD"
