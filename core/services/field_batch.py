"""A batch: the dirty rows whose fields differ, as many as fit into some calls, and what became of the others."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from core.contract.credits import NotThere, Record, Refused, WriteOutcome
from core.contract.parts import Gone, WritesInBulk
from core.gateway.hub import Hub
from core.models import Connection, SyncedRecord
from core.queries.fields import ReferralFields, fields_of
from core.rules.fields import Difference, Standing
from core.services.field_looks import Sight, look_at
from core.services.field_plan import FieldPlan
from core.services.field_rows import gone_accounts
from core.services.lease import HeldLease

# A batch is filled over rows that do not differ, but not without end: their number has to be kept somewhere too.
MOST_LOOKED_THROUGH = 5_000
MOST_WRITES, WITHIN = 5, timedelta(minutes=10)
ERASED = NotThere("the source no longer has this person")
UNCHANGED: WriteOutcome = None


@dataclass
class Work:
    """One dirty row, what its person should show, and what that takes."""

    row: SyncedRecord
    person: ReferralFields
    standing: Standing
    difference: Difference = field(default_factory=lambda: Difference({}, {}))
    sight: dict[str, str | None] | None = None
    is_fighting: bool = False
    is_shown: bool = False
    was_sent: bool = False
    outcome: WriteOutcome = UNCHANGED

    @property
    def is_to_be_written(self) -> bool:
        """True when a call is needed, and nothing stands in its way."""
        return bool(self.difference.changes or self.tags) and not (self.is_fighting or self.outcome)

    @property
    def is_written(self) -> bool:
        """True when it was sent and the source took it."""
        return self.is_to_be_written and self.was_sent

    @property
    def tags(self) -> tuple[str, ...]:
        """The tags that the source was not told of yet; who shows fields is not called for a tag alone."""
        if self.is_shown and not self.difference.changes:
            return ()
        return tuple(tag for tag in self.person.tags if tag not in self.row.written.get("tags", ()))

    def record(self) -> Record:
        """Only what has to change."""
        return Record(self.row.source_id, dict(self.difference.changes), self.tags)


@dataclass
class Batch:
    """What is kept together after one call."""

    is_bulk: bool
    works: list[Work] = field(default_factory=list)
    calls: int = 0

    @property
    def to_write(self) -> list[Work]:
        """The part that needs a call."""
        return [work for work in self.works if work.is_to_be_written]

    def parts(self, size: int) -> Iterator["Batch"]:
        """One batch per call; what needs none goes with the first."""
        if self.is_bulk or not self.works:
            yield self
            return
        rest, to_write = [work for work in self.works if not work.is_to_be_written], self.to_write
        yield Batch(self.is_bulk, rest + to_write[:size])
        for start in range(size, len(to_write), size):
            yield Batch(self.is_bulk, to_write[start : start + size])


def dirty_rows(connection_id: str, now: datetime) -> Select[SyncedRecord]:
    """The rows that are due to be compared, the longest waiting first."""
    return select(SyncedRecord).where(
        SyncedRecord.connection_id == connection_id,
        SyncedRecord.is_dirty.is_(True),
        SyncedRecord.is_gone.is_(False),
        SyncedRecord.due_at <= now,
    )


def next_batch(hub: Hub, connection: Connection, held: HeldLease, plan: FieldPlan, calls: int) -> Batch:
    """The next rows, differing ones for so many calls. Looks at the source only where nobody looked before.

    Raises `TryLater` or `NeedsAttention`.
    """
    size, is_bulk = _size(hub, connection, plan, calls)
    batch, now = Batch(is_bulk), hub.now()
    for page in _pages(hub, connection, plan, batch, size, now):
        _see(hub, held, plan, page, now)
        batch.works += page
        if len(batch.to_write) >= size or len(batch.works) >= MOST_LOOKED_THROUGH:
            break
    return batch


def _size(hub: Hub, connection: Connection, plan: FieldPlan, calls: int) -> tuple[int, bool]:
    connector = plan.connector
    if isinstance(connector, WritesInBulk):
        with hub.database.reading() as session:
            rows = dirty_rows(connection.id, hub.now()).with_only_columns(func.count(SyncedRecord.id))
            if (session.scalar(rows) or 0) > connector.bulk_above:
                return connector.bulk_batch_size, True
    return connector.record_batch_size * calls, False


def _pages(
    hub: Hub, connection: Connection, plan: FieldPlan, batch: Batch, size: int, now: datetime
) -> Iterator[list[Work]]:
    """Pages of dirty rows, each no longer than what still fits into the calls."""
    after: SyncedRecord | None = None
    while True:
        query = dirty_rows(connection.id, now).order_by(SyncedRecord.due_at, SyncedRecord.id)
        if after is not None:
            is_of_the_same_time = (SyncedRecord.due_at == after.due_at) & (SyncedRecord.id > after.id)
            query = query.where((SyncedRecord.due_at > after.due_at) | is_of_the_same_time)
        wanted = size - len(batch.to_write)
        with hub.database.reading() as session:
            rows = session.scalars(query.limit(wanted)).all()
            page = _works(hub, session, connection, plan, rows)
        if page:
            yield page
        if len(rows) < wanted:
            return
        after = rows[-1]


def _works(
    hub: Hub, session: Session, connection: Connection, plan: FieldPlan, rows: Sequence[SyncedRecord]
) -> list[Work]:
    people = fields_of(session, (row.person_id for row in rows), base_url=hub.base_url)
    gone = gone_accounts(session, connection, (row.source_id for row in rows))
    is_shown = plan.shows is not None
    works = [Work(row, people[row.person_id], plan.standing(row), is_shown=is_shown) for row in rows]
    for work in works:
        work.outcome = ERASED if work.row.source_id in gone else None
    return works


def _see(hub: Hub, held: HeldLease, plan: FieldPlan, works: Sequence[Work], now: datetime) -> None:
    """The works know what they have to change, after a look at those nobody looked at."""
    unknown = [work for work in works if work.outcome is None and plan.unknown(work.person, work.standing)]
    size = plan.connector.record_batch_size
    for start in range(0, len(unknown), size):  # one call at a time, so that the lease is confirmed between them
        part = unknown[start : start + size]
        sights = look_at(plan, [work.row.source_id for work in part])
        for work in part:
            _note_sight(work, sights[work.row.source_id])
        _keep_sights(hub, held, part)
    for work in works:
        if work.outcome is None:
            _compare(plan, work, now)


def _note_sight(work: Work, sight: Sight) -> None:
    """The work knows what the source showed, or that it shows nobody."""
    if isinstance(sight, Gone):
        work.outcome = NotThere(sight.reason)
        return
    work.sight = sight
    work.standing = Standing(sight, work.standing.written)


def _keep_sights(hub: Hub, held: HeldLease, works: Sequence[Work]) -> None:
    """What stood there is kept before anything is written over it: a crash must not make it unknown."""
    seen = {work.row.id: work.sight for work in works if work.sight is not None}
    if not seen:
        return
    with hub.database.transaction() as session:
        held.confirm(session)
        for row in session.scalars(select(SyncedRecord).where(SyncedRecord.id.in_(list(seen)))):
            row.seen = {**(row.seen or {}), **(seen[row.id] or {})}


def _compare(plan: FieldPlan, work: Work, now: datetime) -> None:
    row = work.row
    work.difference = plan.difference(work.person, work.standing)
    if not work.is_to_be_written:
        return
    if row.refused is not None and row.refused == asked(plan, work):
        work.outcome = Refused(row.reason or "")
    recent = [at for at in row.write_times if now - datetime.fromisoformat(at) < WITHIN]
    work.is_fighting = len(recent) >= MOST_WRITES


def asked(plan: FieldPlan, work: Work) -> dict[str, str | None]:
    """What is asked of the source for this work, in its spelling."""
    return {name: plan.spelt(name, value) for name, value in work.difference.changes.items()}
