"""What each delivery means: the table from webhook topic to events.

https://shopify.dev/docs/api/webhooks
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from connectors.shopify import graphql_mapping, mapping, privacy
from connectors.shopify.client import AdminApi
from connectors.shopify.config import ShopifyConfig
from connectors.shopify.orders import fetch_order
from connectors.shopify.picking import Body, child, contact, gid, moment, text
from connectors.shopify.refunds import refunded
from connectors.shopify.strict_json import loads
from referhub import (
    ContactErased,
    ContactSaved,
    ContactsMerged,
    Delivery,
    Event,
    IdentityClaim,
    IdentityKind,
    NeedsAttention,
    Order,
    OrderCancelled,
    Rejected,
    SourceChanged,
    SourceRemoved,
    TryLater,
    Unreadable,
)

POLLED = "orders/polled"  # our own topic: an order read by the Admin API
EDITED = "orders/edited"  # its body only names the order
AFTER_A_PERSON_ACTED = timedelta(minutes=5)
Reading = Callable[[Body, Delivery], Sequence[Event]]


class Reader:
    """Translates the deliveries of one shop."""

    def __init__(self, config: ShopifyConfig, api: AdminApi) -> None:
        self._config = config
        self._api = api
        self._readings: Mapping[str, Reading] = {
            "orders/create": self._order,
            "orders/paid": self._order,
            "orders/updated": self._order,
            "orders/cancelled": self._cancelled,
            EDITED: self._edited,
            POLLED: self._polled,
            "refunds/create": self._refunded,
            "customers/create": self._saved,
            "customers/update": self._saved,
            "customers/delete": self._erased,
            "customers/merge": self._merged,
            "customers/data_request": privacy.data_request,
            "customers/redact": privacy.customer_redact,
            "shop/redact": privacy.shop_redact,
            "app/uninstalled": self._removed,
            "app/scopes_update": self._changed,
            "shop/update": self._changed,
        }

    def read(self, delivery: Delivery) -> Sequence[Event]:
        """The events of a delivery; none for a topic that is not ours. Raises `Unreadable` or `TryLater`."""
        reading = self._readings.get(delivery.topic)
        if reading is None:
            return []
        self._refuse_other_shops(delivery.headers.get("x-shopify-shop-domain"))
        try:
            body = _parsed(delivery.body)
            if delivery.topic in privacy.TOPICS:
                self._refuse_other_shops(body.get("shop_domain"))
            return reading(body, delivery)
        except NeedsAttention as error:
            raise TryLater(error.hint, AFTER_A_PERSON_ACTED) from None
        except Rejected as error:
            raise Unreadable(str(error)) from None

    def _refuse_other_shops(self, domain: object) -> None:
        if domain is not None and domain != self._config.shop:
            raise Unreadable(f"this delivery is of another shop than {self._config.shop}")

    def _order_from(self, body: Body) -> Order:
        return mapping.order_from(body, counts_tests=self._config.counts_test_orders)

    def _order(self, body: Body, delivery: Delivery) -> Sequence[Event]:
        return [mapping.order_event(self._order_from(body))]

    def _cancelled(self, body: Body, delivery: Delivery) -> Sequence[Event]:
        order = self._order_from(body)
        return [OrderCancelled(replace(order, cancelled_at=order.cancelled_at or order.updated_at))]

    def _edited(self, body: Body, delivery: Delivery) -> Sequence[Event]:
        # The body tells only what changed, so the order is read again.
        order = fetch_order(self._api, gid("Order", child(body, "order_edit"), "order_id"))
        return [] if order is None else self._polled(order, delivery)

    def _polled(self, body: Body, delivery: Delivery) -> Sequence[Event]:
        order = graphql_mapping.order_from(body, counts_tests=self._config.counts_test_orders)
        return [mapping.order_event(order)]

    def _refunded(self, body: Body, delivery: Delivery) -> Sequence[Event]:
        return refunded(body, self._api)

    def _saved(self, body: Body, delivery: Delivery) -> Sequence[Event]:
        gid("Customer", body)
        return [ContactSaved(contact(body))]

    def _erased(self, body: Body, delivery: Delivery) -> Sequence[Event]:
        return [ContactErased(IdentityClaim(IdentityKind.CUSTOMER, gid("Customer", body)))]

    def _merged(self, body: Body, delivery: Delivery) -> Sequence[Event]:
        if body.get("status") != "completed":  # a merge can be announced and then fail
            return []
        return [ContactsMerged(kept=_customer(body, "kept"), gone=_customer(body, "deleted"))]

    def _removed(self, body: Body, delivery: Delivery) -> Sequence[Event]:
        self._refuse_other_shops(body.get("myshopify_domain"))
        return [SourceRemoved(_when(body, delivery))]

    def _changed(self, body: Body, delivery: Delivery) -> Sequence[Event]:
        self._refuse_other_shops(body.get("myshopify_domain"))
        return [SourceChanged(_when(body, delivery))]


def _parsed(body: bytes) -> Body:
    try:
        value = loads(body)
    except ValueError as error:
        raise Unreadable(f"the body is not the JSON that Shopify sends: {type(error).__name__}") from None
    if not isinstance(value, dict):
        raise Unreadable("the body is not an object")
    return value


def _customer(body: Body, which: str) -> IdentityClaim:
    found = text(body, f"admin_graphql_api_customer_{which}_id")
    if found is None or not found.startswith("gid://shopify/Customer/"):
        raise Unreadable(f"the merge does not name the customer {which}")
    return IdentityClaim(IdentityKind.CUSTOMER, found)


def _when(body: Body, delivery: Delivery) -> datetime:
    at = delivery.triggered_at or moment(body, "updated_at")
    if at is None:
        raise Unreadable("nothing says when this happened")
    return at
