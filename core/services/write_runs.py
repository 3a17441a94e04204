"""Runs: what was written when, and what stood there before, for as long as somebody may want to undo it."""

from collections.abc import Mapping

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from core.gateway.hub import Hub
from core.models import WriteRun, WrittenChange, new_id

SYNC, UNDO = "sync", "undo"
# Of older runs only the counts remain, and of still older ones nothing.
RUNS_WITH_CHANGES, RUNS_KEPT = 5, 50


def open_run_id(session: Session, connection_id: str) -> str | None:
    """The run that is under way, if one is."""
    query = select(WriteRun.id).where(WriteRun.connection_id == connection_id, WriteRun.ended_at.is_(None))
    return session.scalars(query.order_by(WriteRun.started_at.desc())).first()


def open_run(hub: Hub, session: Session, connection_id: str, kind: str = SYNC) -> WriteRun:
    """The run of that kind under way, begun if there is none; one of the other kind that was broken off has ended."""
    known = open_run_id(session, connection_id)
    if known is not None:
        run = session.get_one(WriteRun, known)
        if run.kind == kind:
            return run
        run.ended_at = hub.now()
    run = WriteRun(
        id=new_id(),
        merchant_id=hub.merchant_of(connection_id),
        connection_id=connection_id,
        kind=kind,
        started_at=hub.now(),
        written=0,
        refused=0,
        calls=0,
    )
    session.add(run)
    session.flush()
    return run


Texts = Mapping[str, str | None]


def keep_changes(session: Session, run: WriteRun, changes: Mapping[str, tuple[Texts, Texts]]) -> None:
    """The run knows what stood on each record (by id) before and after; what stood there first is what counts."""
    query = select(WrittenChange).where(WrittenChange.run_id == run.id, WrittenChange.record_id.in_(list(changes)))
    known = {row.record_id: row for row in session.scalars(query)} if run.written else {}
    for record_id, row in known.items():
        before, after = changes[record_id]
        row.before, row.after = {**before, **row.before}, {**row.after, **after}
    rows = [
        {
            "id": new_id(),
            "merchant_id": run.merchant_id,
            "run_id": run.id,
            "record_id": record_id,
            "before": before,
            "after": after,
            "is_undone": False,
        }
        for record_id, (before, after) in changes.items()
        if record_id not in known
    ]
    if rows:
        session.execute(insert(WrittenChange), rows)
    run.written += len(changes)


def close_run(hub: Hub, session: Session, connection_id: str) -> None:
    """Nothing is left to write: the run has ended, and old ones are forgotten."""
    known = open_run_id(session, connection_id)
    if known is not None:
        session.get_one(WriteRun, known).ended_at = hub.now()
    session.flush()
    runs = select(WriteRun.id).where(WriteRun.connection_id == connection_id)
    newest = runs.order_by(WriteRun.started_at.desc(), WriteRun.id.desc())
    ids = list(session.scalars(newest))
    session.execute(delete(WrittenChange).where(WrittenChange.run_id.in_(ids[RUNS_WITH_CHANGES:])))
    session.execute(delete(WriteRun).where(WriteRun.id.in_(ids[RUNS_KEPT:])))


def last_run(session: Session, connection_id: str) -> WriteRun | None:
    """The newest run that can be undone: it wrote something, and nobody undid it."""
    has_changes = select(WrittenChange.id).where(WrittenChange.run_id == WriteRun.id).exists()
    query = select(WriteRun).where(
        WriteRun.connection_id == connection_id, WriteRun.kind != UNDO, WriteRun.undone_at.is_(None), has_changes
    )
    return session.scalars(query.order_by(WriteRun.started_at.desc(), WriteRun.id.desc())).first()
