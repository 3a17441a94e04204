"""The machines' door: prove the sender, keep the raw body and the few headers that reading needs."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime

from connectors.shopify.config import ShopifyConfig
from connectors.shopify.picking import parsed_moment
from connectors.shopify.query_proof import shop_of
from connectors.shopify.signature import is_signed
from referhub import BadSignature, Delivery, NotAccepted, NotProven, Reception, Unreadable, WebhookRequest

KEPT = ("x-shopify-api-version", "x-shopify-event-id", "x-shopify-shop-domain", "x-shopify-triggered-at")
LONGEST_KEY = 200


def receive(request: WebhookRequest, config: ShopifyConfig) -> Reception:
    """One delivery for the connection's own shop. Raises `BadSignature`."""
    return received(request, config.secrets)


def received(request: WebhookRequest, secrets: Sequence[bytes], *, names_shop: bool = False) -> Reception:
    """One delivery, its body untouched. Raises `BadSignature` before anything else is looked at.

    Where it `names_shop`, its source is the shop that it tells of; raises `NotAccepted` when it names none.
    """
    headers = request.headers
    if not is_signed(request.body, headers.get("x-shopify-hmac-sha256"), secrets):
        raise BadSignature("the webhook is not signed with the app's client secret")
    topic = headers.get("x-shopify-topic", "")[:LONGEST_KEY]
    # An app's secret signs id tokens, too; whoever holds one must not hand it in as a webhook of any shop.
    if names_shop and request.body.lstrip()[:1] != b"{":
        raise BadSignature("what is signed is no webhook")
    delivery = Delivery(
        key=_key(headers.get("x-shopify-webhook-id"), topic, request.body),
        topic=topic,
        body=request.body,
        headers={name: headers[name][:LONGEST_KEY] for name in KEPT if name in headers},
        triggered_at=_moment(headers.get("x-shopify-triggered-at")),
        source=_shop(headers) if names_shop else "",
    )
    return Reception((delivery,))


def _shop(headers: Mapping[str, str]) -> str:
    try:
        return shop_of(headers.get("x-shopify-shop-domain", ""))
    except NotProven:
        raise NotAccepted(400, "the webhook names no shop") from None


def _key(webhook_id: str | None, topic: str, body: bytes) -> str:
    # Event-Id is no key: orders/create and orders/paid of one checkout share it.
    # https://shopify.dev/docs/apps/build/webhooks/verify-deliveries
    if webhook_id and len(webhook_id) <= LONGEST_KEY and webhook_id.isascii() and webhook_id.isprintable():
        return webhook_id
    return hashlib.sha256(topic.encode() + b"\n" + body).hexdigest()


def _moment(written: str | None) -> datetime | None:
    # The header is not covered by the signature; a spoilt one must not keep a proven body out.
    try:
        return parsed_moment(written)
    except Unreadable:
        return None
