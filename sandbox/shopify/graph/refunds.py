"""Refunds as the API shows them: the pieces, the money and the differences between the two."""

from __future__ import annotations

from collections.abc import Callable

from sandbox.shopify.graph.connection import connection
from sandbox.shopify.graph.context import View
from sandbox.shopify.graph.order_parts import bag, line_view, transaction_view
from sandbox.shopify.nouns import Order, OrderAdjustment, Refund, RefundLineItem

# In GraphQL an adjustment has a reason; the kind that webhook bodies name does not exist here, and refunded shipping
# has been none since 2024-10 (https://shopify.dev/changelog/exposing-the-order-adjustments-connection-on-a-refund).
REASONS = {"refund_discrepancy": "REFUND_DISCREPANCY"}


def refund_view(order: Order, made: Refund, show_order: Callable[[], View]) -> View:
    return {
        "id": made.gid,
        "legacyResourceId": made.id,
        "createdAt": made.created_at,
        "processedAt": made.created_at,
        "updatedAt": made.created_at,
        "note": made.note,
        "order": lambda info: show_order(),
        "totalRefundedSet": bag(order, made.money),
        "refundLineItems": lambda info, **args: connection(made.lines, lambda each: _refund_line(order, each), args),
        "orderAdjustments": lambda info, **args: connection(
            [each for each in made.adjustments if each.kind in REASONS], lambda each: _adjustment(order, each), args
        ),
        "refundShippingLines": lambda info, **args: connection(
            [each for each in made.adjustments if each.kind not in REASONS], lambda each: _shipping(order, each), args
        ),
        "transactions": lambda info, **args: connection(
            made.transactions, lambda each: transaction_view(order, each), args
        ),
    }


def _refund_line(order: Order, each: RefundLineItem) -> View:
    line = order.line(each.line_id)
    return {
        "id": each.gid,
        "quantity": each.quantity,
        "lineItem": line_view(order, line) if line else None,
        "subtotalSet": bag(order, each.subtotal),
        "totalTaxSet": bag(order, each.tax),
    }


def _adjustment(order: Order, each: OrderAdjustment) -> View:
    return {
        "id": each.gid,
        "reason": REASONS.get(each.kind),
        "amountSet": bag(order, each.amount),
        "taxAmountSet": bag(order, each.tax),
    }


def _shipping(order: Order, each: OrderAdjustment) -> View:
    return {
        "id": each.gid,
        "subtotalAmountSet": bag(order, -each.amount),
        "taxAmountSet": bag(order, -each.tax),
    }
