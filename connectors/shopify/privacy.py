"""The compliance topics that every app in the store has to act on: what a shop or one of its customers asks for.

https://shopify.dev/docs/apps/build/compliance/privacy-law-compliance
"""

from collections.abc import Sequence
from datetime import UTC, datetime

from connectors.shopify.picking import MAX_ID, Body, child, contact
from referhub import DataRequested, Delivery, Event, PersonErased, SourceErased, Unreadable

TOPICS = frozenset({"customers/data_request", "customers/redact", "shop/redact"})


def data_request(body: Body, delivery: Delivery) -> Sequence[Event]:
    """A customer asks what is kept of them."""
    request_id = child(body, "data_request").get("id")
    return [
        DataRequested(
            request_id=str(request_id) if type(request_id) is int else delivery.key,
            contact=contact(child(body, "customer")),
            asked_at=_asked_at(delivery),
            order_ids=_orders(body, "orders_requested"),
        )
    ]


def customer_redact(body: Body, delivery: Delivery) -> Sequence[Event]:
    """A customer has to be erased; some have no id any more, only an address."""
    person = contact(child(body, "customer"))
    if not person.identities:
        raise Unreadable("the request names nobody")
    return [PersonErased(contact=person, asked_at=_asked_at(delivery), order_ids=_orders(body, "orders_to_redact"))]


def shop_redact(body: Body, delivery: Delivery) -> Sequence[Event]:
    """The app was uninstalled two days ago: everything personal of this shop has to go."""
    if delivery.triggered_at is None:  # a newer installation could not be told from the one that ended
        raise Unreadable("nothing says when this was asked")
    return [SourceErased(asked_at=delivery.triggered_at)]


def _orders(body: Body, key: str) -> tuple[str, ...]:
    told = body.get(key)
    numbers = told if isinstance(told, list) else []
    return tuple(f"gid://shopify/Order/{one}" for one in numbers if type(one) is int and 0 < one < MAX_ID)


def _asked_at(delivery: Delivery) -> datetime:
    return delivery.triggered_at or datetime.now(UTC)
