"""An order's sums, from its lines, edits and refunds; all in the shop's currency."""

from __future__ import annotations

from decimal import Decimal

from sandbox.shopify.money import rounded
from sandbox.shopify.nouns import ZERO, LineItem, Order


def subtotal(order: Order) -> Decimal:
    return sum((line.total for line in order.lines), ZERO)


def discounts(order: Order) -> Decimal:
    return sum((line.discount for line in order.lines), ZERO)


def tax(order: Order) -> Decimal:
    return sum((line.tax for line in order.lines), order.shipping_tax)


def total(order: Order) -> Decimal:
    return subtotal(order) + order.shipping + order.tip + (ZERO if order.taxes_included else tax(order))


def refunded_quantity(order: Order, line: LineItem) -> int:
    return sum(each.quantity for refund in order.refunds for each in refund.lines if each.line_id == line.id)


def current_quantity(order: Order, line: LineItem) -> int:
    """What is left of the line after edits and returns."""
    return line.quantity - line.removed - refunded_quantity(order, line)


def share(amount: Decimal, quantity: int, line: LineItem, currency: str) -> Decimal:
    """The part of a line's amount that belongs to so many of its pieces."""
    return rounded(amount * quantity / line.quantity, currency) if line.quantity else ZERO


def current_subtotal(order: Order) -> Decimal:
    kept = (share(line.total, current_quantity(order, line), line, order.currency) for line in order.lines)
    return sum(kept, ZERO)


def current_discounts(order: Order) -> Decimal:
    kept = (share(line.discount, current_quantity(order, line), line, order.currency) for line in order.lines)
    return sum(kept, ZERO)


def shipping_refunded(order: Order) -> Decimal:
    return -sum((a.amount for r in order.refunds for a in r.adjustments if a.kind == "shipping_refund"), ZERO)


def shipping_tax_refunded(order: Order) -> Decimal:
    return -sum((a.tax for r in order.refunds for a in r.adjustments if a.kind == "shipping_refund"), ZERO)


def current_tax(order: Order) -> Decimal:
    kept = (share(line.tax, current_quantity(order, line), line, order.currency) for line in order.lines)
    return sum(kept, order.shipping_tax - shipping_tax_refunded(order))


def discrepancies(order: Order) -> Decimal:
    return sum((a.amount for r in order.refunds for a in r.adjustments if a.kind == "refund_discrepancy"), ZERO)


def current_total(order: Order) -> Decimal:
    """After edits and refunds; what a refund kept back (its discrepancy) is still part of the price."""
    added_tax = ZERO if order.taxes_included else current_tax(order)
    left = current_subtotal(order) + order.shipping - shipping_refunded(order) + order.tip
    return left + added_tax + discrepancies(order)


def received(order: Order) -> Decimal:
    return sum((t.amount for t in order.transactions if t.status == "success"), ZERO)


def refunded(order: Order) -> Decimal:
    return sum((refund.money for refund in order.refunds), ZERO)


def outstanding(order: Order) -> Decimal:
    return current_total(order) - received(order) + refunded(order)


def financial_status(order: Order) -> str:
    """As the GraphQL enum names it; webhook bodies write it in lower case."""
    paid, back = received(order), refunded(order)
    if not paid and order.cancelled_at and total(order):
        return "VOIDED"
    if back and back >= paid:
        return "REFUNDED"
    if back:
        return "PARTIALLY_REFUNDED"
    if paid >= total(order):
        return "PAID"
    return "PARTIALLY_PAID" if paid else "PENDING"
