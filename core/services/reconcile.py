"""Reconcile: sources are asked now for what webhooks lost, and which of them answered is told apart."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from core.contract.parts import Polls
from core.gateway.hub import Hub
from core.models import Connection
from core.services.poll import ask_now

MOST_SECONDS = 60.0
GLANCE_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Asked:
    """One connection that was asked; `problem` says in words why nothing is known of what it lost.

    One that `is_off` was not meant to be asked: that is no failure.
    """

    label: str
    problem: str
    is_off: bool = False


def reconcile(hub: Hub, connections: Sequence[Connection], work: Callable[[], int]) -> tuple[int, list[Asked]]:
    """Every source that can be asked was asked, by this process or by a worker that was quicker.

    `work` does everything that is due and returns how many things that were; their sum comes back first.
    """
    started = hub.now()
    for row in connections:
        ask_now(hub, row.id)
    done = work()
    ends = time.monotonic() + MOST_SECONDS
    while _is_any_being_asked(hub, connections) and time.monotonic() < ends:
        time.sleep(GLANCE_SECONDS)  # another worker holds the lease
        done += work()
    with hub.database.reading() as session:
        rows = session.scalars(select(Connection).where(Connection.id.in_([row.id for row in connections]))).all()
    return done, [Asked(row.label, _problem(hub, row, started), is_off=not hub.is_on(row)) for row in rows]


def _is_any_being_asked(hub: Hub, connections: Sequence[Connection]) -> bool:
    ids = [row.id for row in connections]
    with hub.database.reading() as session:
        rows = session.scalars(select(Connection).where(Connection.id.in_(ids))).all()
    return any(
        hub.is_on(row) and isinstance(hub.connector(row), Polls) and (row.next_poll_at or hub.now()) <= hub.now()
        for row in rows
    )


def _problem(hub: Hub, row: Connection, started: datetime) -> str:
    if row.hint and not row.is_working:
        return row.hint
    if not hub.is_on(row):
        return "it is switched off"
    if not isinstance(hub.connector(row), Polls):
        return "this kind of source cannot be asked"
    has_answered = row.last_poll_at is not None and row.last_poll_at >= started
    return "" if has_answered else f"it did not answer: `referhub connections test {row.label}` says why"
