"""Drift: what a source shows is compared with what was written there, and made so again where that is ours to do."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.contract.errors import TryLater
from core.contract.parts import Gone
from core.gateway.hub import Hub
from core.models import Connection, FieldSync, SyncedRecord
from core.services.book import lock
from core.services.field_looks import Sight, look_at
from core.services.field_plan import FieldPlan, pause_fields, plan_of, stored_plan
from core.services.field_rows import end_row
from core.services.lease import HeldLease

EVERY = timedelta(days=1)
MOST_SHOWN = 200
# So many calls before polling has its turn again.
MOST_BATCHES = 5


@dataclass(frozen=True, slots=True)
class Drifted:
    """One field of one record that shows something else than the hub wrote."""

    source_id: str
    theirs: str
    written: str | None
    shown: str | None


@dataclass
class Drift:
    """What one look through all written records found; `drifted` are the first of them, the counts are of all."""

    looked_at: int = 0
    differing: int = 0
    healed: int = 0
    fields: Counter[str] = field(default_factory=Counter)
    drifted: list[Drifted] = field(default_factory=list)
    after: str = ""
    begun_at: str = ""
    ended_at: str | None = None

    def stored(self) -> dict[str, Any]:
        """The counts, as the connection keeps them."""
        kept = ("looked_at", "differing", "healed", "after", "begun_at", "ended_at")
        return {name: getattr(self, name) for name in kept} | {"fields": dict(self.fields)}


def drift_from(stored: dict[str, Any] | None) -> Drift | None:
    """The look that was stored, to be gone on with or told."""
    if stored is None:
        return None
    return Drift(**{**stored, "fields": Counter(stored["fields"])})


def look_for_drift_due(hub: Hub, connection: Connection, held: HeldLease) -> int:
    """Once a day everything that was written is looked at, a few calls at a time; returns how many records were.

    Raises `NeedsAttention`.
    """
    with hub.database.reading() as session:
        plan, stored = plan_of(hub, session, connection), session.get(FieldSync, connection.id)
    if plan is None or plan.shows is None or plan.is_preview or plan.waits(hub.now()) or stored is None:
        return 0
    found = _begun(hub, stored)
    if found is None:
        return 0
    look = _Look(hub, connection, plan, found, held.confirm)
    try:
        return look.go_on(MOST_BATCHES)
    except TryLater as problem:
        pause_fields(hub, connection, held, problem)
        return 0


def _begun(hub: Hub, stored: FieldSync) -> Drift | None:
    """The look under way, a new one when it is time, or None."""
    found = drift_from(stored.drift)
    if found is not None and found.ended_at is None:
        return found
    since = datetime.fromisoformat(found.ended_at) if found and found.ended_at else stored.live_at
    is_time = since is not None and hub.now() - since >= EVERY
    return Drift(begun_at=hub.now().isoformat()) if is_time else None


def look_for_drift(hub: Hub, connection: Connection, *, heal: bool) -> Drift:
    """Everything that was written is looked at now; with `heal` what differs is written again by the next sync.

    Fields that are shared are nobody's drift. Raises `TryLater` or `NeedsAttention`.
    """
    with hub.database.reading() as session:
        plan = plan_of(hub, session, connection)
    found = Drift(begun_at=hub.now().isoformat())
    if plan is None or plan.shows is None:
        found.ended_at = found.begun_at
    else:
        look = _Look(hub, connection, plan, found, lambda _session: None, heals=heal)
        while found.ended_at is None:
            look.go_on(MOST_BATCHES)
    return found


@dataclass
class _Look:
    """One look through the records that were written, batch by batch; it can be gone on with after a pause."""

    hub: Hub
    connection: Connection
    plan: FieldPlan
    found: Drift
    confirm: Callable[[Session], None]
    heals: bool = False

    def go_on(self, batches: int) -> int:
        """So many batches more are compared, and the counts kept; returns how many records that were."""
        before = self.found.looked_at
        for _ in range(batches):
            if self.found.ended_at is None:
                self._compare_some()
        return self.found.looked_at - before

    def _compare_some(self) -> None:
        ids, looked_at = self._next(), self.hub.now()
        sights = look_at(self.plan, list(ids.values()))
        with self.hub.database.transaction() as session:
            self.confirm(session)
            lock(session, self.connection.merchant_id)
            for row in session.scalars(select(SyncedRecord).where(SyncedRecord.id.in_(list(ids)))):
                if row.written_at is None or row.written_at <= looked_at:  # else our look is older than our write
                    self._compare(session, row, sights[row.source_id])
            self.found.looked_at += len(ids)
            self.found.after = max(ids, default=self.found.after)
            self.found.ended_at = None if ids else self.hub.now().isoformat()
            stored_plan(self.hub, session, self.connection.id).drift = self.found.stored()

    def _next(self) -> dict[str, str]:
        """The next records' ids with the source's own."""
        query = select(SyncedRecord.id, SyncedRecord.source_id).where(
            SyncedRecord.connection_id == self.connection.id,
            SyncedRecord.is_gone.is_(False),
            SyncedRecord.written_at.is_not(None),
            SyncedRecord.id > self.found.after,
        )
        size = self.plan.connector.record_batch_size
        with self.hub.database.reading() as session:
            return dict(session.execute(query.order_by(SyncedRecord.id).limit(size)).all())

    def _compare(self, session: Session, row: SyncedRecord, sight: Sight) -> None:
        if isinstance(sight, Gone):
            end_row(session, self.connection, row, sight.reason)
            return
        drifted = list(self._drifted(row, sight))
        if drifted:
            self.found.differing += 1
            self.found.fields.update(one.theirs for one in drifted)
            self.found.drifted += drifted[: MOST_SHOWN - len(self.found.drifted)]
        if drifted and self.heals:
            self.found.healed += 1
            _believe(self.hub, row, {one.theirs: one.shown for one in drifted})

    def _drifted(self, row: SyncedRecord, sight: dict[str, str | None]) -> Iterator[Drifted]:
        for name, text in row.written.get("fields", {}).items():
            if name in sight and name not in self.plan.shared and sight[name] != text:
                yield Drifted(row.source_id, name, text, sight[name])


def _believe(hub: Hub, row: SyncedRecord, shown: dict[str, str | None]) -> None:
    """What the source shows stands in the place of what was written, so that the next sync sees the difference."""
    row.written = {**row.written, "fields": {**row.written.get("fields", {}), **shown}}
    row.is_dirty, row.due_at, row.revision = True, hub.now(), row.revision + 1
