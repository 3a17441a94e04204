"""What takes a while to count is remembered for a minute, because an open page asks again every five seconds."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Generic, TypeVar

T = TypeVar("T")
MINUTE = timedelta(minutes=1)


class Remembered(Generic[T]):
    """Answers by whose they are; each is asked for anew once it is a minute old."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[datetime, T]] = {}

    def of(self, whose: str, now: datetime, ask: Callable[[], T]) -> T:
        """The answer for `whose`, at most a minute old at `now`."""
        known = self._known.get(whose)
        if known is None or not known[0] <= now < known[0] + MINUTE:
            known = self._known[whose] = now, ask()
        return known[1]
