"""A courier's day: a thread sends what is due when it is woken, and looks again while something is expected."""

from __future__ import annotations

import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

LOOK_AGAIN_SECONDS = 0.05
IDLE_SECONDS = 1.0
LOOK_AGAIN_AT_THE_DESK_SECONDS = 0.01
T = TypeVar("T")


class Postman(ABC):
    """What is due, how it is sent and how often it is tried again are the vendor's own; the day is everybody's."""

    def __init__(self, name: str, woken: threading.Event) -> None:
        self.busy = False
        self._woken, self._ending = woken, threading.Event()
        self._thread = threading.Thread(target=self._work, name=f"{name}-courier", daemon=True)

    @abstractmethod
    def due(self) -> Sequence[Any]:
        """What should be sent by now, in the order in which it goes."""

    @abstractmethod
    def send_due(self) -> None:
        """Everything that is due has been tried once, and what else comes due by itself has happened."""

    @abstractmethod
    def expecting(self) -> bool:
        """Whether something becomes due by itself soon."""

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Nothing more is sent."""
        self._ending.set()
        self._woken.set()
        self._thread.join(timeout=10)

    def one_by_one(self, send: Callable[[T], object], each: Iterable[T]) -> None:
        """Each is sent after the one before it, until the courier is told to end."""
        for one in each:
            if self._ending.is_set():
                return
            send(one)

    def settle(self, seconds: float) -> bool:
        """Waits until nothing is due any more; whether that came about in time."""
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            if not self.due() and not self.busy:
                return True
            self._woken.set()
            time.sleep(LOOK_AGAIN_AT_THE_DESK_SECONDS)
        return False

    def _work(self) -> None:
        while not self._ending.is_set():
            self._woken.clear()
            self.busy = True
            self.send_due()
            self.busy = False
            self._woken.wait(LOOK_AGAIN_SECONDS if self.expecting() else IDLE_SECONDS)
