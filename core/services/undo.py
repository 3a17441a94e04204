"""Undo: what the last run wrote is taken back, where nobody changed it since, and writing waits for a person."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.contract.credits import FieldRefused, Record, WriteOutcome
from core.contract.errors import TryLater
from core.contract.parts import Gone
from core.gateway.hub import Hub
from core.models import Connection, FieldStage, SyncedRecord, WriteRun, WrittenChange
from core.rules.fields import FIELDS, Kind, read_as
from core.services.audit import note
from core.services.book import lock
from core.services.connections import NotFound
from core.services.failpoints import reach
from core.services.field_looks import Sight, look_at
from core.services.field_plan import FieldPlan, stored_plan
from core.services.field_verbs import open_plan
from core.services.lease import HeldLease, Lane, lease
from core.services.write_runs import UNDO, Texts, close_run, keep_changes, last_run, open_run, open_run_id

PATIENCE_SECONDS = 30.0
MOST_SHOWN = 20


@dataclass
class Undone:
    """What came of it: `left_alone` records show something else by now, `failed` ones were refused by the source."""

    run_id: str
    restored: int = 0
    left_alone: int = 0
    failed: int = 0
    reasons: list[str] = field(default_factory=list)


def undo(hub: Hub, name: str) -> Undone:
    """Every record that the last run wrote shows again what stood there before, and the connection is in preview.

    A record that somebody changed since is left alone. Doing it again goes on with what failed, then with the run
    before. Raises `NotFound`, `WrongSetting`, `TryLater` or `NeedsAttention`.
    """
    with hub.database.transaction() as session:
        connection, plan = open_plan(hub, session, name)
        _run_to_undo(session, connection)
        stored_plan(hub, session, connection.id).stage = FieldStage.PREVIEW
    with _alone(hub, connection) as held:
        with hub.database.transaction() as session:
            run_id = _run_to_undo(session, connection)
            note(session, connection.merchant_id, "undo_fields", f"connection:{connection.id}", run_id, hub.now())
        return _Undoing(hub, connection, plan, held, run_id).run()


def _run_to_undo(session: Session, connection: Connection) -> str:
    run = last_run(session, connection.id)
    if run is None:
        raise NotFound(f"nothing that the hub wrote at {connection.label} can be undone")
    return run.id


@contextmanager
def _alone(hub: Hub, connection: Connection) -> Iterator[HeldLease]:
    """The lane in which fields are written, once the worker that holds it has finished. Raises `TryLater`."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        with lease(hub, connection.id, Lane.PAY) as held:
            if held is not None:
                yield held
                return
        if time.monotonic() > deadline:
            raise TryLater("a worker is writing there just now; nothing more is written, so try again in a minute")
        time.sleep(0.2)


@dataclass
class _Restoring:
    """One record and the change to take back: what stands there is `now`, and what is to stand there is `before`."""

    row: SyncedRecord
    change: WrittenChange
    before: dict[str, str | None] = field(default_factory=dict)
    now: dict[str, str | None] = field(default_factory=dict)
    theirs: dict[str, str | None] = field(default_factory=dict)
    problem: str | None = None

    def compare(self, sight: Sight) -> None:
        """Only what still shows what the run wrote is restored."""
        if isinstance(sight, Gone):
            self.problem = sight.reason
            return
        mine = {name for name, text in self.change.after.items() if sight.get(name) == text}
        self.before = {name: self.change.before.get(name) for name in mine}
        self.now = {name: sight.get(name) for name in mine}
        self.theirs = {name: sight.get(name) for name in self.change.after if name not in mine}

    @property
    def is_whole(self) -> bool:
        """True when nobody changed anything of it since."""
        return self.before.keys() == self.change.after.keys()


@dataclass
class _Undoing:
    """One run being taken back, as many records at once as the source takes in a call."""

    hub: Hub
    connection: Connection
    plan: FieldPlan
    held: HeldLease
    run_id: str

    def run(self) -> Undone:
        undone, after = Undone(self.run_id), ""
        self._begin()
        while restorings := self._next(after):
            after = restorings[-1].change.id
            self._restore(restorings)
            self._keep(restorings, undone)
        self._end(undone)
        return undone

    def _begin(self) -> None:
        with self.hub.database.transaction() as session:
            self.held.confirm(session)
            if open_run_id(session, self.connection.id) is not None:
                close_run(self.hub, session, self.connection.id)
            open_run(self.hub, session, self.connection.id, UNDO)

    def _next(self, after: str) -> list[_Restoring]:
        query = (
            select(SyncedRecord, WrittenChange)
            .join(WrittenChange, WrittenChange.record_id == SyncedRecord.id)
            .where(WrittenChange.run_id == self.run_id, WrittenChange.is_undone.is_(False), WrittenChange.id > after)
            .order_by(WrittenChange.id)
            .limit(self.plan.connector.record_batch_size)
        )
        with self.hub.database.reading() as session:
            return [_Restoring(row, change) for row, change in session.execute(query)]

    def _restore(self, restorings: Sequence[_Restoring]) -> None:
        sights = self._sights(restorings)
        for one in restorings:
            one.compare(sights[one.row.source_id])
        sent = [one for one in restorings if one.before]
        outcomes = self.plan.connector.write([self._record(one) for one in sent]) if sent else []
        reach("sync.after_write")
        for one, outcome in zip(sent, outcomes, strict=True):
            one.problem = _problem(outcome)

    def _sights(self, restorings: Sequence[_Restoring]) -> dict[str, Sight]:
        """What stands there now; a source that shows nothing is taken at our word."""
        if self.plan.shows is None:
            rows = [one.row for one in restorings]
            return {row.source_id: {**(row.seen or {}), **row.written.get("fields", {})} for row in rows}
        names = {name for one in restorings for name in one.change.after}
        return look_at(self.plan, [one.row.source_id for one in restorings], names)

    def _record(self, one: _Restoring) -> Record:
        kinds = {theirs: FIELDS[ours].kind for ours, theirs in self.plan.names.items()}
        values = {
            name: read_as(kinds.get(name, Kind.TEXT), text, self.plan.spelling, name)
            for name, text in one.before.items()
        }
        return Record(one.row.source_id, values)

    def _keep(self, restorings: Sequence[_Restoring], undone: Undone) -> None:
        with self.hub.database.transaction() as session:
            self.held.confirm(session)
            lock(session, self.connection.merchant_id)
            run = open_run(self.hub, session, self.connection.id, UNDO)
            changes: dict[str, tuple[Texts, Texts]] = {}
            ids = [one.change.id for one in restorings]
            query = select(WrittenChange, SyncedRecord).join(SyncedRecord, SyncedRecord.id == WrittenChange.record_id)
            fresh = {
                change.id: (change, row) for change, row in session.execute(query.where(WrittenChange.id.in_(ids)))
            }
            for one in restorings:
                change, row = fresh[one.change.id]
                if one.problem is None:
                    change.is_undone = True
                    self._forget(row, one)
                if one.problem is None and one.before:
                    changes[one.row.id] = one.now, one.before
                _count(undone, one)
            keep_changes(session, run, changes)
            run.calls += any(one.before for one in restorings)
            session.get_one(Connection, self.connection.id).last_write_at = self.hub.now()

    def _forget(self, row: SyncedRecord, one: _Restoring) -> None:
        """What was taken back counts as seen and not as written; what somebody changed since is theirs."""
        fields = {name: text for name, text in row.written.get("fields", {}).items() if name not in one.change.after}
        row.written = {**row.written, "fields": fields}
        row.seen = {**(row.seen or {}), **one.theirs, **one.before}
        row.is_dirty, row.revision = False, row.revision + 1

    def _end(self, undone: Undone) -> None:
        with self.hub.database.transaction() as session:
            self.held.confirm(session)
            if not undone.failed:
                session.get_one(WriteRun, self.run_id).undone_at = self.hub.now()
            close_run(self.hub, session, self.connection.id)


def _problem(outcome: WriteOutcome) -> str | None:
    if outcome is None:
        return None
    words = str(getattr(outcome, "reason", "") or type(outcome).__name__)
    return f"{outcome.field}: {words}" if isinstance(outcome, FieldRefused) else words


def _count(undone: Undone, one: _Restoring) -> None:
    if one.problem is not None:
        undone.failed += 1
        if len(undone.reasons) < MOST_SHOWN:
            undone.reasons.append(f"{one.row.source_id}: {one.problem}")
    elif one.is_whole:
        undone.restored += 1
    else:
        undone.left_alone += 1
