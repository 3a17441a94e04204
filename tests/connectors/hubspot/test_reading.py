"""Hints are only hints: what is told is what stands at the record when it is read again."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from connectors.hubspot.connector import HubSpot
from referhub import (
    ConnectorError,
    ContactSaved,
    DealWon,
    Delivery,
    IdentityClaim,
    IdentityKind,
    Ignored,
    Memory,
    NeedsAttention,
    TryLater,
    Unreadable,
)
from tests.connectors.hubspot.support import (
    APP,
    DEAL,
    NoNetwork,
    SmallPortal,
    answer,
    connector,
    deal_told_by,
    delivery,
    event,
    only,
    payload,
    request,
    told_by,
)

SCOPES_MISSING = payload("missing_scopes")


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


def test_our_own_write_of_a_shared_property_is_an_echo_and_somebody_elses_is_news(small: SmallPortal) -> None:
    """HS-17, HS-18."""
    by_us = {"propertyName": "referred_by_code", "changeSource": "INTEGRATION", "sourceId": APP}
    assert isinstance(told_by(small, event(**by_us))[0], Ignored)
    assert small.asked == []
    for other in ({"sourceId": "2931120"}, {"changeSource": "CRM_UI"}, {"sourceId": None}):
        assert only(told_by(small, event(**(by_us | other))), ContactSaved)


def test_a_write_under_our_name_that_the_hub_never_makes_is_read_like_anybodys(small: SmallPortal) -> None:
    """HS-17: another tool may use the same app's token, so who wrote is only half a proof."""
    by_our_token = {"changeSource": "INTEGRATION", "sourceId": APP}
    assert only(told_by(small, event(propertyName="email", **by_our_token)), ContactSaved)
    won = event("deal.propertyChange", DEAL, propertyName="dealstage", **by_our_token)
    assert only(told_by(small, won), DealWon)


def test_without_an_app_id_nobodys_write_is_taken_for_ours(small: SmallPortal) -> None:
    by_us = {"propertyName": "referred_by_code", "changeSource": "INTEGRATION", "sourceId": ""}
    assert only(told_by(small, event(**by_us), app_id=""), ContactSaved)


def test_another_integration_is_read_like_anybody(small: SmallPortal, shared_data: Path) -> None:
    """HS-18."""
    small.contact("900000000001", email="carol@example.com")
    body = (shared_data / "hubspot/payloads/synthetic-other-integration.json").read_bytes()
    opened = connector(small)
    (found,) = opened.receive(request(body)).deliveries
    contact = only(opened.read(found), ContactSaved).contact
    assert IdentityClaim(IdentityKind.EMAIL, "carol@example.com") in contact.identities


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


def test_a_hundred_hints_about_one_hundred_deals_cost_three_calls(small: SmallPortal) -> None:
    for number in range(100):
        small.contact(str(1000 + number))
        small.deal(str(5000 + number), str(1000 + number))
    hints = [delivery(event("deal.creation", 5000 + number)) for number in range(100)]
    answers = connector(small).read_many(hints)
    assert len({only(found, DealWon).order.source_id for found in answers if isinstance(found, Sequence)}) == 100
    assert len(small.asked) == 3


def test_more_contacts_than_one_call_takes_are_read_in_portions(small: SmallPortal) -> None:
    for number in range(250):
        small.contact(str(1000 + number), email=f"{number}@example.com")
    small.deal("301", *(str(1000 + number) for number in range(250)))
    assert deal_told_by(small).order.friend.identities[0].value == "1000"
    assert [len(body["inputs"]) for body in small.bodies()] == [1, 1, 100, 100, 50]


def test_a_delivery_that_is_no_event_does_not_hold_up_the_others(small: SmallPortal) -> None:
    broken = Delivery(key="k", topic="contact.creation", body=b"\xff")
    first, second = connector(small).read_many([broken, delivery(event("deal.creation", DEAL))])
    assert isinstance(first, Unreadable)
    assert isinstance(second, Sequence)


class NoDeals(SmallPortal):
    """A portal whose admin took the scope for deals away."""

    def answer(self, asked: dict[str, Any]) -> Any:
        return answer(SCOPES_MISSING, 403) if "/0-3/" in asked["url"] else super().answer(asked)


def test_a_scope_that_is_missing_for_deals_stops_deals_only() -> None:
    """HS-37."""
    small = NoDeals()
    small.contact("201", referred_by_code="ALICE-8F2K")
    small.deal("301", "201")
    hints = [event("deal.creation", DEAL), event("contact.creation"), event(propertyName="referred_by_code")]
    deal, *contacts = connector(small).read_many([delivery(told) for told in hints])
    assert isinstance(deal, TryLater)
    assert "crm.objects.deals.read" in str(deal)
    for found in contacts:
        assert not isinstance(found, ConnectorError)
        assert only(found, ContactSaved)


def test_reading_one_raises_what_reading_many_tells() -> None:
    with pytest.raises(Unreadable):
        connector(NoNetwork()).read(Delivery(key="k", topic="contact.creation", body=b"[]"))


def test_a_portal_that_cannot_be_asked_for_its_currency_is_everybodys_trouble(small: SmallPortal) -> None:
    small.deal("301", "201", deal_currency_code=None)
    plain = small.answer
    small.answer = lambda given: answer({}, 404) if "/account-info/" in given["url"] else plain(given)
    keep = Memory()
    keep.change("portal", lambda _: "{}")
    with pytest.raises(NeedsAttention, match="api_base"):
        connector(small, keep).read_many([delivery(event("deal.creation", DEAL))])


def test_the_portals_currency_is_asked_for_once_and_kept(small: SmallPortal) -> None:
    keep = Memory()
    keep.change("portal", lambda _: "{}")
    small.deal("301", "201", deal_currency_code=None)
    plain, asked = small.answer, []

    def answering(given: dict[str, Any]) -> Any:
        if "/account-info/2026-03/details" in given["url"]:
            asked.append(given["url"])
            return answer(payload("account"))
        return plain(given)

    small.answer = answering
    for _ in range(2):
        (told,) = connector(small, keep).read(delivery(event("deal.creation", DEAL)))
        assert isinstance(told, DealWon)
        assert told.order.base.currency == "EUR"
    assert len(asked) == 1
    assert json.loads(keep.get("portal") or "")["zone"] == "Pacific/Auckland"
