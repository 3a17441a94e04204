"""Outcomes: what the source answered for each record is kept, in one transaction with the run it belongs to."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, null, select, update
from sqlalchemy.orm import Session

from core.contract.credits import Later, Moved, NotThere, Refused, Unsure
from core.gateway.hub import Hub
from core.models import Connection, SyncedRecord
from core.rules.retrying import backoff, bounded
from core.services.book import lock
from core.services.field_batch import MOST_WRITES, WITHIN, Batch, Work, asked
from core.services.field_plan import FieldPlan
from core.services.field_rows import begin_anew, end_row, new_row
from core.services.lease import HeldLease
from core.services.write_runs import Texts, keep_changes, open_run

FIGHTING = (
    f"written {MOST_WRITES} times in {WITHIN.seconds // 60} minutes: another system may be writing the same fields. "
    "It is tried again in an hour"
)
QUARREL_PAUSE = timedelta(hours=1)
# The source's own wish is followed three times; then the waits grow to an hour, and it ends after about a day.
SOON, MOST_TRIES = 3, 30


@dataclass(frozen=True)
class Keeping:
    """The open transaction in which a batch is kept."""

    hub: Hub
    session: Session
    connection: Connection
    plan: FieldPlan


def keep_batch(hub: Hub, connection: Connection, held: HeldLease, plan: FieldPlan, batch: Batch) -> None:
    """Every row of the batch says what became of it, and the run what was changed. Raises `LeaseLost`."""
    if not batch.works:
        return
    with hub.database.transaction() as session:
        held.confirm(session)
        lock(session, connection.merchant_id)  # the lock first: who decides may soil these rows just now
        keeping = Keeping(hub, session, connection, plan)
        agreed = [work for work in batch.works if work.outcome is None and not work.is_fighting]
        _keep_others(keeping, [work for work in batch.works if work.outcome is not None or work.is_fighting])
        changes = _keep_agreed(keeping, agreed)
        _note_run(keeping, batch, changes)


def _keep_others(keeping: Keeping, works: Sequence[Work]) -> None:
    query = select(SyncedRecord).where(SyncedRecord.id.in_([work.row.id for work in works]))
    rows = {row.id: row for row in keeping.session.scalars(query)} if works else {}
    for work in works:
        row = rows[work.row.id]
        if work.is_fighting:
            row.is_parked, row.reason, row.due_at = True, FIGHTING, keeping.hub.now() + QUARREL_PAUSE
        else:
            KEEPERS[type(work.outcome)](keeping, row, work)
    keeping.session.flush()


# As a statement and not row by row: of ten thousand records nearly all are kept this way. What changed while a record
# was being written raised its revision: then it stays dirty.
AGREED = (
    update(SyncedRecord)
    .where(SyncedRecord.id == bindparam("record_id"), SyncedRecord.merchant_id == bindparam("whose"))
    .values(
        is_dirty=SyncedRecord.revision != bindparam("known_revision"),
        is_parked=False,
        attempts=0,
        reason=None,
        refused=null(),
        written=bindparam("now_written"),
        written_at=bindparam("now_written_at"),
        write_times=bindparam("now_write_times"),
    )
)


def _keep_agreed(keeping: Keeping, works: Sequence[Work]) -> dict[str, tuple[Texts, Texts]]:
    """These records show what they should; returns what was changed on each of them to make it so."""
    changes: dict[str, tuple[Texts, Texts]] = {}
    rows: list[dict[str, object]] = []
    for work in works:
        after = asked(keeping.plan, work) if work.is_written else {}
        rows.append(_agreed(work, after, keeping.hub.now()))
        if after:
            changes[work.row.id] = {name: work.standing.shows(name) for name in after}, after
    if rows:
        keeping.session.connection().execute(AGREED, rows)
    return changes


def _agreed(work: Work, after: Texts, now: datetime) -> dict[str, object]:
    row = work.row
    fields = {**work.standing.written, **work.difference.agrees, **after}
    return {
        "record_id": row.id,
        "whose": row.merchant_id,
        "known_revision": row.revision,
        "now_written": {"fields": fields, "tags": list(work.person.tags)},
        "now_written_at": now if work.is_written else row.written_at,
        "now_write_times": [*row.write_times, now.isoformat()][-MOST_WRITES:] if work.is_written else row.write_times,
    }


def _note_run(keeping: Keeping, batch: Batch, changes: Mapping[str, tuple[Texts, Texts]]) -> None:
    if not batch.calls:
        return
    run = open_run(keeping.hub, keeping.session, keeping.connection.id)
    keep_changes(keeping.session, run, changes)
    run.calls += batch.calls
    run.refused += sum(isinstance(work.outcome, Refused) for work in batch.works)
    keeping.session.get_one(Connection, keeping.connection.id).last_write_at = keeping.hub.now()


def _park(keeping: Keeping, row: SyncedRecord, work: Work) -> None:
    row.is_dirty = row.revision != work.row.revision
    row.is_parked, row.reason = True, getattr(work.outcome, "reason", "")
    row.refused = asked(keeping.plan, work)


def _postpone(keeping: Keeping, row: SyncedRecord, work: Work) -> None:
    row.attempts += 1
    row.reason = getattr(work.outcome, "reason", "")
    if row.attempts >= _most_tries(work):
        row.is_parked, row.is_dirty = True, row.revision != work.row.revision
        return
    wish = bounded(work.outcome.after) if isinstance(work.outcome, Later) else backoff(row.attempts)
    row.due_at = keeping.hub.now() + (max(wish, backoff(row.attempts)) if row.attempts > SOON else wish)


def _most_tries(work: Work) -> int:
    asked_for = work.outcome.tries if isinstance(work.outcome, Later) else None
    return min(asked_for or MOST_TRIES, MOST_TRIES)


def _end(keeping: Keeping, row: SyncedRecord, work: Work) -> None:
    end_row(keeping.session, keeping.connection, row, getattr(work.outcome, "reason", ""))


def _move(keeping: Keeping, row: SyncedRecord, work: Work) -> None:
    """The row's person goes on under the new id, whether or not that has a row already."""
    assert isinstance(work.outcome, Moved)
    new_id = work.outcome.source_id
    query = select(SyncedRecord).filter_by(connection_id=row.connection_id, source_id=new_id)
    known = keeping.session.scalars(query).one_or_none()
    if new_id == row.source_id or (known is not None and known.moved_to == row.source_id):
        row.is_parked, row.is_dirty, row.reason = True, False, f"the source sends us from {row.source_id} in a circle"
        return
    if known is None:
        keeping.session.add(new_row(keeping.hub, keeping.connection, new_id, row.person_id))
        keeping.session.flush()
    elif known.is_gone and known.moved_to is None:
        begin_anew(keeping.hub, known)
    else:
        known.is_dirty, known.due_at, known.revision = True, keeping.hub.now(), known.revision + 1
    row.is_gone, row.is_dirty, row.moved_to, row.reason = True, False, new_id, f"the source knows them as {new_id} now"


KEEPERS: Mapping[type, Callable[[Keeping, SyncedRecord, Work], None]] = {
    Refused: _park,
    Later: _postpone,
    Unsure: _postpone,
    NotThere: _end,
    Moved: _move,
}
