"""The org's API calls belong to everybody who uses it: the hub leaves enough of them to the others.

https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/headers_api_usage.htm
"""

import re
import threading
import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from enum import Enum

from connectors.salesforce.answers import LimitReached
from referhub import TryLater, Usage

HEADER = re.compile(r"(?:^|;)\s*api-usage=([0-9]{1,12})/([0-9]{1,12})")
STALE_SECONDS = 900.0


class Purpose(Enum):
    """What a call is for, and up to which share of the day's calls it is made."""

    WRITE = 0.8
    POLL = 0.9
    READ = 1.0


class Budget:
    """What the last answers said of the day's calls, and the pause after they were used up."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._used, self._limit = 0, 0
        self._heard_at = 0.0
        self._closed_until = 0.0

    def note(self, headers: Mapping[str, str]) -> None:
        """Remember what an answer says of the usage."""
        found = HEADER.search(headers.get("sforce-limit-info", ""))
        if found and int(found[2]) > 0:
            with self._lock:
                self._used, self._limit = int(found[1]), int(found[2])
                self._heard_at = self._monotonic()

    def close(self, wait: timedelta) -> None:
        """Nothing is asked for so long."""
        with self._lock:
            self._closed_until = self._monotonic() + wait.total_seconds()

    def refuse(self, purpose: Purpose) -> None:
        """Raises `TryLater` while calls for this purpose have to wait."""
        left = self._closed_until - self._monotonic()
        if left > 0:
            raise LimitReached("the org's API calls are used up: waiting for the limit to reset", _seconds(left))
        if self.is_short(purpose):
            raise TryLater(
                f"{self._used} of the org's {self._limit} API calls a day are used: the rest is left to others",
                _seconds(STALE_SECONDS),
            )

    def is_short(self, purpose: Purpose) -> bool:
        """True when too many calls are used up for this purpose."""
        return self._limit > 0 and purpose is not Purpose.READ and self._used >= purpose.value * self._limit

    def is_stale(self) -> bool:
        """True when the usage was heard of so long ago that asking again is worth a call."""
        return self._monotonic() - self._heard_at > STALE_SECONDS

    def usage(self) -> Usage | None:
        """What was heard last, and what follows from it."""
        if not self._limit:
            return None
        stopped = [name for purpose, name in STOPPED.items() if self.is_short(purpose)]
        return Usage(self._used, self._limit, f"{' and '.join(stopped)} wait" if stopped else "")


STOPPED = {Purpose.WRITE: "writes", Purpose.POLL: "polls"}


def _seconds(left: float) -> timedelta:
    return timedelta(seconds=max(1.0, left))
