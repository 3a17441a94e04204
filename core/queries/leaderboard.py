"""Who brought most in a period, by name only where the person agreed to be shown."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, Select, and_, case, func, select
from sqlalchemy.orm import Session

from core.contract.money import Money
from core.models import Campaign, Consent, Conversion, Referral, StoredOrder
from core.models.consent import SHOWN_BY_NAME
from core.queries.people import Face, faces
from core.queries.standing import STANDS
from core.queries.totals import by_currency

BY = ("conversions", "revenue")
Statement: TypeAlias = Select[*tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which campaign ("": all), purchases placed from when on and before when, ranked by what.

    Revenue is ranked in one `currency`; in the one that most conversions have, if none is named.
    """

    slug: str = ""
    since: datetime | None = None
    until: datetime | None = None
    by: str = BY[0]
    currency: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """One advocate; `person` is None unless they agreed to be named. Who brought the same share a rank."""

    rank: int
    advocate_id: str
    person: Face | None
    conversions: int
    revenue: tuple[Money, ...]


@dataclass(frozen=True, slots=True)
class Leaderboard:
    """The first places, of so many `advocates` who brought anything in the period."""

    by: str
    currency: str
    advocates: int
    places: tuple[Place, ...]


def leaderboard(session: Session, asked: Wanted = Wanted(), *, size: int = 10) -> Leaderboard:
    """The advocates who brought most: conversions that stand, or what counts of them. Seven statements at most."""
    currency = asked.currency or _main_currency(session, asked)
    ranked = _ranked(asked, currency)
    found = session.execute(ranked.order_by(ranked.selected_columns[1].desc(), Referral.advocate_id).limit(size)).all()
    advocates = session.scalar(select(func.count()).select_from(ranked.subquery())) or 0
    ids = [advocate_id for advocate_id, _value in found]
    counts, revenue, named = _counts(session, asked, ids), _revenue(session, asked, ids), shown_by_name(session, ids)
    places = tuple(
        Place(rank, advocate_id, named.get(advocate_id), counts[advocate_id], revenue.get(advocate_id, ()))
        for rank, advocate_id in _ranks(found)
    )
    return Leaderboard(asked.by, currency if asked.by == "revenue" else "", advocates, places)


def shown_by_name(session: Session, person_ids: Iterable[str]) -> dict[str, Face]:
    """The names, and nothing else, of those among them who have one and agreed to be shown by it."""
    has_agreed = Consent.person_id.in_(list(person_ids)), Consent.topic == SHOWN_BY_NAME, Consent.is_given
    known = faces(session, session.scalars(select(Consent.person_id).where(*has_agreed)).all())
    return {person_id: Face(person_id, face.name) for person_id, face in known.items() if face.name}


def _ranks(found: Sequence[Any]) -> Iterable[tuple[int, str]]:
    rank, last = 0, None
    for number, (advocate_id, value) in enumerate(found, 1):
        rank, last = (rank if value == last else number), value
        yield rank, advocate_id


def _brought(wanted: Wanted, *columns: Any) -> Statement:
    """Conversions that stand, with their orders, of the period and the campaign."""
    statement = (
        select(*columns)
        .select_from(Conversion)
        .join(Referral, Referral.id == Conversion.referral_id)
        .join(StoredOrder, StoredOrder.id == Conversion.order_id)
        .where(STANDS, *_in_period(wanted))
    )
    if wanted.slug:
        statement = statement.join(Campaign, and_(Campaign.id == Conversion.campaign_id, Campaign.slug == wanted.slug))
    return statement


def _in_period(wanted: Wanted) -> list[ColumnElement[bool]]:
    since = [StoredOrder.placed_at >= wanted.since] if wanted.since else []
    return since + ([StoredOrder.placed_at < wanted.until] if wanted.until else [])


NET = Conversion.base_minor - Conversion.reversed_minor


def _ranked(wanted: Wanted, currency: str) -> Statement:
    """Each advocate with what they are ranked by; who brought no revenue in that currency has no place."""
    in_currency: Any = func.sum(case((Conversion.currency == currency, NET), else_=0))
    value = in_currency if wanted.by == "revenue" else func.count()
    ranked = _brought(wanted, Referral.advocate_id, value.label("value")).group_by(Referral.advocate_id)
    return ranked.having(value > 0)


def _main_currency(session: Session, wanted: Wanted) -> str:
    statement = _brought(wanted, Conversion.currency).group_by(Conversion.currency)
    return session.scalar(statement.order_by(func.count().desc(), Conversion.currency).limit(1)) or ""


def _counts(session: Session, wanted: Wanted, ids: Sequence[str]) -> dict[str, int]:
    statement = _brought(wanted, Referral.advocate_id, func.count()).where(Referral.advocate_id.in_(ids))
    return dict(session.execute(statement.group_by(Referral.advocate_id)).all())


def _revenue(session: Session, wanted: Wanted, ids: Sequence[str]) -> dict[str, tuple[Money, ...]]:
    columns = (Referral.advocate_id, Conversion.currency, func.sum(NET))
    statement = _brought(wanted, *columns).where(Referral.advocate_id.in_(ids))
    sums: dict[str, list[tuple[str, int]]] = {}
    for advocate_id, currency, minor in session.execute(statement.group_by(*columns[:2])):
        sums.setdefault(advocate_id, []).append((currency, minor))
    return {advocate_id: by_currency(amounts) for advocate_id, amounts in sums.items()}
