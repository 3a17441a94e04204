"""The rows of field sync: everybody who takes part and has an account gets one, and it ends when the account does."""

from collections.abc import Iterable

from sqlalchemy import ColumnElement, Select, delete, exists, select
from sqlalchemy.orm import Session

from core.contract.events import IdentityKind
from core.gateway.hub import Hub
from core.models import Code, Connection, Identity, Referral, SyncedRecord, WrittenChange, new_id
from core.services.lease import HeldLease

ACCOUNTS = (IdentityKind.CUSTOMER, IdentityKind.CONTACT, IdentityKind.LEAD)
AT_ONCE = 500


def tend_rows(hub: Hub, connection: Connection, held: HeldLease) -> None:
    """Newcomers have a row, and whoever the source has again is written to again."""
    for work, query in ((_add, _newcomers(connection)), (_revive, _returned(connection))):
        while True:
            with hub.database.reading() as session:
                if session.execute(query.limit(1)).first() is None:
                    break
            with hub.database.transaction() as session:
                held.confirm(session)
                work(hub, session, connection, query.limit(AT_ONCE))


def _newcomers(connection: Connection) -> Select[str, str]:
    taking_part = select(Code.advocate_id).union(select(Referral.friend_id), select(Referral.advocate_id))
    row = SyncedRecord.connection_id == connection.id, SyncedRecord.source_id == Identity.lookup
    query = select(Identity.lookup, Identity.person_id).where(*living_account(connection))
    return query.where(Identity.person_id.in_(taking_part), ~exists().where(*row)).order_by(Identity.id)


def living_account(connection: Connection) -> tuple[ColumnElement[bool], ...]:
    """The identities by which a source has people now."""
    return (
        Identity.merchant_id == connection.merchant_id,
        Identity.scope == connection.id,
        Identity.kind.in_(ACCOUNTS),
        Identity.is_gone.is_(False),
    )


def _add(hub: Hub, session: Session, connection: Connection, query: Select[str, str]) -> None:
    found: dict[str, str] = {}
    for source_id, person_id in session.execute(query):
        found.setdefault(source_id, person_id)  # a lead and a contact of one id are one record
    session.add_all(new_row(hub, connection, source_id, person_id) for source_id, person_id in found.items())


def new_row(hub: Hub, connection: Connection, source_id: str, person_id: str) -> SyncedRecord:
    """A row of somebody nothing was written to yet."""
    return SyncedRecord(
        id=new_id(),
        merchant_id=connection.merchant_id,
        connection_id=connection.id,
        person_id=person_id,
        source_id=source_id,
        is_dirty=True,
        is_parked=False,
        is_gone=False,
        revision=0,
        due_at=hub.now(),
        attempts=0,
        written={},
        write_times=[],
    )


def _returned(connection: Connection) -> Select[str, str]:
    living = exists().where(*living_account(connection), Identity.lookup == SyncedRecord.source_id)
    is_gone = SyncedRecord.is_gone.is_(True), SyncedRecord.moved_to.is_(None)
    return select(SyncedRecord.id, SyncedRecord.source_id).where(
        SyncedRecord.connection_id == connection.id, *is_gone, living
    )


def _revive(hub: Hub, session: Session, connection: Connection, query: Select[str, str]) -> None:
    ids = [record_id for record_id, _ in session.execute(query)]
    for row in session.scalars(select(SyncedRecord).where(SyncedRecord.id.in_(ids))):
        begin_anew(hub, row)


def begin_anew(hub: Hub, row: SyncedRecord) -> None:
    """Nothing is known of what the source shows of this one: it is looked at and written like a newcomer."""
    row.is_gone = row.is_parked = False
    row.is_dirty, row.due_at, row.revision = True, hub.now(), row.revision + 1
    row.seen, row.written, row.moved_to, row.refused, row.reason, row.attempts = None, {}, None, None, None, 0


def gone_accounts(session: Session, connection: Connection, source_ids: Iterable[str]) -> set[str]:
    """Those of these ids by which the source has nobody any more, as the hub was told."""
    query = select(Identity.lookup, Identity.is_gone).where(
        Identity.merchant_id == connection.merchant_id,
        Identity.scope == connection.id,
        Identity.kind.in_(ACCOUNTS),
        Identity.lookup.in_(list(source_ids)),
    )
    rows = session.execute(query).all()
    return {lookup for lookup, is_gone in rows if is_gone} - {lookup for lookup, is_gone in rows if not is_gone}


def end_row(session: Session, connection: Connection, row: SyncedRecord, reason: str) -> None:
    """The source has nobody of that id: nothing is written any more, and what stood there is forgotten with them."""
    row.is_gone, row.is_dirty, row.is_parked, row.reason = True, False, False, reason
    row.seen, row.written, row.refused = None, {}, None
    session.execute(delete(WrittenChange).where(WrittenChange.record_id == row.id))
    query = select(Identity).where(*living_account(connection), Identity.lookup == row.source_id)
    for identity in session.scalars(query):
        identity.is_gone = True
