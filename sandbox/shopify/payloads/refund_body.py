"""The body of a refund: the topic refunds/create, and the refunds inside an order."""

from __future__ import annotations

from sandbox.shopify.money import rest_text, rounded
from sandbox.shopify.nouns import ZERO, Order, OrderTransaction, Refund, RefundLineItem
from sandbox.shopify.payloads.line_body import line_item
from sandbox.shopify.payloads.templates import Body, bag, template, time


def refund(order: Order, made: Refund) -> Body:
    body = template("refund") | {
        "id": made.id,
        "order_id": order.id,
        "admin_graphql_api_id": made.gid,
        "created_at": time(made.created_at),
        "processed_at": time(made.created_at),
        "note": made.note,
        "total_duties_set": bag(order, ZERO),
        "refund_line_items": [_refund_line(order, each) for each in made.lines],
        "transactions": [_transaction(order, each) for each in made.transactions],
    }
    body["order_adjustments"] = [
        {
            "id": each.id,
            "order_id": order.id,
            "refund_id": made.id,
            "amount": rest_text(each.amount, order.currency),
            "tax_amount": rest_text(each.tax, order.currency),
            "kind": each.kind,
            "reason": each.kind.replace("_", " ").capitalize(),
            "amount_set": bag(order, each.amount),
            "tax_amount_set": bag(order, each.tax),
        }
        for each in made.adjustments
    ]
    return body


def _refund_line(order: Order, each: RefundLineItem) -> Body:
    line = order.line(each.line_id)
    # subtotal and total_tax are JSON numbers in the vendor's bodies, unlike all other money there.
    return {
        "id": each.id,
        "quantity": each.quantity,
        "line_item_id": each.line_id,
        "location_id": None,
        "restock_type": "no_restock",
        "subtotal": float(each.subtotal),
        "total_tax": float(each.tax),
        "subtotal_set": bag(order, each.subtotal),
        "total_tax_set": bag(order, each.tax),
        "line_item": line_item(order, line) if line else None,
    }


def _transaction(order: Order, each: OrderTransaction) -> Body:
    """The amount is what the buyer got back, in the buyer's currency."""
    shown = rounded(each.amount * order.presentment_rate, order.presentment_currency)
    return template("transaction") | {
        "id": each.id,
        "order_id": order.id,
        "admin_graphql_api_id": each.gid,
        "kind": each.kind,
        "status": each.status,
        "gateway": each.gateway,
        "created_at": time(each.created_at),
        "processed_at": time(each.created_at),
        "test": order.test,
        "amount": rest_text(shown, order.presentment_currency),
        "currency": order.presentment_currency,
        "parent_id": order.transactions[0].id if order.transactions else None,
    }
