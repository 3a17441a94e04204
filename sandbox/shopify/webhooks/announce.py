"""An announcement: one delivery to every address that subscribed to the topic, and its signature."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from sandbox.shopify.topics import COMPLIANCE
from sandbox.shopify.traffic import Delivery, WebhookSubscription

if TYPE_CHECKING:
    from sandbox.shopify.shop import Action, Shop

API_VERSION = "2026-10"
# Without one of these rights the topic stays silent (https://shopify.dev/docs/api/webhooks).
RIGHTS = {
    "orders/": {"read_orders", "write_orders"},
    "refunds/": {"read_orders", "write_orders"},
    "customers/merge": {"read_customer_merge"},
    "customers/": {"read_customers", "write_customers"},
}


def announce(shop: Shop, action: Action, topic: str, body: dict[str, Any]) -> None:
    """One delivery per subscription waits to be sent, kept together with what caused it."""
    text = json.dumps(body, separators=(",", ":"), ensure_ascii=False)
    state = "held" if shop.truth.setting("holding", False) else "waiting"
    heard = shop.truth.with_key(WebhookSubscription, topic) if _may_hear(shop, topic) else []
    for subscription in heard:
        delivery = Delivery(
            id=shop.truth.next_id("Delivery", 1),
            subscription_id=subscription.id,
            topic=topic,
            uri=subscription.uri,
            webhook_id=str(uuid4()),
            event_id=action.event_id,
            triggered_at=action.at,
            body=text,
            state=state,
            name=subscription.name,
            due_at=action.at,
        )
        shop.truth.keep(delivery)
    shop.woken.set()


def _may_hear(shop: Shop, topic: str) -> bool:
    """An app that was thrown out hears only of that, and later that its data has to go."""
    if topic in COMPLIANCE or topic == "app/uninstalled":
        return True
    needed = next((rights for start, rights in RIGHTS.items() if topic.startswith(start)), None)
    return shop.installed() and (needed is None or bool(needed & set(shop.scopes())))


def subscribe(
    shop: Shop, uri: str, topics: list[str], origin: str, name: str | None = None
) -> list[WebhookSubscription]:
    """The address hears these topics from now on; the same address and topic twice is one subscription."""
    with shop.truth.transaction():
        return [_subscription(shop, topic, uri, origin, name) for topic in topics]


def configure(shop: Shop) -> None:
    """The app's registration has been deployed: its addresses hear its topics in this shop, former ones no longer."""
    with shop.truth.transaction():
        for former in shop.truth.all(WebhookSubscription):
            if former.origin == "app":
                shop.truth.forget(former)
        for each in shop.app.subscriptions:
            subscribe(shop, each.uri, list(each.topics), "app")


def _subscription(shop: Shop, topic: str, uri: str, origin: str, name: str | None) -> WebhookSubscription:
    for known in shop.truth.with_key(WebhookSubscription, topic):
        if known.uri == uri and known.origin == origin:
            return known
    number = shop.new_id("WebhookSubscription")
    made = WebhookSubscription(number, topic, uri, origin, shop.truth.now(), name)
    shop.truth.keep(made)
    return made


def signature(secret: str, body: bytes) -> str:
    """The value of X-Shopify-Hmac-Sha256: base64 of HMAC-SHA256 over the raw bytes."""
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


def headers(shop: Shop, delivery: Delivery, body: bytes) -> dict[str, str]:
    at: datetime = delivery.triggered_at.astimezone(UTC)
    sent = {
        "Content-Type": "application/json",
        "User-Agent": "Shopify-Captain-Hook",
        "X-Shopify-Topic": delivery.topic,
        "X-Shopify-Hmac-Sha256": signature(shop.webhook_secret(), body),
        "X-Shopify-Shop-Domain": shop.domain,
        "X-Shopify-API-Version": API_VERSION,
        "X-Shopify-Webhook-Id": delivery.webhook_id,
        "X-Shopify-Event-Id": delivery.event_id,
        "X-Shopify-Triggered-At": at.isoformat().replace("+00:00", "Z"),
    }
    return sent | ({"X-Shopify-Name": delivery.name} if delivery.name else {})
