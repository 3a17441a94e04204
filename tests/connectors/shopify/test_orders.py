"""Orders as webhooks tell them: what they are worth, whose they are, what state they are in."""

from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from referhub import (
    IdentityClaim,
    IdentityKind,
    Money,
    Order,
    OrderCancelled,
    OrderPaid,
    OrderPlaced,
    Unreadable,
)
from tests.connectors.shopify.support import CUSTOMER, connector, delivery, payload


def read(body: dict[str, Any], topic: str = "orders/paid", **settings: str) -> Any:
    (event,) = connector(**settings).read(delivery(topic, body))
    return event


def order(body: dict[str, Any], **settings: str) -> Order:
    found: Order = read(body, **settings).order
    return found


def changed(**values: Any) -> dict[str, Any]:
    return payload("order_paid") | values


def test_the_base_leaves_out_tax_shipping_tips_and_gift_cards_to_the_cent() -> None:
    """SH-33: 2 × 59.50 less 10 % is 107.10 with 17.10 of tax in it."""
    assert order(payload("order_paid")).base == Money(9000, "EUR")


def test_the_base_of_net_prices_is_what_the_lines_cost() -> None:
    """SH-33"""
    assert order(changed(taxes_included=False)).base == Money(10710, "EUR")


def test_the_order_is_told_in_our_words() -> None:
    found = order(payload("order_paid"))
    assert found.source_id == "gid://shopify/Order/6001000000000000007"
    assert found.name == "#1042"
    assert found.channel == "web"
    assert found.placed_at == datetime(2026, 11, 20, 9, 15, 30, tzinfo=UTC)
    assert found.updated_at == datetime(2026, 11, 20, 9, 15, 40, tzinfo=UTC)
    assert found.friend.name == "Bob Beispiel"
    assert found.friend.identities == (
        IdentityClaim(IdentityKind.CUSTOMER, CUSTOMER),
        IdentityClaim(IdentityKind.EMAIL, "bob@example.com"),
        IdentityClaim(IdentityKind.PHONE, "+4930123456"),
    )


@pytest.mark.parametrize(
    ("status", "is_paid"),
    [
        ("pending", False),
        ("authorized", False),
        ("partially_paid", False),
        ("paid", True),
        ("partially_refunded", True),
        ("refunded", True),
        ("voided", False),
        (None, False),
        ("something new", False),
    ],
)
@pytest.mark.parametrize("topic", ["orders/create", "orders/paid", "orders/updated"])
def test_the_state_decides_and_not_the_topic(topic: str, status: str | None, is_paid: bool) -> None:
    """SH-20: whichever topic comes first or last, the same state gives the same event."""
    event = read(changed(financial_status=status), topic)
    assert type(event) is (OrderPaid if is_paid else OrderPlaced)
    assert event.order.is_paid is is_paid


@pytest.mark.parametrize("topic", ["orders/create", "orders/paid", "orders/updated", "orders/cancelled"])
def test_a_cancelled_order_is_cancelled_in_every_topic(topic: str) -> None:
    event = read(changed(cancelled_at="2026-11-21T09:00:00+01:00"), topic)
    assert type(event) is OrderCancelled
    assert event.order.cancelled_at == datetime(2026, 11, 21, 8, tzinfo=UTC)


def test_the_topic_cancelled_is_enough_for_an_order_without_the_time() -> None:
    event = read(payload("order_paid"), "orders/cancelled")
    assert type(event) is OrderCancelled
    assert event.order.cancelled_at == event.order.updated_at


@pytest.mark.parametrize("customer", [None, {}])
def test_an_order_without_customer_still_names_the_mailbox(customer: object) -> None:
    """SH-27"""
    found = order(changed(customer=customer))
    assert found.friend.identities == (IdentityClaim(IdentityKind.EMAIL, "bob@example.com"),)


def test_what_was_paid_in_all_is_told_to_recognise_the_purchase_elsewhere() -> None:
    assert order(changed(total_price="129.99", total_price_set=None)).total == Money(12999, "EUR")
    assert order(changed(total_price=None, total_price_set=None)).total is None
    other = {"shop_money": {"amount": "129.99"}, "presentment_money": {"amount": "150.00", "currency_code": "USD"}}
    assert order(changed(total_price="1.00", total_price_set=other)).total == Money(12999, "EUR")


def test_an_anonymous_order_is_an_order() -> None:
    """SH-27"""
    body = changed(email=None, source_name="pos")
    del body["customer"]
    assert order(body).friend.identities == ()
    assert order(body).channel == "pos"
    assert order(body).base == Money(9000, "EUR")


def test_redacted_fields_leave_the_customer_id() -> None:
    """SH-26"""
    body = changed(email=None, phone=None, customer={"id": 7001000000000000009, "email": None})
    assert order(body).friend.identities == (IdentityClaim(IdentityKind.CUSTOMER, CUSTOMER),)
    assert order(body).friend.name is None


def test_a_free_order_is_worth_nothing() -> None:
    """SH-27"""
    body = payload("order_paid")
    body["line_items"][0]["discount_allocations"][0]["amount_set"]["shop_money"]["amount"] = "119.00"
    body["line_items"][0]["tax_lines"] = []
    assert order(body).base == Money(0, "EUR")


def test_test_orders_are_marked_unless_the_connection_counts_them() -> None:
    """SH-27"""
    assert order(changed(test=True)).is_test
    assert not order(changed(test=True), count_test_orders="yes").is_test
    assert not order(payload("order_paid")).is_test


def test_a_line_that_an_edit_removed_leaves_the_base() -> None:
    """SH-37"""
    body = payload("order_paid")
    body["line_items"][0]["current_quantity"] = 1
    assert order(body).base == Money(4500, "EUR")
    body["line_items"][0]["current_quantity"] = 0
    assert order(body).base == Money(0, "EUR")


def test_a_refunded_line_stays_in_the_base_and_its_refund_is_told_beside_it() -> None:
    body = changed(refunds=[payload("refund_of_a_line")])
    body["line_items"][0]["current_quantity"] = 1
    found = order(body)
    assert found.base == Money(9000, "EUR")
    assert [refund.amount for refund in found.refunds] == [Money(4500, "EUR")]


def test_of_three_pieces_one_edited_away_and_one_refunded_two_count() -> None:
    body = changed(refunds=[payload("refund_of_a_line")])
    line = body["line_items"][0]
    line["quantity"], line["current_quantity"] = 3, 1
    line["discount_allocations"], line["tax_lines"] = [], []
    assert order(body).base == Money(2 * 5950, "EUR")


def test_without_current_quantity_everything_sold_counts() -> None:
    body = payload("order_paid")
    del body["line_items"][0]["current_quantity"]
    assert order(body).base == Money(9000, "EUR")


def test_refunds_in_an_order_never_exceed_its_base() -> None:
    """SH-35: twice half of the line and once an amount are more than there is."""
    again = payload("refund_of_a_line") | {"id": 9001000000000000009}
    found = order(changed(refunds=[payload("refund_of_a_line"), again, payload("refund_of_an_amount")]))
    assert [refund.amount.minor for refund in found.refunds] == [4500, 4500, 0]
    assert sum(refund.amount.minor for refund in found.refunds) == found.base.minor


@pytest.mark.parametrize(
    ("currency", "price", "minor"),
    [("JPY", "1234", 2468), ("KWD", "1.2345", 2469), ("EUR", "0.005", 1), ("USD", "10", 2000)],
)
def test_amounts_follow_the_currency_and_are_rounded_once(currency: str, price: str, minor: int) -> None:
    body = changed(currency=currency)
    line = body["line_items"][0]
    line["price_set"]["shop_money"] = {"amount": price, "currency_code": currency}
    line["discount_allocations"], line["tax_lines"] = [], []
    assert order(body).base == Money(minor, currency)


def test_presentment_money_is_never_mixed_in() -> None:
    body = payload("order_paid")
    bag = body["line_items"][0]["price_set"]
    bag["presentment_money"]["amount"] = "999999.00"
    assert order(body).base == Money(9000, "EUR")
    del body["line_items"][0]["price_set"]  # an older body has only the plain field
    assert order(body).base == Money(9000, "EUR")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("id", "6001"),
        ("id", 6001.0),
        ("id", True),
        ("id", 0),
        ("id", 2**63),
        ("id", None),
        ("currency", None),
        ("currency", "eur"),
        ("created_at", "2026-11-20"),
        ("created_at", "2026-11-20T10:00:00"),
        ("created_at", 1700000000),
        ("cancelled_at", "soon"),
        ("updated_at", "0001-01-01T00:00:00+14:00"),
    ],
)
def test_a_spoilt_fact_makes_an_order_unreadable(key: str, value: object) -> None:
    with pytest.raises(Unreadable):
        read(changed(**{key: value}))


@pytest.mark.parametrize("price", ["1e5", "12,50", "", "٣", "1_0", "9" * 40, True, [], "NaN"])
def test_a_spoilt_amount_makes_an_order_unreadable(price: object) -> None:
    body = payload("order_paid")
    body["line_items"][0]["price_set"]["shop_money"]["amount"] = price
    with pytest.raises(Unreadable):
        read(body)


cents = st.integers(0, 10**7)


@st.composite
def lines(draw: st.DrawFn) -> dict[str, Any]:
    quantity = draw(st.integers(1, 5))
    price, discount = draw(cents), draw(cents)
    discount = min(discount, price * quantity)
    tax = draw(st.integers(0, price * quantity - discount))
    line = deepcopy(payload("order_paid")["line_items"][0])
    line["quantity"], line["current_quantity"] = quantity, draw(st.integers(0, quantity))
    line["gift_card"] = draw(st.booleans())
    line["price_set"]["shop_money"]["amount"] = f"{price / 100:.2f}"
    line["discount_allocations"][0]["amount_set"]["shop_money"]["amount"] = f"{discount / 100:.2f}"
    line["tax_lines"][0]["price_set"]["shop_money"]["amount"] = f"{tax / 100:.2f}"
    return line


@given(st.lists(lines(), max_size=4), st.booleans())
def test_the_base_is_never_below_zero_nor_above_what_was_charged(
    sold: list[dict[str, Any]], taxes_included: bool
) -> None:
    for number, line in enumerate(sold):
        line["id"] = 8100 + number
    base = order(changed(line_items=sold, taxes_included=taxes_included)).base
    charged = sum(
        round(float(line["price_set"]["shop_money"]["amount"]) * 100) * line["quantity"]
        - round(float(line["discount_allocations"][0]["amount_set"]["shop_money"]["amount"]) * 100)
        for line in sold
        if not line["gift_card"]
    )
    assert 0 <= base.minor <= charged
    whole = [line | {"current_quantity": line["quantity"]} for line in sold]
    assert base <= order(changed(line_items=whole, taxes_included=taxes_included)).base
    if not taxes_included:
        assert order(changed(line_items=whole, taxes_included=False)).base.minor == charged
