"""The webhook refunds/create, which tells a refund without its order."""

from decimal import Decimal
from typing import Any

from connectors.shopify.client import AdminApi, Urgency
from connectors.shopify.mapping import gave_money_back, refund_from, shop_amount
from connectors.shopify.picking import ZERO, Body, child, gid, objects
from referhub import ConnectorError, OrderRefunded, TryLater

PLACES_OF_THE_CURRENCY = ("refund_line_items", "order_adjustments", "refund_shipping_lines")


def refunded(body: Body, api: AdminApi) -> list[OrderRefunded]:
    """The refund, or nothing while no money has moved. Complete without the order, which may be out of reach.

    Raises `Unreadable`, or `TryLater` when only the shop can tell whether the prices contain tax.
    """
    order_id = gid("Order", body, "order_id")
    currency = _currency(body)
    if currency is None or not gave_money_back(body):
        return []
    included = _are_taxes_included(body)
    if included is None:
        included = _ask_for_taxes(order_id, api)
    return [OrderRefunded(order_id, refund_from(body, currency, included))]


def _currency(body: Body) -> str | None:
    """The shop's currency; a transaction's own currency is the buyer's and says nothing."""
    bags = [child(body, "total_duties_set")]
    for place in PLACES_OF_THE_CURRENCY:
        for item in objects(body.get(place)):
            bags += [
                child(item, "subtotal_set"),
                child(item, "amount_set"),
                child(item, "subtotal_amount_set"),
            ]
    found: list[Any] = [child(bag, "shop_money").get("currency_code") for bag in bags]
    return next((code for code in found if isinstance(code, str)), None)


def _are_taxes_included(body: Body) -> bool | None:
    """Whether the subtotals contain their tax, worked out from the rates; None when they do not say."""
    untaxed = True
    for item in objects(body.get("refund_line_items")):
        subtotal, tax = shop_amount(item, "subtotal"), shop_amount(item, "total_tax")
        rate = sum((_rate(line) for line in objects(child(item, "line_item").get("tax_lines"))), ZERO)
        if tax > 0 and rate > 0:
            return abs(tax - subtotal * rate / (1 + rate)) < abs(tax - subtotal * rate)
        untaxed = untaxed and not tax
    return False if untaxed else None


def _rate(line: Body) -> Decimal:
    rate = line.get("rate")
    return Decimal(rate) if isinstance(rate, (int, Decimal)) else ZERO


def _ask_for_taxes(order_id: str, api: AdminApi) -> bool:
    """The order's own word; if it is out of reach, the whole subtotal counts, so that too little is paid."""
    try:
        order = child(api.query("order_taxes", {"id": order_id}, Urgency.PROMPT), "order")
    except TryLater:
        raise
    except ConnectorError:
        return False
    return order.get("taxesIncluded") is True
