"""What a connection remembers between calls and across processes: its tokens, and how much it may still ask."""

import threading
from collections.abc import Callable
from typing import Protocol


class Keep(Protocol):
    """Small texts by name, kept sealed for one connection, changed by one process at a time."""

    def get(self, name: str) -> str | None:
        """What stands under the name, None if nothing does."""
        ...

    def change(self, name: str, work: Callable[[str | None], str]) -> str:
        """`work` is told what stands there, and what it returns stands there when this returns (and is returned).

        Nobody else's `work` runs on the same name meanwhile, in no process. What `work` raises changes nothing.
        Raises `TryLater` when the others do not finish in time.
        """
        ...


class Memory:
    """A `Keep` for one process, as a connector has it until the hub gives it a shared one."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}
        self._lock = threading.RLock()

    def get(self, name: str) -> str | None:
        """What stands under the name, None if nothing does."""
        return self._texts.get(name)

    def change(self, name: str, work: Callable[[str | None], str]) -> str:
        """As `Keep.change`, among the threads of this process."""
        with self._lock:
            self._texts[name] = work(self._texts.get(name))
            return self._texts[name]

    def texts(self) -> dict[str, str]:
        """All that stands there, by name."""
        return dict(self._texts)
