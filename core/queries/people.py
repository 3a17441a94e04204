"""Who somebody is: the sealed name and address under which an operator recognises a person."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.models import Identity, Person
from core.queries.sealed import Sealed, sealed


@dataclass(frozen=True, slots=True)
class Face:
    """A person as a screen shows them; both values are sealed and either may be missing."""

    id: str
    name: Sealed | None = None
    email: Sealed | None = None


def faces(session: Session, person_ids: Iterable[str | None]) -> dict[str, Face]:
    """One face for each id. Two statements, however many people."""
    wanted = sorted({person_id for person_id in person_ids if person_id})
    if not wanted:
        return {}
    statement = select(Person.id, Person.name).where(Person.id.in_(wanted))
    names = dict(session.execute(statement).all())
    emails = _emails(session, wanted)
    return {
        person_id: Face(person_id, sealed(names.get(person_id), f"people.name:{person_id}"), emails.get(person_id))
        for person_id in wanted
    }


def _emails(session: Session, person_ids: list[str]) -> dict[str, Sealed]:
    statement = (
        select(Identity.person_id, Identity.id, Identity.sealed)
        .where(Identity.person_id.in_(person_ids), Identity.kind == "email", Identity.sealed.is_not(None))
        .order_by(Identity.is_gone.desc(), Identity.seen_at)  # the last one wins: current and newest
    )
    found = {}
    for person_id, identity_id, value in session.execute(statement):
        if opened := sealed(value, f"identities.sealed:{identity_id}"):
            found[person_id] = opened
    return found
