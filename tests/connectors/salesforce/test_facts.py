"""What terms may ask of opportunities and contacts, and contacts that count because somebody referred them."""

from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.salesforce.connector import Salesforce
from connectors.salesforce.facts import FACTS
from connectors.salesforce.mapping import contact_events
from core.contract.facts import is_declared
from referhub import (
    ContactErased,
    ContactReferred,
    ContactsMerged,
    Gone,
    IdentityClaim,
    IdentityKind,
    Order,
    OrderKind,
    WrongSetting,
)
from sandbox.salesforce import OrgControl, SandboxOrg
from tests.connectors.salesforce.conftest import connect
from tests.connectors.salesforce.support import config, hint
from tests.connectors.salesforce.test_mapping import STAMP, deal_events, settings

CONTACT: dict[str, Any] = {
    "Id": "003SY0000000002YAA",
    "SystemModstamp": STAMP,
    "CreatedDate": "2026-11-01T10:00:00.000+0000",
    "IsDeleted": False,
    "Name": "Pia",
    "Email": "pia@example.com",
    "LeadSource": "Web",
    "Referred_By_Code__c": "MIRA-7",
}


def test_a_deal_tells_its_stage_and_what_the_settings_name() -> None:
    stated = {
        "StageName": "Proposal",
        "Type": "New Customer",
        "Branch__c": "7",
        "Hot__c": True,
        "OwnerId": "005SY0000000001",
    }
    told = deal_events(stated, opportunity_facts="Branch__c, Hot__c")
    fields = told.order.fields  # type: ignore[union-attr]
    assert (fields["deal.stage"], fields["deal.type"]) == ("Proposal", "New Customer")
    assert (fields["deal.Branch__c"], fields["deal.Hot__c"]) == ("7", "true")
    assert fields["deal.owner"] == "005SY0000000001YAA"
    assert fields["deal.amount"] == told.order.base.text()  # type: ignore[union-attr]
    assert all(is_declared(name, FACTS) for name in fields)
    assert "deal.Branch__c" not in deal_events(stated).order.fields  # type: ignore[union-attr]


def test_a_deleted_deal_is_in_no_stage() -> None:
    fields = deal_events({"StageName": "Proposal", "IsDeleted": True}).order.fields  # type: ignore[union-attr]
    assert not [name for name in fields if name.startswith("deal.")]


def test_an_open_deal_is_placed_when_it_was_made_and_a_won_one_when_it_was_closed() -> None:
    made = {"CreatedDate": "2026-10-01T08:00:00.000+0000", "CloseDate": "2026-11-20"}
    open_deal = deal_events({**made, "IsWon": False}).order  # type: ignore[union-attr]
    won = deal_events({**made, "IsWon": True}).order  # type: ignore[union-attr]
    assert open_deal.placed_at == datetime(2026, 10, 1, 8, tzinfo=UTC)
    assert won.placed_at.month == 11


def test_a_contact_with_a_code_counts_since_it_was_created_where_the_connection_says_so() -> None:
    told = contact_events(CONTACT, settings(counts_contacts="yes"))
    (order,) = [one.order for one in told if isinstance(one, ContactReferred)]
    assert (order.source_id, order.kind, order.is_paid) == (CONTACT["Id"], OrderKind.CONTACT, True)
    assert order.placed_at == datetime(2026, 11, 1, 10, tzinfo=UTC)
    assert order.fields == {"contact.source": "Web"}
    assert [one.value for one in order.evidence] == ["MIRA-7"]


@pytest.mark.parametrize(("row", "given"), [(CONTACT, "no"), ({**CONTACT, "Referred_By_Code__c": None}, "yes")])
def test_no_other_contact_counts(row: dict[str, Any], given: str) -> None:
    assert not [one for one in contact_events(row, settings(counts_contacts=given)) if isinstance(one, ContactReferred)]


def test_a_referred_contact_is_read_again(desk: OrgControl, salesforce: Salesforce) -> None:
    contact = desk.create_contact(LastName="Pia", Referred_By_Code__c="MIRA-7")["Id"]
    assert isinstance(salesforce.verify(contact), Gone)  # this connection does not tell of contacts
    object.__setattr__(salesforce.config, "counts_contacts", "yes")
    order = salesforce.verify(contact)
    assert isinstance(order, Order)
    assert order.kind is OrderKind.CONTACT


def test_a_person_account_with_a_code_counts_like_a_contact(org: SandboxOrg, desk: OrgControl) -> None:
    """SF-21"""
    desk.switch("persons")
    desk.add_field("Account", "Segment__pc string(40)")
    desk.add_field("Contact", "Segment__c string(40)")
    person = desk.create_account(LastName="Anna", Referred_By_Code__pc="MIRA-7", Segment__pc="vip")["Id"]
    other = desk.create_account(LastName="Other")["Id"]
    salesforce = connect(org, counts_contacts="yes", contact_facts="Segment__c")
    told = salesforce.read(hint("Account", person))
    (order,) = [one.order for one in told if isinstance(one, ContactReferred)]
    assert (order.source_id, order.kind) == (person, OrderKind.CONTACT)
    assert order.friend.identities[0] == IdentityClaim(IdentityKind.CONTACT, person)
    assert ([one.value for one in order.evidence], order.fields) == (["MIRA-7"], {"contact.Segment__c": "vip"})
    assert not [one for one in salesforce.read(hint("Account", other)) if isinstance(one, ContactReferred)]
    verified = salesforce.verify(person)
    assert isinstance(verified, Order)
    assert isinstance(salesforce.verify(other), Gone)
    desk.delete(person)
    assert isinstance(salesforce.verify(person), Gone)


def test_a_referred_contact_that_was_merged_lives_on_and_a_deleted_one_does_not(
    desk: OrgControl, salesforce: Salesforce
) -> None:
    """SF-22"""
    object.__setattr__(salesforce.config, "counts_contacts", "yes")
    kept, merged, deleted = (
        desk.create_contact(LastName=name, Referred_By_Code__c="MIRA-7")["Id"] for name in ("Kept", "Merged", "Deleted")
    )
    desk.merge(kept, merged)
    order = salesforce.verify(merged)
    assert isinstance(order, Order)
    assert (order.source_id, order.cancelled_at) == (merged, None)
    desk.delete(deleted)
    assert isinstance(salesforce.verify(deleted), Gone)


def test_a_referred_contact_that_is_deleted_is_told_as_taken_back_and_a_merged_one_is_not() -> None:
    """SF-24"""
    gone = {**CONTACT, "IsDeleted": True}
    erased, told = contact_events(gone, settings(counts_contacts="yes"))
    assert isinstance(erased, ContactErased)
    assert isinstance(told, ContactReferred)
    assert told.order.cancelled_at == told.order.updated_at
    assert [type(one) for one in contact_events(gone, settings())] == [ContactErased]
    merged = {**gone, "MasterRecordId": "003SY0000000009YAA"}
    assert [type(one) for one in contact_events(merged, settings(counts_contacts="yes"))] == [ContactsMerged]


@pytest.mark.parametrize(
    ("name", "value"), [("opportunity_facts", "no field!"), ("contact_facts", "1x"), ("counts_contacts", "maybe")]
)
def test_settings_that_name_no_field_are_refused(name: str, value: str) -> None:
    with pytest.raises(WrongSetting, match=name):
        config(**{name: value})
