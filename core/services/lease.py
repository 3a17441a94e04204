"""Leases: one worker at a time clears one lane of one connection, and a late worker's write changes nothing."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import CursorResult, update
from sqlalchemy.orm import Session

from core.clock import system_clock
from core.gateway.hub import Hub
from core.models import Lease, new_id, owner_of


class Lane(StrEnum):
    """What can be cleared side by side: reading never waits for paying, nor paying for polling."""

    READ = "read"
    PAY = "pay"
    POLL = "poll"


class LeaseLost(RuntimeError):
    """Another worker holds the lane now; whatever this one was about to write is not written."""


@dataclass(frozen=True, slots=True)
class HeldLease:
    """The right to clear a lane; `fence` is higher than any earlier holder's."""

    connection_id: str
    lane: Lane
    fence: int
    hub: Hub

    def confirm(self, session: Session) -> None:
        """The lease is still ours and lasts again for its full time; part of the write it protects.

        Raises `LeaseLost`, which undoes that write.
        """
        # Leases run on the machine's clock: a sandbox clock that is turned forward must not end them.
        statement = (
            update(Lease)
            .where(Lease.connection_id == self.connection_id, Lease.lane == self.lane, Lease.fence == self.fence)
            .values(until_at=system_clock() + self.hub.timings.lease)
            .execution_options(synchronize_session=False)
        )
        if _rows(session.execute(statement)) != 1:
            raise LeaseLost(f"{self.lane} of {self.connection_id}")


@contextmanager
def lease(hub: Hub, connection_id: str, lane: Lane) -> Iterator[HeldLease | None]:
    """The lane's lease, or None while another worker holds it; given back at the end, or expiring after a crash."""
    held = _acquire(hub, connection_id, lane)
    try:
        yield held
    finally:
        if held:
            _release(held)


def _acquire(hub: Hub, connection_id: str, lane: Lane) -> HeldLease | None:
    now = system_clock()
    first = hub.database.insert_once(Lease).values(
        connection_id=connection_id,
        merchant_id=hub.merchant_id or owner_of(connection_id),
        lane=lane,
        owner="",
        fence=0,
        until_at=now,
    )
    take = (
        update(Lease)
        .where(Lease.connection_id == connection_id, Lease.lane == lane, Lease.until_at <= now)
        .values(owner=new_id(), fence=Lease.fence + 1, until_at=now + hub.timings.lease)
        .returning(Lease.fence)
        .execution_options(synchronize_session=False)
    )
    with hub.database.transaction() as session:
        session.execute(first)
        fence = session.execute(take).scalar_one_or_none()
    return None if fence is None else HeldLease(connection_id, lane, fence, hub)


def _release(held: HeldLease) -> None:
    statement = (
        update(Lease)
        .where(Lease.connection_id == held.connection_id, Lease.lane == held.lane, Lease.fence == held.fence)
        .values(owner="", until_at=system_clock())
        .execution_options(synchronize_session=False)
    )
    with held.hub.database.transaction() as session:
        session.execute(statement)


def _rows(result: Any) -> int:
    assert isinstance(result, CursorResult)
    return result.rowcount
