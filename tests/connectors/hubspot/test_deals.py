"""A deal counts as it stands: who bought, on whose recommendation, for how much, and whether it is still won."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from referhub import (
    DealReopened,
    DealWon,
    EvidenceKind,
    Gone,
    IdentityClaim,
    IdentityKind,
    Ignored,
    Money,
    Order,
    OrderKind,
    Unreadable,
)
from tests.connectors.hubspot.support import (
    DEAL,
    NOW,
    SmallPortal,
    connector,
    deal_told_by,
    delivery,
    event,
    only,
    request,
    told_by,
)


def test_a_won_deal_is_told_with_its_amount_its_friend_and_the_code(small: SmallPortal) -> None:
    """HS-01."""
    told = deal_told_by(small)
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


def test_the_synthetic_won_deal_is_read_at_the_portal(small: SmallPortal, shared_data: Path) -> None:
    """HS-01."""
    small.deal("800000000001", "201", amount="12.00", deal_currency_code="USD")
    body = (shared_data / "hubspot/payloads/synthetic-deal-closedwon.json").read_bytes()
    (found,) = connector(small).receive(request(body)).deliveries
    (told,) = connector(small).read(found)
    assert isinstance(told, DealWon)
    assert told.order.base == Money(1200, "USD")


def test_a_stage_with_a_number_for_a_name_is_won_when_hubspot_says_so(small: SmallPortal) -> None:
    """HS-20d."""
    small.deal("301", "201", dealstage="998877", pipeline="12345", hs_is_closed_won="true")
    assert isinstance(deal_told_by(small), DealWon)
    small.deal("301", "201", dealstage="closedwon", hs_is_closed_won="false", hs_is_closed="true")
    assert isinstance(deal_told_by(small), DealReopened)


@pytest.mark.parametrize("is_closed", ["true", "false"])
def test_a_deal_that_is_lost_or_open_again_is_taken_back(small: SmallPortal, is_closed: str) -> None:
    small.deal("301", "201", hs_is_closed=is_closed, hs_is_closed_won="false", closedate="2027-05-01T00:00:00Z")
    told = deal_told_by(small)
    assert isinstance(told, DealReopened)
    assert (told.order.is_paid, told.order.cancelled_at) == (False, told.order.updated_at)
    assert told.order.placed_at == datetime(2026, 11, 10, 10, tzinfo=UTC)


def test_a_deleted_deal_is_cancelled_since_its_deletion(small: SmallPortal) -> None:
    stood = deal_told_by(small).order
    small.archive("0-3", "301", "2026-11-25T11:00:00Z")
    order = only(told_by(small, event("deal.deletion", DEAL)), DealReopened).order
    assert order.cancelled_at == datetime(2026, 11, 25, 11, tzinfo=UTC)
    assert order.updated_at == stood.updated_at
    assert order.is_paid is True  # it was, and that is why something may have to be taken back


def test_a_deal_that_was_deleted_for_good_is_cancelled_from_the_hint_alone(small: SmallPortal) -> None:
    order = only(told_by(small, event("deal.deletion", 999)), DealReopened).order
    assert (order.source_id, order.base) == ("deal/999", Money(0, "EUR"))
    assert order.cancelled_at == order.updated_at == NOW


def test_a_restored_deal_is_told_as_of_its_last_change_so_that_a_later_look_agrees(small: SmallPortal) -> None:
    stood = deal_told_by(small).order
    assert only(told_by(small, event("deal.restore", DEAL)), DealWon).order == stood


def test_a_hint_of_a_deletion_that_was_undone_meanwhile_tells_the_living_deal(small: SmallPortal) -> None:
    assert isinstance(only(told_by(small, event("deal.deletion", DEAL)), DealWon), DealWon)


def test_a_merged_deal_goes_on_as_the_eldest_and_counts_as_nothing_else(small: SmallPortal) -> None:
    """What the eldest earned goes on, paid or not."""
    small.deal("302", "201")
    small.deal("400", "201", amount="2000")
    small.merge("0-3", ["301", "302"], "400")
    merged = event("deal.merge", 0, primaryObjectId=301, mergedObjectIds=[302], newObjectId=400)
    for hint in (merged, event("deal.polled", 400), event("deal.propertyChange", 302)):
        told = told_by(small, hint)
        order = only(told, DealWon).order
        assert (order.source_id, order.base) == ("deal/301", Money(200_000, "EUR"))
        gone = only(told, DealReopened).order
        assert (gone.source_id, gone.cancelled_at) == ("deal/302", gone.updated_at)
    assert isinstance(connector(small).verify("deal/301"), Order)
    assert isinstance(connector(small).verify("deal/302"), Gone)


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
    small: SmallPortal, amount: str | None, currency: str | None, base: Money
) -> None:
    small.deal("301", "201", amount=amount, deal_currency_code=currency)
    assert deal_told_by(small).order.base == base


@pytest.mark.parametrize("amount", ["much", "NaN", "1e99", "9" * 19, "1_000", "٣"])
def test_an_amount_that_is_no_number_makes_this_one_delivery_unreadable(small: SmallPortal, amount: str) -> None:
    small.deal("301", "201", amount=amount)
    small.deal("302", "201")
    first, second = connector(small).read_many([delivery(event("deal.creation", number)) for number in (301, 302)])
    assert isinstance(first, Unreadable)
    assert isinstance(second, Sequence)
    assert isinstance(only(second, DealWon), DealWon)


@pytest.mark.parametrize(
    "odd",
    [
        "x" * 32_768,
        "=HYPERLINK(1)" * 2_520,
        "<script>alert(1)</script>",
        "\x00a\x00",
        "\ud800b",
        "\u202e" * 999,
        "[" * 9_999,
    ],
    ids=["32 KB", "formulas", "script", "NUL", "half a pair", "right to left", "brackets"],
)
def test_odd_and_endless_texts_of_one_record_are_cut_and_can_be_stored(small: SmallPortal, odd: str) -> None:
    """Bad input: whoever may edit a record may write anything into it, and their neighbour counts all the same."""
    texts = ("email", "phone", "firstname", "lastname", "address", "zip", "country", "referred_by_code", "segment")
    small.contact("201", **dict.fromkeys(texts, odd))
    small.deal("301", "201", dealname=odd, dealtype=odd, branch=odd, po_number=odd)
    small.contact("202", referred_by_code="ALICE-8F2K")
    small.deal("302", "202")
    settings = {"deal_facts": "branch", "contact_facts": "segment", "deal_reference_property": "po_number"}
    hints = [delivery(event("deal.creation", number)) for number in (301, 302)]
    strange, neighbour = connector(small, **settings).read_many(hints)
    assert isinstance(strange, Sequence)
    assert isinstance(neighbour, Sequence)
    order = only(strange, DealWon).order
    assert order.base == only(neighbour, DealWon).order.base
    cut = [order.name, order.friend.name or "", *order.references, *(one.value for one in order.evidence)]
    cut += [value for name, value in order.fields.items() if isinstance(value, str)]
    assert {"deal.branch", "deal.type", "contact.segment"} <= order.fields.keys()
    assert all(len(text) <= 200 for text in cut)
    everything = [*cut, *(one.value for one in (*order.friend.identities, *order.signals))]
    assert all("\x00" not in text and text.encode() for text in everything), "no database holds the others"


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
    small = SmallPortal()
    for number in ("201", "202", "203", "1003"):
        small.contact(number, email=f"{number}@example.com", referred_by_code="C" if number in codes else None)
    small.deal("301", *contacts)
    identities = deal_told_by(small).order.friend.identities
    assert [one.value for one in identities if one.kind is IdentityKind.CONTACT] == ([friend] if friend else [])


def test_codes_are_found_on_the_deal_on_the_friend_and_on_others(small: SmallPortal) -> None:
    small.contact("202", referred_by_code="OTHER")
    small.deal("301", ("201", "Primary"), "202", deal_code="FROM-DEAL", po_number="#1001")
    settings = {"deal_code_property": "deal_code", "deal_reference_property": "po_number"}
    order = deal_told_by(small, **settings).order
    assert {(one.kind, one.value) for one in order.evidence} == {
        (EvidenceKind.DEAL_FIELD, "FROM-DEAL"),
        (EvidenceKind.CONTACT_FIELD, "ALICE-8F2K"),
        (EvidenceKind.OTHER_CONTACT_FIELD, "OTHER"),
    }
    assert order.references == ("#1001",)
    asked = next(body for body in small.bodies() if "dealname" in body.get("properties", ()))
    assert {"deal_code", "po_number"} <= set(asked["properties"])


def test_a_deleted_contact_is_nobodys_friend_any_more(small: SmallPortal) -> None:
    small.archive("contacts", "201")
    order = deal_told_by(small).order
    assert (order.friend.identities, order.evidence) == ((), ())


def test_both_sides_of_an_association_tell_of_one_deal(small: SmallPortal, shared_data: Path) -> None:
    """HS-20c."""
    small.contact("900000000001", referred_by_code="ALICE-8F2K")
    small.deal("800000000001", "900000000001")
    body = (shared_data / "hubspot/payloads/synthetic-association-change-both-sides.json").read_bytes()
    opened = connector(small)
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
def test_an_association_names_its_deal_by_type_or_by_name(small: SmallPortal, told: dict[str, Any]) -> None:
    for kind in ("deal.associationChange", "contact.associationChange", "object.associationChange"):
        assert only(told_by(small, event(kind, 0, **told)), DealWon).order.source_id == "deal/301"


def test_an_association_without_a_deal_is_none_of_our_business(small: SmallPortal) -> None:
    told = event("contact.associationChange", 0, associationType="CONTACT_TO_COMPANY", fromObjectId=201, toObjectId=5)
    assert isinstance(told_by(small, told)[0], Ignored)
    assert small.asked == []
