"""The bodies about customers, the shop itself and the app's standing in it."""

from __future__ import annotations

from datetime import datetime

from sandbox.shopify.nouns import Customer
from sandbox.shopify.payloads.templates import Body, redacted, template, time
from sandbox.shopify.shop import Shop


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
    return redacted(body) if shop.redacts() else body


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
