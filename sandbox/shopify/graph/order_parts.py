"""The small parts of an order: amounts in two currencies, lines, taxes and transactions."""

from __future__ import annotations

from decimal import Decimal

from sandbox.shopify import totals
from sandbox.shopify.graph.context import View
from sandbox.shopify.money import graph_money, rounded
from sandbox.shopify.nouns import ZERO, LineItem, Order, OrderTransaction


def bag(order: Order, amount: Decimal) -> View:
    shown = rounded(amount * order.presentment_rate, order.presentment_currency)
    return {
        "shopMoney": graph_money(amount, order.currency),
        "presentmentMoney": graph_money(shown, order.presentment_currency),
    }


def line_view(order: Order, line: LineItem) -> View:
    unit = totals.share(line.total, 1, line, order.currency)
    return {
        "id": line.gid,
        "name": line.title,
        "title": line.title,
        "sku": line.sku,
        "vendor": line.vendor,
        "quantity": line.quantity,
        "currentQuantity": totals.current_quantity(order, line),
        "isGiftCard": line.gift_card,
        "taxable": bool(line.tax_rate),
        "originalUnitPriceSet": bag(order, line.price),
        "originalTotalSet": bag(order, line.original),
        # Without its argument this leaves out what codes took off, and so does the unit price beside it.
        "discountedTotalSet": lambda info, with_code_discounts=False: bag(
            order, line.total if with_code_discounts else line.original
        ),
        "discountedUnitPriceSet": bag(order, line.price),
        "discountedUnitPriceAfterAllDiscountsSet": bag(order, unit),
        "totalDiscountSet": bag(order, ZERO),
        "taxLines": [tax_line(order, line.tax, line.tax_rate)] if line.tax_rate else [],
        "discountAllocations": [{"allocatedAmountSet": bag(order, line.discount)}] if line.discount else [],
        "customAttributes": [],
    }


def tax_line(order: Order, amount: Decimal, rate: Decimal) -> View:
    shown = {
        "rate": float(rate),
        "ratePercentage": float(rate * 100),
    }  # Float in the vendor's schema; never computed with
    return shown | {"title": "VAT", "channelLiable": False, "priceSet": bag(order, amount)}


def transaction_view(order: Order, each: OrderTransaction) -> View:
    return {
        "id": each.gid,
        "kind": each.kind.upper(),
        "status": each.status.upper(),
        "gateway": each.gateway,
        "test": order.test,
        "createdAt": each.created_at,
        "processedAt": each.created_at,
        "amountSet": bag(order, each.amount),
    }
