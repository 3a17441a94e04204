"""The bodies of webhooks: each template beside this file, filled with what the shop holds."""

from __future__ import annotations

import json
from copy import deepcopy
from datetime import datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from sandbox.shopify.money import rest_text, rounded
from sandbox.shopify.nouns import ZERO, Customer, LineItem, Order, OrderTransaction, Refund, RefundLineItem
from sandbox.shopify.shop import Shop
from sandbox.shopify.trade import totals

Body = dict[str, Any]
# What an app without approval for protected customer data does not get to see
# (https://shopify.dev/docs/apps/launch/protected-customer-data).
PROTECTED = {
    "first_name",
    "last_name",
    "name",
    "address1",
    "address2",
    "city",
    "zip",
    "phone",
    "email",
    "latitude",
    "longitude",
}


@cache
def _read(name: str) -> Body:
    found: Body = json.loads((Path(__file__).parent / f"{name}.json").read_text(encoding="utf-8"))
    return found


def template(name: str) -> Body:
    return deepcopy(_read(name))


def time(at: datetime | None) -> str | None:
    return at.isoformat(timespec="seconds") if at else None


def bag(order: Order, amount: Decimal) -> Body:
    """The same amount in the shop's and in the buyer's currency."""
    shown = rounded(amount * order.presentment_rate, order.presentment_currency)
    return {
        "shop_money": {"amount": rest_text(amount, order.currency), "currency_code": order.currency},
        "presentment_money": {
            "amount": rest_text(shown, order.presentment_currency),
            "currency_code": order.presentment_currency,
        },
    }


def order(shop: Shop, order: Order) -> Body:
    body = template("order")
    body |= _names(shop, order) | _sums(order) | _origin(order)
    body["line_items"] = [line_item(order, line) for line in order.lines]
    body["shipping_lines"] = [_shipping_line(order)] if order.shipping else []
    body["refunds"] = [refund(shop, order, each) for each in order.refunds]
    body["discount_codes"] = [
        {"code": each.code, "amount": rest_text(each.amount, order.currency), "type": each.type}
        for each in order.codes
    ]
    body["discount_applications"] = [
        _application(order, each.code, each.amount, each.type) for each in order.codes
    ]
    body["note_attributes"] = [{"name": each.name, "value": each.value} for each in order.attributes]
    body["tax_lines"] = _tax_lines(order, totals.tax(order), max(line.tax_rate for line in order.lines))
    _add_customer(shop, order, body)
    return _redacted(body) if shop.redacts() else body


def _names(shop: Shop, order: Order) -> Body:
    return {
        "id": order.id,
        "admin_graphql_api_id": order.gid,
        "name": order.name,
        "number": order.number - 1000,
        "order_number": order.number,
        "confirmation_number": order.cart_token[:9].upper(),
        "token": order.checkout_token,
        "cart_token": order.cart_token,
        "checkout_token": order.checkout_token,
        "created_at": time(order.created_at),
        "processed_at": time(order.created_at),
        "updated_at": time(order.updated_at),
        "cancelled_at": time(order.cancelled_at),
        "closed_at": time(order.cancelled_at),
        "cancel_reason": order.cancel_reason,
        "currency": order.currency,
        "presentment_currency": order.presentment_currency,
        "financial_status": totals.financial_status(order).lower(),
        "taxes_included": order.taxes_included,
        "test": order.test,
        "tags": ", ".join(order.tags),
        "email": order.email,
        "contact_email": order.email,
        "payment_gateway_names": sorted({each.gateway for each in order.transactions}),
        "order_status_url": f"https://{shop.domain}/{shop.shop_id}/orders/{order.checkout_token}/authenticate",
    }


def _sums(order: Order) -> Body:
    amounts = {
        "current_subtotal_price": totals.current_subtotal(order),
        "current_total_discounts": totals.current_discounts(order),
        "current_total_price": totals.current_total(order),
        "current_total_tax": totals.current_tax(order),
        "subtotal_price": totals.subtotal(order),
        "total_discounts": totals.discounts(order),
        "total_line_items_price": sum((line.original for line in order.lines), ZERO),
        "total_price": totals.total(order),
        "total_tax": totals.tax(order),
    }
    sums: Body = {name: rest_text(amount, order.currency) for name, amount in amounts.items()}
    sums |= {f"{name}_set": bag(order, amount) for name, amount in amounts.items()}
    sums["total_outstanding"] = rest_text(totals.outstanding(order), order.currency)
    sums["total_tip_received"] = rest_text(order.tip, order.currency)
    sums["total_shipping_price_set"] = bag(order, order.shipping)
    sums["current_shipping_price_set"] = bag(order, order.shipping - totals.shipping_refunded(order))
    for name in ("payment", "refund"):
        sums[f"total_cash_rounding_{name}_adjustment_set"] = bag(order, ZERO)
    return sums


def landing_reference(landing_site: str | None) -> str | None:
    """What the vendor reads as referral code: the URL parameter ref, source or r."""
    given = parse_qs(urlsplit(landing_site or "").query)
    return next((given[name][0] for name in ("ref", "source", "r") if given.get(name)), None)


def _origin(order: Order) -> Body:
    return {
        "source_name": order.source_name,
        "landing_site": order.landing_site,
        "landing_site_ref": landing_reference(order.landing_site),
        "referring_site": order.referring_site,
    }


def _add_customer(shop: Shop, order: Order, body: Body) -> None:
    """A guest's order has no customer key at all, as in bodies recorded from real shops."""
    found = shop.truth.find(Customer, order.customer_id)
    if found:
        body["customer"] = customer(shop, found)
        body["customer"].pop("addresses", None)
    else:
        del body["customer"]


def line_item(order: Order, line: LineItem) -> Body:
    left = totals.current_quantity(order, line)
    return template("line_item") | {
        "id": line.id,
        "admin_graphql_api_id": line.gid,
        "name": line.title,
        "title": line.title,
        "sku": line.sku,
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
        "tax_lines": _tax_lines(order, line.tax, line.tax_rate) if line.tax_rate else [],
        "discount_allocations": _allocations(order, line),
    }


def _allocations(order: Order, line: LineItem) -> list[Body]:
    if not line.discount:
        return []
    amount = rest_text(line.discount, order.currency)
    return [{"amount": amount, "amount_set": bag(order, line.discount), "discount_application_index": 0}]


def _application(order: Order, code: str, amount: Decimal, kind: str) -> Body:
    worth = sum((line.original for line in order.lines if not line.gift_card), ZERO)
    percent = amount * 100 / worth if worth else ZERO
    return {
        "target_type": "line_item",
        "type": "discount_code",
        "value": rest_text(
            percent if kind == "percentage" else amount, "EUR" if kind == "percentage" else order.currency
        ),
        "value_type": kind,
        "allocation_method": "across",
        "target_selection": "all",
        "code": code,
    }


def _tax_lines(order: Order, amount: Decimal, rate: Decimal) -> list[Body]:
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


def _shipping_line(order: Order) -> Body:
    price = rest_text(order.shipping, order.currency)
    left = order.shipping - totals.shipping_refunded(order)
    return template("shipping_line") | {
        "id": order.id + 1,
        "price": price,
        "discounted_price": price,
        "price_set": bag(order, order.shipping),
        "discounted_price_set": bag(order, order.shipping),
        "current_discounted_price_set": bag(order, left),
    }


def refund(shop: Shop, order: Order, made: Refund) -> Body:
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


def order_edit(shop: Shop, order: Order, line: LineItem, removed: int, at: datetime) -> Body:
    nothing: Body = {"additions": [], "removals": []}
    edit = {
        "id": shop.new_id("OrderEdit"),
        "app_id": None,
        "created_at": time(at),
        "committed_at": time(at),
        "notify_customer": False,
        "order_id": order.id,
        "staff_note": "",
        "user_id": None,
        "line_items": {"additions": [], "removals": [{"id": line.id, "delta": removed}]},
        "discounts": {"line_item": nothing},
        "shipping_lines": nothing,
    }
    return {"order_edit": edit}


def customer(shop: Shop, who: Customer) -> Body:
    """Since 2025-01 without tags, consent, order counts and spend, as the vendor sends it."""
    body = template("customer") | {
        "id": who.id,
        "admin_graphql_api_id": who.gid,
        "created_at": time(who.created_at),
        "updated_at": time(who.updated_at),
        "first_name": who.first_name,
        "last_name": who.last_name,
        "email": who.email,
        "phone": who.phone,
        "note": who.note,
        "state": who.state.lower(),
        "currency": shop.currency,
    }
    body["default_address"]["customer_id"] = who.id
    return _redacted(body) if shop.redacts() else body


def customer_gone(who: Customer) -> Body:
    return {"id": who.id, "tax_exemptions": [], "admin_graphql_api_id": who.gid}


def merge(kept: Customer, gone: Customer, failed: bool) -> Body:
    error = {
        "customer_ids": [kept.id],
        "field": "merge_in_progress",
        "message": "This customer is being merged.",
    }
    return {
        "admin_graphql_api_customer_kept_id": kept.gid,
        "admin_graphql_api_customer_deleted_id": gone.gid,
        "admin_graphql_api_job_id": None,
        "status": "failed" if failed else "completed",
        "errors": [error] if failed else [],
    }


def shop_itself(shop: Shop) -> Body:
    return template("shop") | {
        "id": shop.shop_id,
        "name": shop.name,
        "currency": shop.currency,
        "myshopify_domain": shop.domain,
        "enabled_presentment_currencies": [shop.currency],
    }


def scopes(shop: Shop, previous: list[str], current: list[str], at: datetime) -> Body:
    gid = f"gid://shopify/Shop/{shop.shop_id}"
    return {"id": 1, "shop_id": gid, "previous": previous, "current": current, "updated_at": time(at)}


def compliance(shop: Shop) -> Body:
    return {"shop_id": shop.shop_id, "shop_domain": shop.domain}


def contact(who: Customer) -> Body:
    return {"id": who.id, "email": who.email, "phone": who.phone}


def _redacted(body: Body) -> Body:
    """Without names, addresses, phones and emails; at the top the keys stay and are null."""
    for name in ("email", "contact_email", "phone", "browser_ip", "client_details"):
        if name in body:
            body[name] = None
    for name in ("customer", "billing_address", "shipping_address", "default_address"):
        if isinstance(body.get(name), dict):
            body[name] = _without(body[name])
    return body


def _without(part: Body) -> Body:
    kept = {name: value for name, value in part.items() if name not in PROTECTED}
    return {name: _without(value) if isinstance(value, dict) else value for name, value in kept.items()}
