"""The points bucket of the GraphQL API: a request reserves its cost, and time refills what was spent."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any


@dataclass
class Bucket:
    """Points per shop; the size per plan is not published, the standard plan refills 100 per second."""

    size: int = 1000
    per_second: int = 100
    _left: Decimal = field(init=False)
    _seen_at: datetime | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._left = Decimal(self.size)

    def take(self, cost: int, now: datetime) -> bool:
        """Whether so many points were there; they are gone then."""
        with self._lock:
            self._refill(now)
            if cost > self._left:
                return False
            self._left -= cost
            return True

    def give_back(self, cost: int) -> None:
        """What was reserved but not needed returns."""
        with self._lock:
            self._left = min(Decimal(self.size), self._left + cost)

    def drain(self, now: datetime) -> None:
        """The merchant's own traffic took everything."""
        with self._lock:
            self._refill(now)
            self._left = Decimal(0)

    def resize(self, size: int, per_second: int) -> None:
        with self._lock:
            self.size, self.per_second, self._left = size, per_second, Decimal(size)

    def status(self, now: datetime) -> dict[str, Any]:
        with self._lock:
            self._refill(now)
            left = int(self._left)
        return {
            "maximumAvailable": float(self.size),
            "currentlyAvailable": left,
            "restoreRate": float(self.per_second),
        }

    def _refill(self, now: datetime) -> None:
        if self._seen_at is not None and now > self._seen_at:
            passed = Decimal(str((now - self._seen_at).total_seconds()))
            self._left = min(Decimal(self.size), self._left + passed * self.per_second)
        self._seen_at = now
