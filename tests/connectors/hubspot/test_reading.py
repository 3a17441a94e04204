"""Hints are only hints: what is told is what stands at the record when it is read again."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from connectors.hubspot.connector import HubSpot
from referhub import (
    ConnectorError,
    ContactErased,
    ContactForgotten,
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
    Memory,
    Money,
    NeedsAttention,
    OrderKind,
    TryLater,
    Unreadable,
)
from tests.connectors.hubspot.support import (
    APP,
    NOW,
    NoNetwork,
    SmallPortal,
    answer,
    connector,
    delivery,
    event,
    only,
    payload,
    request,
)

DEAL = 301
STAGE = {"propertyName": "dealstage"}
SCOPES_MISSING = payload("missing_scopes")


@pytest.fixture
def portal() -> SmallPortal:
    """Bob, referred by Alice's code, and the deal he signed."""
    small = SmallPortal()
    small.contact("201", referred_by_code="ALICE-8F2K")
    small.deal("301", "201")
    return small


def _read(portal: SmallPortal, told: dict[str, Any], **settings: str) -> Sequence[Event]:
    return connector(portal, **settings).read(delivery(told))


def _deal(portal: SmallPortal, **settings: str) -> Any:
    (found,) = _read(portal, event("deal.propertyChange", DEAL, **STAGE), **settings)
    assert isinstance(found, (DealWon, DealReopened))
    return found


def test_a_won_deal_is_told_with_its_amount_its_friend_and_the_code(portal: SmallPortal) -> None:
    """HS-01."""
    told = _deal(portal)
    assert isinstance(told, DealWon)
    order = told.order
    assert (order.source_id, order.name, order.kind) == ("deal/301", "New kitchen", OrderKind.DEAL)
    assert order.base == order.total == Money(119_050, "EUR")
    assert (order.is_paid, order.cancelled_at) == (True, None)
    assert order.placed_at == datetime(2026, 11, 24, 15, 30, tzinfo=UTC)
    assert order.updated_at == datetime(2026, 11, 24, 15, 30, 1, 250_000, tzinfo=UTC)
    assert IdentityClaim(IdentityKind.CONTACT, "201") in order.friend.identities
    assert IdentityClaim(IdentityKind.EMAIL, "bob@example.com") in order.friend.identities
    assert order.friend.name == "Bob Baker"
    assert [(one.kind, one.value) for one in order.evidence] == [(EvidenceKind.CONTACT_FIELD, "ALICE-8F2K")]


def test_the_synthetic_won_deal_is_read_at_the_portal(portal: SmallPortal, shared_data: Path) -> None:
    """HS-01."""
    portal.deal("800000000001", "201", amount="12.00", deal_currency_code="USD")
    body = (shared_data / "hubspot/payloads/synthetic-deal-closedwon.json").read_bytes()
    (found,) = connector(portal).receive(request(body)).deliveries
    (told,) = connector(portal).read(found)
    assert isinstance(told, DealWon)
    assert told.order.base == Money(1200, "USD")


def test_a_stage_with_a_number_for_a_name_is_won_when_hubspot_says_so(portal: SmallPortal) -> None:
    """HS-20d."""
    portal.deal("301", "201", dealstage="998877", pipeline="12345", hs_is_closed_won="true")
    assert isinstance(_deal(portal), DealWon)
    portal.deal("301", "201", dealstage="closedwon", hs_is_closed_won="false", hs_is_closed="true")
    assert isinstance(_deal(portal), DealReopened)


@pytest.mark.parametrize("is_closed", ["true", "false"])
def test_a_deal_that_is_lost_or_open_again_is_taken_back(portal: SmallPortal, is_closed: str) -> None:
    portal.deal("301", "201", hs_is_closed=is_closed, hs_is_closed_won="false", closedate="2027-05-01T00:00:00Z")
    told = _deal(portal)
    assert isinstance(told, DealReopened)
    assert (told.order.is_paid, told.order.cancelled_at) == (False, told.order.updated_at)
    assert told.order.placed_at == datetime(2026, 11, 10, 10, tzinfo=UTC)


def test_a_deleted_deal_is_cancelled_later_than_its_last_change(portal: SmallPortal) -> None:
    portal.archive("0-3", "301", "2026-11-25T11:00:00Z")
    told = _read(portal, event("deal.deletion", DEAL))
    order = only(told, DealReopened).order
    assert order.cancelled_at == order.updated_at == datetime(2026, 11, 25, 11, tzinfo=UTC)
    assert order.is_paid is True  # it was, and that is why something may have to be taken back


def test_a_deal_that_was_deleted_for_good_is_cancelled_from_the_hint_alone(portal: SmallPortal) -> None:
    order = only(_read(portal, event("deal.deletion", 999)), DealReopened).order
    assert (order.source_id, order.base) == ("deal/999", Money(0, "EUR"))
    assert order.cancelled_at == order.updated_at == NOW


def test_a_restored_deal_is_newer_than_its_deletion(portal: SmallPortal) -> None:
    order = only(_read(portal, event("deal.restore", DEAL)), DealWon).order
    assert order.updated_at == NOW
    assert order.cancelled_at is None


def test_a_hint_of_a_deletion_that_was_undone_meanwhile_tells_the_living_deal(portal: SmallPortal) -> None:
    assert isinstance(only(_read(portal, event("deal.deletion", DEAL)), DealWon), DealWon)


def test_a_merged_deal_counts_under_its_new_id_only(portal: SmallPortal) -> None:
    portal.deal("302", "201")
    portal.deal("400", "201", amount="2000")
    portal.merge("0-3", ["301", "302"], "400")
    told = _read(portal, event("deal.merge", 0, primaryObjectId=301, mergedObjectIds=[302], newObjectId=400))
    assert only(told, DealWon).order.source_id == "deal/400"
    gone = [one.order for one in told if isinstance(one, DealReopened)]
    assert [one.source_id for one in gone] == ["deal/301", "deal/302"]
    assert all(one.cancelled_at == one.updated_at for one in gone)


@pytest.mark.parametrize(
    ("amount", "currency", "base"),
    [
        ("1190.505", "EUR", Money(119_051, "EUR")),
        ("1.25E3", "EUR", Money(125_000, "EUR")),
        ("100", "JPY", Money(100, "JPY")),
        (None, "EUR", Money(0, "EUR")),
        ("", "EUR", Money(0, "EUR")),
        ("-5.00", "EUR", Money(0, "EUR")),
        ("10", None, Money(1000, "EUR")),
    ],
)
def test_the_amount_is_in_the_deals_currency_or_the_portals(
    portal: SmallPortal, amount: str | None, currency: str | None, base: Money
) -> None:
    portal.deal("301", "201", amount=amount, deal_currency_code=currency)
    assert _deal(portal).order.base == base


@pytest.mark.parametrize("amount", ["much", "NaN", "1e99", "9" * 19, "1_000", "٣"])
def test_an_amount_that_is_no_number_makes_this_one_delivery_unreadable(portal: SmallPortal, amount: str) -> None:
    portal.deal("301", "201", amount=amount)
    portal.deal("302", "201")
    first, second = connector(portal).read_many([delivery(event("deal.creation", number)) for number in (301, 302)])
    assert isinstance(first, Unreadable)
    assert isinstance(second, Sequence)
    assert isinstance(only(second, DealWon), DealWon)


@pytest.mark.parametrize(
    ("contacts", "codes", "friend"),
    [
        (["201"], [], "201"),
        (["202", ("203", "Primary"), "201"], ["202"], "203"),
        (["203", "202"], ["203"], "203"),
        (["203", "202"], ["203", "202"], "202"),
        (["1003", "202"], [], "202"),
        ([], [], None),
    ],
)
def test_who_buys_is_the_primary_contact_or_the_best_guess(
    contacts: list[str | tuple[str, str]], codes: list[str], friend: str | None
) -> None:
    portal = SmallPortal()
    for number in ("201", "202", "203", "1003"):
        portal.contact(number, email=f"{number}@example.com", referred_by_code="C" if number in codes else None)
    portal.deal("301", *contacts)
    identities = _deal(portal).order.friend.identities
    assert [one.value for one in identities if one.kind is IdentityKind.CONTACT] == ([friend] if friend else [])


def test_codes_are_found_on_the_deal_on_the_friend_and_on_others(portal: SmallPortal) -> None:
    portal.contact("202", referred_by_code="OTHER")
    portal.deal("301", ("201", "Primary"), "202", deal_code="FROM-DEAL", po_number="#1001")
    settings = {"deal_code_property": "deal_code", "deal_reference_property": "po_number"}
    order = _deal(portal, **settings).order
    assert {(one.kind, one.value) for one in order.evidence} == {
        (EvidenceKind.DEAL_FIELD, "FROM-DEAL"),
        (EvidenceKind.CONTACT_FIELD, "ALICE-8F2K"),
        (EvidenceKind.OTHER_CONTACT_FIELD, "OTHER"),
    }
    assert order.references == ("#1001",)
    asked = next(body for body in portal.bodies() if "dealname" in body.get("properties", ()))
    assert {"deal_code", "po_number"} <= set(asked["properties"])


def test_a_deleted_contact_is_nobodys_friend_any_more(portal: SmallPortal) -> None:
    portal.archive("contacts", "201")
    order = _deal(portal).order
    assert (order.friend.identities, order.evidence) == ((), ())


def test_both_sides_of_an_association_tell_of_one_deal(portal: SmallPortal, shared_data: Path) -> None:
    """HS-20c."""
    portal.contact("900000000001", referred_by_code="ALICE-8F2K")
    portal.deal("800000000001", "900000000001")
    body = (shared_data / "hubspot/payloads/synthetic-association-change-both-sides.json").read_bytes()
    opened = connector(portal)
    answers = opened.read_many(opened.receive(request(body)).deliveries)
    orders = {only(found, DealWon).order for found in answers if isinstance(found, Sequence)}
    assert len(answers) == 2
    assert [order.source_id for order in orders] == ["deal/800000000001"]


@pytest.mark.parametrize(
    "told",
    [
        {"associationType": "DEAL_TO_CONTACT", "fromObjectId": 301, "toObjectId": 201},
        {"associationType": "CONTACT_TO_DEAL", "fromObjectId": 201, "toObjectId": 301},
        {"fromObjectTypeId": "0-1", "fromObjectId": 201, "toObjectTypeId": "0-3", "toObjectId": 301},
    ],
)
def test_an_association_names_its_deal_by_type_or_by_name(portal: SmallPortal, told: dict[str, Any]) -> None:
    for kind in ("deal.associationChange", "contact.associationChange", "object.associationChange"):
        assert only(_read(portal, event(kind, 0, **told)), DealWon).order.source_id == "deal/301"


def test_an_association_without_a_deal_is_none_of_our_business(portal: SmallPortal) -> None:
    told = event("contact.associationChange", 0, associationType="CONTACT_TO_COMPANY", fromObjectId=201, toObjectId=5)
    assert isinstance(_read(portal, told)[0], Ignored)
    assert portal.asked == []


def test_an_echo_of_our_own_write_is_closed_without_a_call(shared_data: Path) -> None:
    """HS-17."""
    body = (shared_data / "hubspot/payloads/synthetic-echo-from-own-app.json").read_bytes()
    opened = connector(NoNetwork())
    (found,) = opened.receive(request(body)).deliveries
    (told,) = opened.read(found)
    assert isinstance(told, Ignored)
    assert "echo" in told.reason


def test_a_property_that_only_the_hub_writes_is_an_echo_whoever_is_named() -> None:
    """HS-17."""
    for name in set(HubSpot.default_fields.values()) - {"referred_by_code"}:
        (told,) = connector(NoNetwork()).read(delivery(event(propertyName=name)))
        assert isinstance(told, Ignored), name


def test_our_own_write_of_a_shared_property_is_an_echo_and_somebody_elses_is_news(portal: SmallPortal) -> None:
    """HS-17, HS-18."""
    by_us = {"propertyName": "referred_by_code", "changeSource": "INTEGRATION", "sourceId": APP}
    assert isinstance(_read(portal, event(**by_us))[0], Ignored)
    assert portal.asked == []
    for other in ({"sourceId": "2931120"}, {"changeSource": "CRM_UI"}, {"sourceId": None}):
        assert only(_read(portal, event(**(by_us | other))), ContactSaved)


def test_without_an_app_id_nobodys_write_is_taken_for_ours(portal: SmallPortal) -> None:
    by_us = {"propertyName": "referred_by_code", "changeSource": "INTEGRATION", "sourceId": ""}
    assert only(_read(portal, event(**by_us), app_id=""), ContactSaved)


def test_another_integration_is_read_like_anybody(portal: SmallPortal, shared_data: Path) -> None:
    """HS-18."""
    portal.contact("900000000001", email="carol@example.com")
    body = (shared_data / "hubspot/payloads/synthetic-other-integration.json").read_bytes()
    opened = connector(portal)
    (found,) = opened.receive(request(body)).deliveries
    contact = only(opened.read(found), ContactSaved).contact
    assert IdentityClaim(IdentityKind.EMAIL, "carol@example.com") in contact.identities


def test_a_contact_is_known_by_its_id_all_its_addresses_and_its_phone(portal: SmallPortal) -> None:
    portal.contact("201", hs_additional_emails="Bob@Work.example; b@example.org;", phone="+49 30 1234567")
    told = only(_read(portal, event("contact.creation", propertyName="x")), ContactSaved)
    assert [(one.kind, one.value) for one in told.contact.identities] == [
        (IdentityKind.CONTACT, "201"),
        (IdentityKind.EMAIL, "bob@example.com"),
        (IdentityKind.EMAIL, "bob@work.example"),
        (IdentityKind.EMAIL, "b@example.org"),
        (IdentityKind.PHONE, "+49 30 1234567"),
    ]


def test_a_redacted_value_is_no_value(portal: SmallPortal) -> None:
    """HS-20b."""
    portal.contact("201", email="REDACTED", firstname="REDACTED", referred_by_code="REDACTED")
    told = only(_read(portal, event()), ContactSaved).contact
    assert [one.kind for one in told.identities] == [IdentityKind.CONTACT]
    assert told.name == "Baker"
    assert _deal(portal).order.evidence == ()


def test_a_code_that_was_written_on_a_contact_tells_their_deals_again(portal: SmallPortal) -> None:
    told = _read(portal, event(propertyName="referred_by_code"))
    assert only(told, DealWon).order.source_id == "deal/301"
    # The contact, their deals' ids, the deals and those deals' contacts, of whom the only one is known already.
    assert len(portal.asked) == 4


def test_another_property_of_the_contact_costs_no_look_at_their_deals(portal: SmallPortal) -> None:
    told = _read(portal, event(propertyName="email"))
    assert [type(one) for one in told] == [ContactSaved]
    assert len(portal.asked) == 1


def test_a_merge_makes_every_old_id_mean_the_new_contact(portal: SmallPortal) -> None:
    """HS-19."""
    portal.contact("900")
    portal.merge("contacts", ["201", "202", "150"], "900")
    told = _read(portal, event("contact.merge", 0, primaryObjectId=201, mergedObjectIds=[202], newObjectId=900))
    merged = [one for one in told if isinstance(one, ContactsMerged)]
    assert {one.kept.value for one in merged} == {"900"}
    assert [one.gone.value for one in merged] == ["150", "201", "202"]
    assert only(told, ContactSaved).contact.identities[0].value == "900"


def test_an_old_id_that_answers_with_another_record_was_merged(portal: SmallPortal) -> None:
    """HS-19: the event itself was lost."""
    portal.contact("900")
    portal.merge("contacts", ["201"], "900")
    told = _read(portal, event("contact.deletion", 201))
    merged = only(told, ContactsMerged)
    assert (merged.kept.value, merged.gone.value) == ("900", "201")
    assert not [one for one in told if isinstance(one, ContactErased)]


def test_a_record_that_does_not_say_what_it_was_is_still_the_one_that_was_asked_for(portal: SmallPortal) -> None:
    """HS-19."""
    portal.contact("900")
    portal.merge("contacts", ["201"], "900")
    find = portal._find
    portal._find = lambda kind, record_id: (
        (find(kind, record_id) or {})
        | {  # its properties without the former ids
            "properties": payload("contact")["properties"]
        }
    )
    merged = only(_read(portal, event()), ContactsMerged)
    assert (merged.kept.value, merged.gone.value) == ("900", "201")


def test_a_merge_whose_result_was_deleted_leaves_nobody(portal: SmallPortal) -> None:
    told = _read(portal, event("contact.merge", 0, primaryObjectId=501, mergedObjectIds=[502], newObjectId=900))
    assert [one.identity.value for one in told if isinstance(one, ContactErased)] == ["501", "502", "900"]


def test_a_deleted_contact_is_erased_only_if_it_is_really_gone(portal: SmallPortal) -> None:
    assert only(_read(portal, event("contact.deletion")), ContactSaved)
    portal.archive("contacts", "201")
    assert only(_read(portal, event("contact.deletion")), ContactErased).identity.value == "201"
    assert only(_read(portal, event("contact.deletion", 999)), ContactErased).identity.value == "999"


def test_a_restored_contact_is_back(portal: SmallPortal) -> None:
    told = _read(portal, event("contact.restore"))
    assert only(told, ContactRestored).contact.identities[0].value == "201"
    portal.archive("contacts", "201")
    assert only(_read(portal, event("contact.restore")), ContactErased)


def test_a_privacy_deletion_needs_no_look_at_the_record() -> None:
    (told,) = connector(NoNetwork()).read(delivery(event("contact.privacyDeletion")))
    assert told == ContactForgotten(IdentityClaim(IdentityKind.CONTACT, "201"))


STAGES = {"qualified_stages": "salesqualifiedlead, opportunity"}


def test_a_referred_contact_at_a_qualified_stage_is_a_lead(portal: SmallPortal) -> None:
    portal.contact(
        "201",
        referred_by_code="ALICE-8F2K",
        lifecyclestage="opportunity",
        hs_lifecyclestage_salesqualifiedlead_date="2026-11-12T08:00:00Z",
        hs_lifecyclestage_opportunity_date="1795507200000",
    )
    order = only(_read(portal, event(propertyName="lifecyclestage"), **STAGES), LeadQualified).order
    assert (order.source_id, order.kind, order.base) == ("contact/201", OrderKind.LEAD, Money(0, "EUR"))
    assert (order.is_paid, order.cancelled_at) == (True, None)
    assert order.placed_at == datetime(2026, 11, 12, 8, tzinfo=UTC)
    assert order.evidence[0].value == "ALICE-8F2K"


def test_a_lead_that_falls_back_is_told_as_cancelled(portal: SmallPortal) -> None:
    order = only(_read(portal, event(propertyName="lifecyclestage"), **STAGES), LeadQualified).order
    assert (order.is_paid, order.cancelled_at) == (False, order.updated_at)


def test_a_lead_nobody_referred_is_none_of_ours(portal: SmallPortal) -> None:
    portal.contact("202", lifecyclestage="opportunity")
    assert [type(one) for one in _read(portal, event(object_id=202), **STAGES)] == [ContactSaved]
    assert [type(one) for one in _read(portal, event(propertyName="lifecyclestage"))] == [ContactSaved]


@pytest.mark.parametrize(
    "told",
    [
        event("order.creation"),
        event("lead.propertyChange"),
        event("company.propertyChange"),
        event("conversation.newMessage"),
        event("contact.somethingNew"),
        event("contact"),
        event("contact.creation", None),
    ],
)
def test_what_does_not_concern_us_is_ignored_with_a_reason(told: dict[str, Any]) -> None:
    """HS-16."""
    (ignored,) = connector(NoNetwork()).read(delivery(told))
    assert isinstance(ignored, Ignored)
    assert ignored.reason


def test_a_hundred_hints_about_one_hundred_deals_cost_three_calls(portal: SmallPortal) -> None:
    for number in range(100):
        portal.contact(str(1000 + number))
        portal.deal(str(5000 + number), str(1000 + number))
    hints = [delivery(event("deal.creation", 5000 + number)) for number in range(100)]
    answers = connector(portal).read_many(hints)
    assert len({only(found, DealWon).order.source_id for found in answers if isinstance(found, Sequence)}) == 100
    assert len(portal.asked) == 3


def test_more_contacts_than_one_call_takes_are_read_in_portions(portal: SmallPortal) -> None:
    for number in range(250):
        portal.contact(str(1000 + number), email=f"{number}@example.com")
    portal.deal("301", *(str(1000 + number) for number in range(250)))
    assert _deal(portal).order.friend.identities[0].value == "1000"
    assert [len(body["inputs"]) for body in portal.bodies()] == [1, 1, 100, 100, 50]


def test_a_delivery_that_is_no_event_does_not_hold_up_the_others(portal: SmallPortal) -> None:
    broken = Delivery(key="k", topic="contact.creation", body=b"\xff")
    first, second = connector(portal).read_many([broken, delivery(event("deal.creation", DEAL))])
    assert isinstance(first, Unreadable)
    assert isinstance(second, Sequence)


class NoDeals(SmallPortal):
    """A portal whose admin took the scope for deals away."""

    def answer(self, asked: dict[str, Any]) -> Any:
        return answer(SCOPES_MISSING, 403) if "/0-3/" in asked["url"] else super().answer(asked)


def test_a_scope_that_is_missing_for_deals_stops_deals_only() -> None:
    """HS-37."""
    portal = NoDeals()
    portal.contact("201", referred_by_code="ALICE-8F2K")
    portal.deal("301", "201")
    hints = [event("deal.creation", DEAL), event("contact.creation"), event(propertyName="referred_by_code")]
    deal, *contacts = connector(portal).read_many([delivery(told) for told in hints])
    assert isinstance(deal, TryLater)
    assert "crm.objects.deals.read" in str(deal)
    for found in contacts:
        assert not isinstance(found, ConnectorError)
        assert only(found, ContactSaved)


def test_reading_one_raises_what_reading_many_tells() -> None:
    with pytest.raises(Unreadable):
        connector(NoNetwork()).read(Delivery(key="k", topic="contact.creation", body=b"[]"))


def test_a_portal_that_cannot_be_asked_for_its_currency_is_everybodys_trouble(portal: SmallPortal) -> None:
    portal.deal("301", "201", deal_currency_code=None)
    plain = portal.answer
    portal.answer = lambda given: answer({}, 404) if "/account-info/" in given["url"] else plain(given)
    keep = Memory()
    keep.change("portal", lambda _: "{}")
    with pytest.raises(NeedsAttention, match="api_base"):
        connector(portal, keep).read_many([delivery(event("deal.creation", DEAL))])


def test_the_portals_currency_is_asked_for_once_and_kept(portal: SmallPortal) -> None:
    keep = Memory()
    keep.change("portal", lambda _: "{}")
    portal.deal("301", "201", deal_currency_code=None)
    plain, asked = portal.answer, []

    def answering(given: dict[str, Any]) -> Any:
        if "/account-info/2026-03/details" in given["url"]:
            asked.append(given["url"])
            return answer(payload("account"))
        return plain(given)

    portal.answer = answering
    for _ in range(2):
        (told,) = connector(portal, keep).read(delivery(event("deal.creation", DEAL)))
        assert isinstance(told, DealWon)
        assert told.order.base.currency == "EUR"
    assert len(asked) == 1
    assert json.loads(keep.get("portal") or "")["zone"] == "Pacific/Auckland"
