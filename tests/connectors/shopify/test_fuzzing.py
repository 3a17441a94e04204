"""Whatever arrives, reading gives events or says that it cannot: nothing else ever comes out."""

import json
import math
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from connectors.shopify.connector import Shopify
from referhub import (
    BadSignature,
    Event,
    Gone,
    HttpResponse,
    Order,
    OrderPaid,
    OrderRefunded,
    TryLater,
    Unreadable,
    WebhookRequest,
)
from tests.connectors.shopify.support import NOW, connector, delivery, encoded, payload

TOPICS = [
    "orders/create",
    "orders/updated",
    "orders/cancelled",
    "orders/edited",
    "orders/polled",
    "refunds/create",
    "customers/update",
    "customers/delete",
    "customers/merge",
    "app/uninstalled",
    "app/scopes_update",
    "shop/update",
    "shop/redact",
    "moon/landed",
]
odd_values = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from(["", "0.00", "-1.00", "1e9", "NaN", "9" * 30, "2026-11-20", "gid://shopify/Order/1", 2**63, -1]),
)
anything = st.recursive(
    odd_values,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=4,
)
KNOWN = {
    "orders/create": payload("order_paid"),
    "orders/updated": payload("order_paid") | {"refunds": [payload("refund_of_a_line")]},
    "refunds/create": payload("refund_of_a_line"),
    "customers/merge": payload("customers_merged"),
    "customers/update": payload("customer"),
    "shop/update": payload("shop"),
    "orders/edited": payload("order_edited"),
    "orders/polled": {
        "id": "gid://shopify/Order/1",
        "createdAt": "2026-11-20T09:15:30Z",
        "updatedAt": "2026-11-20T09:15:30Z",
        "currencyCode": "EUR",
        "taxesIncluded": True,
        "customer": {"id": "gid://shopify/Customer/1"},
        "customerJourneySummary": {"ready": True, "lastVisit": {"landingPage": "/?ref=A"}},
        "totalTipReceivedSet": {"shopMoney": {"amount": "1.00"}},
        "lineItems": {
            "nodes": [
                {
                    "id": "gid://shopify/LineItem/1",
                    "title": "Mug",
                    "quantity": 2,
                    "currentQuantity": 1,
                    "originalTotalSet": {"shopMoney": {"amount": "9.00"}},
                    "discountAllocations": [{"allocatedAmountSet": {"shopMoney": {"amount": "1.00"}}}],
                    "taxLines": [{"priceSet": {"shopMoney": {"amount": "1.28"}}}],
                }
            ]
        },
        "refunds": [
            {
                "id": "gid://shopify/Refund/1",
                "processedAt": "2026-11-20T09:15:30Z",
                "refundLineItems": {"nodes": [{"quantity": 1, "lineItem": {"id": "gid://shopify/LineItem/1"}}]},
                "orderAdjustments": {"nodes": [{"amountSet": {"shopMoney": {"amount": "-1.00"}}}]},
                "transactions": {"nodes": [{"kind": "REFUND", "status": "SUCCESS"}]},
            }
        ],
    },
}


class AnsweringHttp:
    """A shop that knows nothing of any order."""

    def request(self, method: str, url: str, **_: Any) -> HttpResponse:
        return HttpResponse(200, {}, b'{"data": {"order": null}}')


def read(shopify: Shopify, topic: str, body: bytes) -> list[Event]:
    try:
        return list(shopify.read(delivery(topic, body)))
    except (Unreadable, TryLater):
        return []


SHOPIFY = connector(AnsweringHttp())


def sensible(events: list[Event]) -> bool:
    return all(isinstance(event, Event) and amounts_are_sensible(event) for event in events)


def amounts_are_sensible(event: Event) -> bool:
    if isinstance(event, OrderRefunded):
        return event.refund.amount.minor >= 0
    order = getattr(event, "order", None)
    if not isinstance(order, Order):
        return True
    parts = [refund.amount.minor for refund in order.refunds]
    return order.base.minor >= 0 and min(parts, default=0) >= 0 and sum(parts) <= order.base.minor


@given(st.sampled_from(TOPICS), st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(topic: str, body: bytes) -> None:
    assert sensible(read(SHOPIFY, topic, body))


@given(st.sampled_from(TOPICS), anything)
def test_any_json_is_read_or_refused(topic: str, body: object) -> None:
    assert sensible(read(SHOPIFY, topic, json.dumps(body).encode()))


@st.composite
def spoilt(draw: st.DrawFn) -> tuple[str, Any]:
    """A body Shopify could send, with up to three places changed to something odd, or taken away."""
    topic = draw(st.sampled_from(sorted(KNOWN)))
    body: Any = json.loads(json.dumps(KNOWN[topic]))
    for _ in range(draw(st.integers(1, 3))):
        place = body
        while isinstance(place, (dict, list)) and place:
            keys = sorted(place) if isinstance(place, dict) else list(range(len(place)))
            key = draw(st.sampled_from(keys))
            if not isinstance(place[key], (dict, list)) or not place[key] or draw(st.integers(0, 3)) == 0:
                if isinstance(place, dict) and draw(st.booleans()):
                    del place[key]
                else:
                    place[key] = draw(anything)
                break
            place = place[key]
    return topic, body


@settings(max_examples=250, suppress_health_check=[HealthCheck.too_slow])
@given(spoilt())
@example(("orders/polled", KNOWN["orders/polled"]))
def test_a_body_spoilt_in_some_places_is_read_or_refused(case: tuple[str, Any]) -> None:
    topic, body = case
    assert sensible(read(SHOPIFY, topic, json.dumps(body).encode()))


def test_the_bodies_that_get_spoilt_are_sound_to_begin_with() -> None:
    for topic, body in KNOWN.items():
        assert read(SHOPIFY, topic, encoded(body)) or topic == "orders/edited"


class SpoiltHttp:
    """A shop whose answers about orders and refunds are spoilt in some places."""

    def __init__(self, order: Any) -> None:
        self.order = order

    def request(self, method: str, url: str, *, json: Any = None, **_: Any) -> HttpResponse:
        refunds = self.order.get("refunds") if isinstance(self.order, dict) else None
        refund = refunds[0] if isinstance(refunds, list) and refunds else None
        data = {"order": self.order} if "ReferhubOrder(" in json["query"] else {"refund": refund}
        return HttpResponse(200, {}, encoded({"data": data}))


@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow])
@given(spoilt())
def test_an_order_read_again_is_an_order_gone_or_unreadable(case: tuple[str, Any]) -> None:
    try:
        found = connector(SpoiltHttp(case[1])).verify("gid://shopify/Order/1")
    except (Unreadable, TryLater):
        return
    assert isinstance(found, Gone) or amounts_are_sensible(OrderPaid(found))


headers = st.dictionaries(
    st.sampled_from(["x-shopify-hmac-sha256", "x-shopify-topic", "x-shopify-webhook-id", "x-shopify-triggered-at"]),
    st.text(max_size=50) | st.sampled_from(["A" * 43 + "=", "=" * 44, "é" * 44]),
)


@given(headers, st.binary(max_size=50))
def test_no_headers_get_past_the_door_without_the_secret(given_headers: dict[str, str], body: bytes) -> None:
    request = WebhookRequest("POST", "/", "", given_headers, body, NOW)
    try:
        SHOPIFY.receive(request)
    except BadSignature:
        return
    raise AssertionError("an unsigned webhook came in")


def test_floats_are_never_computed_with() -> None:
    """0.1 + 0.2 in floats is 0.30000000000000004, and its cents are a matter of luck."""
    assert not math.isclose(0.1 + 0.2, 0.3, abs_tol=0.0, rel_tol=0.0)
    body = payload("order_paid")
    body["line_items"][0] |= {"price_set": None, "price": 0.1, "quantity": 3, "current_quantity": 3}
    body["line_items"][0] |= {"discount_allocations": [], "tax_lines": []}
    (event,) = SHOPIFY.read(delivery("orders/paid", body))
    assert event.order.base.minor == 30  # type: ignore[union-attr]
