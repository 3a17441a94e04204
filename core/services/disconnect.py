"""Disconnect: a source is left: access is taken back there, credentials are erased here, and debts stay debts."""

import logging
import time
from dataclasses import dataclass

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from core.clock import system_clock
from core.contract.errors import WrongSetting
from core.contract.keep import Memory
from core.contract.parts import Revokes
from core.gateway.hub import Hub
from core.gateway.vault import SealBroken
from core.models import (
    Connection,
    ConnectionStatus,
    FieldSync,
    Identity,
    KeptText,
    Lease,
    Push,
    Reward,
    Search,
    StoredDelivery,
    StoredOrder,
    SyncedRecord,
    WriteRun,
    WrittenChange,
)
from core.services.abandon import abandon
from core.services.bodies import clear
from core.services.book import Book, open_book
from core.services.connections import find, forget_credentials, note_act
from core.services.reward import route_elsewhere

log = logging.getLogger(__name__)
PATIENCE_SECONDS = 10.0
GLANCE_SECONDS = 0.05
BATCH = 500
OWED = ("held", "due", "review", "pushing")
WHY = "the source was disconnected and its links erased before this was read"


@dataclass(frozen=True, slots=True)
class Farewell:
    """What became of a connection: `findings` are left for a person to do at the source; `waiting` rewards wait for
    it to be connected again; `erased` links to its accounts are gone."""

    connection: Connection
    findings: tuple[str, ...]
    waiting: int
    erased: int


def disconnect(hub: Hub, name: str, *, keeps_links: bool) -> Farewell:
    """The source is left: no credential of it is kept, nothing is asked of it or taken from it any more.

    What is owed stays owed; what it received before is known by its links, unless those are erased. Doing it again
    finishes what was interrupted. Connecting under the same label goes on where this stopped. Raises `NotFound`.
    """
    row = _leave(hub, name, keeps_links=keeps_links)
    _await_workers(hub, row.id)
    findings = _revoked(hub, row)
    with hub.database.transaction() as session:
        book = open_book(hub, session, row.merchant_id)
        row = book.connections[row.id]
        _erase_credentials(hub, session, row)
        _let_debts_wait(book, row.id)
        erased = 0 if keeps_links else _erase_links(book, row)
        session.flush()
        waiting = _waiting(session, row.id)
    if not keeps_links:
        _empty_bodies(hub, row.id)
    return Farewell(row, tuple(findings), waiting, erased)


def _leave(hub: Hub, name: str, *, keeps_links: bool) -> Connection:
    """From here on its address answers 404, and workers that look for work pass by."""
    with hub.database.transaction() as session:
        row = find(session, name)
        row.status, row.disconnected_at = ConnectionStatus.REMOVED, row.disconnected_at or hub.now()
        row.hint = "disconnected here: connect it again under the same label to go on"
        note_act(session, hub, row, "disconnect", f": links {'kept' if keeps_links else 'erased'}")
        return row


def _await_workers(hub: Hub, connection_id: str) -> None:
    """What a worker has begun may end; one that is stuck writes nothing any more."""
    ends = time.monotonic() + PATIENCE_SECONDS
    held = select(Lease).where(Lease.connection_id == connection_id)
    while time.monotonic() < ends:
        with hub.database.reading() as session:
            if not [row for row in session.scalars(held) if row.until_at > system_clock()]:
                return
        time.sleep(GLANCE_SECONDS)
    log.warning("a worker still holds a lane of %s: its lease is taken away", connection_id)


def _revoked(hub: Hub, row: Connection) -> list[str]:
    """Access is taken back at the source, as far as that goes; what is left to do there, in words."""
    by_hand = f"remove the app or its key at {row.connector} by hand"
    try:
        values = hub.config_of(row)
        if not values:
            return []  # done before
        connector = hub.opened(row.connector, values, _last_texts(hub, row.id))
        if not isinstance(connector, Revokes):
            return [f"{connector.label} cannot be told from here: {by_hand}"]
        return list(connector.revoke())
    except (WrongSetting, SealBroken) as problem:
        return [f"the connection could not be opened any more ({problem}): {by_hand}"]
    except Exception:  # whatever the connector meets there, the credentials are erased here
        log.exception("the access to %s could not be taken back", row.id)
        return [f"the source could not be told (the log says why): {by_hand}"]


def _last_texts(hub: Hub, connection_id: str) -> Memory:
    """What the connector kept, for its own last use: the table takes nothing from it any more."""
    texts, keep = Memory(), hub.keep_of(connection_id)
    with hub.database.reading() as session:
        names = list(session.scalars(select(KeptText.name).where(KeptText.connection_id == connection_id)))
    for name in names:
        text = keep.get(name)
        if text is not None:
            texts.change(name, lambda _known, text=text: text)  # type: ignore[misc]
    return texts


def _erase_credentials(hub: Hub, session: Session, row: Connection) -> None:
    forget_credentials(hub, session, row)
    row.next_poll_at = row.people_due_at = row.prepared_at = row.blocked_until = None
    # The row stays, so that a fence is never given out twice.
    ended = {"owner": "", "until_at": system_clock(), "fence": Lease.fence + 1}
    session.execute(update(Lease).where(Lease.connection_id == row.id).values(ended))


def _let_debts_wait(book: Book, connection_id: str) -> None:
    """What was not sent is owed as before; what may have arrived there stays unknown until it can be looked up."""
    unsent = Push.state == "intended"
    for push in book.rows(Push.connection_id, [connection_id], unsent):
        abandon(book, push, "not sent: the source was disconnected")
    book.session.flush()
    route_elsewhere(book, connection_id)


def _waiting(session: Session, connection_id: str) -> int:
    owed = select(func.count()).where(Reward.connection_id == connection_id, Reward.state.in_(OWED))
    return session.scalar(owed) or 0


def _erase_links(book: Book, row: Connection) -> int:
    """Nobody is known by an account at that source any more, and nothing is remembered of what was written there.

    Orders and money stay, and so does who was forgotten for privacy's sake.
    """
    session = book.session
    links = select(Identity.id).where(Identity.scope == row.id, Identity.is_blocked.is_(False))
    came_by = update(StoredOrder).where(StoredOrder.identity_id.in_(links))
    session.execute(came_by.values(identity_id=None), execution_options={"synchronize_session": False})
    gone = delete(Identity).where(Identity.scope == row.id, Identity.is_blocked.is_(False)).returning(Identity.id)
    erased = len(session.scalars(gone, execution_options={"synchronize_session": False}).all())
    records = select(SyncedRecord.id).where(SyncedRecord.connection_id == row.id)
    session.execute(delete(WrittenChange).where(WrittenChange.record_id.in_(records)))
    for table in (SyncedRecord, WriteRun, FieldSync, Search):
        session.execute(delete(table).where(table.connection_id == row.id))
    row.account = None
    unread = StoredDelivery.connection_id == row.id, StoredDelivery.state.in_(("stored", "unreadable"))
    ignored = {"state": "ignored", "reason": WHY, "read_at": book.now}
    session.execute(update(StoredDelivery).where(*unread).values(ignored))
    return erased


def _empty_bodies(hub: Hub, connection_id: str) -> None:
    """What the source handed to us is emptied, some at a time, so that nobody waits long for the table."""
    full = select(StoredDelivery).where(StoredDelivery.connection_id == connection_id, StoredDelivery.size > 0)
    while True:
        with hub.database.transaction() as session:
            rows = list(session.scalars(full.limit(BATCH)))
            for row in rows:
                clear(hub, row)
        if not rows:
            return
