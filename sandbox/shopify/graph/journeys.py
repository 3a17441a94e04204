"""The buyer's way to the order: first and last visit, once the vendor has worked them out."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import parse_qs, urlsplit

from sandbox.shopify.graph.context import View
from sandbox.shopify.nouns import Order
from sandbox.shopify.payloads.order_body import landing_reference
from sandbox.shopify.shop import Shop


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
    theirs = shop.truth.with_key(Order, str(order.customer_id))
    return sum(1 for each in theirs if each.id < order.id)


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
