"""Trusting: whose pace is measured by their own alone, by an operator's word; what nobody said is never trusted."""

from sqlalchemy.orm import Session

from core.gateway.hub import Hub
from core.models import Code, Person, TrustedAdvocate
from core.services.audit import HUB, note
from core.services.book import Book


def trust(hub: Hub, person_id: str, because: str, *, actor: str, is_trusted: bool = True) -> None:
    """The advocate is measured by their own pace alone from now on, or like everybody again."""
    with hub.database.transaction() as session:
        merchant_id = session.get_one(Person, person_id).merchant_id
        known = session.get(TrustedAdvocate, person_id)
        if is_trusted and known is None:
            session.add(TrustedAdvocate(person_id=person_id, merchant_id=merchant_id, since=hub.now()))
        elif not is_trusted and known is not None:
            session.delete(known)
        verb = "trust" if is_trusted else "distrust"
        note(session, merchant_id, verb, f"person:{person_id}", because, hub.now(), actor=actor)


def join_trust(book: Book, kept: str, gone: str) -> None:
    """Two people become one: who was trusted stays so, unless the other one recommends as well and was not.

    To be called while each still has their own codes.
    """
    rows = {row.person_id: row for row in book.rows(TrustedAdvocate.person_id, [kept, gone])}
    if not rows:
        return
    doubted = {row.advocate_id for row in book.rows(Code.advocate_id, [kept, gone])} - set(rows)
    if doubted:
        end_trust(book, kept, "became one with an advocate whom nobody trusted")
    elif kept not in rows:
        book.session.add(TrustedAdvocate(person_id=kept, merchant_id=book.merchant.id, since=rows[gone].since))
    _drop(book.session, gone)


def end_trust(book: Book, person_id: str, why: str) -> None:
    """The person is measured like everybody from now on, until an operator says otherwise."""
    _drop(book.session, person_id)
    note(book.session, book.merchant.id, "distrust", f"person:{person_id}", why, book.now, actor=HUB)


def is_trusted(session: Session, person_id: str) -> bool:
    """True of whom an operator trusts."""
    return session.get(TrustedAdvocate, person_id) is not None


def _drop(session: Session, person_id: str) -> None:
    if (row := session.get(TrustedAdvocate, person_id)) is not None:
        session.delete(row)
