"""Reads single orders by the Admin API, whole: every line and every refund, page by page."""

from collections.abc import Iterator
from typing import Any

from connectors.shopify.client import AdminApi, Urgency
from connectors.shopify.picking import Body, child, objects

MOST_PAGES = 50


def fetch_order(api: AdminApi, order_id: str, urgency: Urgency = Urgency.PROMPT) -> Body | None:
    """The order with all its line items and refunds, or None when the shop shows us no such order."""
    pages = _pages(api, "order", order_id, "lineItems", urgency)
    order = next(pages, None)
    if order is None:
        return None
    for page in pages:
        child(order, "lineItems")["nodes"] += child(page, "lineItems")["nodes"]
    order["refunds"] = [_fetch_refund(api, refund["id"], urgency) for refund in objects(order.get("refunds"))]
    return order


def _fetch_refund(api: AdminApi, refund_id: Any, urgency: Urgency) -> Body:
    pages = _pages(api, "refund", refund_id, "refundLineItems", urgency)
    refund = next(pages, {})
    for page in pages:
        child(refund, "refundLineItems")["nodes"] += child(page, "refundLineItems")["nodes"]
    return refund


def _pages(api: AdminApi, name: str, node_id: str, connection: str, urgency: Urgency) -> Iterator[Body]:
    after: str | None = None
    for _page in range(MOST_PAGES):
        node = api.query(name, {"id": node_id, "after": after}, urgency).get(name)
        if not isinstance(node, dict):
            return
        yield node
        place = child(child(node, connection), "pageInfo")
        if place.get("hasNextPage") is not True:
            return
        after = place.get("endCursor")
