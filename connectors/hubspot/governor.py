"""Keeps all our processes together below HubSpot's limits, which count per account and app.

https://developers.hubspot.com/docs/developer-tooling/platform/usage-guidelines
"""

import threading
import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from connectors.hubspot.ration import Ration
from referhub import Keep, TryLater, Usage

NAME = "rate"
SHARE = 0.9  # of the limit is used, because HubSpot counts by its own clock
BLOCKS_PER_LIMIT = 20
BLOCK_SECONDS = 1.0  # within which a reserved call is made or lost
SEARCHES_PER_SECOND = 4  # HubSpot allows five per account, whoever searches
SEARCH_SECONDS = 1.1
LONGEST_PAUSE_SECONDS = 1.5  # what is longer is waited for elsewhere
SPARING = "less than a tenth of HubSpot's calls of today is left: the hub asks for changes and writes fields later"


class Governor:
    """Lets a call through, makes it wait a moment, or says `TryLater`.

    Calls are reserved by the block, so that the shared text is not changed for each of them.
    """

    def __init__(
        self,
        keep: Callable[[], Keep],
        clock: Callable[[], float] = time.time,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._keep = keep
        self._clock = clock
        self._pause = pause
        self._lock = threading.Lock()
        self._left = 0
        self._reserved_at = 0.0
        self._heard: dict[str, Any] = {}

    def take(self) -> None:
        """One call may be made now. Raises `TryLater`."""
        with self._lock:
            if self._left and self._clock() - self._reserved_at < BLOCK_SECONDS:
                self._left -= 1
                return
            self._left = self._waited(self._reserve) - 1

    def take_search(self) -> None:
        """One search may be made now, as far as searches are concerned. Raises `TryLater`."""
        self._waited(self._reserve_search)

    def spare(self) -> None:
        """A call that can wait may be made now, as far as today's calls are concerned. Raises `TryLater`."""
        seconds = self._known().spares_for(self._clock())
        if seconds > 0:
            raise TryLater(SPARING, timedelta(seconds=seconds))

    def note(self, headers: Mapping[str, str]) -> None:
        """Remember what an answer told; the others hear it with the next reservation."""
        heard = {name: told for name, header in HEADERS.items() if (told := _number(headers.get(header))) is not None}
        if "seconds" in heard:
            heard["seconds"] /= 1000
        if "daily_left" in heard:
            heard["daily_at"] = self._clock()
        with self._lock:
            # A new dict each time, because others may be looking at the old one.
            self._heard = self._heard | {name: told for name, told in heard.items() if told or name == "daily_left"}

    def rest(self, wait: timedelta, words: str) -> None:
        """No process makes a call before `wait` is over."""
        until = self._clock() + wait.total_seconds()
        with self._lock:
            self._left = 0
            self._change(lambda ration: _resting(ration, until, words))

    def usage(self) -> Usage | None:
        """Today's calls as HubSpot counts them; None as long as it told nothing."""
        ration, now = self._known(), self._clock()
        words = ration.words if ration.rests_until > now else SPARING if ration.spares_for(now) > 0 else ""
        if not ration.daily_most:
            return Usage(0, 0, words) if words else None
        return Usage(ration.daily_most - ration.daily_left, ration.daily_most, words)

    def _known(self) -> Ration:
        return self._updated(Ration.read(self._keep().get(NAME)))

    def _waited(self, reserve: Callable[[Ration], int]) -> int:
        while True:
            try:
                return self._reserved(reserve)
            except _Full as full:
                if full.seconds > LONGEST_PAUSE_SECONDS:
                    raise TryLater(full.words, timedelta(seconds=full.seconds)) from None
                self._pause(max(full.seconds, 0.01))

    def _reserved(self, reserve: Callable[[Ration], int]) -> int:
        calls: list[int] = []
        self._change(lambda ration: calls.append(reserve(ration)))
        return calls[0]

    def _change(self, work: Callable[[Ration], None]) -> None:
        def changed(text: str | None) -> str:
            ration = self._updated(Ration.read(text))
            work(ration)
            return ration.text()

        self._keep().change(NAME, changed)

    def _updated(self, ration: Ration) -> Ration:
        is_older = self._heard.get("daily_at", 0.0) < ration.daily_at  # than what another process heard of the day
        for name, told in self._heard.items():
            if not (is_older and name.startswith("daily")):
                setattr(ration, name, told)
        return ration

    def _reserve(self, ration: Ration) -> int:
        now = self._clock()
        _refuse_rest(ration, now)
        lasts = ration.seconds + BLOCK_SECONDS
        ration.blocks = [block for block in ration.blocks if now - block[0] < lasts]
        most = max(1, int(ration.most * SHARE))
        calls = min(max(1, most // BLOCKS_PER_LIMIT), most - sum(block[1] for block in ration.blocks))
        if calls < 1:
            raise _Full(ration.blocks[0][0] + lasts - now, "HubSpot's limit per ten seconds is used up")
        ration.blocks.append((now, calls))
        self._reserved_at = now
        return calls

    def _reserve_search(self, ration: Ration) -> int:
        now = self._clock()
        _refuse_rest(ration, now)
        ration.searches = [at for at in ration.searches if now - at < SEARCH_SECONDS]
        if len(ration.searches) >= SEARCHES_PER_SECOND:
            raise _Full(ration.searches[0] + SEARCH_SECONDS - now, "HubSpot's limit for searches is used up")
        ration.searches.append(now)
        return 1


class _Full(Exception):
    def __init__(self, seconds: float, words: str) -> None:
        super().__init__(words)
        self.seconds = seconds
        self.words = words


def _refuse_rest(ration: Ration, now: float) -> None:
    if ration.rests_until > now:
        raise _Full(ration.rests_until - now, ration.words)


def _resting(ration: Ration, until: float, words: str) -> None:
    if until > ration.rests_until:
        ration.rests_until, ration.words = until, words


HEADERS = {
    "most": "x-hubspot-ratelimit-max",
    "seconds": "x-hubspot-ratelimit-interval-milliseconds",
    "daily_most": "x-hubspot-ratelimit-daily",
    "daily_left": "x-hubspot-ratelimit-daily-remaining",
}


def _number(told: str | None) -> float | None:
    return int(told) if told and told.isascii() and told.isdecimal() and len(told) < 10 else None
