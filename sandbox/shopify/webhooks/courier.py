"""The courier: a thread that sends what is due, and retries and gives up as the vendor does."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

from sandbox.shopify.shop import Shop
from sandbox.shopify.traffic import Attempt, Delivery, WebhookSubscription
from sandbox.shopify.webhooks.announce import headers
from sandbox.shopify.webhooks.posting import post

RETRIES = 8
# Eight doubling gaps that fill four hours (https://shopify.dev/changelog/updates-to-webhook-retry-mechanism).
FIRST_GAP_SECONDS = 4 * 3600 / (2**RETRIES - 1)
LOOK_AGAIN_SECONDS = 0.05


class Courier:
    """Sends deliveries one after the other, oldest due first; each round begins with come_due."""

    def __init__(self, shop: Shop, come_due: Callable[[Shop], None]) -> None:
        self.shop, self._come_due = shop, come_due
        self.busy = False
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._work, name="sandbox-courier", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._ending.set()
        self.shop.woken.set()
        self._thread.join(timeout=10)

    def _work(self) -> None:
        while not self._ending.is_set():
            self.shop.woken.clear()
            self.busy = True
            self._come_due(self.shop)
            for delivery in self.due():
                if self._ending.is_set():
                    return
                self.send(delivery.id)
            self.busy = False
            self.shop.fates.run_late(self.shop.truth.now())
            self.shop.woken.wait(LOOK_AGAIN_SECONDS if self._expecting() else 1.0)

    def _expecting(self) -> bool:
        return bool(self.shop.fates.late) or self.shop.truth.has(Delivery, "waiting")

    def due(self) -> list[Delivery]:
        return self.shop.truth.until(Delivery, "waiting", self.shop.truth.now().isoformat())

    def send(self, delivery_id: int) -> Attempt | None:
        """One attempt, now: original body, original address; None if there is no such delivery."""
        delivery = self.shop.truth.find(Delivery, delivery_id)
        if delivery is None:
            return None
        body = delivery.body.encode()
        status, error = post(delivery.uri, headers(self.shop, delivery, body), body)
        attempt = Attempt(self.shop.truth.now(), status, error)
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
