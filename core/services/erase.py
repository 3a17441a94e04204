"""Erase: a person's name, addresses and traces are gone, the ids stay, and the ledger does not change."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import delete, or_, update

from core.contract.events import (
    SHARED_KINDS,
    Contact,
    Evidence,
    EvidenceKind,
    IdentityClaim,
    IdentityKind,
    OrderKind,
)
from core.gateway.erasure_journal import Erased
from core.gateway.hub import Hub
from core.gateway.vault import SealBroken
from core.models import (
    Code,
    Collision,
    DataRequest,
    Erasure,
    Identity,
    Person,
    Search,
    StoredOrder,
    SyncedRecord,
    WrittenChange,
    new_id,
)
from core.rules.attribution import code_named
from core.rules.identities import canonical
from core.services.audit import OPERATOR, erase_words, note
from core.services.book import Book, open_book
from core.services.convert import convert
from core.services.failpoints import reach
from core.services.marks import mark_of, mark_of_account, mark_of_person
from core.services.people import EVERYWHERE, People, identity_context
from core.services.room_ends import leave_rooms
from core.services.showing import forget_consents
from core.services.signs import drop_signs
from core.services.sought import Sought
from core.services.tell import forget_words

WHY = "the person was erased"
Blocks = Callable[[Identity], bool]


@dataclass
class Eraser:
    """One erasure within an open book. What it is told is done at once; `finish` makes it last."""

    book: Book
    people: People
    asked_at: datetime
    connection_id: str | None = None
    id: str = field(default_factory=new_id)
    erased: set[str] = field(default_factory=set)
    sought: Sought = field(default_factory=Sought)
    accounts: set[str] = field(default_factory=set)
    addresses: set[str] = field(default_factory=set)

    def person(self, person_id: str, blocks: Blocks) -> None:
        """The person has no name and no address; the accounts that `blocks` chooses name nobody again."""
        book = self.book
        book.session.flush()
        everyone = [book.person(person_id), *book.rows(Person.merged_into_id, [person_id])]
        for row in book.rows(Identity.person_id, [person_id]):
            self._identity(row, is_blocked=blocks(row))
        for person in everyone:
            person.name = None
        self.erased |= {person.id for person in everyone}
        self._orders(book.rows(StoredOrder.friend_id, [person_id]))
        self._traces(person_id, {person.id for person in everyone})
        leave_rooms(book, self.erased, self.addresses)
        book.soil({person_id})

    def claims(self, connection_id: str, claims: Iterable[IdentityClaim]) -> None:
        """These identities name nobody, known or not, and bodies are searched for them."""
        for claim in claims:
            mark = mark_of(self.book.hub.vault, self.book.merchant.id, connection_id, claim)
            if mark:
                (self.addresses if claim.kind in SHARED_KINDS else self.accounts).add(mark)
                self._seek(connection_id, claim.kind, claim.value)

    def orders(self, connection_id: str, order_ids: Iterable[str]) -> None:
        """Bodies that speak of these orders are emptied."""
        self._orders(self.book.rows(StoredOrder.source_id, order_ids, StoredOrder.connection_id == connection_id))
        for order_id in order_ids:
            self.sought.add(connection_id, order_id)

    def finish(self, *, is_of_source: bool = False) -> Erasure:
        """The erasure is in the journal, and in the tables with the commit."""
        book, vault = self.book, self.book.hub.vault
        book.hub.journal.add(
            Erased(
                id=self.id,
                merchant_id=book.merchant.id,
                at=self.asked_at,
                people=tuple(sorted(mark_of_person(vault, one) for one in self.erased)),
                accounts=tuple(sorted(self.accounts)),
                addresses=tuple(sorted(self.addresses)),
                source=self.connection_id or "" if is_of_source else "",
            )
        )
        reach("erase.after_journal")
        return self.keep(is_of_source=is_of_source)

    def keep(self, *, is_of_source: bool = False) -> Erasure:
        """As `finish`, for an erasure that the journal knows already."""
        book = self.book
        self.people.marks.add(self.accounts, is_address=False, erased_at=self.asked_at)
        self.people.marks.add(self.addresses, is_address=True, erased_at=self.asked_at)
        leave_rooms(book, self.erased, self.addresses, (self.connection_id or "") if is_of_source else "")
        row = Erasure(
            id=self.id,
            merchant_id=book.merchant.id,
            connection_id=self.connection_id,
            person_id=min(self.erased, default=None),
            is_of_source=is_of_source,
            sought=self.sought.sealed(book.hub, self.id),
            swept_to="",
            asked_at=self.asked_at,
            erased_at=None if is_of_source else book.now,
        )
        book.session.add(row)
        return row

    def _identity(self, row: Identity, *, is_blocked: bool) -> None:
        if row.scope == EVERYWHERE:
            self._seek(row.scope, row.kind, self._open(row.sealed, identity_context(row.id)))
            if not row.is_blocked:
                self.addresses.add(row.lookup)
            self.people.drop(row)
            # The row stays, for the orders that came by it, and names nobody.
            row.lookup, row.sealed, row.is_gone, row.is_blocked = f"forgotten:{row.id}", None, True, True
            return
        self._seek(row.scope, row.kind, row.lookup)
        if is_blocked:
            self.accounts.add(mark_of_account(self.book.hub.vault, row))
            row.is_gone = row.is_blocked = True

    def _orders(self, orders: Sequence[StoredOrder]) -> None:
        drop_signs(self.book.session, [order.id for order in orders])
        for order in orders:
            self.sought.add(order.connection_id, order.source_id)
            order.evidence = [one for one in order.evidence if self._names_a_code(one)]
            if order.kind != OrderKind.ORDER:
                order.name = order.source_id  # a deal is often called like the person
        forget_words(self.book, orders)

    def _names_a_code(self, found: dict[str, str]) -> bool:
        """A trace that led nowhere may be anything that somebody typed into a field."""
        named = code_named(Evidence(EvidenceKind(found["kind"]), found["value"]), self.book.hub.vault.token_key)
        return bool(named) and bool(self.book.rows(Code.lookup, [named or ""]))

    def _traces(self, person_id: str, person_ids: set[str]) -> None:
        """Whatever else was written about the person in passing is gone; at a blocked account nothing is written."""
        session = self.book.session
        blocked = {(row.scope, row.lookup) for row in self.book.rows(Identity.person_id, [person_id]) if row.is_blocked}
        records = [
            record
            for record in self.book.rows(SyncedRecord.person_id, [person_id])
            if (record.connection_id, record.source_id) in blocked
        ]
        for record in records:
            record.seen, record.written, record.refused, record.reason = None, {}, None, None
            record.is_gone = True
        for change in self.book.rows(WrittenChange.record_id, [record.id for record in records]):
            change.before, change.after, change.is_undone = {}, {}, True
        pair = or_(Collision.one_id.in_(person_ids), Collision.other_id.in_(person_ids))
        session.execute(update(Collision).where(pair).values(because=""))
        session.execute(delete(Search).where(Search.person_id.in_(person_ids)))
        forget_consents(session, person_ids)
        erase_words(session, [one for person in person_ids for one in (person, f"person:{person}")])
        session.execute(update(DataRequest).where(DataRequest.person_id.in_(person_ids)).values(contact=None))

    def _open(self, sealed: bytes | None, context: str) -> str | None:
        try:
            return self.book.hub.vault.open(sealed, context).decode(errors="replace") if sealed else None
        except SealBroken:  # what nobody can read any more is erased all the same
            return None

    def _seek(self, connection_id: str, kind: str, value: str | None) -> None:
        if value and kind in SHARED_KINDS:
            spelt = canonical(IdentityClaim(IdentityKind(kind), value))
            self.sought.texts |= {text for text in (value, spelt) if text}
        elif value:
            self.sought.add(connection_id, value)


def erase_contact(book: Book, people: People, connection_id: str, contact: Contact, asked_at: datetime) -> Eraser:
    """Whoever this source's account names is erased, or else whoever has one of the addresses; not yet finished."""
    eraser = Eraser(book, people, asked_at, connection_id)
    found = [(claim, people.find(connection_id, claim)) for claim in contact.identities]
    known = [(claim, row) for claim, row in found if row is not None]
    accounts = [row for claim, row in known if claim.kind not in SHARED_KINDS]
    for person_id in {book.living(row.person_id) for row in accounts or [row for _, row in known]}:
        eraser.person(person_id, lambda row: row.scope == connection_id)
    eraser.claims(connection_id, contact.identities)
    return eraser


def erase_person(hub: Hub, person_id: str, because: str, *, actor: str = OPERATOR) -> str:
    """The person (by id) is erased, and every account of theirs names nobody again; returns the erasure's id.

    Asked again nothing changes but that a new erasure stands in the journal.
    """
    with hub.database.transaction() as session:
        merchant_id = session.get_one(Person, person_id).merchant_id
        book = open_book(hub, session, merchant_id)
        eraser = Eraser(book, People(book), book.now)
        eraser.person(book.living(person_id), lambda row: row.scope != EVERYWHERE)
        note(session, merchant_id, "erase", f"person:{person_id}", because, book.now, actor=actor)
        convert(book, eraser.erased)
        return eraser.finish().id
