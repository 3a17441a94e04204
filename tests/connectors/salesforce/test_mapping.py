"""What a record means as it stands: amounts, days, people and codes, from rows as the REST API tells them."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from connectors.salesforce.exact import loads
from connectors.salesforce.mapping import (
    Settings,
    contact_events,
    evidence,
    lead_events,
    opportunity_events,
    order_events,
)
from referhub import (
    ContactErased,
    ContactRestored,
    ContactSaved,
    ContactsMerged,
    DealReopened,
    DealWon,
    Event,
    Evidence,
    EvidenceKind,
    IdentityClaim,
    IdentityKind,
    Ignored,
    LeadQualified,
    Money,
    Order,
    OrderCancelled,
    OrderKind,
    OrderPaid,
    OrderPlaced,
    Unreadable,
)
from tests.connectors.salesforce.support import config, payload, row

STAMP = "2026-11-20T14:03:11.000+0000"
LEAD: dict[str, Any] = {
    "Id": "00QSY0000000001YAA",
    "SystemModstamp": STAMP,
    "IsDeleted": False,
    "Name": "Lee Lead",
    "Email": "lee@example.com",
    "Phone": "+49 30 1234567",
    "IsConverted": False,
    "Referred_By_Code__c": "MIRA-7",
}
CONVERTED = LEAD | {
    "IsConverted": True,
    "ConvertedDate": "2026-11-20",
    "ConvertedContactId": "003SY0000000002YAA",
}
ORDER: dict[str, Any] = {
    "Id": "801SY0000000001YAA",
    "SystemModstamp": STAMP,
    "IsDeleted": False,
    "OrderNumber": "00000100",
    "StatusCode": "Activated",
    "TotalAmount": Decimal("99.90"),
    "EffectiveDate": "2026-11-19",
    "BillToContactId": "003SY0000000002YAA",
    "BillToContact": {"Name": "Pia", "Email": "pia@example.com", "Referred_By_Code__c": "MIRA-7"},
}


def settings(zone: str = "Europe/Berlin", **given: str) -> Settings:
    return Settings(config(**given), ZoneInfo(zone))


def deal_events(changes: dict[str, Any], zone: str = "Europe/Berlin", **given: str) -> Event:
    told = loads(payload("opportunity.json")) | changes
    (event,) = opportunity_events(told, told["OpportunityContactRoles"]["records"], settings(zone, **given))
    return event


def deal(zone: str = "Europe/Berlin", **changes: Any) -> Order:
    event = deal_events(changes, zone)
    assert isinstance(event, (DealWon, DealReopened))
    return event.order


def test_a_won_opportunity_is_a_deal_by_its_primary_contact() -> None:
    """SF-01, SF-20"""
    event = deal_events({})
    assert isinstance(event, DealWon)
    order = event.order
    assert (order.source_id, order.name, order.kind) == ("006SY0000000007YAA", "Twelve chairs", OrderKind.DEAL)
    assert order.base == Money(120_050, "EUR")
    assert order.is_paid
    assert not order.is_test
    assert order.cancelled_at is None
    assert order.updated_at == datetime(2026, 11, 20, 14, 3, 11, tzinfo=UTC)
    assert order.friend.name == "Pia Primary"
    assert order.friend.identities == (
        IdentityClaim(IdentityKind.CONTACT, "003SY0000000002YAA"),
        IdentityClaim(IdentityKind.EMAIL, "pia@example.com"),
    )
    assert order.evidence == (
        Evidence(EvidenceKind.CONTACT_FIELD, "MIRA-7"),
        Evidence(EvidenceKind.OTHER_CONTACT_FIELD, "OTHER-1"),
    )


@pytest.mark.parametrize(
    ("raw", "currency", "minor"),
    [
        (b"1e5", "EUR", 10_000_000),
        (b"120000.0", "EUR", 12_000_000),
        (b"120000", "EUR", 12_000_000),
        (b"0.1", "EUR", 10),
        (b"0.005", "EUR", 1),
        (b"null", "EUR", 0),
        (b"-250.00", "EUR", 0),
        (b"1200.00", "JPY", 1200),
        (b"1200.50", "KWD", 1_200_500),
        (b"19.99", "USD", 1999),
    ],
)
def test_an_amount_is_exact_in_the_minor_units_of_its_currency(raw: bytes, currency: str, minor: int) -> None:
    """SF-27: nothing and less than nothing count as zero, which earns nothing"""
    told = loads(b'{"Amount": ' + raw + b"}")
    assert deal(**told, CurrencyIsoCode=currency).base == Money(minor, currency)


def test_without_several_currencies_the_orgs_own_holds() -> None:
    assert deal().base.currency == "EUR"


@pytest.mark.parametrize(
    "changes",
    [
        {"Amount": "1200"},
        {"Amount": True},
        {"Amount": 10**13},
        {"CurrencyIsoCode": "euro"},
        {"SystemModstamp": "yesterday"},
        {"SystemModstamp": None},
        {"SystemModstamp": "2026-11-20T14:03:11"},
        {"Id": "7"},
    ],
)
def test_what_cannot_be_understood_is_unreadable(changes: dict[str, Any]) -> None:
    with pytest.raises(Unreadable):
        deal(**changes)


@pytest.mark.parametrize(
    "zone", ["Europe/Berlin", "Pacific/Auckland", "Pacific/Pago_Pago", "UTC", "America/Los_Angeles"]
)
@pytest.mark.parametrize("day", ["2026-11-19", "2026-11-20", "2026-11-21", "2026-03-29", "2026-10-25"])
def test_the_day_of_closing_is_never_shifted(zone: str, day: str) -> None:
    """SF-27"""
    at = deal(zone, CloseDate=day).placed_at
    assert at.astimezone(ZoneInfo(zone)).date().isoformat() == day
    assert at.utcoffset() == UTC.utcoffset(None)


def test_on_the_day_itself_the_last_change_tells_the_hour() -> None:
    assert deal().placed_at == datetime(2026, 11, 20, 14, 3, 11, tzinfo=UTC)
    changed = deal(LastStageChangeDate="2026-11-20T09:00:00.000+0000")
    assert changed.placed_at == datetime(2026, 11, 20, 9, tzinfo=UTC)


@pytest.mark.parametrize("odd", [None, "", "20.11.2026", 20, "0001-01-01", "9999-12-31"])
def test_an_odd_day_leaves_the_time_of_the_last_change(odd: object) -> None:
    assert deal(CloseDate=odd).placed_at == datetime(2026, 11, 20, 14, 3, 11, tzinfo=UTC)


@pytest.mark.parametrize(
    ("changes", "is_paid"), [({"IsWon": False}, False), ({"IsDeleted": True}, True), ({"IsWon": "true"}, False)]
)
def test_lost_open_and_deleted_deals_count_like_cancelled_orders(changes: dict[str, Any], is_paid: bool) -> None:
    """SF-17"""
    event = deal_events(changes)
    assert isinstance(event, DealReopened)
    assert event.order.is_paid is is_paid
    assert event.order.cancelled_at == event.order.updated_at


def test_a_code_on_the_opportunity_itself_comes_first() -> None:
    event = deal_events({"Code__c": "DEAL-1"}, opportunity_code_field="Code__c")
    assert isinstance(event, DealWon)
    assert event.order.evidence[0] == Evidence(EvidenceKind.DEAL_FIELD, "DEAL-1")


def test_the_shops_order_number_on_the_opportunity_is_a_reference() -> None:
    """X-02"""
    event = deal_events({"Shop_Order__c": " #1001 "}, opportunity_reference_field="Shop_Order__c")
    assert isinstance(event, DealWon)
    assert event.order.references == ("#1001",)
    assert deal().references == ()


def test_without_contact_roles_nobody_bought() -> None:
    """SF-19"""
    (event,) = opportunity_events(row("opportunity") | {"Amount": 1}, [], settings())
    assert isinstance(event, DealWon)
    assert event.order.friend.identities == ()
    assert event.order.evidence == ()


def test_without_a_primary_contact_the_oldest_role_counts_and_a_deleted_one_does_not() -> None:
    roles = row("opportunity")["OpportunityContactRoles"]["records"]
    roles[1]["IsPrimary"] = False
    (event,) = opportunity_events(row("opportunity") | {"Amount": 1}, roles, settings())
    assert isinstance(event, DealWon)
    assert event.order.friend.name == "Olga Other"
    roles[0]["IsDeleted"] = True
    (event,) = opportunity_events(row("opportunity") | {"Amount": 1}, roles, settings())
    assert isinstance(event, DealWon)
    assert event.order.friend.name == "Pia Primary"
    assert event.order.evidence == (Evidence(EvidenceKind.CONTACT_FIELD, "MIRA-7"),)


def test_a_person_account_is_the_friend_of_its_opportunity() -> None:
    """SF-21"""
    account = {
        "Name": "Anna",
        "IsPersonAccount": True,
        "PersonEmail": "anna@example.com",
        "Referred_By_Code__pc": "MIRA-7",
    }
    (event,) = opportunity_events(row("opportunity") | {"Amount": 1, "Account": account}, [], settings())
    assert isinstance(event, DealWon)
    assert event.order.friend.identities[0] == IdentityClaim(IdentityKind.CONTACT, "001SY0000000001YAA")
    assert event.order.evidence == (Evidence(EvidenceKind.CONTACT_FIELD, "MIRA-7"),)


def test_a_lead_is_a_person_until_it_is_converted() -> None:
    saved, restored = lead_events(LEAD, settings())
    assert isinstance(saved, ContactSaved)
    assert isinstance(restored, ContactRestored)
    assert [claim.kind for claim in saved.contact.identities] == [
        IdentityKind.LEAD,
        IdentityKind.EMAIL,
        IdentityKind.PHONE,
    ]


def test_a_converted_lead_is_the_contact_and_qualified() -> None:
    """SF-16"""
    merged, qualified = lead_events(CONVERTED, settings())
    contact = IdentityClaim(IdentityKind.CONTACT, "003SY0000000002YAA")
    assert merged == ContactsMerged(kept=contact, gone=IdentityClaim(IdentityKind.LEAD, "00QSY0000000001YAA"))
    assert isinstance(qualified, LeadQualified)
    order = qualified.order
    assert (order.kind, order.base, order.is_paid) == (OrderKind.LEAD, Money.zero("EUR"), True)
    assert order.source_id == "00QSY0000000001YAA"
    assert order.friend.identities[0] == contact
    assert order.evidence == (Evidence(EvidenceKind.CONTACT_FIELD, "MIRA-7"),)


def test_a_lead_converted_into_a_person_account_is_that_account() -> None:
    hidden = {"IsPersonAccount": True, "AccountId": "001SY0000000009YAA"}
    merged, _qualified = lead_events(CONVERTED | {"ConvertedContact": hidden}, settings())
    assert isinstance(merged, ContactsMerged)
    assert merged.kept == IdentityClaim(IdentityKind.CONTACT, "001SY0000000009YAA")


def test_a_deleted_lead_is_gone_and_takes_nothing_back() -> None:
    (event,) = lead_events(CONVERTED | {"IsDeleted": True}, settings())
    assert event == ContactErased(IdentityClaim(IdentityKind.LEAD, "00QSY0000000001YAA"))


def test_a_merged_contact_is_the_winner_from_now_on() -> None:
    """SF-22"""
    gone = {"Id": "003SY0000000001YAA", "IsDeleted": True, "MasterRecordId": "003SY0000000002YAA"}
    (event,) = contact_events(gone, settings())
    assert event == ContactsMerged(
        kept=IdentityClaim(IdentityKind.CONTACT, "003SY0000000002YAA"),
        gone=IdentityClaim(IdentityKind.CONTACT, "003SY0000000001YAA"),
    )


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({}, OrderPaid),
        ({"StatusCode": "Draft"}, OrderPlaced),
        ({"StatusCode": "Canceled"}, OrderCancelled),
        ({"IsDeleted": True}, OrderCancelled),
        ({"OpportunityId": "006SY0000000007YAA"}, Ignored),
    ],
)
def test_an_order_counts_once_it_is_activated(changes: dict[str, Any], kind: type[Event]) -> None:
    (event,) = order_events(ORDER | changes, settings())
    assert isinstance(event, kind)


def test_an_orders_money_and_friend() -> None:
    (event,) = order_events(ORDER | {"ActivatedDate": "2026-11-19T10:00:00.000+0000"}, settings())
    assert isinstance(event, OrderPaid)
    assert (event.order.name, event.order.base, event.order.kind) == ("00000100", Money(9990, "EUR"), OrderKind.ORDER)
    assert event.order.placed_at == datetime(2026, 11, 19, 10, tzinfo=UTC)
    assert event.order.friend.identities[0] == IdentityClaim(IdentityKind.CONTACT, "003SY0000000002YAA")
    assert event.order.evidence == (Evidence(EvidenceKind.CONTACT_FIELD, "MIRA-7"),)


@pytest.mark.parametrize("odd", [None, "", "  ", "=1+1", "<script>", "x" * 65, "a b", 7, "{{7*7}}", "ü"])
def test_what_can_be_no_code_is_no_evidence(odd: object) -> None:
    assert evidence([(EvidenceKind.CONTACT_FIELD, odd)]) == ()


def test_a_code_that_stands_in_two_places_is_told_once_by_the_stronger() -> None:
    found = evidence([(EvidenceKind.DEAL_FIELD, "A"), (EvidenceKind.CONTACT_FIELD, "A")])
    assert found == (Evidence(EvidenceKind.DEAL_FIELD, "A"),)
