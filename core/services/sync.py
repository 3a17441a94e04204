"""Sync: referral fields of people whose story changed are written to their source, absolute, only when different."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.contract.connector import Writes
from core.contract.credits import Later, Record, Refused, WriteOutcome
from core.contract.errors import NeedsAttention, TryLater
from core.contract.events import IdentityKind
from core.gateway.hub import Hub
from core.models import Code, Connection, Identity, Referral, SyncedRecord, new_id
from core.queries.fields import ReferralFields, fields_of
from core.rules.retrying import MOST_READS, backoff, bounded
from core.services.book import lock
from core.services.failpoints import reach
from core.services.lease import HeldLease

BATCH = 200


def sync_due(hub: Hub, connection: Connection, held: HeldLease, *, batch: int = BATCH) -> int:
    """Up to `batch` people's fields at the source say what the hub knows; returns how many rows were looked at."""
    connector = hub.connector(connection)
    if not isinstance(connector, Writes):
        return 0
    _add_newcomers(hub, connection, held)
    with hub.database.reading() as session:
        rows = _dirty(session, hub, connection.id, batch)
        wanted = fields_of(session, [row.person_id for row in rows])
    changed = [row for row in rows if _stored(wanted[row.person_id]) != row.written]
    outcomes: dict[str, WriteOutcome] = {row.id: None for row in rows}
    for start in range(0, len(changed), connector.record_batch_size):
        part = changed[start : start + connector.record_batch_size]
        outcomes |= _write(connector, part, wanted)
        reach("sync.after_write")
    _keep(hub, connection, held, rows, wanted, outcomes)
    return len(rows)


def _add_newcomers(hub: Hub, connection: Connection, held: HeldLease) -> None:
    """Everybody who takes part and has an account at this source gets a row."""
    taking_part = select(Code.advocate_id).union(select(Referral.friend_id), select(Referral.advocate_id))
    has_row = select(SyncedRecord.source_id).where(SyncedRecord.connection_id == connection.id)
    query = select(Identity).where(
        Identity.scope == connection.id,
        Identity.kind.in_((IdentityKind.CUSTOMER, IdentityKind.CONTACT)),
        Identity.is_gone.is_(False),
        Identity.person_id.in_(taking_part),
        Identity.lookup.not_in(has_row),
    )
    with hub.database.reading() as session:
        if session.scalars(query.limit(1)).first() is None:
            return
    with hub.database.transaction() as session:
        held.confirm(session)
        for identity in session.scalars(query):
            session.add(
                SyncedRecord(
                    id=new_id(),
                    connection_id=connection.id,
                    person_id=identity.person_id,
                    source_id=identity.lookup,
                    is_dirty=True,
                    due_at=hub.now(),
                    attempts=0,
                    written={},
                )
            )


def _dirty(session: Session, hub: Hub, connection_id: str, batch: int) -> Sequence[SyncedRecord]:
    query = (
        select(SyncedRecord)
        .where(
            SyncedRecord.connection_id == connection_id,
            SyncedRecord.is_dirty.is_(True),
            SyncedRecord.due_at <= hub.now(),
        )
        .order_by(SyncedRecord.due_at, SyncedRecord.id)
        .limit(batch)
    )
    return session.scalars(query).all()


def _write(
    connector: Writes, rows: Sequence[SyncedRecord], wanted: Mapping[str, ReferralFields]
) -> dict[str, WriteOutcome]:
    records = [_record(row, wanted[row.person_id], connector.default_fields) for row in rows]
    try:
        outcomes: Sequence[WriteOutcome] = connector.write(records)
    except NeedsAttention:
        raise
    except TryLater as problem:
        outcomes = [Later(str(problem), problem.after)] * len(rows)
    return {row.id: outcome for row, outcome in zip(rows, outcomes, strict=True)}


def _record(row: SyncedRecord, wanted: ReferralFields, names: Mapping[str, str]) -> Record:
    """The fields as they should be; what was written before and is no longer true is told as None, to be removed."""
    gone = dict.fromkeys(row.written.get("fields", {}))
    fields = {names[ours]: value for ours, value in {**gone, **wanted.fields}.items() if ours in names}
    return Record(row.source_id, fields, wanted.tags)


def _keep(
    hub: Hub,
    connection: Connection,
    held: HeldLease,
    rows: Sequence[SyncedRecord],
    wanted: Mapping[str, ReferralFields],
    outcomes: Mapping[str, WriteOutcome],
) -> None:
    if not rows:
        return
    with hub.database.transaction() as session:
        held.confirm(session)
        lock(session, connection.merchant_id)  # the lock first: who decides may soil these rows just now
        for old in rows:
            row = session.get_one(SyncedRecord, old.id)
            outcome = outcomes[row.id]
            if outcome is None:
                # What changed while this was being written makes the row due at another time: it stays dirty.
                row.is_dirty, row.attempts, row.reason = row.due_at != old.due_at, 0, None
                row.written, row.written_at = _stored(wanted[row.person_id]), hub.now()
            else:
                _postpone(hub, row, outcome)


def _postpone(hub: Hub, row: SyncedRecord, outcome: WriteOutcome) -> None:
    row.attempts += 1
    row.reason = getattr(outcome, "reason", "")
    if isinstance(outcome, Refused) or row.attempts >= MOST_READS:
        row.is_dirty = False  # parked with its reason; the next change of the person tries again
        return
    row.due_at = hub.now() + (bounded(outcome.after) if isinstance(outcome, Later) else backoff(row.attempts))


def _stored(wanted: ReferralFields) -> dict[str, Any]:
    return {"fields": {name: str(value) for name, value in wanted.fields.items()}, "tags": list(wanted.tags)}
