"""Keeps our traffic away from the shop's rate limit, so that the merchant's own traffic finds room.

https://shopify.dev/docs/api/usage/limits
"""

import threading
import time
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

from connectors.shopify.picking import Body, child

FREE_SHARE = 0.5  # of the bucket is left to the merchant
LONGEST_WAIT_SECONDS = 60.0
MAX_COST = 1000


class Governor:
    """Remembers the bucket as the last answer told it, and what each operation last cost, in points."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._costs: dict[str, float] = {}
        self._size = self._available = self._rate = 0.0
        self._seen_at = 0.0

    def wait_before(self, operation: str) -> timedelta | None:
        """How long to hold back `operation`, or None when it may go now."""
        with self._lock:
            if not self._rate:
                return None
            cost = self._costs.get(operation, 10.0)
            now_available = min(self._size, self._available + self._rate * (self._monotonic() - self._seen_at))
            needed = min(self._size, cost + FREE_SHARE * self._size)
            return _seconds((needed - now_available) / self._rate) if now_available < needed else None

    def is_too_costly(self, operation: str) -> bool:
        """True when Shopify already told us that this operation exceeds what a single request may cost."""
        return self._costs.get(operation, 0.0) > MAX_COST

    def note(self, operation: str, cost: Body) -> None:
        """Remember what an answer told about its cost and the bucket."""
        status = child(cost, "throttleStatus")
        size, available, rate = (_number(status.get(key)) for key in BUCKET)
        with self._lock:
            self._costs[operation] = _number(cost.get("requestedQueryCost"))
            if size > 0 and rate > 0:
                self._size, self._available, self._rate = size, available, rate
                self._seen_at = self._monotonic()

    def wait_after_throttling(self, operation: str) -> timedelta:
        """How long until the bucket holds what `operation` asked for."""
        with self._lock:
            missing = self._costs.get(operation, 0.0) - self._available
            return _seconds(missing / self._rate if self._rate else 2.0)


BUCKET = ("maximumAvailable", "currentlyAvailable", "restoreRate")


def _number(value: Any) -> float:
    is_number = isinstance(value, (int, Decimal)) and not isinstance(value, bool)
    return float(value) if is_number and 0 <= value < 10**9 else 0.0


def _seconds(seconds: float) -> timedelta:
    return timedelta(seconds=min(max(seconds, 0.1), LONGEST_WAIT_SECONDS))
