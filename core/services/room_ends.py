"""How rooms end: what was played in them is cleared away, and of an erased person no room keeps anything."""

import re
import shutil
from collections.abc import Iterator, Set
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from core.contract.events import IdentityClaim, IdentityKind
from core.gateway.hub import Hub
from core.gateway.vault import SealBroken
from core.models import Feedback, Guest, Rehearsal, RehearsalKind, RehearsalState, StoredOrder
from core.services.audit import HUB, erase_words, note
from core.services.book import Book
from core.services.marks import mark_of

HEARD, EXPECTED = "heard", "expected"  # of a room's summary: the orders that it has played, and is about to play
FOLDER = re.compile(r"[0-9a-f]{32}")
WHY = "somebody in it was erased"


def end(session: Session, row: Rehearsal, now: datetime) -> None:
    """The rehearsal is over and has no guests any more; its folder is nobody's."""
    for table in (Feedback, Guest):
        gone = delete(table).where(table.rehearsal_id == row.id)
        session.execute(gone.execution_options(synchronize_session=False))
    row.removed_at = row.removed_at or now
    row.state = RehearsalState.CLOSED if row.kind == RehearsalKind.ROOM else row.state


def leave_rooms(book: Book, people: Set[str], addresses: Set[str], source: str = "") -> None:
    """Every room that knows one of these people (by id, or the mark of an address), or an order of the `source`, has
    ended, without its report and what was noted of it. Its folder goes with the next chores."""
    for row in _rooms(book.session, book.merchant.id):
        if _knows(book, row, people, addresses, source):
            end(book.session, row, book.now)
            row.summary, row.note = {}, ""
            erase_words(book.session, [f"rehearsal:{row.id}"])
            note(book.session, book.merchant.id, "remove_rehearsal", f"rehearsal:{row.id}", WHY, book.now, actor=HUB)


def clear_away(hub: Hub) -> int:
    """No folder is left of a rehearsal that was removed; returns how many went."""
    home = hub.rehearsals_folder
    folders = {one.name: one for one in home.iterdir() if FOLDER.fullmatch(one.name)} if home and home.is_dir() else {}
    if not folders:
        return 0
    with hub.database.reading() as session:
        over = Rehearsal.id.in_(folders), Rehearsal.removed_at.is_not(None)
        gone = [folders[one] for one in session.scalars(select(Rehearsal.id).where(*over)).all()]
    for folder in gone:
        shutil.rmtree(folder, ignore_errors=True)
    return sum(not folder.exists() for folder in gone)


def clear_all_of(hub: Hub, session: Session, merchant_id: str) -> None:
    """No folder of this merchant's rehearsals is left."""
    home = hub.rehearsals_folder
    mine = session.scalars(select(Rehearsal.id).where(Rehearsal.merchant_id == merchant_id)).all()
    for folder in [home / one for one in mine] if home else ():
        shutil.rmtree(folder, ignore_errors=True)


def _rooms(session: Session, merchant_id: str) -> list[Rehearsal]:
    kept = Rehearsal.kind == RehearsalKind.ROOM, Rehearsal.removed_at.is_(None)
    return list(session.scalars(select(Rehearsal).where(Rehearsal.merchant_id == merchant_id, *kept)))


def _knows(book: Book, row: Rehearsal, people: Set[str], addresses: Set[str], source: str) -> bool:
    played = [*row.summary.get(HEARD, {}), *row.summary.get(EXPECTED, ())]
    orders = book.session.scalars(select(StoredOrder).where(StoredOrder.id.in_(played))).all()
    if any(order.friend_id in people or order.connection_id == source for order in orders):
        return True
    return bool(addresses) and not addresses.isdisjoint(_guests(book, row))


def _guests(book: Book, row: Rehearsal) -> Iterator[str]:
    """The marks of the guests' addresses."""
    vault = book.hub.vault
    for guest in book.session.scalars(select(Guest).where(Guest.rehearsal_id == row.id)).all():
        try:
            address = vault.open(guest.email, f"guests.email:{guest.id}").decode()
        except SealBroken:  # what nobody can read any more names nobody
            continue
        yield mark_of(vault, book.merchant.id, "", IdentityClaim(IdentityKind.EMAIL, address)) or ""
