"""The desk's post: who subscribed, what was sent, held, lost, repeated or forged."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

from sandbox.ground.desk import NUMBER, Body, Route, post_office
from sandbox.ground.keys import keys
from sandbox.ground.posting import post
from sandbox.ground.refusal import Refused
from sandbox.shopify.codec import as_json
from sandbox.shopify.desk.routing import Desk
from sandbox.shopify.topics import COMPLIANCE, TOPICS
from sandbox.shopify.traffic import Delivery
from sandbox.shopify.webhooks.announce import API_VERSION, signature, subscribe
from sandbox.shopify.webhooks.courier import PATIENCE

FILTERS = ("state", "topic", "event_id")


def add_subscription(desk: Desk, given: Body) -> Any:
    """As if configured with the app; without topics every topic, compliance included."""
    topics = given.get("topics") or [*TOPICS, *COMPLIANCE]
    return [as_json(each) for each in subscribe(desk.shop, str(given["uri"]), topics, "app")]


def deliveries(desk: Desk, given: Body) -> Any:
    found = desk.shop.truth.all(Delivery)
    for name in FILTERS:
        if given.get(name):
            found = [each for each in found if getattr(each, name) == given[name]]
    return [as_json(each) for each in found]


def send(desk: Desk, given: Body, number: int) -> Any:
    """The delivery is sent now, so many times; what each attempt was answered."""
    attempts = [desk.courier.send(number) for _ in range(int(given.get("times", 1)))]
    if None in attempts:
        raise Refused(f"there is no delivery {number}")
    return [as_json(attempt) for attempt in attempts]


def drop(desk: Desk, given: Body, number: int) -> Any:
    """The delivery is lost on its way: it never arrives by itself."""
    with desk.shop.truth.transaction():
        delivery = desk.shop.truth.find(Delivery, number)
        if delivery is None:
            raise Refused(f"there is no delivery {number}")
        delivery.state = "dropped"
        desk.shop.truth.keep(delivery)
    return as_json(delivery)


def release(desk: Desk, given: Body) -> Any:
    """Held deliveries go out and new ones are held no longer; with ids only these, in that order, at once."""
    if given.get("ids"):
        return [send(desk, {}, int(number)) for number in given["ids"]]
    with desk.shop.truth.transaction():
        desk.shop.truth.set("holding", False)
        for delivery in desk.shop.truth.with_key(Delivery, "held"):
            delivery.state = "waiting"
            desk.shop.truth.keep(delivery)
    desk.shop.woken.set()
    return {}


def forge(desk: Desk, given: Body) -> Any:
    """
    Somebody else posts to the address, signed with the wrong secret.

    secret signs it with another one; headers replace single headers, and null takes one away.
    """
    body = given.get("body", {})
    raw = (body if isinstance(body, str) else json.dumps(body, separators=(",", ":"))).encode()
    sent: dict[str, Any] = {
        "Content-Type": "application/json",
        "X-Shopify-Topic": str(given.get("topic", "orders/paid")),
        "X-Shopify-Shop-Domain": desk.shop.domain,
        "X-Shopify-API-Version": API_VERSION,
        "X-Shopify-Webhook-Id": str(uuid4()),
        "X-Shopify-Event-Id": str(uuid4()),
        "X-Shopify-Triggered-At": desk.shop.truth.now().isoformat(),
        "X-Shopify-Hmac-Sha256": signature(str(given.get("secret", "not the secret")), raw),
    }
    sent |= given.get("headers") or {}
    kept = {name: str(value) for name, value in sent.items() if value is not None}
    reply = post(str(given["uri"]), kept, raw, PATIENCE)
    return {"status": reply.status, "error": reply.error}


ROUTES: list[Route] = [
    ("POST", "subscriptions", add_subscription, keys("uri topics")),
    ("GET", "deliveries", deliveries, keys(" ".join(FILTERS))),
    ("POST", f"deliveries/{NUMBER}/send", send, keys("times")),
    ("POST", f"deliveries/{NUMBER}/drop", drop, keys()),
    *post_office("deliveries"),
    ("POST", "deliveries/release", release, keys("ids")),
    ("POST", "deliveries/forge", forge, keys("uri topic body secret headers")),
]
