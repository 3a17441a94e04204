"""Turn the clock: in a sandbox the hub's time can be moved forward, for every process that shares the database."""

import threading
import time
from datetime import datetime, timedelta

from core.clock import Clock, system_clock
from core.contract.errors import Mendable
from core.database import Database
from core.gateway.hub import Hub
from core.models import HubState
from core.services.audit import note

OFFSET = "clock_offset_seconds"
REMEMBER_SECONDS = 0.2
FARTHEST = timedelta(days=3653)


class NotASandbox(Mendable, RuntimeError):
    """Where money is real, time is real."""


class SandboxClock:
    """The system clock plus the offset in the database, asked for five times a second at most."""

    def __init__(self, database: Database, clock: Clock = system_clock) -> None:
        self._database = database
        self._clock = clock
        self._offset = timedelta()
        self._asked_at = -REMEMBER_SECONDS
        self._lock = threading.Lock()

    def __call__(self) -> datetime:
        with self._lock:
            if time.monotonic() - self._asked_at >= REMEMBER_SECONDS:
                self._asked_at = time.monotonic()
                self._offset = offset(self._database)
        return self._clock() + self._offset

    def forget(self) -> None:
        """The next question goes to the database."""
        self._asked_at = -REMEMBER_SECONDS


def offset(database: Database) -> timedelta:
    """How far the hub's clock is ahead."""
    with database.reading() as session:
        row = session.get(HubState, OFFSET)
    return timedelta(seconds=float(row.value)) if row else timedelta()


def turn_forward(hub: Hub, by: timedelta) -> datetime:
    """The hub's time is `by` later than before; returns it. Raises `NotASandbox` on a live hub."""
    if not hub.is_sandbox:
        raise NotASandbox(
            'the clock can be turned only where environment = "sandbox": '
            "set REFERHUB_ENVIRONMENT=sandbox, for the server too"
        )
    if by < timedelta():
        raise NotASandbox("the clock turns forward only: nothing that is due becomes undue")
    total = offset(hub.database) + by
    if total > FARTHEST:
        raise NotASandbox("the clock goes ten years ahead at most: start a new sandbox to begin again")
    with hub.database.transaction() as session:
        session.merge(HubState(name=OFFSET, value=str(total.total_seconds())))
        note(session, None, "turn_clock", "clock:hub", f"by {by}", hub.now())
    if isinstance(hub.clock, SandboxClock):
        hub.clock.forget()
    return hub.now()
