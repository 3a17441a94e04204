"""The body of an order: the REST order resource, as the topics orders/* carry it."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from urllib.parse import parse_qs, urlsplit

from sandbox.shopify import totals
from sandbox.shopify.money import rest_text
from sandbox.shopify.nouns import ZERO, Customer, LineItem, Order
from sandbox.shopify.payloads.line_body import line_item, tax_lines
from sandbox.shopify.payloads.people_body import customer
from sandbox.shopify.payloads.refund_body import refund
from sandbox.shopify.payloads.templates import Body, bag, redacted, template, time
from sandbox.shopify.shop import Shop

COUNTRIES = {"DE": "Germany", "AT": "Austria", "FR": "France", "US": "United States"}


def order(shop: Shop, order: Order) -> Body:
    body = template("order")
    for place in ("shipping_address", "billing_address"):
        body[place] = body[place] | {
            "country_code": order.country,
            "country": COUNTRIES.get(order.country, order.country),
            "address1": order.street,
        }
    body["browser_ip"] = body["client_details"]["browser_ip"] = order.browser_ip
    body |= _names(shop, order) | _sums(order) | _origin(order)
    body["line_items"] = [line_item(order, line) for line in order.lines]
    body["shipping_lines"] = [_shipping_line(order)] if order.shipping else []
    body["refunds"] = [refund(order, each) for each in order.refunds]
    body["discount_codes"] = [
        {"code": each.code, "amount": rest_text(each.amount, order.currency), "type": each.type} for each in order.codes
    ]
    body["discount_applications"] = [_application(order, each.code, each.amount, each.type) for each in order.codes]
    body["note_attributes"] = [{"name": each.name, "value": each.value} for each in order.attributes]
    body["tax_lines"] = tax_lines(order, totals.tax(order), max(line.tax_rate for line in order.lines))
    _add_customer(shop, order, body)
    return redacted(body) if shop.redacts() else body


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
