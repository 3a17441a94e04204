"""Forget: a person leaves no name and no address behind, and the account that asked for it names nobody again."""

from collections.abc import Iterable

from sqlalchemy import ColumnElement, and_, or_, select, update

from core.contract.events import Contact, IdentityClaim, OrderKind
from core.gateway.hub import body_context
from core.models import Identity, Person, StoredDelivery, StoredOrder
from core.services.audit import HUB, note
from core.services.book import Book
from core.services.people import EVERYWHERE, People

WHY = "the person was forgotten for privacy's sake"


def forget(book: Book, people: People, connection_id: str, claim: IdentityClaim) -> set[str]:
    """What is known of the person is erased but for their accounts, so that what they earned keeps its place.

    The account is blocked for ever, with those that were merged into it at its source; one that nobody knows yet is
    blocked as well, because the news of it may come late. Returns who was forgotten just now.
    """
    people.person_of(connection_id, Contact(identities=(claim,)))
    identity = people.find(connection_id, claim)
    if identity is None or identity.is_blocked:
        return set()
    person_id = book.living(identity.person_id)
    book.session.flush()
    for row in book.rows(Identity.person_id, [person_id]):
        if row.scope == EVERYWHERE:
            people.drop(row)
            # The row stays, for the orders that came by it, and names nobody.
            row.lookup, row.sealed, row.is_gone, row.is_blocked = f"forgotten:{row.id}", None, True, True
        elif row is identity or (row.scope == connection_id and row.is_gone):
            row.is_gone = row.is_blocked = True
    for person in (book.person(person_id), *book.rows(Person.merged_into_id, [person_id])):
        person.name = None
    for order in book.rows(StoredOrder.friend_id, [person_id], StoredOrder.connection_id == connection_id):
        if order.kind != OrderKind.ORDER:
            order.name = order.source_id  # a deal is often called like the person
    book.soil({person_id})
    note(book.session, book.merchant.id, "forget", f"person:{person_id}", WHY, book.now, actor=HUB)
    return {person_id}


def empty_bodies(book: Book, connection_id: str, claims: Iterable[IdentityClaim], delivery_ids: Iterable[str]) -> None:
    """What was handed to us about these accounts is emptied; what was not read yet is not read any more.

    An unread delivery of another kind of record with the same id stays: some sources number each kind apart.
    """
    named = [and_(StoredDelivery.subject == claim.value, _is_settled(claim)) for claim in claims]
    found = StoredDelivery.connection_id == connection_id, or_(StoredDelivery.id.in_(sorted(delivery_ids)), *named)
    for row in book.session.scalars(select(StoredDelivery).where(*found, StoredDelivery.size > 0)):
        row.body = book.hub.vault.seal(b"", body_context(row.connection_id, row.key))
        row.size, row.headers = 0, {}
    unread = update(StoredDelivery).where(*found, StoredDelivery.state.in_(("stored", "unreadable")))
    book.session.execute(unread.values(state="ignored", reason=WHY, read_at=book.now))


def _is_settled(claim: IdentityClaim) -> ColumnElement[bool]:
    return or_(StoredDelivery.state != "stored", StoredDelivery.topic.istartswith(claim.kind.value))
