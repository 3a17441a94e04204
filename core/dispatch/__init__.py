"""Who wakes the worker: threads of this process, or an existing queue engine on several machines."""

from typing import Protocol


class Dispatcher(Protocol):
    """Runs `worker.drain` for what is due. A wake is a hint: lost, doubled or late, nothing is wrong."""

    def wake(self, connection_id: str) -> None:
        """Something was laid on the table for this connection."""
        ...

    def start(self) -> None:
        """From now on due work is done."""
        ...

    def stop(self, grace_seconds: float) -> None:
        """No new work is begun; what is under way may finish within the grace."""
        ...
