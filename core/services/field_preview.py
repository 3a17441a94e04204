"""Preview: before the first write the source is only looked at, and what writing would change can be read."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.contract.parts import Gone
from core.gateway.hub import Hub
from core.models import Connection, SyncedRecord
from core.queries.fields import fields_of
from core.services.book import lock
from core.services.field_batch import ERASED, dirty_rows
from core.services.field_looks import Sight, look_at
from core.services.field_plan import FieldPlan
from core.services.field_rows import end_row, gone_accounts
from core.services.lease import HeldLease

AT_ONCE = 500
MOST_EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class Example:
    """One value that would change."""

    source_id: str
    before: str | None
    after: str | None


@dataclass
class FieldPreview:
    """What writing would do to one field: how many records it fills, replaces, leaves as they are, or may not touch."""

    ours: str
    theirs: str
    fills: int = 0
    replaces: int = 0
    equal: int = 0
    kept: int = 0
    examples: list[Example] = field(default_factory=list)


@dataclass
class Preview:
    """What the next writing would change: `unseen` records were not looked at yet, `changing` ones would be written."""

    records: int = 0
    unseen: int = 0
    changing: int = 0
    fields: dict[str, FieldPreview] = field(default_factory=dict)


def look_ahead(hub: Hub, connection: Connection, held: HeldLease, plan: FieldPlan) -> int:
    """Some rows that nobody looked at know what the source shows; returns how many rows were gone through.

    Raises `TryLater` or `NeedsAttention`.
    """
    with hub.database.reading() as session:
        query = dirty_rows(connection.id, hub.now()).order_by(SyncedRecord.due_at, SyncedRecord.id)
        rows = session.scalars(query.limit(plan.connector.record_batch_size)).all()
        erased = gone_accounts(session, connection, (row.source_id for row in rows))
    names = set(plan.names.values())
    living = [row for row in rows if row.source_id not in erased]
    unseen = [row.source_id for row in living if plan.shows and names - (row.seen or {}).keys()]
    sights: dict[str, Sight] = {**dict.fromkeys(erased, Gone(ERASED.reason)), **look_at(plan, unseen)}
    if rows:
        _keep_sights(hub, connection, held, rows, sights)
    return len(rows)


def _keep_sights(
    hub: Hub, connection: Connection, held: HeldLease, rows: Sequence[SyncedRecord], sights: dict[str, Sight]
) -> None:
    with hub.database.transaction() as session:
        held.confirm(session)
        lock(session, connection.merchant_id)
        for row in session.scalars(select(SyncedRecord).where(SyncedRecord.id.in_([old.id for old in rows]))):
            sight = sights.get(row.source_id, {})
            row.is_dirty = False
            if isinstance(sight, Gone):
                end_row(session, connection, row, sight.reason)
            elif sight:
                row.seen = {**(row.seen or {}), **sight}


def preview(hub: Hub, session: Session, connection: Connection, plan: FieldPlan) -> Preview:
    """What writing would change, from what was seen and is known now; nothing is asked of the source."""
    found = Preview(fields={ours: FieldPreview(ours, theirs) for ours, theirs in plan.names.items()})
    for rows in _slices(session, connection.id):
        people = fields_of(session, (row.person_id for row in rows), base_url=hub.base_url)
        for row in rows:
            found.records += 1
            standing = plan.standing(row)
            if plan.unknown(people[row.person_id], standing):
                found.unseen += 1
                continue
            changes = plan.difference(people[row.person_id], standing).changes
            found.changing += bool(changes)
            for ours, theirs in plan.names.items():
                value = people[row.person_id].fields.get(ours)
                after = plan.spelt(theirs, value)
                _count(found.fields[ours], row, standing.shows(theirs), after, is_written=theirs in changes)
    return found


def _slices(session: Session, connection_id: str) -> Iterator[Sequence[SyncedRecord]]:
    after = ""
    while True:
        query = select(SyncedRecord).where(
            SyncedRecord.connection_id == connection_id, SyncedRecord.is_gone.is_(False), SyncedRecord.id > after
        )
        rows = session.scalars(query.order_by(SyncedRecord.id).limit(AT_ONCE)).all()
        if not rows:
            return
        yield rows
        after = rows[-1].id
        session.expunge_all()  # however many there are, only one slice is held


def _count(found: FieldPreview, row: SyncedRecord, before: str | None, after: str | None, *, is_written: bool) -> None:
    if not is_written:
        found.equal += after is not None and before == after
        found.kept += before is not None and before != after
        return
    found.fills += before is None
    found.replaces += before is not None
    if len(found.examples) < MOST_EXAMPLES and before is not None:
        found.examples.append(Example(row.source_id, before, after))
