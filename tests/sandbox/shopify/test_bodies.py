"""Bodies have the vendor's shape: its keys, its money in strings, and its odd numbers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from sandbox.shopify import ShopControl
from tests.sandbox.shopify.listening import Listener

# Keys that depend on the shop's or the app's own settings in the vendor's samples.
MAY_BE_ABSENT = {"checkout_id", "company", "customer"}


# What the vendor's own samples leave empty stands in payloads that were written on their shape.
WRITTEN = {
    "discount_applications": "synthetic/orders_paid__referred.json",
    "order_adjustments": "synthetic/refunds_create__partial_line.json",
}


def published(shared_data: Path, topic: str, part: str = "") -> dict[str, Any]:
    name = WRITTEN.get(part, f"samples-2026-07/{topic.replace('/', '_')}.json")
    found: dict[str, Any] = json.loads((shared_data / "shopify/webhooks" / name).read_text())
    return found


def played(desk: ShopControl) -> None:
    """One of everything that has a body worth comparing."""
    alice = desk.create_customer(email="alice@example.com", first_name="Alice")
    desk.create_discount("FRIEND-1", amount="10.00")
    order = desk.create_order(
        lines=[{"price": "89.00"}, {"price": "5.00"}],
        customer=alice["id"],
        discount_codes=["FRIEND-1"],
        shipping="5.00",
        paid=True,
    )
    desk.refund_order(order["id"], lines=[{"line": 0}], shipping="5.00", amount="40.00")
    desk.edit_order(order["id"], line=1)
    desk.save_shop()
    desk.set_scopes(["read_orders"])
    assert desk.settle()


@pytest.mark.parametrize(
    "topic",
    [
        "orders/paid",
        "refunds/create",
        "customers/create",
        "orders/edited",
        "shop/update",
        "app/scopes_update",
    ],
)
def test_a_body_has_exactly_the_published_keys(
    desk: ShopControl, listener: Listener, shared_data: Path, topic: str
) -> None:
    played(desk)
    sample, body = published(shared_data, topic), listener.of(topic)[0].json
    assert set(sample) - set(body) == set()
    assert set(body) - set(sample) <= MAY_BE_ABSENT


@pytest.mark.parametrize(
    ("topic", "part"),
    [
        ("orders/paid", "line_items"),
        ("orders/paid", "shipping_lines"),
        ("orders/paid", "discount_applications"),
        ("refunds/create", "refund_line_items"),
        ("refunds/create", "order_adjustments"),
        ("refunds/create", "transactions"),
    ],
)
def test_the_parts_of_a_body_have_the_published_keys(
    desk: ShopControl, listener: Listener, shared_data: Path, topic: str, part: str
) -> None:
    played(desk)
    sample, body = published(shared_data, topic, part)[part][0], listener.of(topic)[0].json[part][0]
    optional = {"title", "description", "code"} if part == "discount_applications" else set()
    assert set(sample) ^ set(body) <= optional


def test_an_order_weighs_what_orders_weigh(desk: ShopControl, listener: Listener) -> None:
    played(desk)
    assert 4_000 < len(listener.of("orders/paid")[0].body) < 12_500


def test_money_is_text_but_for_the_two_numbers_of_a_refund_line(desk: ShopControl, listener: Listener) -> None:
    played(desk)
    order, refund = listener.of("orders/paid")[0], listener.of("refunds/create")[0].json
    assert order.json["subtotal_price"] == "84.00"
    assert order.json["subtotal_price_set"]["shop_money"] == {"amount": "84.00", "currency_code": "EUR"}
    assert order.json["discount_codes"] == [{"code": "FRIEND-1", "amount": "10.00", "type": "fixed_amount"}]
    line = refund["refund_line_items"][0]
    assert isinstance(line["subtotal"], float)
    assert line["subtotal_set"]["shop_money"]["amount"] == f"{line['subtotal']:.2f}"
    assert refund["order_id"] == order.json["id"]
    kinds = {each["kind"]: each["amount"] for each in refund["order_adjustments"]}
    assert kinds["shipping_refund"] == "-5.00"
    assert refund["transactions"][0]["amount"] == "40.00"


def test_the_buyers_currency_stands_beside_the_shops(desk: ShopControl, listener: Listener) -> None:
    order = desk.create_order(lines=[{"price": "100.00"}], presentment={"currency": "USD", "rate": "1.1"}, paid=True)
    desk.refund_order(order["id"], lines=[{"line": 0}])
    desk.settle()
    body, refund = listener.of("orders/paid")[0].json, listener.of("refunds/create")[0].json
    assert (body["currency"], body["presentment_currency"]) == ("EUR", "USD")
    assert body["total_price_set"]["presentment_money"] == {"amount": "110.00", "currency_code": "USD"}
    assert body["total_price"] == "100.00"
    # A refund's transaction is in the buyer's currency: never shop money.
    assert (refund["transactions"][0]["amount"], refund["transactions"][0]["currency"]) == ("110.00", "USD")


def test_a_guest_has_no_customer_key(desk: ShopControl, listener: Listener) -> None:
    desk.create_order()
    desk.settle()
    assert "customer" not in listener.of("orders/create")[0].json


def test_protected_fields_are_gone_but_the_customer_id_stays(
    desk: ShopControl, listener: Listener, alice: dict[str, Any]
) -> None:
    """SH-26's body."""
    desk.settings(redacts=True)
    desk.create_order(customer=alice["id"], paid=True)
    desk.settle()
    heard = listener.of("orders/paid")[0]
    assert heard.json["customer"]["id"] == alice["id"]
    assert heard.json["email"] is None
    for word in (b"alice@example.com", b"Alice", b"Sandy", b"Hafenstrasse", b"198.51.100.23"):
        assert word not in heard.body


def test_attributes_may_repeat_a_name_and_hold_null(desk: ShopControl, listener: Listener) -> None:
    """SH-29's attributes arrive as they were written."""
    pairs = [["_ref", "<b>'; DROP"], ["_ref", None], ["long", "x" * 1024]]
    desk.create_order(note_attributes=pairs, landing_site="/?r=A&source=B&ref=C")
    desk.settle()
    body = listener.of("orders/create")[0].json
    assert [[each["name"], each["value"]] for each in body["note_attributes"]] == pairs
    assert body["landing_site_ref"] == "C"
