"""An order's life: placed, paid, edited, refunded, cancelled; each act announces the vendor's topics."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from sandbox.ground.refusal import Refused
from sandbox.shopify import totals
from sandbox.shopify.money import rounded
from sandbox.shopify.nouns import (
    ZERO,
    LineItem,
    Order,
    OrderAdjustment,
    OrderTransaction,
    Refund,
    RefundLineItem,
)
from sandbox.shopify.payloads import order_body, refund_body
from sandbox.shopify.shop import Action, Shop
from sandbox.shopify.trade.checkout import decimal, order_from
from sandbox.shopify.webhooks.announce import announce

CANCEL_REASONS = {"customer", "declined", "fraud", "inventory", "other", "staff"}


def place(shop: Shop, basket: dict[str, Any]) -> Order:
    """The order is kept and orders/create announced; with paid=True it is paid in the same action."""
    with shop.truth.transaction():
        now = shop.truth.now() - timedelta(days=float(str(basket.get("days_ago", 0))))
        action = Action(shop.truth.now())
        order = order_from(shop, basket, now)
        topics = ["orders/create"]
        if basket.get("paid", False) or not totals.total(order):
            _receive(shop, order, totals.total(order))
            topics.append("orders/paid")
        shop.truth.keep(order)
        _announce(shop, action, order, topics)
    return order


def pay(shop: Shop, order_id: int) -> Order:
    """The whole outstanding amount is received."""
    with shop.truth.transaction():
        order, action = _found(shop, order_id), Action(shop.truth.now())
        if totals.outstanding(order) <= 0 or order.cancelled_at:
            raise Refused(f"order {order_id} has nothing left to pay")
        _receive(shop, order, totals.outstanding(order))
        _changed(shop, action, order, ["orders/paid", "orders/updated"])
    return order


def cancel(shop: Shop, order_id: int, reason: str = "customer", refund_money: bool = False) -> Order:
    """The order is cancelled; with refund_money everything left of it goes back first, in the same action."""
    if reason not in CANCEL_REASONS:
        raise Refused(f"a cancel reason is one of {sorted(CANCEL_REASONS)}, not {reason!r}")
    with shop.truth.transaction():
        order, action = _found(shop, order_id), Action(shop.truth.now())
        if order.cancelled_at:
            raise Refused(f"order {order_id} is cancelled already")
        order.cancelled_at, order.cancel_reason = action.at, reason
        if refund_money and totals.received(order) > totals.refunded(order):
            _give_back(shop, action, order, _everything(order))
        _changed(shop, action, order, ["orders/cancelled", "orders/updated"])
    return order


def touch(shop: Shop, order_id: int) -> Order:
    """Somebody saved the order without changing what it is worth: only orders/updated."""
    with shop.truth.transaction():
        order, action = _found(shop, order_id), Action(shop.truth.now())
        _changed(shop, action, order, ["orders/updated"])
    return order


def save_tags(shop: Shop, order: Order) -> None:
    """The order is kept with its new tags; orders/updated is announced, also when an app did it."""
    with shop.truth.transaction():
        _changed(shop, Action(shop.truth.now()), order, ["orders/updated"])


def set_journey(shop: Shop, order_id: int, ready: bool) -> Order:
    """The customer journey of the order can now be read, or not yet; no webhook tells."""
    with shop.truth.transaction():
        order = _found(shop, order_id)
        order.journey_ready = ready
        shop.truth.keep(order)
    return order


def edit(shop: Shop, order_id: int, line: int, quantity: int = 1) -> Order:
    """So many pieces of a line (its number, counted from 0, or its id) are removed by the merchant."""
    with shop.truth.transaction():
        order, action = _found(shop, order_id), Action(shop.truth.now())
        item = _line(order, line)
        if not 0 < quantity <= totals.current_quantity(order, item):
            raise Refused(f"only {totals.current_quantity(order, item)} pieces are left of this line")
        item.removed += quantity
        announce(shop, action, "orders/edited", order_body.order_edit(shop, order, item, quantity, action.at))
        _changed(shop, action, order, ["orders/updated"])
    return order


def refund(shop: Shop, order_id: int, asked: dict[str, Any]) -> Refund:
    """
    Pieces, money, or both go back; refunds/create and orders/updated are announced.

    asked: lines [{line, quantity}], amount (default: what the pieces and the shipping cost), shipping,
    money=False for a return without money, failed=True for money that did not arrive, note.
    """
    with shop.truth.transaction():
        order, action = _found(shop, order_id), Action(shop.truth.now())
        made = _give_back(shop, action, order, asked)
        _changed(shop, action, order, ["orders/updated"])
    return made


def _found(shop: Shop, order_id: int) -> Order:
    order = shop.truth.find(Order, order_id)
    if not order:
        raise Refused(f"the shop has no order {order_id}")
    return order


def _line(order: Order, which: int) -> LineItem:
    found = order.lines[which] if 0 <= which < len(order.lines) else order.line(which)
    if not found:
        raise Refused(f"order {order.id} has no line {which}")
    return found


def _receive(shop: Shop, order: Order, amount: Decimal) -> None:
    money = OrderTransaction(shop.new_id("OrderTransaction"), "sale", "success", amount, shop.truth.now())
    order.transactions.append(money)


def _changed(shop: Shop, action: Action, order: Order, topics: list[str]) -> None:
    order.updated_at = max(action.at, order.updated_at + timedelta(seconds=1))
    shop.truth.keep(order)
    _announce(shop, action, order, topics)


def _announce(shop: Shop, action: Action, order: Order, topics: list[str]) -> None:
    body = order_body.order(shop, order)
    for topic in topics:
        announce(shop, action, topic, body)


def _everything(order: Order) -> dict[str, Any]:
    left = [{"line": line.id, "quantity": totals.current_quantity(order, line)} for line in order.lines]
    return {
        "lines": [each for each in left if each["quantity"]],
        "shipping": order.shipping - totals.shipping_refunded(order),
        "amount": totals.received(order) - totals.refunded(order),
    }


def _give_back(shop: Shop, action: Action, order: Order, asked: dict[str, Any]) -> Refund:
    lines = [_returned(shop, order, each) for each in asked.get("lines") or []]
    shipping = rounded(decimal(asked.get("shipping", "0"), "shipping"), order.currency)
    if not 0 <= shipping <= order.shipping - totals.shipping_refunded(order):
        raise Refused("more shipping would go back than was paid")
    shipping_tax = _shipping_tax(order, shipping)
    pieces = sum((line.subtotal + (ZERO if order.taxes_included else line.tax) for line in lines), ZERO)
    worth = pieces + shipping + (ZERO if order.taxes_included else shipping_tax)
    money = _money(asked, worth, order)
    made = Refund(shop.new_id("Refund"), order.id, action.at, asked.get("note"), lines, [], [])
    if shipping:
        made.adjustments.append(_adjustment(shop, "shipping_refund", -shipping, -shipping_tax))
    if money is not None:
        status = "failure" if asked.get("failed") else "success"
        number = shop.new_id("OrderTransaction")
        made.transactions.append(OrderTransaction(number, "refund", status, money, action.at))
        if money != worth:
            made.adjustments.append(_adjustment(shop, "refund_discrepancy", worth - money, ZERO))
    if not (lines or shipping or money):
        raise Refused("a refund needs lines, shipping or an amount")
    order.refunds.append(made)
    shop.truth.keep(made)
    announce(shop, action, "refunds/create", refund_body.refund(order, made))
    return made


def _returned(shop: Shop, order: Order, asked: dict[str, Any]) -> RefundLineItem:
    line, quantity = _line(order, int(asked["line"])), int(asked.get("quantity", 1))
    left = totals.current_quantity(order, line)
    if not 0 < quantity <= left:
        raise Refused(f"only {left} pieces are left of this line")
    back = [each for refund in order.refunds for each in refund.lines if each.line_id == line.id]
    if quantity == left and not line.removed:  # the last pieces take what rounding left over
        subtotal = line.total - sum((each.subtotal for each in back), ZERO)
        tax = line.tax - sum((each.tax for each in back), ZERO)
    else:
        subtotal = totals.share(line.total, quantity, line, order.currency)
        tax = totals.share(line.tax, quantity, line, order.currency)
    return RefundLineItem(shop.new_id("RefundLineItem"), line.id, quantity, subtotal, tax)


def _shipping_tax(order: Order, shipping: Decimal) -> Decimal:
    return rounded(order.shipping_tax * shipping / order.shipping, order.currency) if order.shipping else ZERO


def _money(asked: dict[str, Any], worth: Decimal, order: Order) -> Decimal | None:
    """The money that moves: what was asked for, else what the returned things cost; None for none."""
    if not asked.get("money", True):
        return None
    amount = rounded(decimal(asked["amount"], "amount"), order.currency) if "amount" in asked else worth
    if not 0 <= amount <= totals.received(order) - totals.refunded(order):
        raise Refused("more money would go back than was received")
    return amount


def _adjustment(shop: Shop, kind: str, amount: Decimal, tax: Decimal) -> OrderAdjustment:
    return OrderAdjustment(shop.new_id("OrderAdjustment"), kind, amount, tax)
