"""The courier: sends each delivery by itself, and retries and gives up as the vendor does."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from sandbox.ground.posting import Patience, post
from sandbox.ground.postman import Postman
from sandbox.shopify.shop import Shop
from sandbox.shopify.traffic import Attempt, Delivery, WebhookSubscription
from sandbox.shopify.webhooks.announce import headers

RETRIES = 8
# Eight doubling gaps that fill four hours (https://shopify.dev/changelog/updates-to-webhook-retry-mechanism).
FIRST_GAP_SECONDS = 4 * 3600 / (2**RETRIES - 1)
PATIENCE = Patience(connect=1, total=5)


class Courier(Postman):
    """Sends deliveries one after the other, oldest due first; each round begins with come_due."""

    def __init__(self, shop: Shop, come_due: Callable[[Shop], None]) -> None:
        super().__init__("sandbox-shop", shop.woken)
        self.shop, self._come_due = shop, come_due

    def due(self) -> list[Delivery]:
        return self.shop.truth.until(Delivery, "waiting", self.shop.truth.now().isoformat())

    def send_due(self) -> None:
        self._come_due(self.shop)
        self.one_by_one(self.send, [delivery.id for delivery in self.due()])
        self.shop.late.run(self.shop.truth.now())

    def expecting(self) -> bool:
        return bool(self.shop.late) or self.shop.truth.has(Delivery, "waiting")

    def send(self, delivery_id: int) -> Attempt | None:
        """One attempt, now: original body, original address; None if there is no such delivery."""
        delivery = self.shop.truth.find(Delivery, delivery_id)
        if delivery is None:
            return None
        body = delivery.body.encode()
        reply = post(delivery.uri, headers(self.shop, delivery, body), body, PATIENCE)
        attempt = Attempt(self.shop.truth.now(), reply.status, reply.error)
        self._note(delivery_id, attempt)
        return attempt

    def _note(self, delivery_id: int, attempt: Attempt) -> None:
        with self.shop.truth.transaction():
            delivery = self.shop.truth.find(Delivery, delivery_id)
            if delivery is None:
                return
            delivery.attempts.append(attempt)
            if attempt.status is not None and 200 <= attempt.status < 300:
                delivery.state = "delivered"
            elif delivery.state in ("waiting", "unanswered"):
                self._plan_retry(delivery, attempt.at)
            self.shop.truth.keep(delivery)

    def _plan_retry(self, delivery: Delivery, now: datetime) -> None:
        """Due again after its gap; without a scale it stays unanswered until a test asks for the retry."""
        tried, scale = len(delivery.attempts), self.shop.retry_scale
        gap = FIRST_GAP_SECONDS * 2 ** (tried - 1) * scale
        delivery.state = "waiting" if scale else "unanswered"
        delivery.due_at = now + timedelta(seconds=gap)
        if tried > RETRIES:
            delivery.state = "failed"
            self._remove_subscription(delivery)

    def _remove_subscription(self, delivery: Delivery) -> None:
        """After eight failed retries a subscription made through the API is deleted; a configured one stays."""
        subscription = self.shop.truth.find(WebhookSubscription, delivery.subscription_id)
        if subscription and subscription.origin == "api":
            self.shop.truth.forget(subscription)
