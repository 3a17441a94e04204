"""Who recommends: codes, what they brought, what they earned."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.contract.money import Money
from core.models import Campaign, Code, Conversion, Person, Referral, Reward, StoredTerms
from core.queries.listing import DEFAULT_SIZE, Listing, Place, listing
from core.queries.people import Face, faces
from core.queries.totals import by_currency

GIVEN = ("pushed", "netted", "clawed_back")
PENDING = ("held", "review", "due", "pushing")
Sum = tuple[str, str, str, int]  # person, state, currency, minor units

COUNTED = ("pending", "qualified", "reversed")


@dataclass(frozen=True, slots=True)
class AdvocateCode:
    """A code and its campaign; `destination` is the page that its link leads to, or ""."""

    text: str
    destination: str
    campaign: str
    is_active: bool


@dataclass(frozen=True, slots=True)
class AdvocateRow:
    """One advocate; `earned` was given, `pending` is promised and not yet given, both after reversals."""

    id: str
    person: Face
    joined_at: datetime
    codes: tuple[AdvocateCode, ...]
    friends: int
    conversions: int
    earned: tuple[Money, ...]
    pending: tuple[Money, ...]


def advocates(session: Session, *, place: Place | None = None, size: int = DEFAULT_SIZE) -> Listing[AdvocateRow]:
    """People who have a code, newest first. Eight statements, however many people."""
    has_code = select(Code.id).where(Code.advocate_id == Person.id).exists()
    found = listing(session, select(Person).where(has_code), Person.id, lambda row: row.Person, place, size)
    return Listing(_rows(session, found.rows), found.older, found.newer)


def advocate(session: Session, person_id: str) -> AdvocateRow | None:
    """One advocate; None if there is no such person."""
    person = session.get(Person, person_id)
    return _rows(session, [person])[0] if person else None


def count_advocates(session: Session) -> int:
    """How many people have a code."""
    return session.scalar(select(func.count(Code.advocate_id.distinct()))) or 0


def _rows(session: Session, people: Iterable[Person]) -> tuple[AdvocateRow, ...]:
    people = list(people)
    ids = [person.id for person in people]
    known, codes, sums = faces(session, ids), _codes(session, ids), _rewards(session, ids)
    friends, conversions = _friends(session, ids), _conversions(session, ids)
    return tuple(
        AdvocateRow(
            id=person.id,
            person=known[person.id],
            joined_at=person.created_at,
            codes=codes.get(person.id, ()),
            friends=friends.get(person.id, 0),
            conversions=conversions.get(person.id, 0),
            earned=by_currency(_in(sums, person.id, GIVEN)),
            pending=by_currency(_in(sums, person.id, PENDING)),
        )
        for person in people
    )


def _in(sums: list[Sum], person_id: str, states: tuple[str, ...]) -> Iterable[tuple[str, int]]:
    return [(currency, minor) for who, state, currency, minor in sums if who == person_id and state in states]


def _codes(session: Session, ids: list[str]) -> dict[str, tuple[AdvocateCode, ...]]:
    pages = _destinations(session)
    statement = (
        select(Code, Campaign.name)
        .join(Campaign, Campaign.id == Code.campaign_id)
        .where(Code.advocate_id.in_(ids))
        .order_by(Code.id)
    )
    found: dict[str, tuple[AdvocateCode, ...]] = {}
    for code, campaign in session.execute(statement):
        is_used = code.is_active and code.ended_at is None
        row = AdvocateCode(code.text, pages.get(code.campaign_id, ""), campaign, is_used)
        found[code.advocate_id] = (*found.get(code.advocate_id, ()), row)
    return found


def _destinations(session: Session) -> dict[str, str]:
    """The page that each campaign's links lead to, as its newest terms say."""
    statement = select(StoredTerms).order_by(StoredTerms.version)
    return {
        terms.campaign_id: str(terms.body.get("campaign", {}).get("destination", ""))
        for terms in session.scalars(statement)
    }


def _friends(session: Session, ids: list[str]) -> dict[str, int]:
    statement = (
        select(Referral.advocate_id, func.count(Referral.friend_id.distinct()))
        .where(Referral.advocate_id.in_(ids))
        .group_by(Referral.advocate_id)
    )
    return dict(session.execute(statement).all())


def _conversions(session: Session, ids: list[str]) -> dict[str, int]:
    statement: Any = (
        select(Referral.advocate_id, func.count(Conversion.id))
        .join(Conversion, Conversion.referral_id == Referral.id)
        .where(Referral.advocate_id.in_(ids), Conversion.state.in_(COUNTED))
        .group_by(Referral.advocate_id)
    )
    return dict(session.execute(statement).all())


def _rewards(session: Session, ids: list[str]) -> list[Sum]:
    net = func.sum(Reward.granted_minor - Reward.reversed_minor)
    statement = (
        select(Reward.person_id, Reward.state, Reward.currency, net)
        .where(Reward.person_id.in_(ids), Reward.side == "advocate")
        .group_by(Reward.person_id, Reward.state, Reward.currency)
    )
    return list(session.execute(statement))
