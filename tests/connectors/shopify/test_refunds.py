"""Refunds: which share of the base goes back, however they are told."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.shopify.amounts import Adjustment, RefundedLine, capped, refund_share
from referhub import HttpResponse, Money, NotSent, OrderRefunded, TryLater, Unreadable
from tests.connectors.shopify.support import NoNetwork, ScriptedHttp, answer, connector, delivery, payload


def read(body: dict[str, Any], http: Any = None) -> list[Any]:
    return list(connector(http or NoNetwork()).read(delivery("refunds/create", body)))


def amount(body: dict[str, Any], http: Any = None) -> Money:
    (event,) = read(body, http)
    assert type(event) is OrderRefunded
    return event.refund.amount


def changed(name: str, **values: Any) -> dict[str, Any]:
    return payload(name) | values


def test_a_refund_is_told_without_its_order() -> None:
    """SH-36: the payload alone is enough, no request is made."""
    (event,) = read(payload("refund_of_a_line"))
    assert event.order_id == "gid://shopify/Order/6001000000000000007"
    assert event.refund.source_id == "gid://shopify/Refund/9001000000000000003"
    assert event.refund.amount == Money(4500, "EUR")
    assert event.refund.refunded_at.isoformat() == "2026-11-25T08:00:05+00:00"


def test_when_prices_are_net_the_subtotal_is_the_share() -> None:
    body = payload("refund_of_a_line")
    item = body["refund_line_items"][0]
    item["total_tax_set"]["shop_money"]["amount"] = "10.17"  # 19 % on top of 53.55, not inside it
    assert amount(body) == Money(5355, "EUR")


def test_less_given_back_than_the_lines_come_to_takes_that_share() -> None:
    """Of 53.55 in lines 13.55 were kept, so 40.00 / 53.55 of their net 45.00 go back."""
    adjustment = payload("refund_of_an_amount")["order_adjustments"][0]
    adjustment["amount_set"]["shop_money"]["amount"] = "13.55"
    assert amount(changed("refund_of_a_line", order_adjustments=[adjustment])) == Money(3361, "EUR")


def test_an_amount_without_lines_counts_as_it_stands_and_shipping_does_not() -> None:
    assert amount(payload("refund_of_an_amount")) == Money(1000, "EUR")


def test_refunded_shipping_alone_takes_nothing() -> None:
    body = payload("refund_of_an_amount")
    body["order_adjustments"] = body["order_adjustments"][1:]
    assert amount(body) == Money(0, "EUR")


@pytest.mark.parametrize(
    "transactions",
    [
        [],
        None,
        [{"kind": "refund", "status": "failure", "amount": "62.12"}],
        [{"kind": "refund", "status": "pending", "amount": "62.12"}],
        [{"kind": "sale", "status": "success", "amount": "62.12"}],
    ],
)
def test_goods_taken_back_without_money_reverse_nothing(transactions: object) -> None:
    assert read(changed("refund_of_a_line", transactions=transactions)) == []
    order = payload("order_paid") | {"refunds": [changed("refund_of_a_line", transactions=transactions)]}
    (event,) = connector().read(delivery("orders/updated", order))
    assert event.order.refunds == ()  # type: ignore[union-attr]


def test_what_a_transaction_says_is_never_taken_for_shop_money() -> None:
    body = payload("refund_of_a_line")
    body["transactions"][0] |= {"amount": "9999.00", "currency": "USD"}
    assert amount(body) == Money(4500, "EUR")


def test_a_refunded_gift_card_takes_nothing() -> None:
    body = payload("refund_of_a_line")
    body["refund_line_items"][0]["line_item"]["gift_card"] = True
    assert amount(body) == Money(0, "EUR")


def test_json_numbers_are_read_to_the_cent() -> None:
    """The plain fields of a refund are JSON numbers; 53.55 as a float would be 53.5499…"""
    body = payload("refund_of_a_line")
    item = body["refund_line_items"][0]
    bag = item["subtotal_set"]
    item["subtotal_set"], item["total_tax_set"] = None, None
    item["subtotal"], item["total_tax"] = 0.145, 0
    body["total_duties_set"] = bag
    assert amount(body) == Money(15, "EUR")


def without_rates() -> dict[str, Any]:
    body = payload("refund_of_a_line")
    body["refund_line_items"][0]["line_item"]["tax_lines"] = []
    return body


@pytest.mark.parametrize(("included", "minor"), [(True, 4500), (False, 5355)])
def test_without_rates_the_shop_is_asked_whether_prices_contain_tax(included: bool, minor: int) -> None:
    http = ScriptedHttp(answer({"data": {"order": {"taxesIncluded": included}}}))
    assert amount(without_rates(), http) == Money(minor, "EUR")
    assert len(http.asked) == 1


@pytest.mark.parametrize(
    "reply",
    [answer({"data": {"order": None}}), answer({}, status=403), answer({}, status=422)],
)
def test_if_the_shop_cannot_tell_the_whole_subtotal_counts(reply: HttpResponse) -> None:
    """SH-36: without read_all_orders an old order is not to be seen; rather too little is paid."""
    assert amount(without_rates(), ScriptedHttp(reply)) == Money(5355, "EUR")


def test_if_the_shop_cannot_be_reached_the_refund_is_read_later() -> None:
    with pytest.raises(TryLater):
        read(without_rates(), ScriptedHttp(NotSent("no connection")))


def test_a_refund_is_told_the_same_by_its_own_topic_and_by_the_order() -> None:
    """SH-35: two topics, one id, one amount."""
    for name in ("refund_of_a_line", "refund_of_an_amount"):
        (alone,) = read(payload(name))
        order = payload("order_paid") | {"refunds": [payload(name)]}
        (event,) = connector().read(delivery("orders/updated", order))
        assert event.order.refunds == (alone.refund,)  # type: ignore[union-attr]


def test_a_refund_without_order_number_is_unreadable() -> None:
    with pytest.raises(Unreadable):
        read(changed("refund_of_a_line", order_id=None))


money = st.decimals(0, 10_000, places=2)


@given(st.lists(st.tuples(money, money, st.booleans()), max_size=4), st.lists(money, max_size=2), st.booleans())
def test_a_share_is_never_below_zero_and_without_adjustments_it_is_the_net_sum(
    given_lines: list[tuple[Decimal, Decimal, bool]], adjusted: list[Decimal], included: bool
) -> None:
    lines = [RefundedLine(max(one, two), min(one, two), counts) for one, two, counts in given_lines]
    net = sum((line.subtotal - (line.tax if included else 0) for line in lines if line.counts), Decimal(0))
    plain = refund_share(lines, [], taxes_included=included, currency="EUR")
    assert plain.minor == int(net * 100)
    kept = [Adjustment(value, Decimal(0)) for value in adjusted]
    less = refund_share(lines, kept, taxes_included=included, currency="EUR")
    assert 0 <= less.minor <= plain.minor


@given(st.lists(st.integers(0, 10**6), max_size=8), st.integers(0, 10**6))
def test_capped_amounts_keep_their_order_and_never_exceed_the_limit(minors: list[int], limit: int) -> None:
    cut = capped([Money(minor, "EUR") for minor in minors], Money(limit, "EUR"))
    assert sum(amount.minor for amount in cut) == min(sum(minors), limit)
    assert all(0 <= after.minor <= before for after, before in zip(cut, minors, strict=True))
