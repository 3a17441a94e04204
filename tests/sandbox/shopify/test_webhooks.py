"""Webhooks are signed, numbered, sent and retried as the vendor does it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from typing import Any
from unittest.mock import patch

import pytest

from sandbox.ground.posting import Patience
from sandbox.shopify import SandboxShop, ShopControl
from tests.sandbox.shopify.conftest import Api
from tests.sandbox.shopify.listening import Listener

SUBSCRIBE = """mutation Subscribe($topic: WebhookSubscriptionTopic!, $uri: String!) {
  webhookSubscriptionCreate(topic: $topic, webhookSubscription: {uri: $uri, name: "mine"}) {
    webhookSubscription { id topic uri name apiVersion { handle } } userErrors { field message } } }"""
SUBSCRIPTIONS = """query Subscriptions($topics: [WebhookSubscriptionTopic!]) {
  webhookSubscriptions(first: 50, topics: $topics) { nodes { id topic uri } } }"""
UNSUBSCRIBE = """mutation Unsubscribe($id: ID!) {
  webhookSubscriptionDelete(id: $id) { deletedWebhookSubscriptionId userErrors { message } } }"""


def signed(secret: str, body: bytes) -> str:
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


def test_a_paid_order_is_told_twice_with_one_event_and_two_webhook_ids(desk: ShopControl, listener: Listener) -> None:
    """SH-19: orders/create and orders/paid share the event, not the webhook id."""
    order = desk.create_order(paid=True)
    assert desk.settle()
    created, paid = listener.of("orders/create")[0], listener.of("orders/paid")[0]
    assert created.headers["x-shopify-event-id"] == paid.headers["x-shopify-event-id"]
    assert created.headers["x-shopify-webhook-id"] != paid.headers["x-shopify-webhook-id"]
    for heard in (created, paid):
        assert heard.headers["x-shopify-hmac-sha256"] == signed("hush", heard.body)
        assert heard.headers["x-shopify-shop-domain"] == "demo.myshopify.com"
        assert heard.headers["x-shopify-api-version"] == "2026-10"
        assert heard.headers["x-shopify-triggered-at"].endswith("Z")
        assert heard.json["id"] == order["id"]


@pytest.mark.parametrize(
    ("act", "topics"),
    [
        (lambda desk, order: desk.pay_order(order), ["orders/paid", "orders/updated"]),
        (lambda desk, order: desk.touch_order(order), ["orders/updated"]),
        (lambda desk, order: desk.edit_order(order, line=0), ["orders/edited", "orders/updated"]),
        (lambda desk, order: desk.cancel_order(order), ["orders/cancelled", "orders/updated"]),
        (
            lambda desk, order: desk.refund_order(order, lines=[{"line": 0}], money=False),
            ["refunds/create", "orders/updated"],
        ),
        (lambda desk, order: desk.create_customer(email="x@example.com"), ["customers/create"]),
        (lambda desk, order: desk.uninstall(), ["app/uninstalled"]),
        (lambda desk, order: desk.set_scopes(["read_orders"]), ["app/scopes_update"]),
        (lambda desk, order: desk.save_shop(), ["shop/update"]),
        (lambda desk, order: desk.redact_shop(), ["shop/redact"]),
    ],
)
def test_each_act_is_told_by_its_topics(desk: ShopControl, listener: Listener, act: Any, topics: list[str]) -> None:
    order = desk.create_order(lines=[{"price": "5.00", "quantity": 2}])
    desk.settle()
    listener.received.clear()
    act(desk, order["id"])
    assert desk.settle()
    assert listener.topics() == topics
    assert len({heard.headers["x-shopify-event-id"] for heard in listener.received}) == 1


def test_a_customers_life_is_told(desk: ShopControl, listener: Listener, alice: dict[str, Any]) -> None:
    double = desk.create_customer(email="double@example.com")
    order = desk.create_order(customer=alice["id"])
    desk.update_customer(alice["id"], email="new@example.com")
    desk.merge_customers(double["id"], into=alice["id"], failed=True)
    desk.merge_customers(double["id"], into=alice["id"])
    desk.request_data(alice["id"])
    desk.redact_customer(alice["id"])
    desk.delete_customer(alice["id"])
    assert desk.settle()
    assert listener.of("customers/update")[0].json["email"] == "new@example.com"
    assert [heard.json["status"] for heard in listener.of("customers/merge")] == ["failed", "completed"]
    assert listener.of("customers/merge")[1].json["admin_graphql_api_customer_kept_id"] == alice["gid"]
    assert listener.of("customers/data_request")[0].json["orders_requested"] == [order["id"]]
    assert listener.of("customers/redact")[0].json["customer"]["id"] == alice["id"]
    assert set(listener.of("customers/delete")[0].json) == {"id", "tax_exemptions", "admin_graphql_api_id"}


@pytest.mark.parametrize("status", [500, 404, 302])
def test_anything_but_2xx_is_a_failure_and_no_redirect_is_followed(
    desk: ShopControl, listener: Listener, status: int
) -> None:
    """SH-18's reason: a 3xx counts as lost."""
    listener.status = status
    desk.create_order()
    assert desk.settle()
    only = desk.deliveries(topic="orders/create")[0]
    assert (only["state"], [attempt["status"] for attempt in only["attempts"]]) == ("unanswered", [status])
    assert len(listener.received) == 1


def test_a_retry_has_the_original_body_and_webhook_id(desk: ShopControl, listener: Listener) -> None:
    listener.status = 500
    order = desk.create_order(lines=[{"price": "10.00"}])
    desk.settle()
    desk.pay_order(order["id"])
    desk.settle()
    listener.status = 200
    first = desk.deliveries(topic="orders/create")[0]
    assert [attempt["status"] for attempt in desk.send(first["id"])] == [200]
    one, two = listener.of("orders/create")
    assert one.body == two.body
    assert one.json["financial_status"] == "pending"
    assert one.headers["x-shopify-webhook-id"] == two.headers["x-shopify-webhook-id"]
    assert desk.deliveries(topic="orders/create")[0]["state"] == "delivered"


def test_retries_come_by_themselves_in_doubling_gaps_and_end_after_eight(listener: Listener) -> None:
    listener.status = 503
    with SandboxShop(webhook_url=listener.url, retry_scale=0.0001) as shop:
        desk = ShopControl(shop.base_url)
        desk.create_order()
        ends = time.monotonic() + 8
        while desk.deliveries()[0]["state"] == "waiting" and time.monotonic() < ends:
            time.sleep(0.05)
        only = desk.deliveries()[0]
    assert (only["state"], len(only["attempts"])) == ("failed", 9)


def test_the_gaps_fill_four_hours() -> None:
    from sandbox.shopify.webhooks.courier import FIRST_GAP_SECONDS, RETRIES

    gaps = [FIRST_GAP_SECONDS * 2**number for number in range(RETRIES)]
    assert RETRIES == 8
    assert sum(gaps) == pytest.approx(4 * 3600)


def test_only_a_subscription_made_through_the_api_is_removed_by_failure(
    api: Api, desk: ShopControl, listener: Listener
) -> None:
    """SH-54 has something to heal."""
    made = api.ask(SUBSCRIBE, topic="ORDERS_PAID", uri=listener.url)["webhookSubscriptionCreate"]
    assert made["webhookSubscription"]["name"] == "mine"
    listener.status = 500
    desk.create_order(paid=True)
    desk.settle()
    for delivery in desk.deliveries(topic="orders/paid"):
        desk.send(delivery["id"], times=8)
    assert [each["state"] for each in desk.deliveries(topic="orders/paid")] == ["failed", "failed"]
    assert api.ask(SUBSCRIPTIONS, topics=None)["webhookSubscriptions"]["nodes"] == []
    kept = [each for each in desk.truth()["webhook_subscriptions"] if each["topic"] == "orders/paid"]
    assert [each["origin"] for each in kept] == ["app"]


def test_both_kinds_of_subscription_deliver_twice(api: Api, desk: ShopControl, listener: Listener) -> None:
    api.ask(SUBSCRIBE, topic="ORDERS_PAID", uri=listener.url)
    desk.create_order(paid=True)
    assert desk.settle()
    ids = [heard.headers["x-shopify-webhook-id"] for heard in listener.of("orders/paid")]
    assert len(ids) == len(set(ids)) == 2
    assert [heard.headers.get("x-shopify-name") for heard in listener.of("orders/paid")] == [None, "mine"]


def test_subscriptions_can_be_made_once_listed_and_deleted(api: Api) -> None:
    uri = "http://127.0.0.1:9/hook"
    made = api.ask(SUBSCRIBE, topic="SHOP_UPDATE", uri=uri)["webhookSubscriptionCreate"]["webhookSubscription"]
    again = api.ask(SUBSCRIBE, topic="SHOP_UPDATE", uri=uri)["webhookSubscriptionCreate"]
    assert again["webhookSubscription"] is None
    assert again["userErrors"][0]["message"] == "Address for this topic has already been taken"
    bad = api.ask(SUBSCRIBE, topic="SHOP_UPDATE", uri="ftp://x")["webhookSubscriptionCreate"]["userErrors"]
    assert bad[0]["message"] == "Address is invalid"
    assert len(api.ask(SUBSCRIPTIONS, topics=["SHOP_UPDATE"])["webhookSubscriptions"]["nodes"]) == 1
    assert api.ask(SUBSCRIPTIONS, topics=["ORDERS_PAID"])["webhookSubscriptions"]["nodes"] == []
    assert (
        api.ask(UNSUBSCRIBE, id=made["id"])["webhookSubscriptionDelete"]["deletedWebhookSubscriptionId"] == made["id"]
    )
    assert api.ask(UNSUBSCRIBE, id=made["id"])["webhookSubscriptionDelete"]["userErrors"] != []


def test_held_deliveries_can_be_reordered_doubled_and_lost(desk: ShopControl, listener: Listener) -> None:
    """SH-20 and SH-21 are played this way."""
    desk.hold()
    order = desk.create_order(lines=[{"price": "5.00"}])
    desk.pay_order(order["id"])
    desk.touch_order(order["id"])
    assert desk.settle()
    assert listener.received == []
    created, paid, updated, touched = desk.deliveries(state="held")
    desk.drop(updated["id"])
    desk.release([paid["id"], touched["id"], created["id"], paid["id"]])
    assert listener.topics() == ["orders/paid", "orders/updated", "orders/create", "orders/paid"]
    assert listener.received[0].body == listener.received[3].body
    desk.release()
    assert desk.settle()
    assert len(listener.received) == 4, "what was sent or dropped does not come again"
    desk.touch_order(order["id"])
    assert desk.settle()
    assert len(listener.received) == 5


def test_a_forged_delivery_is_signed_with_another_secret(desk: ShopControl, listener: Listener) -> None:
    answer = desk.forge(listener.url, topic="orders/paid", body={"id": 1}, headers={"X-Shopify-Event-Id": None})
    assert answer["status"] == 200
    heard = listener.received[0]
    assert heard.headers["x-shopify-hmac-sha256"] != signed("hush", heard.body)
    assert "x-shopify-event-id" not in heard.headers
    desk.forge(listener.url, body={"id": 1}, secret="hush")
    heard = listener.received[1]
    assert heard.headers["x-shopify-hmac-sha256"] == signed("hush", heard.body)


def test_the_apps_own_tags_echo_as_an_update_and_an_empty_change_does_not(
    api: Api, desk: ShopControl, listener: Listener, alice: dict[str, Any]
) -> None:
    """SH-50: the echo is there to be recognised."""
    tag = 'mutation Tag($id: ID!) { tagsAdd(id: $id, tags: ["Advocate"]) { userErrors { message } } }'
    api.ask(tag, id=alice["gid"])
    api.ask(tag.replace("Advocate", "advocate"), id=alice["gid"])
    assert desk.settle()
    assert len(listener.of("customers/update")) == 1
    assert "tags" not in listener.of("customers/update")[0].json
    assert desk.truth()["customers"][0]["tags"] == ["Advocate"]


def test_nothing_is_announced_when_the_effect_is_undone(
    api: Api, desk: ShopControl, listener: Listener, alice: dict[str, Any]
) -> None:
    desk.settle()
    desk.fate("ok_but_nothing", "tagsAdd")
    api.ask('mutation Tag($id: ID!) { tagsAdd(id: $id, tags: ["a"]) { userErrors { message } } }', id=alice["gid"])
    assert desk.settle()
    assert listener.topics() == ["customers/create"]


def test_bodies_are_compact_json_with_exact_ids(listener: Listener) -> None:
    with SandboxShop(webhook_url=listener.url, large_ids=True) as shop:
        desk = ShopControl(shop.base_url)
        order = desk.create_order(paid=True)
        assert desk.settle()
    body = listener.of("orders/paid")[0].body
    assert f'"id":{order["id"]},'.encode() in body
    assert json.loads(body)["admin_graphql_api_id"] == order["gid"]


def test_after_a_rotation_the_old_secret_signs_for_an_hour(desk: ShopControl, listener: Listener) -> None:
    """SH-15: both secrets have to be accepted meanwhile."""
    desk.rotate_secret("hushhush")
    desk.save_shop()
    assert desk.settle()
    desk.advance(3601)
    desk.save_shop()
    assert desk.settle()
    during, after = listener.of("shop/update")
    assert during.headers["x-shopify-hmac-sha256"] == signed("hush", during.body)
    assert after.headers["x-shopify-hmac-sha256"] == signed("hushhush", after.body)


def test_a_topic_without_its_right_and_an_uninstalled_app_hear_nothing(desk: ShopControl, listener: Listener) -> None:
    desk.set_scopes(["write_customers"])
    desk.create_order()
    desk.create_customer(email="x@example.com")
    desk.uninstall()
    desk.create_customer(email="y@example.com")
    desk.redact_shop()
    assert desk.settle()
    assert listener.topics() == ["app/scopes_update", "customers/create", "app/uninstalled", "shop/redact"]


def test_an_answer_that_takes_too_long_is_a_failure(desk: ShopControl, listener: Listener) -> None:
    listener.seconds = 0.5
    with patch("sandbox.shopify.webhooks.courier.PATIENCE", Patience(connect=1, total=0.1)):
        desk.save_shop()
        assert desk.settle()
    only = desk.deliveries(topic="shop/update")[0]
    assert only["attempts"][0]["status"] is None
    assert only["state"] == "unanswered"
