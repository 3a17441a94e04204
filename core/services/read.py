"""Read: stored deliveries become events, and events become decisions, many in one transaction."""

import gc
import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from core.contract.errors import NeedsAttention, TryLater, Unreadable
from core.contract.events import Event
from core.contract.webhooks import Delivery
from core.gateway.hub import Hub, body_context
from core.gateway.vault import redacted
from core.models import Connection, StoredDelivery
from core.rules.retrying import MOST_READS, backoff, bounded
from core.rules.states import change
from core.services.book import open_book
from core.services.connections import pause
from core.services.convert import convert
from core.services.failpoints import reach
from core.services.lease import HeldLease, LeaseLost
from core.services.record import Told, record

log = logging.getLogger(__name__)
BATCH = 200
# Well inside the lease, so that what was read can still be decided under it.
MOST_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class _Reading:
    """What came of reading one delivery: its events, or why not (and when to try again)."""

    row: StoredDelivery
    events: Sequence[Event] = ()
    problem: str = ""
    after: timedelta | None = None


def read_due(hub: Hub, connection: Connection, held: HeldLease, *, batch: int = BATCH) -> int:
    """Up to `batch` due deliveries are read and decided; returns how many were taken."""
    rows = _due(hub, connection.id, batch)
    if not rows:
        return 0
    readings = _read_all(hub, connection, rows)
    try:
        _decide(hub, connection, held, readings)
    except LeaseLost:
        raise
    except Exception:
        # One poisonous event must not block the others: each is decided alone, and the bad one is set aside.
        log.exception("a batch could not be decided, going one by one")
        for reading in readings:
            _decide_alone(hub, connection, held, reading)
    return len(readings)


def _due(hub: Hub, connection_id: str, batch: int) -> list[StoredDelivery]:
    query = (
        select(StoredDelivery)
        .where(
            StoredDelivery.connection_id == connection_id,
            StoredDelivery.state == "stored",
            StoredDelivery.due_at <= hub.now(),
        )
        .order_by(StoredDelivery.due_at, StoredDelivery.id)
        .limit(batch)
    )
    with hub.database.reading() as session:
        return list(session.scalars(query))


def _read_all(hub: Hub, connection: Connection, rows: Sequence[StoredDelivery]) -> list[_Reading]:
    readings: list[_Reading] = []
    ends = time.monotonic() + MOST_SECONDS
    for row in rows:
        if time.monotonic() > ends:
            break  # some sources are asked for each delivery: the rest comes with the next batch
        try:
            readings.append(_read_one(hub, connection, row))
        except NeedsAttention as problem:
            pause(hub, connection.id, problem.hint)
            break  # the rest waits, untouched, until a person has acted
    return readings


def _read_one(hub: Hub, connection: Connection, row: StoredDelivery) -> _Reading:
    try:
        body = hub.vault.open(row.body, body_context(row.connection_id, row.key))
        delivery = Delivery(key=row.key, topic=row.topic, body=body, headers=row.headers, triggered_at=row.triggered_at)
        return _Reading(row, hub.connector(connection).read(delivery))
    except NeedsAttention:
        raise
    except TryLater as problem:
        return _Reading(row, problem=str(problem), after=bounded(problem.after))
    except Unreadable as problem:
        return _Reading(row, problem=str(problem))
    except Exception as problem:  # a connector's bug is one delivery's trouble, not everybody's
        log.exception("delivery %s could not be read", row.id)
        return _Reading(row, problem=_words(problem), after=backoff(row.attempts + 1))


@contextmanager
def _uncollected() -> Iterator[None]:
    """The cyclic collector rests: thousands of rows live until the batch is committed; nothing is garbage before."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@_uncollected()
def _decide(hub: Hub, connection: Connection, held: HeldLease, readings: Sequence[_Reading]) -> None:
    with hub.database.transaction() as session:
        held.confirm(session)
        book = open_book(hub, session, connection.merchant_id)
        told = [Told(connection, event, reading.row.id) for reading in readings for event in reading.events]
        convert(book, record(book, told))
        _mark(session, hub, readings)
        session.flush()
        reach("read.before_commit")
    reach("read.after_commit")


def _decide_alone(hub: Hub, connection: Connection, held: HeldLease, reading: _Reading) -> None:
    try:
        _decide(hub, connection, held, [reading])
    except LeaseLost:
        raise
    except Exception as problem:
        log.exception("delivery %s could not be decided", reading.row.id)
        set_aside = _Reading(reading.row, problem=_words(problem), after=backoff(reading.row.attempts + 1))
        with hub.database.transaction() as session:
            held.confirm(session)
            _mark(session, hub, [set_aside])


def _words(problem: Exception) -> str:
    # Only the first line: in the next ones PostgreSQL repeats the row it could not take.
    return f"{type(problem).__name__}: {str(problem).partition(chr(10))[0]}"


def _mark(session: Session, hub: Hub, readings: Sequence[_Reading]) -> None:
    """What came of each is written on its delivery."""
    now = hub.now()
    told = [_outcome(reading, now) for reading in readings]
    if told:
        session.execute(update(StoredDelivery), told)


def _outcome(reading: _Reading, now: datetime) -> dict[str, Any]:
    row = reading.row
    outcome = {"id": row.id, "state": row.state, "attempts": row.attempts + 1, "due_at": row.due_at}
    if not reading.problem:
        state = change("delivery", row.state, "read" if reading.events else "ignored")
        return outcome | {"state": state, "read_at": now, "reason": None}
    outcome |= {"read_at": row.read_at, "reason": redacted(reading.problem)[:500]}
    if reading.after is None or row.attempts + 1 >= MOST_READS:
        return outcome | {"state": change("delivery", row.state, "unreadable")}
    return outcome | {"due_at": now + reading.after}
