"""Reads single orders by the Admin API, whole: every line and every refund, page by page."""

from collections.abc import Iterator

from connectors.shopify.client import AdminApi, Urgency
from connectors.shopify.picking import Body, child, objects, text
from referhub import Unreadable

MOST_PAGES = 50


def fetch_order(api: AdminApi, order_id: str, urgency: Urgency = Urgency.PROMPT) -> Body | None:
    """The order with all its line items and refunds, or None when the shop shows us no such order.

    Raises `TryLater`, `NeedsAttention`, `Rejected` or `Unreadable`.
    """
    order = _whole(api, "order", order_id, "lineItems", urgency)
    if order is None:
        return None
    return order | {"refunds": [_fetch_refund(api, item, urgency) for item in objects(order.get("refunds"))]}


def _fetch_refund(api: AdminApi, listed: Body, urgency: Urgency) -> Body:
    refund = _whole(api, "refund", text(listed, "id") or "", "refundLineItems", urgency)
    if refund is None:
        # Leaving it out would pay for what went back.
        raise Unreadable("the order lists a refund that the shop does not show")
    return refund


def _whole(api: AdminApi, name: str, node_id: str, connection: str, urgency: Urgency) -> Body | None:
    """The first page's node, with the nodes of all pages of its `connection`."""
    whole: Body | None = None
    nodes: list[Body] = []
    for page in _pages(api, name, node_id, connection, urgency):
        whole = whole or page
        nodes += objects(child(page, connection).get("nodes"))
    return None if whole is None else whole | {connection: {"nodes": nodes}}


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
        after = text(place, "endCursor")
    raise Unreadable(f"the {name} has more lines than can be read")
