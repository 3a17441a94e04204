"""Reapply: what the journal says was erased is erased again, after an old backup was restored."""

from collections.abc import Iterable, Sequence, Set

from sqlalchemy import select

from core.gateway.erasure_journal import Erased
from core.gateway.hub import Hub
from core.models import Connection, Erasure, Identity, Merchant, Person
from core.services.audit import HUB, note
from core.services.book import Book, open_book
from core.services.convert import convert
from core.services.duties import end_source
from core.services.erase import Eraser
from core.services.marks import mark_of_account, mark_of_person
from core.services.merchants import erase_merchant
from core.services.people import EVERYWHERE, People

AGAIN = "erased again: the database was older than the erasure"
REMOVED_AGAIN = "removed again: the database was older than that they left"


def reapply_erasures(hub: Hub) -> int:
    """Erasures of the journal that the database does not know are done; returns how many. Bodies are swept later.

    Safe at every start: when the database knows all of them this reads one file and asks one question.
    """
    hub.journal.forget_before(hub.now())
    lines = {one.id: one for one in hub.journal.lines()}
    if not lines:
        return 0
    back = _remove_again(hub, {one.merchant_id for one in lines.values() if one.is_of_merchant})
    with hub.database.reading() as session:
        known = set(session.scalars(select(Erasure.id)))
        merchants = set(session.scalars(select(Merchant.id)))
    missing = [one for one in lines.values() if one.id not in known and one.merchant_id in merchants]
    for merchant_id in sorted({one.merchant_id for one in missing}):
        _reapply(hub.within(merchant_id), merchant_id, [one for one in missing if one.merchant_id == merchant_id])
    return len(missing) + back


def _remove_again(hub: Hub, removed: Set[str]) -> int:
    """Merchants who had left are gone again, with all that is theirs; returns how many had come back."""
    with hub.database.reading() as session:
        back = sorted(removed & set(session.scalars(select(Merchant.id))))
    for merchant_id in back:
        with hub.database.transaction() as session:
            erase_merchant(hub, session, merchant_id)
            note(session, None, "remove_merchant", f"merchant:{merchant_id}", REMOVED_AGAIN, hub.now(), actor=HUB)
    return len(back)


def _reapply(hub: Hub, merchant_id: str, erasures: Sequence[Erased]) -> None:
    with hub.database.transaction() as session:
        book = open_book(hub, session, merchant_id)
        people = People(book)
        known = _Known(book)
        for erased in sorted(erasures, key=lambda one: (one.at, one.id)):
            if erased.source:
                _end(book, people, erased)
            else:
                _erase(book, people, erased, known)
            note(session, merchant_id, "erase", f"erasure:{erased.id}", AGAIN, book.now, actor=HUB)


class _Known:
    """Whom the restored tables know, by their marks."""

    def __init__(self, book: Book) -> None:
        vault = book.hub.vault
        mine = Person.merchant_id == book.merchant.id
        self.people = {mark_of_person(vault, one): one for one in book.session.scalars(select(Person.id).where(mine))}
        self.identities: dict[str, Identity] = {}
        for row in book.session.scalars(select(Identity).where(Identity.merchant_id == book.merchant.id)):
            self.identities[row.lookup if row.scope == EVERYWHERE else mark_of_account(vault, row)] = row

    def named(self, book: Book, erased: Erased) -> set[str]:
        """The people that this erasure was of, and whoever has its accounts; by an address only if there is nobody."""
        found = {self.people[mark] for mark in erased.people if mark in self.people}
        found |= self._owners(erased.accounts)
        return {book.living(one) for one in found or self._owners(erased.addresses)}

    def _owners(self, marks: Iterable[str]) -> set[str]:
        return {self.identities[mark].person_id for mark in marks if mark in self.identities}


def _erase(book: Book, people: People, erased: Erased, known: _Known) -> None:
    vault, accounts = book.hub.vault, set(erased.accounts)
    eraser = Eraser(book, people, erased.at, id=erased.id)
    for person_id in sorted(known.named(book, erased)):
        eraser.person(person_id, lambda row: row.scope != EVERYWHERE and mark_of_account(vault, row) in accounts)
    if not erased.addresses:
        eraser.addresses.clear()
    eraser.accounts |= accounts
    eraser.addresses |= set(erased.addresses)
    eraser.keep()
    book.session.flush()
    convert(book, {book.living(one) for one in eraser.erased})


def _end(book: Book, people: People, erased: Erased) -> None:
    connection: Connection | None = book.connections.get(erased.source)
    if connection is not None and connection.connected_at <= erased.at:
        end_source(book, people, erased.source, erased.at, erasure_id=erased.id)
        return
    # Connected anew since, or gone with its merchant: nothing is left to do, and nothing to ask about again.
    book.session.add(
        Erasure(
            id=erased.id,
            merchant_id=book.merchant.id,
            is_of_source=True,
            swept_to="",
            asked_at=erased.at,
            erased_at=book.now,
            swept_at=book.now,
        )
    )
