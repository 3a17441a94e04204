"""Reading hints: the records as they stand in the org, few calls, and one bad record is nobody else's trouble."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from connectors.salesforce.connector import Salesforce
from referhub import (
    ConnectorError,
    ContactErased,
    ContactRestored,
    ContactSaved,
    ContactsMerged,
    DealReopened,
    DealWon,
    Delivery,
    Event,
    EvidenceKind,
    IdentityClaim,
    IdentityKind,
    Ignored,
    LeadQualified,
    Money,
    NeedsAttention,
    OrderPaid,
    Record,
    TryLater,
    Unreadable,
)
from sandbox.salesforce import OrgControl, SandboxOrg
from tests.connectors.salesforce.conftest import connect
from tests.connectors.salesforce.support import hint


def kinds(events: Any) -> list[type[Event]]:
    return [type(event) for event in events]


def read(salesforce: Salesforce, kind: str, record: str, key: str = "04lSY0000000101YAA") -> list[Event]:
    return list(salesforce.read(hint(kind, record, key)))


def test_a_hint_is_only_a_hint_the_record_decides(desk: OrgControl, salesforce: Salesforce) -> None:
    """SF-01"""
    contact = desk.create_contact(LastName="Ada", Email="ada@example.com", Referred_By_Code__c="MIRA-7")
    deal = desk.create_opportunity(Name="Chairs", Amount=120000, ContactId=contact["Id"])
    desk.win(deal["Id"])
    (event,) = read(salesforce, "Opportunity", deal["Id"])
    assert isinstance(event, DealWon)
    assert event.order.base == Money(12_000_000, "EUR")
    assert event.order.friend.identities[0] == IdentityClaim(IdentityKind.CONTACT, contact["Id"])
    assert [found.kind for found in event.order.evidence] == [EvidenceKind.CONTACT_FIELD]


def test_whatever_the_hints_order_the_state_of_now_is_told(desk: OrgControl, salesforce: Salesforce) -> None:
    """SF-17"""
    deal = desk.create_opportunity(Name="Chairs", Amount=100)["Id"]
    desk.win(deal)
    assert kinds(read(salesforce, "Opportunity", deal)) == [DealWon]
    desk.reopen(deal)
    assert kinds(read(salesforce, "Opportunity", deal)) == [DealReopened]
    desk.lose(deal)
    assert kinds(read(salesforce, "Opportunity", deal)) == [DealReopened]
    desk.advance(seconds=5)
    desk.win(deal)
    assert kinds(read(salesforce, "Opportunity", deal)) == [DealWon]
    desk.delete(deal)
    assert kinds(read(salesforce, "Opportunity", deal)) == [DealReopened]


def test_two_hundred_hints_of_one_object_are_one_query(desk: OrgControl, salesforce: Salesforce) -> None:
    """SF-03"""
    deals = [desk.create_opportunity(Name=f"Deal {place}", Amount=place)["Id"] for place in range(100)]
    salesforce.ping()
    salesforce.read(hint("Opportunity", deals[0]))
    desk.forget_calls()
    hints = [hint("Opportunity", deal, f"04lSY{place:010d}") for place, deal in enumerate(deals * 2)]
    answers = salesforce.read_many(hints)
    assert len(answers) == 200
    assert [event.order.name for (event,) in answers[:100]] == [f"Deal {place}" for place in range(100)]  # type: ignore[union-attr,misc]
    assert len(desk.calls(operation="queryAll")) == 1


def test_a_full_batch_of_different_records_fits_into_one_address(desk: OrgControl, salesforce: Salesforce) -> None:
    """SF-03"""
    salesforce.ping()
    hints = [hint("Opportunity", f"006SY0000{place:06d}", f"04lSY{place:010d}") for place in range(200)]
    desk.forget_calls()
    answers = salesforce.read_many(hints)
    assert all(kinds(answer) == [Ignored] for answer in answers)
    assert len(desk.calls(operation="queryAll", object="Opportunity")) == 1


def test_hints_of_several_objects_are_answered_in_their_order(desk: OrgControl, salesforce: Salesforce) -> None:
    contact = desk.create_contact(LastName="Ada", Email="ada@example.com")
    lead = desk.create_lead(LastName="Lee")
    order = desk.create_order(BillToContactId=contact["Id"], AccountId=desk.create_account(Name="Acme")["Id"])
    desk.set_order(order["Id"], "Activated", amount=Decimal("80.50"))
    asked = {"Order": order["Id"], "Lead": lead["Id"], "Case": "500SY0000000001", "Contact": contact["Id"]}
    first, second, third, fourth = salesforce.read_many([hint(kind, record) for kind, record in asked.items()])
    assert kinds(first) == [OrderPaid]
    assert first[0].order.base == Money(8050, "EUR")  # type: ignore[index,union-attr]
    assert kinds(second) == [ContactSaved, ContactRestored]
    assert kinds(third) == [Ignored]
    assert kinds(fourth) == [ContactSaved, ContactRestored]


def test_a_hint_without_a_record_is_closed_with_its_reason(salesforce: Salesforce) -> None:
    """SF-15"""
    (event,) = read(salesforce, "Opportunity", "")
    assert isinstance(event, Ignored)
    assert "deleted before" in event.reason


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"object": "Contact"}', b"\xff"])
def test_a_hint_that_is_not_ours_is_unreadable_and_asks_nobody(body: bytes, salesforce: Salesforce) -> None:
    with pytest.raises(Unreadable):
        salesforce.read(Delivery(key="k", topic="Contact", body=body))


def test_a_converted_lead_moves_to_its_contact(desk: OrgControl, salesforce: Salesforce) -> None:
    """SF-16"""
    lead = desk.create_lead(LastName="Müller", Email="anna.müller@example.com", Referred_By_Code__c="MIRA-7")
    converted = desk.convert_lead(lead["Id"])
    merged, qualified = read(salesforce, "Lead", lead["Id"])
    assert isinstance(merged, ContactsMerged)
    assert merged.kept == IdentityClaim(IdentityKind.CONTACT, converted["ConvertedContactId"])
    assert isinstance(qualified, LeadQualified)
    assert IdentityClaim(IdentityKind.EMAIL, "anna.müller@example.com") in qualified.order.friend.identities
    assert qualified.order.evidence[0].value == "MIRA-7"


def test_a_contact_role_that_is_added_later_names_the_friend(desk: OrgControl, salesforce: Salesforce) -> None:
    """SF-19, SF-20"""
    deal = desk.create_opportunity(Name="Chairs", Amount=100)["Id"]
    desk.win(deal)
    (before,) = read(salesforce, "Opportunity", deal)
    assert isinstance(before, DealWon)
    assert before.order.friend.identities == ()
    other = desk.create_contact(LastName="Other", Referred_By_Code__c="OTHER-1")["Id"]
    primary = desk.create_contact(LastName="Primary", Referred_By_Code__c="MIRA-7")["Id"]
    desk.add_role(deal, other)
    desk.add_role(deal, primary, is_primary=True)
    (after,) = read(salesforce, "Opportunity", deal)
    assert isinstance(after, DealWon)
    assert after.order.friend.identities[0].value == primary
    assert [(found.kind, found.value) for found in after.order.evidence] == [
        (EvidenceKind.CONTACT_FIELD, "MIRA-7"),
        (EvidenceKind.OTHER_CONTACT_FIELD, "OTHER-1"),
    ]
    assert after.order.updated_at == before.order.updated_at


def test_a_person_account_is_one_person_however_it_is_hinted_at(org: SandboxOrg, desk: OrgControl) -> None:
    """SF-21"""
    desk.switch("persons")
    salesforce = connect(org)
    person = desk.create_account(LastName="Anna", PersonEmail="anna@example.com", Referred_By_Code__pc="MIRA-7")
    deal = desk.create_opportunity(Name="Chairs", Amount=10, AccountId=person["Id"])["Id"]
    role = desk.create_opportunity(Name="Tables", Amount=10, ContactId=person["PersonContactId"])["Id"]
    hints = [
        hint("Account", person["Id"]),
        hint("Contact", person["PersonContactId"]),
        hint("Opportunity", deal),
        hint("Opportunity", role),
    ]
    claim = IdentityClaim(IdentityKind.CONTACT, person["Id"])
    by_account, by_contact, by_deal, by_role = salesforce.read_many(hints)
    assert isinstance(by_account[0], ContactSaved)  # type: ignore[index]
    assert by_account[0].contact.identities[0] == claim  # type: ignore[index]
    assert list(by_contact) == list(by_account)  # type: ignore[arg-type]
    for (event,) in (by_deal, by_role):  # type: ignore[misc]
        assert event.order.friend.identities[0] == claim  # type: ignore[union-attr]
        assert event.order.evidence[0].value == "MIRA-7"  # type: ignore[union-attr]


def test_an_order_of_a_person_account_needs_nobody_to_bill_to(org: SandboxOrg, desk: OrgControl) -> None:
    """SF-21"""
    desk.switch("persons")
    person = desk.create_account(LastName="Anna", PersonEmail="anna@example.com", Referred_By_Code__pc="MIRA-7")
    order = desk.create_order(AccountId=person["Id"])["Id"]
    desk.set_order(order, "Activated", amount=80)
    company = desk.create_order(AccountId=desk.create_account(Name="Acme")["Id"])["Id"]
    salesforce = connect(org)
    (paid,) = read(salesforce, "Order", order)
    assert isinstance(paid, OrderPaid)
    assert paid.order.friend.identities[0] == IdentityClaim(IdentityKind.CONTACT, person["Id"])
    assert [one.value for one in paid.order.evidence] == ["MIRA-7"]
    (nobodys,) = read(salesforce, "Order", company)
    assert nobodys.order.friend.identities == ()  # type: ignore[union-attr]


def test_an_account_that_is_a_company_is_nobody(org: SandboxOrg, desk: OrgControl) -> None:
    desk.switch("persons")
    company = desk.create_account(Name="Acme")
    assert kinds(read(connect(org), "Account", company["Id"])) == [Ignored]


def test_merged_deleted_restored_and_purged_contacts(desk: OrgControl, salesforce: Salesforce) -> None:
    """SF-22, SF-24"""
    kept, gone = (desk.create_contact(LastName=name)["Id"] for name in ("Kept", "Gone"))
    desk.merge(kept, gone)
    (merged,) = read(salesforce, "Contact", gone)
    winner, loser = IdentityClaim(IdentityKind.CONTACT, kept), IdentityClaim(IdentityKind.CONTACT, gone)
    assert merged == ContactsMerged(kept=winner, gone=loser)
    desk.delete(kept)
    assert read(salesforce, "Contact", kept) == [ContactErased(IdentityClaim(IdentityKind.CONTACT, kept))]
    desk.undelete(kept)
    assert kinds(read(salesforce, "Contact", kept)) == [ContactSaved, ContactRestored]
    desk.delete(kept)
    desk.purge(kept)
    assert read(salesforce, "Contact", kept) == [ContactErased(IdentityClaim(IdentityKind.CONTACT, kept))]


def test_our_own_write_comes_back_as_an_echo_and_a_persons_change_does_not(
    org: SandboxOrg, desk: OrgControl, salesforce: Salesforce
) -> None:
    """SF-25"""
    contact = desk.create_contact(LastName="Ada", Email="ada@example.com")["Id"]
    assert kinds(read(salesforce, "Contact", contact, "04lSY0000000001")) == [ContactSaved, ContactRestored]
    assert list(salesforce.write([Record(contact, {"Referral_Code__c": "MIRA-7"})])) == [None]
    (echo,) = read(salesforce, "Contact", contact, "04lSY0000000002")
    assert isinstance(echo, Ignored)
    assert "echo" in echo.reason
    # Somebody who logs in as the same user is heard all the same.
    desk.update(contact, Email="ada@new.example", by="integration")
    saved, _ = read(salesforce, "Contact", contact, "04lSY0000000003")
    assert isinstance(saved, ContactSaved)
    assert saved.contact.identities[1].value == "ada@new.example"
    # What was told may have been lost on our side, so the same hint tells it again.
    assert kinds(read(salesforce, "Contact", contact, "04lSY0000000003")) == [ContactSaved, ContactRestored]


def test_an_echo_that_nothing_is_remembered_of_is_told_which_does_no_harm(
    org: SandboxOrg, desk: OrgControl, salesforce: Salesforce
) -> None:
    contact = desk.create_contact(LastName="Ada")["Id"]
    salesforce.write([Record(contact, {"Referral_Code__c": "MIRA-7"})])
    assert kinds(read(connect(org), "Contact", contact)) == [ContactSaved, ContactRestored]


def test_a_field_that_is_missing_or_hidden_is_not_asked_for(desk: OrgControl, salesforce: Salesforce) -> None:
    """SF-41"""
    contact = desk.create_contact(LastName="Ada", Email="ada@example.com", Referred_By_Code__c="MIRA-7")
    deal = desk.create_opportunity(Name="Chairs", Amount=10, ContactId=contact["Id"])["Id"]
    desk.win(deal)
    assert read(salesforce, "Opportunity", deal)[0].order.evidence  # type: ignore[union-attr]
    # Taken away after we had looked: the query is refused once, and asked again without the field.
    desk.set_visibility("Contact", hidden=["Referred_By_Code__c", "MobilePhone"])
    (event,) = read(salesforce, "Opportunity", deal)
    assert isinstance(event, DealWon)
    assert event.order.evidence == ()
    assert event.order.friend.identities


def test_an_org_without_orders_has_none_to_tell(org: SandboxOrg, desk: OrgControl) -> None:
    desk.switch("orders", on=False)
    assert kinds(read(connect(org), "Order", "801SY0000000001YAA")) == [Ignored]


def test_trouble_with_one_object_leaves_the_others_alone(desk: OrgControl, salesforce: Salesforce) -> None:
    contact = desk.create_contact(LastName="Ada")["Id"]
    deal = desk.create_opportunity(Name="Chairs")["Id"]
    salesforce.read_many([hint("Contact", contact), hint("Opportunity", deal)])
    desk.fate("503", match="queryAll Opportunity")
    first, second = salesforce.read_many([hint("Opportunity", deal), hint("Contact", contact, "04lSY0000000009")])
    assert isinstance(first, TryLater)
    assert not isinstance(second, ConnectorError)
    assert kinds(second) == [ContactSaved, ContactRestored]


def test_a_day_is_one_of_the_orgs_own_time_zone(desk: OrgControl, salesforce: Salesforce) -> None:
    """SF-27: the sandbox org is in Berlin"""
    deal = desk.create_opportunity(Name="Chairs", Amount=10)["Id"]
    desk.win(deal, CloseDate="2026-10-01")
    (event,) = read(salesforce, "Opportunity", deal)
    assert isinstance(event, DealWon)
    assert event.order.placed_at == datetime(2026, 10, 1, 21, 59, 59, tzinfo=UTC)


def test_a_time_zone_that_cannot_be_asked_for_now_is_asked_for_once_for_all(
    desk: OrgControl, salesforce: Salesforce
) -> None:
    """SF-49: two hundred hints must not wait for an answer one after the other"""
    deals = [desk.create_opportunity(Name=f"Deal {place}")["Id"] for place in range(3)]
    desk.fate("503", match="queryAll Organization")
    hints = [hint("Opportunity", deal, f"04lSY{place:010d}") for place, deal in enumerate(deals)]
    assert all(isinstance(answer, TryLater) for answer in salesforce.read_many(hints))
    assert len(desk.calls(operation="queryAll", object="Organization")) == 1
    assert all(kinds(answer) == [DealReopened] for answer in salesforce.read_many(hints))


def test_a_person_who_has_to_act_is_asked_for_once_for_all(desk: OrgControl, salesforce: Salesforce) -> None:
    contact = desk.create_contact(LastName="Ada")["Id"]
    salesforce.read(hint("Contact", contact))
    desk.fate("403", match="queryAll")
    with pytest.raises(NeedsAttention):
        salesforce.read_many([hint("Contact", contact)] * 3)


def test_amounts_of_several_currencies() -> None:
    """SF-27"""
    with SandboxOrg(features=["currencies"]) as org:
        desk = OrgControl(org.base_url)
        deal = desk.create_opportunity(Name="Chairs", Amount=1200, CurrencyIsoCode="JPY")["Id"]
        desk.win(deal)
        (event,) = read(connect(org), "Opportunity", deal)
    assert isinstance(event, DealWon)
    assert event.order.base == Money(1200, "JPY")
