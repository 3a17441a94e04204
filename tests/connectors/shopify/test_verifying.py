"""The order read again at the source is the same snapshot that the webhook gave."""

from typing import Any

import pytest

from connectors.shopify.connector import Shopify
from connectors.shopify.graphql_mapping import order_from
from referhub import (
    EvidenceKind,
    Gone,
    Money,
    NeedsAttention,
    Order,
    OrderCancelled,
    OrderPaid,
    OrderPlaced,
    OrderRefunded,
    SignalKind,
    TryLater,
    Unreadable,
)
from sandbox.shopify import SandboxShop, ShopControl
from tests.connectors.shopify.conftest import connect
from tests.connectors.shopify.support import ScriptedHttp, answer, connector, delivery

VISITS = {EvidenceKind.LANDING_REF, EvidenceKind.LAST_VISIT, EvidenceKind.FIRST_VISIT}


def told(desk: ShopControl, shopify: Shopify, topic: str) -> Any:
    """The meaning of the newest webhook of a topic."""
    found = [each for each in desk.deliveries() if each["topic"] == topic]
    (event,) = shopify.read(delivery(topic, found[-1]["body"].encode()))
    return event


def verified(shopify: Shopify, order: dict[str, Any]) -> Order:
    found = shopify.verify(f"gid://shopify/Order/{order['id']}")
    assert isinstance(found, Order)
    return found


def compared(order: Order) -> dict[str, Any]:
    """Everything that both ways of reading know; visits come by different names, and a webhook tells more signals."""
    facts = {name: getattr(order, name) for name in Order.__slots__ if name != "signals"}
    facts["evidence"] = [item for item in order.evidence if item.kind not in VISITS]
    return facts


@pytest.fixture
def heard(shop: SandboxShop, desk: ShopControl) -> ShopControl:
    """A desk whose shop keeps every webhook until somebody looks."""
    desk.hold()
    desk.subscribe("http://127.0.0.1:9/hooks")
    return desk


BASKET: dict[str, Any] = {
    "lines": [
        {"title": "Mug", "price": "59.50", "quantity": 2, "tax_rate": "0.19", "sku": "M-1", "vendor": "Potter"},
        {"title": "Book", "price": "13.37", "quantity": 3, "tax_rate": "0.07"},
        {"title": "Gift card", "price": "25.00", "gift_card": True},
    ],
    "discount_codes": [{"code": "FRIEND-7KQ2", "percentage": "0.1"}],
    "note_attributes": {"_refhub": "v1.ALICE-8F2K.c1.mac"},
    "landing_site": "/?ref=ALICE-8F2K",
    "referring_site": "https://tea.example/blog",
    "shipping": "5.00",
    "paid": True,
    "tags": ["b2b", "VIP"],
    "country": "AT",
}


@pytest.mark.parametrize("taxes_included", [True, False])
@pytest.mark.parametrize("customer", ["bob", None])
def test_a_paid_order_is_the_same_by_webhook_and_by_asking(
    customer: str | None, taxes_included: bool, shop: SandboxShop, heard: ShopControl
) -> None:
    shopify = connect(shop)
    buyer = heard.create_customer(email="bob@example.com", first_name="Bob")["id"] if customer else None
    order = heard.create_order(**BASKET, customer=buyer, taxes_included=taxes_included)
    event = told(heard, shopify, "orders/paid")
    assert type(event) is OrderPaid
    assert compared(verified(shopify, order)) == compared(event.order)
    assert event.order.total.minor > event.order.base.minor > 0
    assert {one.kind for one in verified(shopify, order).signals} == {SignalKind.CAME_FROM}
    assert set(verified(shopify, order).signals) <= set(event.order.signals)


REFUNDS: list[dict[str, Any]] = [
    {"lines": [{"line": 0, "quantity": 1}]},
    {"lines": [{"line": 0, "quantity": 1}, {"line": 1, "quantity": 2}], "shipping": "5.00"},
    {"lines": [{"line": 1, "quantity": 3}], "amount": "10.00"},
    {"lines": [{"line": 2, "quantity": 1}]},
    {"amount": "7.77"},
    {"shipping": "5.00"},
]


@pytest.mark.parametrize("taxes_included", [True, False])
@pytest.mark.parametrize("asked", REFUNDS, ids=str)
def test_a_refund_is_the_same_by_its_topic_by_the_order_and_by_asking(
    asked: dict[str, Any], taxes_included: bool, shop: SandboxShop, heard: ShopControl
) -> None:
    """SH-35"""
    shopify = connect(shop)
    order = heard.create_order(**BASKET, taxes_included=taxes_included)
    heard.refund_order(order["id"], **asked)
    alone, whole = told(heard, shopify, "refunds/create"), told(heard, shopify, "orders/updated")
    assert type(alone) is OrderRefunded
    assert alone.order_id == whole.order.source_id
    assert whole.order.refunds == (alone.refund,)
    assert compared(verified(shopify, order)) == compared(whole.order)


def test_refunds_and_cancelling_together_take_back_all_and_no_more(shop: SandboxShop, heard: ShopControl) -> None:
    """SH-35"""
    shopify = connect(shop)
    order = heard.create_order(**BASKET)
    heard.refund_order(order["id"], lines=[{"line": 0, "quantity": 1}])
    heard.refund_order(order["id"], lines=[{"line": 1, "quantity": 1}])
    heard.cancel_order(order["id"], refund_money=True)
    found = verified(shopify, order)
    assert found.cancelled_at is not None
    assert sum(refund.amount.minor for refund in found.refunds) == found.base.minor
    event = told(heard, shopify, "orders/cancelled")
    assert type(event) is OrderCancelled
    assert compared(event.order) == compared(found)


def test_goods_taken_back_without_money_change_nothing(shop: SandboxShop, heard: ShopControl) -> None:
    shopify = connect(shop)
    order = heard.create_order(**BASKET)
    before = verified(shopify, order)
    heard.refund_order(order["id"], lines=[{"line": 0, "quantity": 2}], money=False)
    after = verified(shopify, order)
    assert (after.base, after.refunds) == (before.base, ())
    found = [each for each in heard.deliveries() if each["topic"] == "refunds/create"]
    assert list(shopify.read(delivery("refunds/create", found[-1]["body"].encode()))) == []


def test_a_refund_that_failed_takes_nothing(shop: SandboxShop, heard: ShopControl) -> None:
    shopify = connect(shop)
    order = heard.create_order(**BASKET)
    heard.refund_order(order["id"], lines=[{"line": 0, "quantity": 2}], failed=True)
    assert verified(shopify, order).refunds == ()


def test_an_edited_line_leaves_the_base_by_both_ways(shop: SandboxShop, heard: ShopControl) -> None:
    """SH-37"""
    shopify = connect(shop)
    order = heard.create_order(lines=[{"price": "40.00", "quantity": 2}, {"price": "9.00"}], tax_rate="0", paid=True)
    heard.edit_order(order["id"], 0, 1)
    assert verified(shopify, order).base == Money(4900, "EUR")
    assert told(heard, shopify, "orders/edited").order.base == Money(4900, "EUR")
    assert told(heard, shopify, "orders/updated").order.base == Money(4900, "EUR")


@pytest.mark.parametrize("currency", ["JPY", "KWD"])
def test_currencies_without_cents_and_with_mils(currency: str) -> None:
    with SandboxShop(currency=currency, points=20_000) as shop:
        desk, price = ShopControl(shop.base_url), {"JPY": "1234", "KWD": "1.234"}[currency]
        order = desk.create_order(lines=[{"price": price, "quantity": 3}], tax_rate="0", paid=True)
        assert verified(connect(shop), order).base == Money(3702, currency)


def test_an_order_with_many_lines_and_refunds_is_read_whole(shopify: Shopify, desk: ShopControl) -> None:
    order = desk.create_order(lines=[{"price": "1.00", "quantity": 2}] * 75, tax_rate="0", paid=True)
    desk.refund_order(order["id"], lines=[{"line": line, "quantity": 1} for line in range(60)])
    found = verified(shopify, order)
    assert found.base == Money(15000, "EUR")
    assert [refund.amount for refund in found.refunds] == [Money(6000, "EUR")]


def test_no_request_of_a_large_order_comes_near_the_limit(shop: SandboxShop, desk: ShopControl) -> None:
    """SH-44"""
    shopify = connect(shop)
    order = desk.create_order(lines=[{"price": "1.00"} for _ in range(75)], paid=True)
    desk.refund_order(order["id"], lines=[{"line": 0, "quantity": 1}])
    verified(shopify, order)
    costs = shopify._api._governor._costs
    assert set(costs) == {"order", "refund"}
    assert 0 < max(costs.values()) < 600


def test_visits_are_evidence_when_the_order_is_read_by_asking(shopify: Shopify, desk: ShopControl) -> None:
    """SH-30"""
    order = desk.create_order(lines=[{"price": "9.00"}], landing_site="/?ref=ALICE-8F2K", paid=True)
    kinds = {item.kind: item.value for item in verified(shopify, order).evidence}
    assert kinds == {EvidenceKind.LAST_VISIT: "ALICE-8F2K", EvidenceKind.FIRST_VISIT: "ALICE-8F2K"}


def test_an_order_the_shop_no_longer_shows_is_gone(shopify: Shopify) -> None:
    assert isinstance(shopify.verify("gid://shopify/Order/404"), Gone)


def test_an_unpaid_order_is_read_as_unpaid(shop: SandboxShop, heard: ShopControl) -> None:
    shopify = connect(shop)
    order = heard.create_order(lines=[{"price": "9.00"}])
    assert not verified(shopify, order).is_paid
    assert type(told(heard, shopify, "orders/create")) is OrderPlaced


@pytest.mark.parametrize(
    ("fate", "error"),
    [("503", TryLater), ("throttled", TryLater), ("truncated", TryLater), ("402", NeedsAttention)],
)
def test_an_order_that_cannot_be_read_now_is_not_gone(
    fate: str, error: type[Exception], shopify: Shopify, desk: ShopControl
) -> None:
    order = desk.create_order(lines=[{"price": "9.00"}], paid=True)
    desk.fate(fate, "order")
    with pytest.raises(error):
        verified(shopify, order)


def test_orders_without_the_right_to_see_them_are_not_gone(shopify: Shopify, desk: ShopControl) -> None:
    order = desk.create_order(lines=[{"price": "9.00"}], paid=True)
    desk.set_scopes(["write_customers"])
    with pytest.raises(NeedsAttention):
        verified(shopify, order)


def test_a_refused_request_is_unreadable_and_never_gone() -> None:
    errors = [{"message": "too costly", "extensions": {"code": "MAX_COST_EXCEEDED"}}]
    with pytest.raises(Unreadable):
        connector(ScriptedHttp(answer({"errors": errors}))).verify("gid://shopify/Order/1")


def test_redacted_fields_leave_the_customer(shop: SandboxShop, heard: ShopControl) -> None:
    """SH-26"""
    shopify = connect(shop)
    heard.settings(redacts=True)
    buyer = heard.create_customer(email="bob@example.com", first_name="Bob")
    order = heard.create_order(lines=[{"price": "9.00"}], customer=buyer["id"], paid=True)
    event = told(heard, shopify, "orders/paid")
    assert [claim.value for claim in event.order.friend.identities] == [buyer["gid"]]
    assert compared(verified(shopify, order)) == compared(event.order)


def test_both_ways_tell_the_facts_that_terms_may_ask_for(heard: ShopControl, shopify: Shopify) -> None:
    order = heard.create_order(**BASKET)
    heard.edit_order(order["id"], line=order["lines"][1]["id"], quantity=1)
    for one in (told(heard, shopify, "orders/updated").order, verified(shopify, order)):
        assert one.fields == {
            "order.country": "AT",
            "order.tags": ("VIP", "b2b"),
            "order.discount_codes": ("FRIEND-7KQ2",),
            "order.payment_methods": ("shopify_payments",),
            "order.item_count": 5,
        }
        mug, book, card = one.lines
        assert mug == {
            "line.title": "Mug",
            "line.sku": "M-1",
            "line.vendor": "Potter",
            "line.quantity": 2,
            "line.amount": "90.00",
            "line.is_gift_card": False,
        }
        assert (book["line.quantity"], card["line.amount"], card["line.is_gift_card"]) == (2, "0.00", True)
        assert abs(sum(float(str(line["line.amount"])) for line in one.lines) - float(one.base.text())) < 0.02


def test_what_the_shop_keeps_to_itself_is_left_out() -> None:
    body = {
        "tags": ["x" * 400, 7, " ", "b"],
        "lineItems": {"nodes": [{"id": "gid://shopify/LineItem/1", "quantity": 1}]},
    }
    order = order_from({**SPARSE, **body})
    assert order.fields == {
        "order.tags": ("b",),
        "order.discount_codes": (),
        "order.payment_methods": (),
        "order.item_count": 1,
    }
    assert order.lines == ({"line.is_gift_card": False, "line.quantity": 1, "line.amount": "0.00"},)


SPARSE: dict[str, Any] = {
    "id": "gid://shopify/Order/1",
    "currencyCode": "EUR",
    "createdAt": "2026-11-20T09:15:30Z",
    "updatedAt": "2026-11-20T09:15:30Z",
}
