"""The WooCommerce connector: it hears of orders by webhook, asks for what was lost, and pays with coupons."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from referhub_woocommerce.api import Api
from referhub_woocommerce.config import WooConfig
from referhub_woocommerce.coupons import KIND, Coupons, currency_of
from referhub_woocommerce.facts import FACTS
from referhub_woocommerce.orders import identifier, moment, order_event, order_from

from referhub import (
    BadSignature,
    Connector,
    ConnectorError,
    Credit,
    Delivery,
    Event,
    FactField,
    Finding,
    Gone,
    Http,
    IdentityClaim,
    IdentityKind,
    Order,
    Outcome,
    Page,
    Reception,
    Refused,
    Rejected,
    SourceAccount,
    TryLater,
    Unreadable,
    WebhookRequest,
)

TOPICS = ("order.created", "order.updated", "order.restored")
NO_ORDER = "woocommerce_rest_shop_order_invalid_id"
LONGEST_KEY = 200
PER_PAGE = 100
OVERLAP = timedelta(minutes=10)
FURTHEST_BACK = timedelta(days=60)


class WooCommerce(Connector):
    """One WooCommerce shop, reached with the REST API key that its owner made."""

    key: ClassVar[str] = "woocommerce"
    label: ClassVar[str] = "WooCommerce"
    config_class: ClassVar[type] = WooConfig
    reward_kinds: ClassVar[frozenset[str]] = frozenset({KIND})
    batch_size: ClassVar[int] = 1
    facts: ClassVar[Mapping[str, FactField]] = FACTS

    def __init__(self, config: WooConfig, http: Http) -> None:
        super().__init__(config, http)
        self._api = Api(config, http)
        self._coupons = Coupons(self._api)

    def ping(self) -> SourceAccount:
        try:
            currency = currency_of(self._api)
        except Rejected as problem:
            raise TryLater(f"the shop does not know its currency: {problem}") from None
        return SourceAccount(source_id=self.config.url, name=self.config.url, currency=currency)

    def receive(self, request: WebhookRequest) -> Reception:
        digest = hmac.new(self.config.webhook_secret.encode(), request.body, hashlib.sha256).digest()
        given = request.headers.get("x-wc-webhook-signature", "")
        if not self.config.webhook_secret or not hmac.compare_digest(base64.b64encode(digest), given.encode()):
            raise BadSignature("the webhook is not signed with this connection's secret")
        topic = request.headers.get("x-wc-webhook-topic", "")[:LONGEST_KEY]
        key = hashlib.sha256(topic.encode() + b"\n" + request.body).hexdigest()
        number = request.headers.get("x-wc-webhook-delivery-id", "")
        if number.isascii() and number.isalnum() and len(number) <= LONGEST_KEY:
            key = number
        return Reception((Delivery(key=key, topic=topic, body=request.body),))

    def read(self, delivery: Delivery) -> Sequence[Event]:
        if delivery.topic not in TOPICS:
            return []  # a deleted order is found to be gone before anything is paid
        try:
            body = json.loads(delivery.body)
        except (ValueError, RecursionError):
            raise Unreadable("this is not JSON") from None
        return [order_event(body)]

    def poll(self, cursor: str | None, now: datetime) -> Page:
        since, page, newest = _place(cursor, now)
        try:
            listed = self._api.get(
                "orders",
                modified_after=(since - OVERLAP).strftime("%Y-%m-%dT%H:%M:%S"),
                dates_are_gmt="true",
                orderby="modified",
                order="asc",
                per_page=str(PER_PAGE),
                page=str(page),
            )
            found = [_polled(body) for body in listed]
        except (Rejected, LookupError, TypeError, ValueError):
            raise TryLater("the shop's list of orders could not be read") from None
        newest = max([newest, *(delivery.triggered_at for delivery in found if delivery.triggered_at)])
        is_last = len(found) < PER_PAGE
        place = (newest, 1, newest) if is_last else (since, page + 1, newest)
        return Page(tuple(found), json.dumps([place[0].isoformat(), place[1], place[2].isoformat()]), is_last)

    def verify(self, order_id: str) -> Order | Gone:
        if not (order_id.isascii() and order_id.isdecimal()):
            return Gone("this is no order of a WooCommerce shop")
        try:
            order = order_from(self._api.get(f"orders/{order_id}"))
        except Rejected as problem:
            if str(problem) == NO_ORDER:
                return Gone("the shop no longer has this order")
            raise Unreadable(f"the shop does not show the order: {problem}") from None
        if order.source_id != order_id:
            raise Unreadable("the shop shows another order")
        return order

    def locate(self, identity: IdentityClaim) -> str | None:
        if identity.kind is IdentityKind.CUSTOMER:
            return identity.value if self._is_customer(identity.value) else None
        if identity.kind is not IdentityKind.EMAIL or not identity.value.isprintable():
            return None
        try:
            listed = self._api.get("customers", email=identity.value or "-", role="all")
            matching = [one for one in listed if one["email"].lower() == identity.value.lower()]
            return identifier(matching[0]["id"]) if matching else None
        except (Rejected, LookupError, TypeError, AttributeError):
            raise Unreadable("the shop cannot be asked about this address") from None

    def _is_customer(self, number: str) -> bool:
        if not (number.isascii() and number.isdecimal()):
            return False
        try:
            return bool(self._api.get(f"customers/{number}").get("id") == int(number))
        except (Rejected, AttributeError):
            return False

    def push(self, credits: Sequence[Credit]) -> Sequence[Outcome]:
        return [self._push(credit) for credit in credits]

    def _push(self, credit: Credit) -> Outcome:
        if credit.kind != KIND:
            return Refused(f"a WooCommerce shop has no reward of the kind {credit.kind}")
        return self._coupons.give(credit) if credit.gives else self._coupons.take_back(credit)

    def find(self, credit: Credit, claimed: frozenset[str]) -> Finding:
        try:
            return self._coupons.find(credit)
        except Rejected as problem:
            raise TryLater(f"the shop does not tell: {problem}") from None

    def is_recognisable(self, credit: Credit) -> bool:
        return True  # a coupon's code is unique in the shop, and ours is derived from the push

    def prepare(self, webhook_url: str) -> Sequence[str]:
        try:
            present = {(one["topic"], one["delivery_url"]) for one in self._api.get("webhooks", per_page="100")}
        except (Rejected, LookupError, TypeError):
            raise TryLater("the shop's list of webhooks could not be read") from None
        missing = [topic for topic in TOPICS if (topic, webhook_url) not in present]
        return [finding for topic in missing for finding in self._subscribed(topic, webhook_url)]

    def _subscribed(self, topic: str, webhook_url: str) -> Sequence[str]:
        wanted = {
            "name": f"referhub {topic}",
            "topic": topic,
            "delivery_url": webhook_url,
            "secret": self.config.webhook_secret,
            "status": "active",
        }
        try:
            self._api.send("POST", "webhooks", wanted)
        except TryLater:
            raise
        except ConnectorError as problem:
            return [f"the webhook {topic} could not be made: {problem}"]
        return []


def _place(cursor: str | None, now: datetime) -> tuple[datetime, int, datetime]:
    """Since when the sweep looks, which page is next, and the newest change it saw. Raises `Unreadable`."""
    if cursor is None:
        return now - FURTHEST_BACK, 1, now - FURTHEST_BACK
    try:
        since, page, newest = json.loads(cursor)
        if type(page) is not int or page < 1:
            raise ValueError
        return datetime.fromisoformat(since).astimezone(UTC), page, datetime.fromisoformat(newest).astimezone(UTC)
    except (ValueError, TypeError, RecursionError):
        raise Unreadable("the polling cursor is not one of ours") from None


def _polled(body: Any) -> Delivery:
    changed_at = moment(body["date_modified_gmt"])
    key = f"poll:{identifier(body['id'])}:{changed_at.isoformat()}"
    return Delivery(key=key, topic="order.updated", body=json.dumps(body).encode(), triggered_at=changed_at)
