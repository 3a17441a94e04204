"""Webhooks are signed, batched, sent and retried as the vendor does it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from pathlib import Path
from typing import Any

import pytest

from sandbox.ground.control import DeskRefused
from sandbox.hubspot import PortalControl, SandboxPortal
from sandbox.hubspot.webhooks import signing
from tests.sandbox.hubspot.conftest import Api
from tests.sandbox.hubspot.listening import Listener, Received


def signed(secret: str, uri: str, heard: Received) -> str:
    text = f"POST{uri}".encode() + heard.body + heard.headers["x-hubspot-request-timestamp"].encode()
    return base64.b64encode(hmac.new(secret.encode(), text, hashlib.sha256).digest()).decode()


def test_the_signatures_are_the_vendors(shared_data: Path) -> None:
    """HS-02, HS-06: the published vectors, and the one with an encoded address."""
    vectors = json.loads((shared_data / "hubspot/payloads/signature-vectors.json").read_text())
    tried = set()
    for each in vectors:
        body = each["body"].encode()
        if each["version"] == "v1":
            assert signing.v1(each["secret"], body) == each["expected"], each["name"]
        elif each["version"] == "v3":
            uri = each.get("uri_as_received", each["uri"])
            assert signing.v3(each["secret"], each["method"], uri, body, each["timestamp"]) == each["expected"]
        tried.add(each["name"])
    assert {"v1-docs", "v3-python-sdk", "v3-utf8-body", "v3-uri-decoding"} <= tried


def test_every_post_carries_both_signatures_over_its_raw_bytes(
    desk: PortalControl, listener: Listener, alice: int
) -> None:
    desk.update_contact(alice, lastname="Müller")
    assert desk.settle()
    for heard in listener.received:
        assert heard.headers["x-hubspot-signature-v3"] == signed("hush", listener.url, heard)
        assert heard.headers["x-hubspot-signature"] == hashlib.sha256(b"hush" + heard.body).hexdigest()
        assert heard.headers["x-hubspot-signature-version"] == "v1"
    assert "Müller".encode() in listener.received[-1].body


def test_what_is_signed_is_the_address_the_app_configured(listener: Listener) -> None:
    """HS-05: behind a proxy the post arrives somewhere else."""
    public = "https://hub.example/hooks/portal?a=b%2Cc"
    with SandboxPortal(webhook_url=public, deliver_to=listener.url, client_secret="hush") as portal:
        desk = PortalControl(portal.base_url)
        desk.create_contact(email="x@example.com")
        assert desk.settle()
    heard = listener.received[0]
    assert heard.headers["x-hubspot-signature-v3"] == signed("hush", public.replace("%2C", ","), heard)


def test_a_creation_comes_after_its_property_changes_and_shares_their_time(
    desk: PortalControl, listener: Listener, portal: SandboxPortal
) -> None:
    made = desk.create_contact(email="x@example.com", firstname="X")
    assert desk.settle()
    told = [(each["subscriptionType"], each.get("propertyName")) for each in listener.events]
    assert told == [
        ("contact.propertyChange", "email"),
        ("contact.propertyChange", "firstname"),
        ("contact.creation", None),
    ]
    assert len({each["occurredAt"] for each in listener.events}) == 1
    last = listener.events[-1]
    assert (last["objectId"], last["changeFlag"], last["attemptNumber"]) == (made["id"], "NEW", 0)
    assert (last["portalId"], last["appId"]) == (portal.portal_id, portal.app_id)
    assert "objectTypeId" not in last


def test_who_did_it_is_told(desk: PortalControl, api: Api, listener: Listener, alice: int) -> None:
    """HS-17, HS-18: our own writes and those of another integration differ by their source id."""
    api.update((alice, {"referral_count": "3"}))
    desk.update_contact(alice, lifecyclestage="customer", source="INTEGRATION", source_id="2931120")
    desk.update_contact(alice, firstname="B")
    assert desk.settle()
    told = {each["propertyName"]: (each["changeSource"], each["sourceId"]) for each in listener.events[-3:]}
    assert told == {
        "referral_count": ("INTEGRATION", "7654321"),
        "lifecyclestage": ("INTEGRATION", "2931120"),
        "firstname": ("CRM_UI", "userId:111"),
    }


def test_writing_what_is_there_already_is_not_told(desk: PortalControl, api: Api, alice: int) -> None:
    before = len(desk.events())
    api.update((alice, {"firstname": "Alice"}))
    assert len(desk.events()) == before


def test_computed_and_read_only_properties_are_never_told(desk: PortalControl) -> None:
    deal = desk.create_deal(dealname="D", amount="5")["id"]
    desk.win_deal(deal)
    names = {each["body"].get("propertyName") for each in desk.events()}
    assert {"dealstage", "amount", "closedate"} <= names
    assert names.isdisjoint({"hs_is_closed_won", "hs_lastmodifieddate", "lastmodifieddate", "createdate"})


@pytest.mark.parametrize(
    ("act", "types"),
    [
        (lambda desk, who: desk.delete_contact(who), {"contact.deletion"}),
        (lambda desk, who: desk.forget_contact(who), {"contact.privacyDeletion", "contact.deletion"}),
        (
            lambda desk, who: desk.create_deal(contact=who),
            {"deal.creation", "deal.propertyChange", "deal.associationChange", "contact.associationChange"},
        ),
    ],
)
def test_each_act_is_told_by_its_types(
    desk: PortalControl, listener: Listener, alice: int, act: Any, types: set[str]
) -> None:
    desk.settle()
    listener.received.clear()
    act(desk, alice)
    assert desk.settle()
    assert set(listener.types()) == types


@pytest.mark.parametrize("deletion_first", [True, False])
def test_a_privacy_deletion_is_told_twice_in_either_order(
    desk: PortalControl, listener: Listener, alice: int, deletion_first: bool
) -> None:
    desk.forget_contact(alice, deletion_first=deletion_first)
    assert desk.settle()
    types = [each["subscriptionType"] for each in listener.events[-2:]]
    assert types == ["contact.deletion", "contact.privacyDeletion"][:: 1 if deletion_first else -1]
    assert {each["objectId"] for each in listener.events[-2:]} == {alice}


def test_a_merge_names_the_old_ids_and_the_new_one(desk: PortalControl, listener: Listener, alice: int) -> None:
    """HS-19."""
    bob = desk.create_contact(email="bob@example.com", phone="1")["id"]
    made = desk.merge_contacts(alice, bob)["id"]
    assert desk.settle()
    told = listener.of("contact.merge")[0]
    assert (told["primaryObjectId"], told["mergedObjectIds"], told["newObjectId"]) == (alice, [bob], made)
    assert told["numberOfPropertiesMoved"] >= 1
    assert listener.of("contact.deletion") == []


def test_generic_subscriptions_name_the_object_type(listener: Listener) -> None:
    """HS-16: the same news by other names."""
    with SandboxPortal(webhook_url=listener.url, subscriptions="generic") as portal:
        desk = PortalControl(portal.base_url)
        contact = desk.create_contact(email="x@example.com")["id"]
        desk.create("orders", hs_order_name="#1")
        desk.forget_contact(contact)
        assert desk.settle()
    assert set(listener.types()) == {
        "object.creation",
        "object.propertyChange",
        "object.deletion",
        "contact.privacyDeletion",
    }
    created = {each["objectTypeId"] for each in listener.of("object.creation")}
    assert created == {"0-1", "0-123"}


def test_an_app_hears_only_what_it_subscribed_to(desk: PortalControl, listener: Listener) -> None:
    """HS-17, layer 1: no subscription on our own properties."""
    wanted = [
        {"type": "contact.propertyChange", "property": "referred_by_code"},
        {"type": "object.propertyChange", "object_type": "deal", "property": "dealstage"},
    ]
    desk.configure(subscriptions=wanted)
    desk.create_contact(email="x@example.com", referred_by_code="A", referral_count=1)
    desk.win_deal(desk.create_deal(dealname="D", dealstage="contractsent")["id"])
    assert desk.settle()
    assert [(each["propertyName"], each["propertyValue"]) for each in listener.events] == [
        ("referred_by_code", "A"),
        ("dealstage", "contractsent"),
        ("dealstage", "closedwon"),
    ]
    with pytest.raises(DeskRefused, match="nothing can be subscribed to"):
        desk.configure(subscriptions=[{"type": "company.creation"}])


def test_what_is_sensitive_is_not_told(desk: PortalControl, listener: Listener, alice: int) -> None:
    """HS-20b."""
    desk.add_property("passport_number", sensitive=True)
    desk.update_contact(alice, passport_number="P123")
    assert desk.settle()
    last = listener.events[-1]
    assert (last["propertyValue"], last["isSensitive"]) == ("REDACTED", True)
    assert b"P123" not in b"".join(each.body for each in listener.received)


def test_without_the_right_to_read_nothing_is_heard(desk: PortalControl) -> None:
    desk.set_scopes(["crm.objects.contacts.read"])
    desk.create_deal(dealname="D")
    desk.create_contact(email="x@example.com")
    assert {each["body"]["subscriptionType"].partition(".")[0] for each in desk.events()} == {"contact"}


def test_a_request_holds_a_hundred_events_at_most(desk: PortalControl, listener: Listener) -> None:
    desk.hold()
    desk.create_contacts([{"email": f"u{n}@example.com"} for n in range(125)])
    desk.release()
    assert desk.settle()
    assert [len(each.events) for each in listener.received] == [100, 100, 50]


def test_several_portals_share_the_app_and_its_address(listener: Listener) -> None:
    """HS-10."""
    with SandboxPortal(portals=(1001, 1002), webhook_url=listener.url) as portals:
        desk = PortalControl(portals.base_url)
        desk.hold()
        for portal in (1001, 1002):
            PortalControl(portals.base_url, portal).create_contact(email="x@example.com")
        desk.release()
        assert desk.settle()
    assert len(listener.received) == 1
    assert {each["portalId"] for each in listener.events} == {1001, 1002}


def test_event_ids_come_again(desk: PortalControl, listener: Listener) -> None:
    """Nobody may take an event id for a key."""
    desk.courier(event_id_cycle=2)
    desk.create_contact(email="x@example.com", firstname="X", lastname="Y")
    assert desk.settle()
    ids = [each["eventId"] for each in listener.events]
    assert len(ids) == 4
    assert len(set(ids)) == 2


@pytest.mark.parametrize("status", [500, 404, 302, 429])
def test_anything_but_2xx_is_a_failure(desk: PortalControl, listener: Listener, alice: int, status: int) -> None:
    desk.settle()
    listener.status = status
    desk.delete_contact(alice)
    assert desk.settle()
    (event,) = desk.events(subscriptionType="contact.deletion")
    assert (event["state"], [each["status"] for each in event["attempts"]]) == ("unanswered", [status])


def test_a_retry_has_a_new_attempt_number_and_everything_else_as_before(
    desk: PortalControl, listener: Listener, alice: int
) -> None:
    """HS-12."""
    desk.settle()
    listener.status = 500
    desk.delete_contact(alice)
    desk.settle()
    listener.status = 200
    (event,) = desk.events(subscriptionType="contact.deletion")
    desk.send([event["number"]], times=2)
    told = listener.of("contact.deletion")
    assert [each.pop("attemptNumber") for each in told] == [0, 1, 2]
    assert told[0] == told[1] == told[2]
    assert desk.events(subscriptionType="contact.deletion")[0]["state"] == "delivered"


def test_ten_retries_in_a_day_and_no_more(listener: Listener) -> None:
    listener.status = 503
    with SandboxPortal(webhook_url=listener.url, retry_scale=1.0) as portal:
        desk = PortalControl(portal.base_url)
        desk.stop_clock()
        desk.configure(subscriptions=[{"type": "contact.creation"}])
        desk.create_contact(email="x@example.com")
        for _ in range(12):
            assert desk.settle()
            desk.advance(12.1 * 3600)
        assert desk.settle()
        (event,) = desk.events()
    assert event["state"] == "failed"
    assert len(event["attempts"]) == 11
    assert [each["attemptNumber"] for each in listener.events] == list(range(11))


def test_the_gaps_between_retries_fill_a_day(listener: Listener) -> None:
    listener.status = 503
    with SandboxPortal(webhook_url=listener.url, retry_scale=1.0) as portal:
        desk = PortalControl(portal.base_url)
        desk.stop_clock()
        desk.configure(subscriptions=[{"type": "contact.creation"}])
        desk.create_contact(email="x@example.com")
        begun = waited = 0
        for tried in range(1, 12):
            assert desk.settle()
            (event,) = desk.events()
            assert len(event["attempts"]) == tried
            begun = begun or event["attempts"][0]["at"]
            waited = event["attempts"][-1]["at"] - begun
            desk.advance((event["due_at"] - event["attempts"][-1]["at"]) / 1000)
    assert 0.7 * 86_400_000 < waited <= 86_400_000


def test_nobody_there_is_a_failure_too(desk: PortalControl, alice: int) -> None:
    desk.settle()
    desk.configure(url="http://127.0.0.1:9/")
    desk.delete_contact(alice)
    assert desk.settle()
    (event,) = desk.events(subscriptionType="contact.deletion")
    assert (event["state"], event["attempts"][0]["status"]) == ("unanswered", None)


def test_events_wait_until_the_app_has_an_address(listener: Listener) -> None:
    with SandboxPortal() as portal:
        desk = PortalControl(portal.base_url)
        desk.create_contact(email="x@example.com")
        assert {each["state"] for each in desk.events()} == {"waiting"}
        desk.configure(url=listener.url)
        assert desk.settle()
        assert {each["state"] for each in desk.events()} == {"delivered"}
    assert len(listener.of("contact.creation")) == 1


def test_held_events_go_in_the_order_and_number_a_test_wants(
    desk: PortalControl, listener: Listener, alice: int
) -> None:
    """X-01 needs hints that come late, twice, backwards or never."""
    desk.settle()
    listener.received.clear()
    desk.hold()
    for name in ("B", "C", "D", "E"):
        desk.update_contact(alice, firstname=name)
    numbers = [each["number"] for each in desk.events(state="held")]
    desk.send([numbers[2], numbers[0]])
    desk.drop(numbers[3])
    desk.courier(order="reversed")
    desk.release()
    assert desk.settle()
    assert [each["propertyValue"] for each in listener.events] == ["D", "B", "C"]
    assert desk.events(state="dropped")[0]["number"] == numbers[3]


def test_a_reversed_courier_tells_the_last_thing_first(desk: PortalControl, listener: Listener) -> None:
    desk.courier(order="reversed")
    desk.hold()
    desk.create_contact(email="x@example.com", firstname="X")
    desk.release()
    assert desk.settle()
    assert listener.events[0]["subscriptionType"] == "contact.creation"
    with pytest.raises(DeskRefused, match="as_happened, reversed, shuffled"):
        desk.courier(order="sideways")


def test_requests_may_go_abreast(desk: PortalControl, listener: Listener) -> None:
    """HS-11: ten at once is what the vendor does."""
    desk.courier(concurrent_requests=10, batch_size=5)
    desk.hold()
    desk.create_contacts([{"email": f"u{n}@example.com"} for n in range(25)])
    desk.release()
    assert desk.settle()
    assert [len(each.events) for each in listener.received] == [5] * 10
    assert len({(each["objectId"], each["subscriptionType"]) for each in listener.events}) == 50


@pytest.mark.parametrize(
    ("kind", "copies", "states"),
    [("duplicate", 2, ["delivered"] * 2), ("drop", 0, ["dropped"]), ("hold", 0, ["held"]), ("delay", 0, ["waiting"])],
)
def test_a_fate_befalls_the_next_event_of_its_type(
    desk: PortalControl, listener: Listener, alice: int, kind: str, copies: int, states: list[str]
) -> None:
    desk.settle()
    desk.mail_fate(kind, "contact.deletion", seconds=3600 if kind == "delay" else 0)
    desk.update_contact(alice, firstname="B")
    desk.delete_contact(alice)
    assert desk.settle()
    assert len(listener.of("contact.deletion")) == copies
    assert [each["state"] for each in desk.events(subscriptionType="contact.deletion")] == states
    if kind == "delay":
        desk.advance(3601)
        assert desk.settle()
        assert len(listener.of("contact.deletion")) == 1


def test_while_two_secrets_are_good_either_may_sign(desk: PortalControl, listener: Listener, alice: int) -> None:
    """HS-08."""
    desk.settle()
    for change in (
        lambda: desk.rotate_secret("new", sign_with_old=True),
        lambda: desk.rotate_secret("newer"),
        desk.finish_rotation,
    ):
        change()
        desk.update_contact(alice, firstname=f"N{len(listener.received)}")
        assert desk.settle()
    signatures = [(each.headers["x-hubspot-signature-v3"], each) for each in listener.received[-3:]]
    secrets = ["hush", "newer", "newer"]
    assert [told for told, _ in signatures] == [
        signed(secret, listener.url, each) for secret, (_, each) in zip(secrets, signatures, strict=True)
    ]


def test_a_forged_request_is_signed_with_something_else(desk: PortalControl, listener: Listener) -> None:
    """HS-04."""
    body = [{"subscriptionType": "contact.creation"}]
    assert desk.forge(listener.url, body)["status"] == 200
    desk.forge(listener.url, body, secret="hush", seconds=-301)
    desk.forge(listener.url, "[]", headers={"X-HubSpot-Signature-v3": None})
    wrong, old, unsigned = listener.received
    assert wrong.headers["x-hubspot-signature-v3"] != signed("hush", listener.url, wrong)
    assert old.headers["x-hubspot-signature-v3"] == signed("hush", listener.url, old)
    age = int(wrong.headers["x-hubspot-request-timestamp"]) - int(old.headers["x-hubspot-request-timestamp"])
    assert age > 290_000
    assert "x-hubspot-signature-v3" not in unsigned.headers
    assert unsigned.body == b"[]"
