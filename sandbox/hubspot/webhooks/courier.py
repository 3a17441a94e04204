"""The courier: sends events, at most 100 in a request, and retries as the vendor does."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from sandbox.ground.posting import Patience, post
from sandbox.ground.postman import Postman
from sandbox.hubspot.cloud import Cloud
from sandbox.hubspot.nouns import Event
from sandbox.hubspot.webhooks.signing import headers

MOST_EVENTS = 100
RETRIES = 10
# Ten doubling gaps that fill 24 hours; the vendor says only "up to 10 times over 24 hours, randomised".
FIRST_GAP_MS = 24 * 3600 * 1000 / (2**RETRIES - 1)
PATIENCE = Patience(connect=1, total=5)

ORDERS: dict[str, Any] = {
    "as_happened": lambda event: event.number,
    "reversed": lambda event: -event.number,
    "shuffled": lambda event: random.random(),
}


class Courier(Postman):
    """Sends events oldest first, to the one target address of the app."""

    def __init__(self, cloud: Cloud) -> None:
        super().__init__("sandbox-portal", cloud.woken)
        self.cloud = cloud

    def expecting(self) -> bool:
        return bool(self.cloud.late) or any(each.state == "waiting" for each in self._events())

    def _events(self) -> list[Event]:
        return self.cloud.truth.all(Event, "Event")

    def due(self) -> list[Event]:
        """What should be sent by now; nothing as long as the app has no target address."""
        if not self.cloud.truth.setting("target_url"):
            return []
        now = self.cloud.truth.now()
        with self.cloud.truth.transaction():  # what is being released together is seen together
            found = [each for each in self._events() if each.state == "waiting" and each.due_at <= now]
        return sorted(found, key=ORDERS[self.cloud.truth.setting("order", "as_happened")])

    def send_due(self) -> None:
        self._send_all(self.due())
        self.cloud.late.run(self.cloud.truth.now())

    def _send_all(self, events: list[Event]) -> None:
        """In batches, so many requests at once as the app allows; a failed batch delays no other."""
        most = int(self.cloud.truth.setting("batch_size", MOST_EVENTS))
        batches = [events[place : place + most] for place in range(0, len(events), most)]
        abreast = int(self.cloud.truth.setting("concurrent_requests", 1))
        if abreast == 1:
            self.one_by_one(self.send, batches)
            return
        with ThreadPoolExecutor(abreast) as pool:
            list(pool.map(self.send, batches))

    def send(self, events: Sequence[Event]) -> dict[str, Any]:
        """One request with these events, now, whatever their states; what came of it."""
        cloud = self.cloud
        told = [each.body | {"attemptNumber": len(each.attempts)} for each in events]
        body = json.dumps(told, separators=(",", ":"), ensure_ascii=False).encode()
        uri = str(cloud.truth.setting("target_url"))
        sent = headers(cloud.signing_secret(), uri, body, cloud.truth.now())
        reply = post(str(cloud.truth.setting("deliver_to") or uri), sent, body, PATIENCE)
        attempt = {"at": cloud.truth.now(), "status": reply.status, "error": reply.error, "events": len(events)}
        with cloud.truth.transaction():
            for event in events:
                self._note(event, attempt)
        return attempt

    def _note(self, event: Event, attempt: dict[str, Any]) -> None:
        event.attempts.append(attempt)
        if attempt["status"] is not None and 200 <= attempt["status"] < 300:
            event.state = "delivered"
        elif event.state in ("waiting", "unanswered"):
            self._plan_retry(event, attempt["at"])
        self.cloud.truth.keep(event)

    def _plan_retry(self, event: Event, now: int) -> None:
        """Due again after its gap; without a scale it stays unanswered until a test asks for the retry."""
        tried, scale = len(event.attempts), self.cloud.retry_scale
        gap = FIRST_GAP_MS * 2 ** (tried - 1) * scale * random.uniform(0.75, 1.0)
        event.state = "waiting" if scale else "unanswered"
        event.due_at = now + int(gap)
        if tried > RETRIES:
            event.state = "failed"
