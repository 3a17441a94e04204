"""The limits of the API, really counted: calls in ten seconds, calls in a day, searches in a second."""

from __future__ import annotations

import threading
from collections import defaultdict, deque
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

TEN_SECONDS_MS, SECOND_MS = 10_000, 1000


class Rates:
    """One count per portal; the app is one, whatever token or process asks."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls: dict[int, deque[int]] = defaultdict(deque)
        self._searches: dict[int, deque[int]] = defaultdict(deque)
        self._days: dict[tuple[int, str], int] = defaultdict(int)

    def take_call(self, portal: int, now: int, most: int) -> int | None:
        """How many are left in these ten seconds, or None where this one is too many."""
        return self._take(self._calls[portal], now - TEN_SECONDS_MS, now, most)

    def take_search(self, portal: int, now: int, most: int) -> int | None:
        return self._take(self._searches[portal], now - SECOND_MS, now, most)

    def take_day(self, portal: int, now: int, zone: str, most: int) -> int | None:
        """The day ends at midnight where the portal is."""
        day = datetime.fromtimestamp(now / 1000, UTC).astimezone(ZoneInfo(zone)).date().isoformat()
        with self._lock:
            if self._days[portal, day] >= most:
                return None
            self._days[portal, day] += 1
            return most - self._days[portal, day]

    def _take(self, window: deque[int], since: int, now: int, most: int) -> int | None:
        with self._lock:
            while window and window[0] <= since:
                window.popleft()
            if len(window) >= most:
                return None
            window.append(now)
            return most - len(window)

    def forget(self) -> None:
        """All counts begin anew."""
        with self._lock:
            self._calls.clear()
            self._searches.clear()
            self._days.clear()
