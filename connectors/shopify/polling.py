"""Finds by asking what webhooks lost: orders by the time of their last change, with an overlap.

https://shopify.dev/docs/api/admin-graphql/2026-10/queries/orders
"""

import json
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from connectors.shopify.client import AdminApi
from connectors.shopify.graphql_mapping import is_journey_pending
from connectors.shopify.orders import fetch_order
from connectors.shopify.picking import Body, child, objects, parsed_moment
from connectors.shopify.reading import EDITED, POLLED
from connectors.shopify.rewards.outcome import iso
from referhub import Delivery, Page, Rejected, TryLater, Unreadable

OVERLAP = timedelta(minutes=10)
# Without read_all_orders Shopify shows no older ones: https://shopify.dev/docs/api/usage/access-scopes
FURTHEST_BACK = timedelta(days=60)
DETAILS_PER_PAGE = 10
JOURNEY_EVERY = timedelta(minutes=10)
JOURNEY_PATIENCE = timedelta(hours=24)
Pair = tuple[str, str]  # an order's id and the time it was last changed


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a sweep stands; all times are ISO texts.

    `since`: the newest change the finished sweeps saw; `newest`: the newest this sweep saw so far;
    `after`: Shopify's cursor of the list's next page; `queue`: changes listed but not fetched yet;
    `seen`: changes fetched already, as far back as the overlap reaches; `waiting`: orders whose journey
    Shopify is still working out, with the time when they were first fetched and the time to look again.
    """

    since: str
    newest: str = ""
    after: str | None = None
    is_listed: bool = False
    queue: tuple[Pair, ...] = ()
    seen: dict[str, str] = field(default_factory=dict)
    waiting: dict[str, Pair] = field(default_factory=dict)

    @classmethod
    def read(cls, text: str | None, now: datetime) -> "Cursor":
        """The stored cursor, or the beginning. Raises `Unreadable`."""
        if text is None:
            return cls(since=iso(now - FURTHEST_BACK))
        try:
            told: dict[str, Any] = json.loads(text)
            queue = tuple((order_id, changed) for order_id, changed in told.pop("queue"))
            waiting = {order_id: (first, due) for order_id, (first, due) in told.pop("waiting").items()}
            return cls(queue=queue, waiting=waiting, **told)
        except (ValueError, TypeError, KeyError, AttributeError):
            raise Unreadable("the polling cursor is not one of ours") from None

    def text(self) -> str:
        return json.dumps(asdict(self), separators=(",", ":"))


def poll(api: AdminApi, text: str | None, now: datetime) -> Page:
    """The next few orders that changed. Raises `TryLater`, `NeedsAttention` or `Unreadable`."""
    cursor = Cursor.read(text, now)
    try:
        if not cursor.queue and not cursor.is_listed:
            cursor = _listed(api, cursor, now)
        return _fetched(api, cursor, now)
    except Rejected as error:
        raise Unreadable(str(error)) from None


def _listed(api: AdminApi, cursor: Cursor, now: datetime) -> Cursor:
    """The cursor with the next page of the list in its queue, and at the end of the list the journeys due."""
    since = iso(parsed_moment(cursor.since) - OVERLAP)
    data = api.query("orders_updated_since", {"filter": f"updated_at:>='{since}'", "after": cursor.after})
    page = child(data, "orders")
    listed = [(str(node.get("id")), str(node.get("updatedAt"))) for node in objects(page.get("nodes"))]
    queue = [pair for pair in listed if cursor.seen.get(pair[0]) != pair[1]]
    has_more = child(page, "pageInfo").get("hasNextPage") is True
    if not has_more:
        queue += [(order_id, "") for order_id, (_first, due) in cursor.waiting.items() if parsed_moment(due) <= now]
    return replace(
        cursor,
        queue=tuple(queue),
        after=child(page, "pageInfo").get("endCursor") if has_more else None,
        is_listed=not has_more,
        newest=max([cursor.newest, *(changed for _order_id, changed in listed)]),
    )


def _fetched(api: AdminApi, cursor: Cursor, now: datetime) -> Page:
    deliveries: list[Delivery] = []
    queue = list(cursor.queue)
    for order_id, changed in cursor.queue[:DETAILS_PER_PAGE]:
        try:
            order = fetch_order(api, order_id)
            found = None if order is None else _delivery(order, order_id, cursor)
        except (Unreadable, Rejected):
            # It lies visibly in the inbox, to be fetched again when read, and the orders behind it are still found.
            order, found = {"updatedAt": changed}, _unread(order_id, changed, now)
        except TryLater:
            if not deliveries:
                raise
            break  # what has been fetched is stored first
        queue.pop(0)
        if order is None or found is None:
            cursor = replace(cursor, waiting=_without(cursor.waiting, order_id))
            continue
        deliveries.append(found)
        cursor = _noted(cursor, order, order_id, now)
    cursor = _pruned(replace(cursor, queue=tuple(queue)))
    is_last = not queue and cursor.is_listed
    return Page(tuple(deliveries), (_finished(cursor) if is_last else cursor).text(), is_last)


def _delivery(order: Body, order_id: str, cursor: Cursor) -> Delivery:
    changed = str(order.get("updatedAt"))
    # The journey comes without a change of the order, so it needs a key of its own to be read again.
    is_late_journey = order_id in cursor.waiting and not is_journey_pending(order)
    suffix = ":journey" if is_late_journey else ""
    body = json.dumps(order, separators=(",", ":"), default=str).encode()
    return Delivery(
        key=f"poll:{order_id}:{changed}{suffix}", topic=POLLED, body=body, triggered_at=parsed_moment(changed)
    )


def _unread(order_id: str, changed: str, now: datetime) -> Delivery:
    """A delivery that only names the order. Raises `Unreadable` if even that cannot be done."""
    number = order_id.rpartition("/")[2]
    if not number.isdecimal():
        raise Unreadable("the shop lists an order without an id")
    body = json.dumps({"order_edit": {"order_id": int(number)}}).encode()
    return Delivery(key=f"poll:{order_id}:{changed}:unread", topic=EDITED, body=body, triggered_at=now)


def _noted(cursor: Cursor, order: Body, order_id: str, now: datetime) -> Cursor:
    waiting = _without(cursor.waiting, order_id)
    first = cursor.waiting.get(order_id, (iso(now), ""))[0]
    if is_journey_pending(order) and now - parsed_moment(first) < JOURNEY_PATIENCE:
        waiting[order_id] = (first, iso(now + JOURNEY_EVERY))
    return replace(cursor, waiting=waiting, seen=cursor.seen | {order_id: str(order.get("updatedAt"))})


def _without(waiting: dict[str, Pair], order_id: str) -> dict[str, Pair]:
    return {found: pair for found, pair in waiting.items() if found != order_id}


def _pruned(cursor: Cursor) -> Cursor:
    """Without the changes that the next sweep's overlap cannot meet again."""
    horizon = iso(parsed_moment(max(cursor.since, cursor.newest)) - OVERLAP)
    seen = {order_id: changed for order_id, changed in cursor.seen.items() if changed >= horizon}
    return replace(cursor, seen=seen)


def _finished(cursor: Cursor) -> Cursor:
    return replace(cursor, since=max(cursor.since, cursor.newest), newest="", is_listed=False)
