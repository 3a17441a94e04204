"""Read: stored deliveries become events, and events become decisions, many in one transaction."""

import gc
import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.contract.connector import Connector
from core.contract.errors import ConnectorError, NeedsAttention, TryLater, Unreadable
from core.contract.events import Event, Ignored, OrderEvent, OrderRefunded
from core.contract.parts import ReadsMany
from core.contract.webhooks import Delivery
from core.gateway.hub import Hub, body_context
from core.gateway.vault import SealBroken
from core.models import Connection, StoredDelivery
from core.rules.redacting import redacted
from core.rules.retrying import MOST_READS, backoff, bounded
from core.rules.states import change
from core.scope import change_by_id
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
    asked_at: datetime | None = None
    problem: str = ""
    after: timedelta | None = None


def read_due(
    hub: Hub, connection: Connection, held: HeldLease, *, batch: int = BATCH, topics: frozenset[str] | None = None
) -> int:
    """Up to `batch` due deliveries (of these topics, if any are said) are read and decided; returns how many."""
    rows = _due(hub, connection.id, batch, topics)
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


def _due(hub: Hub, connection_id: str, batch: int, topics: frozenset[str] | None) -> list[StoredDelivery]:
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
    if topics is not None:
        query = query.where(StoredDelivery.topic.in_(sorted(topics)))
    with hub.database.reading() as session:
        return list(session.scalars(query))


def _read_all(hub: Hub, connection: Connection, rows: Sequence[StoredDelivery]) -> list[_Reading]:
    connector = hub.connector(connection)
    size = connector.read_batch_size if isinstance(connector, ReadsMany) else 1
    readings: list[_Reading] = []
    ends = time.monotonic() + MOST_SECONDS
    for start in range(0, len(rows), size):
        if time.monotonic() > ends:
            break  # some sources are asked for each delivery: the rest comes with the next batch
        try:
            readings += _read_some(hub, connector, rows[start : start + size])
        except NeedsAttention as problem:
            pause(hub, connection.id, problem.hint)
            break  # the rest waits, untouched, until a person has acted
    return readings


def _read_some(hub: Hub, connector: Connector, rows: Sequence[StoredDelivery]) -> list[_Reading]:
    if not isinstance(connector, ReadsMany):
        return [_read_one(hub, connector, row) for row in rows]
    opened = [(row, _opened(hub, row)) for row in rows]
    readings = [found for _, found in opened if isinstance(found, _Reading)]
    whole = [(row, found) for row, found in opened if isinstance(found, Delivery)]
    asked_at = hub.now()
    try:
        answers = connector.read_many([delivery for _, delivery in whole]) if whole else []
        told = list(zip(whole, answers, strict=True))
    except NeedsAttention:
        raise
    except Exception as problem:  # it may be one delivery's trouble, so each is read alone
        log.info("%s hints could not be read together (%s): one by one", len(whole), type(problem).__name__)
        return readings + [_read_one(hub, connector, row) for row, _ in whole]
    for (row, _), answer in told:
        if isinstance(answer, NeedsAttention):
            raise answer
        readings.append(_failed(row, answer) if isinstance(answer, ConnectorError) else _Reading(row, answer, asked_at))
    return readings


def _opened(hub: Hub, row: StoredDelivery) -> Delivery | _Reading:
    try:
        body = hub.vault.open(row.body, body_context(row.connection_id, row.key))
    except SealBroken as problem:
        return _failed(row, problem)
    return Delivery(
        key=row.key,
        topic=row.topic,
        body=body,
        headers=row.headers,
        triggered_at=row.triggered_at,
        subject=row.subject,
    )


def _read_one(hub: Hub, connector: Connector, row: StoredDelivery) -> _Reading:
    delivery = _opened(hub, row)
    if isinstance(delivery, _Reading):
        return delivery
    asked_at = hub.now()
    try:
        return _Reading(row, connector.read(delivery), asked_at)
    except NeedsAttention:
        raise
    except Exception as problem:
        return _failed(row, problem)


def _failed(row: StoredDelivery, problem: Exception) -> _Reading:
    """Why it could not be read and when that is tried again; called where the problem is at hand."""
    if isinstance(problem, TryLater):
        return _Reading(row, problem=str(problem), after=bounded(problem.after))
    if isinstance(problem, Unreadable):
        return _Reading(row, problem=str(problem))
    # A connector's bug is one delivery's trouble, not everybody's.
    log.error("delivery %s could not be read", row.id, exc_info=problem)
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
        told = [
            Told(connection, event, reading.row.id, reading.asked_at)
            for reading in readings
            for event in reading.events
        ]
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
        change_by_id(session, StoredDelivery, told)


def _outcome(reading: _Reading, now: datetime) -> dict[str, Any]:
    row = reading.row
    outcome = {"id": row.id, "state": row.state, "attempts": row.attempts + 1, "due_at": row.due_at}
    outcome["subject"] = row.subject or _subject(reading.events)
    if not reading.problem:
        ignored = [event.reason for event in reading.events if isinstance(event, Ignored)]
        is_read = len(reading.events) > len(ignored)
        state = change("delivery", row.state, "read" if is_read else "ignored")
        return outcome | {"state": state, "read_at": now, "reason": None if is_read else "; ".join(ignored) or None}
    outcome |= {"read_at": row.read_at, "reason": redacted(reading.problem)[:500]}
    if reading.after is None or row.attempts + 1 >= MOST_READS:
        return outcome | {"state": change("delivery", row.state, "unreadable")}
    return outcome | {"due_at": now + reading.after}


def _subject(events: Sequence[Event]) -> str:
    """The order a delivery turned out to speak of, where the sender did not say it outside."""
    for event in events:
        if isinstance(event, OrderEvent):
            return event.order.source_id
        if isinstance(event, OrderRefunded):
            return event.order_id
    return ""
