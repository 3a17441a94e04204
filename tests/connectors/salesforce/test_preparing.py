"""Is the org ready: what is missing is said with what to click, and nothing is changed."""

from datetime import UTC, datetime

import pytest

from connectors.salesforce.connector import Salesforce
from referhub import Gone, IdentityClaim, IdentityKind, Money, NeedsAttention, Order, OrderKind, Record, Unreadable
from sandbox.salesforce import OrgControl, SandboxOrg
from tests.connectors.salesforce.conftest import connect

HOOK = "https://hub.example/hooks/1/token"


def test_a_ready_org_has_no_findings_and_nothing_was_changed(desk: OrgControl, salesforce: Salesforce) -> None:
    before = desk.truth()
    assert list(salesforce.prepare(HOOK)) == []
    account = salesforce.ping()
    assert account.source_id == desk.hello()["org_id"]
    assert account.name.startswith("Acme")
    assert "66.0" in account.name
    assert account.currency == "EUR"
    assert account.missing_rights == ()
    assert account.warnings == ()
    assert desk.truth() == before
    assert {call["method"] for call in desk.calls() if call["operation"] != "token"} == {"GET"}


def test_an_org_without_the_kit_is_told_in_one_sentence_for_each_object() -> None:
    with SandboxOrg(with_kit=False) as org:
        findings = list(connect(org).prepare(HOOK))
    assert sum("none of the referral fields" in finding for finding in findings) == 2
    assert all("sf project deploy start" in finding for finding in findings)


def test_single_fields_are_named_with_what_to_click(desk: OrgControl, salesforce: Salesforce) -> None:
    """SF-41"""
    desk.set_visibility("Contact", hidden=["Referral_Link__c"], read_only=["Referral_Code__c"])
    findings = list(salesforce.prepare(HOOK))
    assert len(findings) == 2
    assert any("Contact.Referral_Link__c is missing or hidden" in finding for finding in findings)
    assert any("Contact.Referral_Code__c is read-only" in finding and "Edit Access" in finding for finding in findings)


def test_fields_are_checked_for_contacts_and_person_accounts(org: SandboxOrg, desk: OrgControl) -> None:
    salesforce = connect(org)
    fields = {"code": "Referral_Code__c", "link": "Referral_Link__c", "mine": "Never_There__c"}
    assert set(salesforce.check_fields(fields)) == {"Never_There__c"}
    desk.switch("persons")
    desk.set_visibility("Account", hidden=["Referral_Link__pc"])
    problems = salesforce.check_fields(fields)
    assert set(problems) == {"Never_There__c", "Referral_Link__c"}
    assert "Account.Referral_Link__pc" in problems["Referral_Link__c"]
    desk.set_visibility("Account", hidden=[])
    assert set(salesforce.check_fields(fields)) == {"Never_There__c"}


def test_a_field_of_another_type_is_refused_before_it_keeps_everybody_from_being_written(
    salesforce: Salesforce,
) -> None:
    theirs = {"last_referral_at": "Birthdate", "code": "Referral_Count__c"}
    problems = salesforce.check_fields(theirs)
    assert "last_referral_at to a field of the type Date/Time or Text" in problems["Birthdate"]
    assert "Contact.Referral_Count__c is of the type double, and code is a text" in problems["Referral_Count__c"]
    assert set(problems) == set(theirs.values())


def test_a_text_field_holds_numbers_and_times(salesforce: Salesforce, desk: OrgControl) -> None:
    theirs = {"last_referral_at": "Description", "friends_brought": "Department", "revenue_brought": "Title"}
    assert salesforce.check_fields(theirs) == {}
    person = desk.create_contact(LastName="Mira")["Id"]
    at = datetime(2026, 11, 20, 9, tzinfo=UTC)
    values = {"Department": 3, "Title": Money.parse("250.00", "EUR"), "Description": at}
    assert list(salesforce.write([Record(person, values)])) == [None]
    shown = salesforce.show([person], list(values))[person]
    assert shown == {name: salesforce.spelt(value, name) for name, value in values.items()}


def test_a_field_that_only_leads_lack_does_not_stop_the_contacts(desk: OrgControl, salesforce: Salesforce) -> None:
    desk.remove_field("Lead", "Referral_Link__c")
    assert salesforce.check_fields({"link": "Referral_Link__c"}) == {}
    assert any("Lead.Referral_Link__c" in finding for finding in salesforce.prepare(HOOK))


def test_an_object_that_the_user_may_not_read_is_a_missing_right(org: SandboxOrg, desk: OrgControl) -> None:
    desk.set_permissions("Opportunity", read=False)
    assert "read Opportunity" in connect(org).ping().missing_rights


def test_orders_that_are_not_enabled_are_a_warning(org: SandboxOrg, desk: OrgControl) -> None:
    desk.switch("orders", on=False)
    account = connect(org).ping()
    assert account.missing_rights == ()
    assert any("orders are not enabled" in warning for warning in account.warnings)


def test_an_address_that_salesforce_cannot_reach_is_told(salesforce: Salesforce) -> None:
    assert any("https" in finding for finding in salesforce.prepare("http://hub.example/hooks/1/token"))
    assert list(salesforce.prepare("http://127.0.0.1:8000/hooks/1/token")) == []


def test_a_day_without_calls_left_is_told(desk: OrgControl, salesforce: Salesforce) -> None:
    """SF-40"""
    salesforce.ping()
    desk.settings(calls_a_day=1000, calls_used=850)
    (finding,) = salesforce.prepare(HOOK)
    assert "writes wait" in finding


def test_a_field_for_codes_that_is_configured_and_not_there_is_a_warning(org: SandboxOrg) -> None:
    account = connect(org, opportunity_code_field="Code__c").ping()
    assert any("Opportunity.Code__c" in warning for warning in account.warnings)


def test_a_user_who_may_not_log_in_is_a_case_for_a_person(desk: OrgControl, salesforce: Salesforce) -> None:
    """SF-35"""
    desk.fate("not_installed", match="token")
    with pytest.raises(NeedsAttention, match="install"):
        salesforce.ping()
    desk.fate("approval_error", match="token")
    with pytest.raises(NeedsAttention, match="permission set"):
        salesforce.ping()
    salesforce.ping()


def test_a_token_is_not_sent_where_the_org_points_by_mistake(desk: OrgControl, salesforce: Salesforce) -> None:
    """SF-31"""
    desk.fate("instance_url", match="token", location="https://evil.example")
    with pytest.raises(NeedsAttention, match="instance_url"):
        salesforce.ping()


def test_a_purchase_is_read_again_before_it_is_rewarded(desk: OrgControl, salesforce: Salesforce) -> None:
    deal = desk.create_opportunity(Name="Chairs", Amount=10)["Id"]
    desk.win(deal)
    order = salesforce.verify(deal)
    assert isinstance(order, Order)
    assert (order.kind, order.is_paid, order.cancelled_at) == (OrderKind.DEAL, True, None)
    desk.lose(deal)
    lost = salesforce.verify(deal)
    assert isinstance(lost, Order)
    assert lost.cancelled_at is not None
    desk.delete(deal)
    assert isinstance(salesforce.verify(deal), Gone)
    desk.purge(deal)
    assert isinstance(salesforce.verify(deal), Gone)


def test_a_qualified_lead_is_read_again_too(desk: OrgControl, salesforce: Salesforce) -> None:
    lead = desk.create_lead(LastName="Lee")["Id"]
    assert isinstance(salesforce.verify(lead), Gone)
    desk.convert_lead(lead)
    order = salesforce.verify(lead)
    assert isinstance(order, Order)
    assert order.kind is OrderKind.LEAD


def test_a_converted_lead_that_was_cleared_away_still_counts(desk: OrgControl, salesforce: Salesforce) -> None:
    """SF-16: admins delete converted leads, and the person lives on as a contact"""
    lead, never = (desk.create_lead(LastName=name)["Id"] for name in ("Lee", "Never"))
    desk.convert_lead(lead)
    for one in (lead, never):
        desk.delete(one)
    order = salesforce.verify(lead)
    assert isinstance(order, Order)
    assert (order.kind, order.cancelled_at) == (OrderKind.LEAD, None)
    assert isinstance(salesforce.verify(never), Gone)


@pytest.mark.parametrize("odd", ["", "7", "gid://shopify/Order/1", "500SY0000000001YAA"])
def test_what_is_no_purchase_cannot_be_verified(odd: str, salesforce: Salesforce) -> None:
    with pytest.raises(Unreadable):
        salesforce.verify(odd)


def test_one_contact_is_found_by_address_and_two_are_nobody(desk: OrgControl, salesforce: Salesforce) -> None:
    """SF-45"""
    address = "o'hara\\@example.com"
    contact = desk.create_contact(LastName="O'Hara", Email=address)["Id"]
    email = IdentityClaim(IdentityKind.EMAIL, address)
    assert salesforce.locate(email) == contact
    assert salesforce.locate(IdentityClaim(IdentityKind.EMAIL, "x' OR Name != '")) is None
    assert salesforce.locate(IdentityClaim(IdentityKind.CONTACT, contact[:15])) == contact
    assert salesforce.locate(IdentityClaim(IdentityKind.PHONE, "+49301234567")) is None
    desk.create_contact(LastName="Twin", Email=address)
    assert salesforce.locate(email) is None


def test_a_deleted_contact_is_not_found_by_its_address(desk: OrgControl, salesforce: Salesforce) -> None:
    contact = desk.create_contact(LastName="Ada", Email="ada@example.com")["Id"]
    desk.delete(contact)
    assert salesforce.locate(IdentityClaim(IdentityKind.EMAIL, "ada@example.com")) is None
