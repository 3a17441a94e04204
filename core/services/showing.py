"""Showing: what a person said about being shown to others by name; nobody is before they said yes."""

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from core.gateway.hub import Hub
from core.models import Consent, Person, new_id
from core.models.consent import SHOWN_BY_NAME
from core.services.audit import OPERATOR, note


def say_consent(hub: Hub, person_id: str, because: str, *, is_given: bool, actor: str = OPERATOR) -> Consent:
    """The person (by id) may be shown by name from now on, or may not any more; `because` says how that is known."""
    with hub.database.transaction() as session:
        person = session.get_one(Person, person_id)
        row = _of(session, person_id)
        if row is None:
            row = Consent(id=new_id(), merchant_id=person.merchant_id, person_id=person_id, topic=SHOWN_BY_NAME)
            session.add(row)
        row.is_given, row.said_at, row.because = is_given, hub.now(), because
        words = f"may {'' if is_given else 'not '}be shown by name: {because}"
        note(session, person.merchant_id, "consent", f"person:{person_id}", words, hub.now(), actor=actor)
        return row


def join_consents(session: Session, kept: str, gone: str) -> None:
    """Two people are one: what they said last holds."""
    newer, older = _of(session, gone), _of(session, kept)
    if newer is None:
        return
    if older is None:
        newer.person_id = kept
        return
    if newer.said_at > older.said_at:
        older.is_given, older.said_at, older.because = newer.is_given, newer.said_at, newer.because
    session.delete(newer)


def forget_consents(session: Session, person_ids: set[str]) -> None:
    """What these people said is gone, and so nobody shows them."""
    session.execute(delete(Consent).where(Consent.person_id.in_(person_ids)))


def _of(session: Session, person_id: str) -> Consent | None:
    query = select(Consent).filter_by(person_id=person_id, topic=SHOWN_BY_NAME)
    return session.scalars(query).one_or_none()
