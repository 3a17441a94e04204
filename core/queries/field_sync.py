"""How the referral fields of a connection are doing: what waits, what is parked and why, what was written last."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import Session

from core.models import Connection, FieldStage, FieldSync, SyncedRecord, WriteRun
from core.queries.listing import DEFAULT_SIZE, Listing, Place, listing
from core.queries.people import Face, faces

MOST_PARKED = 50


@dataclass(frozen=True, slots=True)
class ParkedRecord:
    """A record that is not written any more, with the source's reason; `due_at` when it is tried again by itself."""

    source_id: str
    reason: str
    due_at: datetime | None


@dataclass(frozen=True, slots=True)
class ParkedRow:
    """A parked record with its person: out of date since `since`, tried again by itself at `again_at` (None: never)."""

    id: str
    source_id: str
    person: Face
    reason: str
    since: datetime | None
    again_at: datetime | None


@dataclass(frozen=True, slots=True)
class FieldHealth:
    """One connection's fields in numbers; `problems` are fields that are off, by the source's name, with what to click.

    `backlog` counts records that wait to be compared, `gone` those that the source has no more. `stage` is new,
    preview or live. `drift` is the last look at what the source shows: looked_at, differing, and the fields by name.
    """

    connection_id: str
    stage: str
    records: int = 0
    written: int = 0
    backlog: int = 0
    parked: int = 0
    gone: int = 0
    problems: dict[str, str] = field(default_factory=dict)
    hint: str = ""
    due_at: datetime | None = None
    last_write_at: datetime | None = None
    drift: dict[str, Any] | None = None
    usage: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class RunRow:
    """One run of writing, newest first in a list."""

    id: str
    kind: str
    started_at: datetime
    ended_at: datetime | None
    undone_at: datetime | None
    written: int
    refused: int
    calls: int


def field_health(session: Session, now: datetime) -> dict[str, FieldHealth]:
    """Every connection's fields, by connection id. Two statements, however many records there are."""
    counts = {row[0]: [int(count or 0) for count in row[1:]] for row in session.execute(_counts())}
    query = select(Connection, FieldSync).join(FieldSync, FieldSync.connection_id == Connection.id, isouter=True)
    return {
        connection.id: _health(connection, stored, counts.get(connection.id, [0] * 5), now)
        for connection, stored in session.execute(query)
    }


def _counts() -> Any:
    living = SyncedRecord.is_gone.is_(False)
    waits = living & SyncedRecord.is_dirty.is_(True) & SyncedRecord.is_parked.is_(False)
    return select(
        SyncedRecord.connection_id,
        _how_many(living),
        _how_many(living & SyncedRecord.written_at.is_not(None)),
        _how_many(waits),
        _how_many(living & SyncedRecord.is_parked.is_(True)),
        _how_many(SyncedRecord.is_gone.is_(True)),
    ).group_by(SyncedRecord.connection_id)


def _how_many(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((condition, 1), else_=0))


def _health(connection: Connection, stored: FieldSync | None, counts: list[int], now: datetime) -> FieldHealth:
    records, written, backlog, parked, gone = counts
    is_waiting = stored is not None and stored.due_at is not None and stored.due_at > now
    return FieldHealth(
        connection_id=connection.id,
        stage=stored.stage if stored else FieldStage.NEW,
        records=records,
        written=written,
        backlog=backlog,
        parked=parked,
        gone=gone,
        problems=dict(stored.problems) if stored else {},
        hint=(stored.hint or "") if stored and is_waiting else "",
        due_at=stored.due_at if stored and is_waiting else None,
        last_write_at=connection.last_write_at,
        drift=stored.drift if stored else None,
        usage=connection.usage,
    )


def parked_records(session: Session, connection_id: str, *, limit: int = MOST_PARKED) -> list[ParkedRecord]:
    """The records that are not written any more, with their reasons."""
    query = select(SyncedRecord).where(
        SyncedRecord.connection_id == connection_id, SyncedRecord.is_parked.is_(True), SyncedRecord.is_gone.is_(False)
    )
    return [
        ParkedRecord(row.source_id, row.reason or "", row.due_at if row.is_dirty else None)
        for row in session.scalars(query.order_by(SyncedRecord.id).limit(limit))
    ]


def parked_page(
    session: Session, connection_id: str, now: datetime, *, place: Place | None = None, size: int = DEFAULT_SIZE
) -> Listing[ParkedRow]:
    """The connection's parked records, newest first. Three statements."""
    query = select(SyncedRecord).where(
        SyncedRecord.connection_id == connection_id, SyncedRecord.is_parked.is_(True), SyncedRecord.is_gone.is_(False)
    )
    found = listing(session, query, SyncedRecord.id, lambda row: row.SyncedRecord, place, size)
    known = faces(session, [row.person_id for row in found.rows])
    return Listing(tuple(_parked(row, known, now) for row in found.rows), found.older, found.newer)


def _parked(row: SyncedRecord, known: dict[str, Face], now: datetime) -> ParkedRow:
    is_ahead = row.due_at > now
    return ParkedRow(
        id=row.id,
        source_id=row.source_id,
        person=known[row.person_id],
        reason=row.reason or "",
        since=None if is_ahead else row.due_at,
        again_at=row.due_at if is_ahead and row.is_dirty else None,
    )


def write_runs(session: Session, connection_id: str, *, limit: int = 10) -> list[RunRow]:
    """The newest runs of writing."""
    query = select(WriteRun).where(WriteRun.connection_id == connection_id)
    return [
        RunRow(
            id=row.id,
            kind=row.kind,
            started_at=row.started_at,
            ended_at=row.ended_at,
            undone_at=row.undone_at,
            written=row.written,
            refused=row.refused,
            calls=row.calls,
        )
        for row in session.scalars(query.order_by(WriteRun.started_at.desc(), WriteRun.id.desc()).limit(limit))
    ]
