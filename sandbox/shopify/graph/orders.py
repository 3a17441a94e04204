"""Orders as the API shows them, and which of them an app may see."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sandbox.shopify import totals
from sandbox.shopify.graph import customers, metafields
from sandbox.shopify.graph.access import protected
from sandbox.shopify.graph.connection import Place, connection
from sandbox.shopify.graph.context import Info, View
from sandbox.shopify.graph.ids import number
from sandbox.shopify.graph.journeys import journey
from sandbox.shopify.graph.order_parts import bag, line_view, tax_line, transaction_view
from sandbox.shopify.graph.refunds import refund_view
from sandbox.shopify.graph.scalars import read_time
from sandbox.shopify.graph.search import search
from sandbox.shopify.nouns import Order, Refund
from sandbox.shopify.shop import Shop

# Older orders need the scope read_all_orders (https://shopify.dev/docs/api/usage/access-scopes).
WINDOW = timedelta(days=60)
SORTS: dict[str, Callable[[Order], Place]] = {
    "UPDATED_AT": lambda order: (order.updated_at.isoformat(), order.id),
    "CREATED_AT": lambda order: (order.created_at.isoformat(), order.id),
    "PROCESSED_AT": lambda order: (order.created_at.isoformat(), order.id),
    "ID": lambda order: ("", order.id),
}
FILTERS: dict[str, Callable[[Order], Any]] = {
    "id": lambda order: order.id,
    "name": lambda order: order.name,
    "updated_at": lambda order: order.updated_at,
    "created_at": lambda order: order.created_at,
    "processed_at": lambda order: order.created_at,
    "financial_status": lambda order: totals.financial_status(order),
    "customer_id": lambda order: order.customer_id,
    "discount_code": lambda order: [code.code for code in order.codes],
    "test": lambda order: str(order.test),
    "tag": lambda order: order.tags,
    "status": lambda order: "cancelled" if order.cancelled_at else "open",
}


def order(info: Info, id: str) -> View | None:
    shop = info.context
    found = shop.truth.find(Order, number(id, "Order"))
    return view(shop, found) if found and _visible(shop, found) else None


def orders(info: Info, **args: Any) -> View:
    shop = info.context
    seen = [each for each in _candidates(shop, args.get("query") or "") if _visible(shop, each)]
    place = SORTS[args.get("sort_key") or "PROCESSED_AT"]
    return connection(search(seen, args.get("query"), FILTERS), lambda each: view(shop, each), args, place)


def _candidates(shop: Shop, query: str) -> list[Order]:
    """Orders that can match at all: a sweep by updated_at need not read the whole history."""
    bound = re.search(r"updated_at:>=?['\"]?([^\s'\"]+)", query)
    if bound is None or " OR " in query:
        return shop.truth.all(Order)
    return shop.truth.since(Order, read_time(bound[1]).replace(microsecond=0).isoformat())


def refund(info: Info, id: str) -> View | None:
    shop = info.context
    made = shop.truth.find(Refund, number(id, "Refund"))
    order = shop.truth.find(Order, made.order_id) if made else None
    return _refund_of(shop, order, made) if made and order and _visible(shop, order) else None


def _refund_of(shop: Shop, order: Order, made: Refund) -> View:
    return refund_view(order, made, lambda: view(shop, order))


def _visible(shop: Shop, order: Order) -> bool:
    return "read_all_orders" in shop.scopes() or order.created_at > shop.truth.now() - WINDOW


def view(shop: Shop, order: Order) -> View:
    shown = _sums(order) | {
        "__typename": "Order",
        "id": order.gid,
        "legacyResourceId": order.id,
        "name": order.name,
        "number": order.number,
        "test": order.test,
        "confirmed": True,
        "createdAt": order.created_at,
        "processedAt": order.created_at,
        "updatedAt": order.updated_at,
        "cancelledAt": order.cancelled_at,
        "closedAt": order.cancelled_at,
        "cancelReason": order.cancel_reason.upper() if order.cancel_reason else None,
        "displayFinancialStatus": totals.financial_status(order),
        "sourceName": order.source_name,
        "currencyCode": order.currency,
        "presentmentCurrencyCode": order.presentment_currency,
        "taxesIncluded": order.taxes_included,
        "cartToken": order.cart_token,
        "checkoutToken": order.checkout_token,
        "discountCode": order.codes[0].code if order.codes else None,
        "discountCodes": [code.code for code in order.codes],
        "customAttributes": [{"key": each.name, "value": each.value} for each in order.attributes],
        "tags": order.tags,
        "paymentGatewayNames": sorted({each.gateway for each in order.transactions}),
        "shippingAddress": {"countryCodeV2": order.country},
        "billingAddress": {"countryCodeV2": order.country},
        "note": None,
        "email": protected(shop, "email", order.email),
        "edited": any(line.removed for line in order.lines),
        "fullyPaid": totals.outstanding(order) <= 0,
        "unpaid": not totals.received(order),
        "taxLines": [tax_line(order, line.tax, line.tax_rate) for line in order.lines if line.tax_rate],
    }
    return shown | _parts(shop, order)


def _parts(shop: Shop, order: Order) -> View:
    """What hangs on the order; built only when it is asked for."""
    return {
        "customer": lambda info: customers.by_number(shop, order.customer_id),
        "customerJourneySummary": lambda info: journey(shop, order),
        "refunds": lambda info, first=None: [_refund_of(shop, order, each) for each in order.refunds[:first]],
        "lineItems": lambda info, **args: connection(order.lines, lambda each: line_view(order, each), args),
        "transactions": lambda info, first=None, **_: [
            transaction_view(order, each) for each in order.transactions[:first]
        ],
        **metafields.on(shop, order.gid),
    }


def _sums(order: Order) -> View:
    amounts = {
        "subtotalPriceSet": totals.subtotal(order),
        "totalDiscountsSet": totals.discounts(order),
        "totalShippingPriceSet": order.shipping,
        "totalTaxSet": totals.tax(order),
        "totalPriceSet": totals.total(order),
        "originalTotalPriceSet": totals.total(order),
        "totalTipReceivedSet": order.tip,
        "currentSubtotalPriceSet": totals.current_subtotal(order),
        "currentTotalDiscountsSet": totals.current_discounts(order),
        "currentShippingPriceSet": order.shipping - totals.shipping_refunded(order),
        "currentTotalTaxSet": totals.current_tax(order),
        "currentTotalPriceSet": totals.current_total(order),
        "totalRefundedSet": totals.refunded(order),
        "totalRefundedShippingSet": totals.shipping_refunded(order),
        "totalReceivedSet": totals.received(order),
        "totalOutstandingSet": totals.outstanding(order),
        "netPaymentSet": totals.received(order) - totals.refunded(order),
        "refundDiscrepancySet": totals.discrepancies(order),
    }
    return {name: bag(order, amount) for name, amount in amounts.items()}


QUERIES: dict[str, Callable[..., Any]] = {"order": order, "orders": orders, "refund": refund}
