"""The HubSpot kit uploaded to the stand-in portal: the app has the kit's scopes and subscriptions, and nothing else."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.hubspot.connector import HubSpot
from referhub import DealWon, Delivery, Money, Record
from sandbox.hubspot import PortalControl, SandboxPortal
from tests.support.places import ROOT

APP = ROOT / "connectors" / "hubspot" / "kit" / "src" / "app"
HOOK = "https://hub.example/hooks/1"
FULL: dict[str, str | int | Money | datetime] = {
    "code": "C" * 64,
    "link": "https://shop.example/?ref=C",
    "referred_by": "R" * 64,
    "status": "advocate",
    "friends_brought": 999_999_999,
    "revenue_brought": Money(99_999_999_999_999, "EUR"),
    "rewards_earned": Money(1, "EUR"),
    "rewards_pending": Money(0, "EUR"),
    "currency": "EUR",
    "last_referral_at": datetime(2026, 11, 24, 12, 30, 5, tzinfo=UTC),
    "last_reward_at": datetime(2026, 11, 25, 12, 30, 5, tzinfo=UTC),
    "trace": "https://hub.example/dashboard/people/1",
}


@pytest.fixture
def portal() -> Iterator[SandboxPortal]:
    """Takes the place of the portal that has the referral properties from the beginning."""
    with SandboxPortal(with_kit=False, per_ten_seconds=5_000, searches_per_second=1_000) as running:
        desk = PortalControl(running.base_url)
        desk.set_scopes(_config("app-hsmeta.json")["auth"]["requiredScopes"])
        desk.hold()
        desk.configure(url=HOOK, subscriptions=[_asked(each) for each in _subscriptions()])
        yield running


def test_the_scopes_are_enough_to_make_the_properties_and_to_write_them(desk: PortalControl, hubspot: HubSpot) -> None:
    assert list(hubspot.prepare(HOOK)) == []
    assert hubspot.ping().missing_rights == ()
    contact = str(desk.create_contact(email="ada@example.com")["id"])
    record = Record(contact, {hubspot.default_fields[ours]: value for ours, value in FULL.items()})
    assert hubspot.write([record]) == [None]
    shown = hubspot.show([contact], list(record.fields))[contact]
    assert shown == {name: hubspot.spelt(value) for name, value in record.fields.items()}


def test_of_what_the_hub_writes_only_the_shared_property_comes_back_to_it(
    desk: PortalControl, hubspot: HubSpot
) -> None:
    """HS-17: the app subscribes to no property that only the hub writes."""
    hubspot.prepare(HOOK)
    contact = desk.create_contact(email="ada@example.com")["id"]
    record = Record(str(contact), {hubspot.default_fields[ours]: value for ours, value in FULL.items()})
    hubspot.write([record])
    told = {each.get("propertyName") for each in _heard(desk, contact)}
    assert told & set(record.fields) == {"referred_by_code"}


def test_a_won_deal_is_heard_and_read(desk: PortalControl, hubspot: HubSpot) -> None:
    hubspot.prepare(HOOK)
    contact = desk.create_contact(email="ada@example.com", referred_by_code="MIRA-7")["id"]
    deal = desk.create_deal(contact=contact, dealname="Chairs", amount="1200")["id"]
    desk.win_deal(deal)
    told = [each for each in _heard(desk, deal) if each.get("propertyName") == "dealstage"]
    assert told
    (event,) = hubspot.read(Delivery(key="1", topic="deal.propertyChange", body=json.dumps(told[-1]).encode()))
    assert isinstance(event, DealWon)
    assert [code.value for code in event.order.evidence] == ["MIRA-7"]


def _heard(desk: PortalControl, record: int) -> list[dict[str, Any]]:
    return [each["body"] for each in desk.events(objectId=record)]


def _subscriptions() -> list[dict[str, Any]]:
    told = _config("webhooks/webhooks-hsmeta.json")["subscriptions"]
    return [each for kind in told.values() for each in kind]


def _asked(each: dict[str, Any]) -> dict[str, Any]:
    named = {"property": each["propertyName"]} if "propertyName" in each else {}
    return {"type": each["subscriptionType"], **named}


def _config(name: str) -> dict[str, Any]:
    told: dict[str, Any] = json.loads((APP / name).read_bytes())["config"]
    return told
