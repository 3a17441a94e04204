"""Webhook bodies of orders and refunds, translated into the hub's own words.

https://shopify.dev/docs/api/webhooks
"""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from connectors.shopify.amounts import Adjustment, Line, RefundedLine, base, capped, kept, refund_share
from connectors.shopify.evidence import from_webhook
from connectors.shopify.facts import line_facts, order_facts
from connectors.shopify.picking import ZERO, Body, amount, child, contact, count, gid, moment, objects, text
from connectors.shopify.signals import from_order
from referhub import (
    FieldValue,
    Money,
    Order,
    OrderCancelled,
    OrderEvent,
    OrderPaid,
    OrderPlaced,
    Refund,
    Unreadable,
)

PAID = frozenset({"paid", "partially_refunded", "refunded"})
TIP_MARKS = ("tip", "tip_payment_gateway", "tip_payment_method")  # only a tip's line carries one of them


def order_event(order: Order) -> OrderEvent:
    """What an order's state means, whichever topic told it: cancelled before paid before placed."""
    if order.cancelled_at is not None:
        return OrderCancelled(order)
    return OrderPaid(order) if order.is_paid else OrderPlaced(order)


def order_from(body: Body, *, counts_tests: bool = False) -> Order:
    """The order that a webhook describes. Raises `Unreadable`."""
    currency = currency_of(body)
    taxes_included = body.get("taxes_included") is True
    moneyed = [refund for refund in objects(body.get("refunds")) if gave_money_back(refund)]
    placed_at = _required_moment(body, "created_at", "processed_at")
    items = list(objects(body.get("line_items")))
    lines, refunded = [_line(item) for item in items], _refunded_quantities(objects(body.get("refunds")))
    worth = base(lines, refunded, taxes_included=taxes_included, currency=currency)
    return Order(
        source_id=gid("Order", body),
        name=text(body, "name") or "",
        base=worth,
        friend=contact(child(body, "customer"), email=text(body, "email"), phone=text(body, "phone")),
        is_paid=text(body, "financial_status") in PAID,
        is_test=body.get("test") is True and not counts_tests,
        placed_at=placed_at,
        updated_at=moment(body, "updated_at") or placed_at,
        cancelled_at=moment(body, "cancelled_at"),
        evidence=from_webhook(body),
        refunds=_refunds(moneyed, worth, taxes_included),
        channel=text(body, "source_name") or "",
        total=Money.from_decimal(shop_amount(body, "total_price"), currency) or None,
        signals=from_order(body),
        fields=_facts(body, lines, refunded),
        lines=tuple(
            _line_facts(item, line, refunded, currency, taxes_included=taxes_included)
            for item, line in zip(items, lines, strict=True)
            if kept(line, refunded)
        ),
    )


def _facts(body: Body, lines: list[Line], refunded: dict[str, int]) -> dict[str, FieldValue]:
    addresses = (child(body, "shipping_address"), child(body, "billing_address"))
    payments = body.get("payment_gateway_names")
    return order_facts(
        country=next((found for place in addresses if (found := text(place, "country_code"))), None),
        tags=str(body.get("tags") or "").split(","),
        codes=[item.get("code") for item in objects(body.get("discount_codes"))],
        payments=payments if isinstance(payments, list) else (),
        lines=lines,
        refunded=refunded,
    )


def _line_facts(
    item: Body, line: Line, refunded: dict[str, int], currency: str, *, taxes_included: bool
) -> dict[str, FieldValue]:
    return line_facts(
        line,
        refunded,
        currency,
        taxes_included=taxes_included,
        title=text(item, "title"),
        sku=text(item, "sku"),
        vendor=text(item, "vendor"),
        is_gift_card=item.get("gift_card") is True,
    )


def currency_of(body: Body) -> str:
    """The shop's currency, in which all counting is done."""
    currency = body.get("currency")
    if not isinstance(currency, str):
        raise Unreadable("the order names no currency")
    return currency


def _required_moment(body: Body, *keys: str) -> datetime:
    at = moment(body, *keys)
    if at is None:
        raise Unreadable(f"{keys[0]} is missing")
    return at


def shop_amount(body: Body, key: str) -> Decimal:
    """An amount in the shop's currency: from the `_set` where there is one, else from the plain field."""
    money = child(child(body, f"{key}_set"), "shop_money")
    value = money.get("amount", body.get(key))
    if value is None:
        return ZERO
    # In refunds the plain fields are JSON numbers: https://shopify.dev/docs/api/webhooks?reference=refunds
    return amount(str(value) if isinstance(value, (int, Decimal)) and value is not True else value)


def _line(item: Body) -> Line:
    quantity = count(item, "quantity") or 0
    discounts = sum((shop_amount(given, "amount") for given in objects(item.get("discount_allocations"))), ZERO)
    return Line(
        id=str(item.get("id")),
        gross=shop_amount(item, "price") * quantity - discounts,
        tax=sum((shop_amount(tax, "price") for tax in objects(item.get("tax_lines"))), ZERO),
        quantity=quantity,
        current_quantity=count(item, "current_quantity"),
        counts=item.get("gift_card") is not True and not any(item.get(mark) for mark in TIP_MARKS),
    )


def _refunded_quantities(refunds: Iterable[Body]) -> dict[str, int]:
    quantities: dict[str, int] = {}
    for refund in refunds:
        for item in objects(refund.get("refund_line_items")):
            line = str(item.get("line_item_id"))
            quantities[line] = quantities.get(line, 0) + (count(item, "quantity") or 0)
    return quantities


def gave_money_back(refund: Body) -> bool:
    """True when money moved: goods taken back without money reverse nothing (yet)."""
    return any(
        paid.get("kind") == "refund" and paid.get("status") == "success" for paid in objects(refund.get("transactions"))
    )


def _refunds(refunds: list[Body], worth: Money, taxes_included: bool) -> tuple[Refund, ...]:
    told = [refund_from(refund, worth.currency, taxes_included) for refund in refunds]
    amounts = capped([refund.amount for refund in told], worth)
    return tuple(
        Refund(source_id=refund.source_id, amount=cut, refunded_at=refund.refunded_at)
        for refund, cut in zip(told, amounts, strict=True)
    )


def refund_from(refund: Body, currency: str, taxes_included: bool) -> Refund:
    """One refund with its share of the order's base. Raises `Unreadable`."""
    lines = [_refunded_line(item) for item in objects(refund.get("refund_line_items"))]
    adjustments = [
        Adjustment(shop_amount(item, "amount"), shop_amount(item, "tax_amount"))
        for item in objects(refund.get("order_adjustments"))
        if item.get("kind") != "shipping_refund"  # shipping never counted
    ]
    return Refund(
        source_id=gid("Refund", refund),
        amount=refund_share(lines, adjustments, taxes_included=taxes_included, currency=currency),
        refunded_at=_required_moment(refund, "processed_at", "created_at"),
    )


def _refunded_line(item: Body) -> RefundedLine:
    line = child(item, "line_item")
    return RefundedLine(
        subtotal=shop_amount(item, "subtotal"),
        tax=shop_amount(item, "total_tax"),
        counts=line.get("gift_card") is not True and not any(line.get(mark) for mark in TIP_MARKS),
    )
