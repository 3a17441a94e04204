"""Forget: a source says that an account of it has to be forgotten; the account names nobody again."""

from collections.abc import Iterable

from sqlalchemy import ColumnElement, and_, or_, select, update

from core.contract.events import Contact, IdentityClaim
from core.models import StoredDelivery
from core.services.audit import HUB, note
from core.services.bodies import clear
from core.services.book import Book
from core.services.erase import Eraser
from core.services.people import People

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
    eraser = Eraser(book, people, book.now, connection_id)
    eraser.person(person_id, lambda row: row is identity or (row.scope == connection_id and row.is_gone))
    eraser.addresses.clear()  # only the account asked: another source's news of the same human is a new beginning
    eraser.finish()
    note(book.session, book.merchant.id, "forget", f"person:{person_id}", WHY, book.now, actor=HUB)
    return {person_id}


def empty_bodies(book: Book, connection_id: str, claims: Iterable[IdentityClaim], delivery_ids: Iterable[str]) -> None:
    """What was handed to us about these accounts is emptied; what was not read yet is not read any more.

    An unread delivery of another kind of record with the same id stays: some sources number each kind apart.
    """
    named = [and_(StoredDelivery.subject == claim.value, _is_settled(claim)) for claim in claims]
    found = StoredDelivery.connection_id == connection_id, or_(StoredDelivery.id.in_(sorted(delivery_ids)), *named)
    for row in book.session.scalars(select(StoredDelivery).where(*found, StoredDelivery.size > 0)):
        clear(book.hub, row)
    unread = update(StoredDelivery).where(*found, StoredDelivery.state.in_(("stored", "unreadable")))
    book.session.execute(unread.values(state="ignored", reason=WHY, read_at=book.now))


def _is_settled(claim: IdentityClaim) -> ColumnElement[bool]:
    return or_(StoredDelivery.state != "stored", StoredDelivery.topic.istartswith(claim.kind.value))
