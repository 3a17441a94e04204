"""Who is who: people with the ways in which sources know them, and the pairs that wait for a person to decide."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from core.models import Code, Collision, Connection, Consent, Identity, Person, StoredOrder
from core.models.consent import SHOWN_BY_NAME
from core.queries.acts import Act, acts_on
from core.queries.listing import DEFAULT_SIZE, Listing, Place, Statement, counted, listing
from core.queries.people import Face, faces
from core.queries.sealed import Sealed, sealed

EVERYWHERE = "everywhere"


@dataclass(frozen=True, slots=True)
class KnownAs:
    """One way in which somebody is known: `value` is a source's own id, `address` a sealed address; never both."""

    id: str
    connection: str
    kind: str
    value: str
    address: Sealed | None
    is_gone: bool
    is_blocked: bool
    orders: int


@dataclass(frozen=True, slots=True)
class PersonRow:
    """Somebody with their codes, the ways in which they are known, and how many orders are theirs."""

    id: str
    person: Face
    codes: tuple[str, ...]
    known_as: tuple[KnownAs, ...]
    orders: int


@dataclass(frozen=True, slots=True)
class PersonStory:
    """Somebody with who has become them, and what people and the hub did about them.

    `shown_by_name_since` is when they agreed to be named to others; None: nobody names them.
    """

    row: PersonRow
    merged: tuple[str, ...]
    acts: tuple[Act, ...]
    shown_by_name_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class CollisionRow:
    """Two people of whom news said that they are one: open, merged or kept_apart."""

    id: str
    one: PersonRow
    other: PersonRow
    connection: str
    why: str
    state: str
    found_at: datetime
    decided_at: datetime | None
    because: str


def people(session: Session, *, place: Place | None = None, size: int = DEFAULT_SIZE) -> Listing[PersonRow]:
    """Everybody who has not become somebody else, newest first. Seven statements, however many people."""
    statement = select(Person).where(Person.merged_into_id.is_(None))
    found = listing(session, statement, Person.id, lambda row: row.Person, place, size)
    rows = person_rows(session, [person.id for person in found.rows])
    return Listing(tuple(rows[person.id] for person in found.rows), found.older, found.newer)


def person_story(session: Session, person_id: str) -> PersonStory:
    """Of a person who is there: everything that an operator may want to know of them."""
    merged = tuple(session.scalars(select(Person.id).filter_by(merged_into_id=person_id).order_by(Person.id)))
    subjects = [person_id, f"person:{person_id}", *merged, *(f"person:{one}" for one in merged)]
    agreed = select(Consent.said_at).filter_by(person_id=person_id, topic=SHOWN_BY_NAME, is_given=True)
    row, acts = person_rows(session, [person_id])[person_id], acts_on(session, subjects)
    return PersonStory(row, merged, acts, session.scalar(agreed))


def person_rows(session: Session, ids: Sequence[str]) -> dict[str, PersonRow]:
    """These people by id. Six statements."""
    known, faced, codes = _known_as(session, ids), faces(session, ids), _codes(session, ids)
    orders = counted(session, _orders(StoredOrder.friend_id, ids))
    return {one: PersonRow(one, faced[one], codes[one], known[one], orders.get(one, 0)) for one in ids}


def collisions(session: Session, *, state: str | None = "open") -> tuple[CollisionRow, ...]:
    """The pairs in that state, oldest first: who they are today. Nine statements, however many pairs."""
    query = _pairs()
    if state is not None:
        query = query.where(Collision.state == state)
    return _collision_rows(session, session.execute(query.order_by(Collision.id)).all())


def decided(session: Session, *, place: Place | None = None, size: int = DEFAULT_SIZE) -> Listing[CollisionRow]:
    """The pairs of which somebody decided, the last one found first. Nine statements, however many pairs."""
    query = _pairs().where(Collision.state != "open")
    found = listing(session, query, Collision.id, lambda row: row, place, size)
    return Listing(_collision_rows(session, found.rows), found.older, found.newer)


def _pairs() -> Statement:
    return select(Collision, Connection.label).outerjoin(Connection, Connection.id == Collision.connection_id)


def _collision_rows(session: Session, found: Sequence[Any]) -> tuple[CollisionRow, ...]:
    pairs = [(row.Collision, row.label) for row in found]
    today = _today(session, {one for row, _ in pairs for one in (row.one_id, row.other_id)})
    rows = person_rows(session, sorted(set(today.values())))
    return tuple(
        CollisionRow(
            id=row.id,
            one=rows[today[row.one_id]],
            other=rows[today[row.other_id]],
            connection=label or "",
            why=row.why,
            state=row.state,
            found_at=row.found_at,
            decided_at=row.decided_at,
            because=row.because,
        )
        for row, label in pairs
    )


def living(session: Session, person_id: str) -> str | None:
    """Who that person is today, after all merges; None if there is nobody of that id."""
    return _today(session, [person_id]).get(person_id)


def _today(session: Session, ids: Iterable[str]) -> dict[str, str]:
    """Whom these ids mean after all merges; a merge points every earlier one at the last, so one step is enough."""
    query = select(Person.id, func.coalesce(Person.merged_into_id, Person.id)).where(Person.id.in_(sorted(ids)))
    return dict(session.execute(query).all())


def _known_as(session: Session, ids: Sequence[str]) -> dict[str, tuple[KnownAs, ...]]:
    query = (
        select(Identity, Connection.label)
        .outerjoin(Connection, Connection.id == Identity.scope)
        .where(Identity.person_id.in_(ids))
        .order_by(Identity.is_gone, Identity.kind, Identity.id)
    )
    rows = session.execute(query).all()
    orders = counted(session, _orders(StoredOrder.identity_id, [row.id for row, _ in rows]))
    found: dict[str, list[KnownAs]] = defaultdict(list)
    for row, label in rows:
        found[row.person_id].append(_one_known_as(row, label, orders.get(row.id, 0)))
    return defaultdict(tuple, {person_id: tuple(known) for person_id, known in found.items()})


def _one_known_as(row: Identity, label: str | None, orders: int) -> KnownAs:
    return KnownAs(
        id=row.id,
        connection=label or EVERYWHERE,
        kind=row.kind,
        value=row.lookup if label else "",  # an address is looked up by a keyed hash, which says nothing
        address=sealed(row.sealed, f"identities.sealed:{row.id}"),
        is_gone=row.is_gone,
        is_blocked=row.is_blocked,
        orders=orders,
    )


def _orders(column: InstrumentedAttribute[str | None], ids: Sequence[str]) -> Statement:
    return select(column, func.count()).where(column.in_(ids)).group_by(column)


def _codes(session: Session, ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = defaultdict(tuple)
    for owner, text in session.execute(select(Code.advocate_id, Code.text).where(Code.advocate_id.in_(ids))):
        found[owner] = tuple(sorted((*found[owner], text)))
    return found
