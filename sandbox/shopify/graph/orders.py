"""Orders and refunds as the API shows them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit

from sandbox.shopify.graph import customers, metafields
from sandbox.shopify.graph.access import protected
from sandbox.shopify.graph.connection import Place, connection
from sandbox.shopify.graph.context import Info, View
from sandbox.shopify.graph.ids import number
from sandbox.shopify.graph.search import search
from sandbox.shopify.money import graph_money, rounded
from sandbox.shopify.nouns import (
    ZERO,
    LineItem,
    Order,
    OrderAdjustment,
    OrderTransaction,
    Refund,
    RefundLineItem,
)
from sandbox.shopify.payloads.bodies import landing_reference
from sandbox.shopify.shop import Shop
from sandbox.shopify.trade import totals

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
REASONS = {"refund_discrepancy": "REFUND_DISCREPANCY"}


def order(info: Info, id: str) -> View | None:
    shop = info.context
    found = shop.truth.find(Order, number(id, "Order"))
    return view(shop, found) if found and _visible(shop, found) else None


def orders(info: Info, **args: Any) -> View:
    shop = info.context
    seen = [each for each in shop.truth.all(Order) if _visible(shop, each)]
    place = SORTS[args.get("sort_key") or "PROCESSED_AT"]
    return connection(search(seen, args.get("query"), FILTERS), lambda each: view(shop, each), args, place)


def refund(info: Info, id: str) -> View | None:
    shop = info.context
    wanted = number(id, "Refund")
    for each in shop.truth.all(Order):
        for made in each.refunds:
            if made.id == wanted and _visible(shop, each):
                return refund_view(shop, each, made)
    return None


def _visible(shop: Shop, order: Order) -> bool:
    return "read_all_orders" in shop.scopes() or order.created_at > shop.truth.now() - WINDOW


def bag(order: Order, amount: Decimal) -> View:
    shown = rounded(amount * order.presentment_rate, order.presentment_currency)
    return {
        "shopMoney": graph_money(amount, order.currency),
        "presentmentMoney": graph_money(shown, order.presentment_currency),
    }


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
        "note": None,
        "email": protected(shop, "email", order.email),
        "edited": any(line.removed for line in order.lines),
        "fullyPaid": totals.outstanding(order) <= 0,
        "unpaid": not totals.received(order),
        "taxLines": [_tax_line(order, line.tax, line.tax_rate) for line in order.lines if line.tax_rate],
    }
    return shown | _parts(shop, order)


def _parts(shop: Shop, order: Order) -> View:
    """What hangs on the order; built only when it is asked for."""
    return {
        "customer": lambda info: customers.by_number(shop, order.customer_id),
        "customerJourneySummary": lambda info: journey(shop, order),
        "refunds": lambda info, first=None: [
            refund_view(shop, order, each) for each in order.refunds[:first]
        ],
        "lineItems": lambda info, **args: connection(order.lines, lambda each: line_view(order, each), args),
        "transactions": lambda info, first=None, **_: [
            _transaction(order, each) for each in order.transactions[:first]
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


def line_view(order: Order, line: LineItem) -> View:
    unit = totals.share(line.total, 1, line, order.currency)
    return {
        "id": line.gid,
        "name": line.title,
        "title": line.title,
        "sku": line.sku,
        "quantity": line.quantity,
        "currentQuantity": totals.current_quantity(order, line),
        "isGiftCard": line.gift_card,
        "taxable": bool(line.tax_rate),
        "originalUnitPriceSet": bag(order, line.price),
        "originalTotalSet": bag(order, line.original),
        # Without an argument the vendor leaves the order's codes out of this field and of the unit price beside it.
        "discountedTotalSet": lambda info, with_code_discounts=False: bag(
            order, line.total if with_code_discounts else line.original
        ),
        "discountedUnitPriceSet": bag(order, line.price),
        "discountedUnitPriceAfterAllDiscountsSet": bag(order, unit),
        "totalDiscountSet": bag(order, ZERO),
        "taxLines": [_tax_line(order, line.tax, line.tax_rate)] if line.tax_rate else [],
        "discountAllocations": [{"allocatedAmountSet": bag(order, line.discount)}] if line.discount else [],
        "customAttributes": [],
    }


def _tax_line(order: Order, amount: Decimal, rate: Decimal) -> View:
    shown = {
        "rate": float(rate),
        "ratePercentage": float(rate * 100),
    }  # Float in the vendor's schema; never computed with
    return shown | {"title": "VAT", "channelLiable": False, "priceSet": bag(order, amount)}


def refund_view(shop: Shop, order: Order, made: Refund) -> View:
    return {
        "id": made.gid,
        "legacyResourceId": made.id,
        "createdAt": made.created_at,
        "processedAt": made.created_at,
        "updatedAt": made.created_at,
        "note": made.note,
        "order": lambda info: view(shop, order),
        "totalRefundedSet": bag(order, made.money),
        "refundLineItems": lambda info, **args: connection(
            made.lines, lambda each: _refund_line(order, each), args
        ),
        "orderAdjustments": lambda info, **args: connection(
            made.adjustments, lambda each: _adjustment(order, each), args
        ),
        "transactions": lambda info, **args: connection(
            made.transactions, lambda each: _transaction(order, each), args
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


def _transaction(order: Order, each: OrderTransaction) -> View:
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


def journey(shop: Shop, order: Order) -> View | None:
    """Null for orders that no browser made; without visits until it is ready."""
    if order.source_name != "web" or order.landing_site is None:
        return None
    ready = order.journey_ready
    visit = _visit(shop, order, order.landing_site, order.created_at) if ready else None
    index = _order_index(shop, order) if ready else None
    days = 0 if ready else None
    return {
        "ready": ready,
        "customerOrderIndex": index,
        "daysToConversion": days,
        "firstVisit": visit,
        "lastVisit": visit,
    }


def _order_index(shop: Shop, order: Order) -> int | None:
    if order.customer_id is None:
        return None
    return sum(
        1 for each in shop.truth.all(Order) if each.customer_id == order.customer_id and each.id < order.id
    )


def _visit(shop: Shop, order: Order, landing_site: str, at: datetime) -> View:
    page = landing_site if "://" in landing_site else f"https://{shop.domain}{landing_site}"
    return {
        "id": f"gid://shopify/CustomerVisit/{order.id}",
        "landingPage": page,
        "occurredAt": at,
        "referralCode": landing_reference(landing_site),
        "referrerUrl": order.referring_site,
        "source": order.referring_site or "direct",
        "utmParameters": _campaign(landing_site),
    }


def _campaign(landing_site: str) -> View | None:
    given = parse_qs(urlsplit(landing_site).query)
    names = ("campaign", "content", "medium", "source", "term")
    found = {name: given[f"utm_{name}"][0] if f"utm_{name}" in given else None for name in names}
    return found if any(found.values()) else None


QUERIES: dict[str, Callable[..., Any]] = {"order": order, "orders": orders, "refund": refund}
