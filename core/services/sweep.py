"""Sweep: what an erasure left for later is done in small steps: a source's people, and the raw bodies of everybody."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from core.gateway.hub import Hub
from core.models import Connection, ConnectionStatus, Erasure, Identity, StoredDelivery
from core.services.bodies import empty
from core.services.book import Book, lock, open_book
from core.services.convert import convert
from core.services.erase import WHY, Eraser
from core.services.failpoints import reach
from core.services.people import EVERYWHERE, People
from core.services.sought import sought_by

PEOPLE, BODIES = 50, 500
# The law gives a month; until then what waits at a paused source may still be read.
PATIENCE = timedelta(days=20)


def sweep(hub: Hub, *, most_steps: int = 20) -> int:
    """Open erasures go on, a few steps each; returns how many rows were erased or searched. 0: nothing is left.

    It may be killed anywhere and run twice at once: every step commits where it has come to.
    """
    done = 0
    for erasure_id, merchant_id in _open_erasures(hub):
        for _ in range(most_steps):
            step = _step(hub.within(merchant_id), erasure_id)
            done += step
            if not step:
                break
    return done


def sweep_all(hub: Hub, erasure_id: str) -> bool:
    """One erasure goes on as far as it can; True when it is done, False when something has to be read first."""
    while _step(hub, erasure_id):
        pass
    with hub.database.reading() as session:
        return session.get_one(Erasure, erasure_id).swept_at is not None


def _open_erasures(hub: Hub) -> list[tuple[str, str]]:
    query = select(Erasure.id, Erasure.merchant_id).where(Erasure.swept_at.is_(None)).order_by(Erasure.id)
    with hub.database.reading() as session:
        return [(erasure_id, merchant_id) for erasure_id, merchant_id in session.execute(query)]


def _step(hub: Hub, erasure_id: str) -> int:
    with hub.database.transaction() as session:
        lock(session, session.get_one(Erasure, erasure_id).merchant_id)
        erasure = session.get_one(Erasure, erasure_id, populate_existing=True)
        done = _go_on(hub, session, erasure)
        reach("sweep.before_commit")
    reach("sweep.after_commit")
    return done


def _go_on(hub: Hub, session: Session, erasure: Erasure) -> int:
    if erasure.swept_at is not None:
        return 0
    if erasure.erased_at is None:
        return _people_of_source(hub, session, erasure)
    return _bodies(hub, session, erasure)


def _people_of_source(hub: Hub, session: Session, erasure: Erasure) -> int:
    """Some of those whom the source knows are erased; whoever another source knows as well only loses this account."""
    book = open_book(hub, session, erasure.merchant_id)
    people = People(book)
    query = (
        select(Identity.person_id)
        .where(Identity.scope == erasure.connection_id, Identity.is_blocked.is_(False))
        .order_by(Identity.person_id)
        .limit(PEOPLE)
    )
    found = sorted({book.living(one) for one in session.scalars(query)})
    if not found:
        erasure.erased_at = book.now
        return 1
    eraser = Eraser(book, people, erasure.asked_at, erasure.connection_id)
    for person_id in found:
        _let_go(eraser, person_id, str(erasure.connection_id))
    session.flush()
    convert(book, {book.living(one) for one in eraser.erased})
    people.marks.add(eraser.accounts, is_address=False, erased_at=erasure.asked_at)
    people.marks.add(eraser.addresses, is_address=True, erased_at=erasure.asked_at)
    sought = sought_by(hub, erasure)
    sought.join(eraser.sought)
    erasure.sought = sought.sealed(hub, erasure.id)
    return len(found)


def _let_go(eraser: Eraser, person_id: str, connection_id: str) -> None:
    rows = eraser.book.rows(Identity.person_id, [person_id])
    if not any(_is_known_elsewhere(eraser.book, row, connection_id) for row in rows):
        eraser.person(person_id, lambda row: row.scope == connection_id)
        return
    for row in rows:
        if row.scope == connection_id:
            row.is_gone = row.is_blocked = True


def _is_known_elsewhere(book: Book, row: Identity, connection_id: str) -> bool:
    source = book.connections.get(row.scope)
    is_other = row.scope not in (EVERYWHERE, connection_id) and not row.is_gone and not row.is_blocked
    return is_other and source is not None and source.status != ConnectionStatus.REMOVED


def _bodies(hub: Hub, session: Session, erasure: Erasure) -> int:
    """The next bodies are searched; what names the erased is emptied. What is to be read is read first, if it is soon:
    it may be a refund of theirs."""
    if erasure.waits_from is not None:
        if _first_waiting(session, erasure) and hub.now() < erasure.asked_at + PATIENCE:
            return 0
        erasure.swept_to, erasure.waits_from = _just_before(erasure.waits_from), None
    rows = _next_bodies(session, erasure, hub.now() >= erasure.asked_at + PATIENCE)
    if rows:
        _search(hub, erasure, rows)
        return len(rows)
    erasure.waits_from = _first_waiting(session, erasure) if hub.now() < erasure.asked_at + PATIENCE else None
    if erasure.waits_from is None:
        erasure.sought, erasure.swept_at = None, hub.now()
    return 1


def _search(hub: Hub, erasure: Erasure, rows: Sequence[StoredDelivery]) -> None:
    sought = sought_by(hub, erasure)
    for row in rows:
        is_of_source = erasure.is_of_source and row.connection_id == erasure.connection_id
        if is_of_source or sought.is_named_in(hub, row):
            empty(hub, row, WHY, hub.now())
    erasure.swept_to = rows[-1].id


def _next_bodies(session: Session, erasure: Erasure, is_late: bool) -> Sequence[StoredDelivery]:
    query = select(StoredDelivery).where(
        StoredDelivery.merchant_id == erasure.merchant_id, StoredDelivery.id > erasure.swept_to, StoredDelivery.size > 0
    )
    if not is_late:
        query = query.where(or_(StoredDelivery.state != "stored", StoredDelivery.connection_id.in_(_removed())))
    return session.scalars(query.order_by(StoredDelivery.id).limit(BODIES)).all()


def _first_waiting(session: Session, erasure: Erasure) -> str | None:
    """The first body that was there at the erasure and is still to be read."""
    query = select(func.min(StoredDelivery.id)).where(
        StoredDelivery.merchant_id == erasure.merchant_id,
        StoredDelivery.state == "stored",
        StoredDelivery.size > 0,
        StoredDelivery.received_at <= erasure.erased_at,
        StoredDelivery.connection_id.not_in(_removed()),
    )
    return session.scalar(query)


def _removed() -> Any:
    return select(Connection.id).where(Connection.status == ConnectionStatus.REMOVED)


def _just_before(delivery_id: str) -> str:
    return f"{int(delivery_id, 16) - 1:032x}"
