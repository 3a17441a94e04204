"""Effects that are still on their way: whoever asked for them has got no answer, and they happen all the same."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime
from typing import Generic, TypeVar

T = TypeVar("T", int, datetime)


class Late(Generic[T]):
    """What happens later, by the stand-in's own clock."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._coming: list[tuple[T, Callable[[], None]]] = []

    def __bool__(self) -> bool:
        return bool(self._coming)

    def postpone(self, due_at: T, act: Callable[[], None]) -> None:
        with self._lock:
            self._coming.append((due_at, act))

    def run(self, now: T) -> None:
        """Effects whose time has come happen now, in the order in which they were due."""
        with self._lock:
            due = sorted((each for each in self._coming if each[0] <= now), key=lambda each: each[0])
            self._coming = [each for each in self._coming if each[0] > now]
        for _, act in due:
            act()
