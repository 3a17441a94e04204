"""A line of an order, with its taxes and its share of the discounts."""

from __future__ import annotations

from decimal import Decimal

from sandbox.shopify import totals
from sandbox.shopify.money import rest_text
from sandbox.shopify.nouns import ZERO, LineItem, Order
from sandbox.shopify.payloads.templates import Body, bag, template


def line_item(order: Order, line: LineItem) -> Body:
    left = totals.current_quantity(order, line)
    return template("line_item") | {
        "id": line.id,
        "admin_graphql_api_id": line.gid,
        "name": line.title,
        "title": line.title,
        "sku": line.sku,
        "vendor": line.vendor,
        "gift_card": line.gift_card,
        "taxable": bool(line.tax_rate),
        "requires_shipping": not line.gift_card,
        "quantity": line.quantity,
        "current_quantity": left,
        "fulfillable_quantity": left,
        "price": rest_text(line.price, order.currency),
        "price_set": bag(order, line.price),
        "total_discount": rest_text(ZERO, order.currency),
        "total_discount_set": bag(order, ZERO),
        "tax_lines": tax_lines(order, line.tax, line.tax_rate) if line.tax_rate else [],
        "discount_allocations": _allocations(order, line),
    }


def _allocations(order: Order, line: LineItem) -> list[Body]:
    if not line.discount:
        return []
    amount = rest_text(line.discount, order.currency)
    return [{"amount": amount, "amount_set": bag(order, line.discount), "discount_application_index": 0}]


def tax_lines(order: Order, amount: Decimal, rate: Decimal) -> list[Body]:
    # The rate is a JSON number in the vendor's bodies; it is written here, never computed with.
    return [
        {
            "channel_liable": False,
            "price": rest_text(amount, order.currency),
            "price_set": bag(order, amount),
            "rate": float(rate),
            "title": "VAT",
        }
    ]
