"""The page of one person: who they are, who brought them, whom they brought, their rewards, and what sources show."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from core.models import Campaign, Code, Connection, Conversion, Person, Referral, SyncedRecord
from core.queries.people import Face, faces
from core.queries.rewards import RewardTotal, rewards_by_state
from core.queries.why_others import PersonWhy, why_person

MOST_SHOWN = 50
COUNTING = ("pending", "qualified")


@dataclass(frozen=True, slots=True)
class ReferralRow:
    """Somebody brought somebody: `person` is the other one, `orders` how many of the friend's count for it."""

    person: Face
    campaign: str
    code: str
    evidence: str
    referred_at: datetime
    orders: int


@dataclass(frozen=True, slots=True)
class RecordRow:
    """The fields written to one source of the person, in its own names; `reason` says why none is any more."""

    connection_id: str
    connection: str
    source_id: str
    written: Mapping[str, str | None]
    is_parked: bool
    is_gone: bool
    reason: str
    written_at: datetime | None


@dataclass(frozen=True, slots=True)
class PersonPage:
    """Everything about one person; lists hold the newest, and `brought_in_all` counts all whom they brought."""

    told: PersonWhy
    brought_by: tuple[ReferralRow, ...]
    brought: tuple[ReferralRow, ...]
    brought_in_all: int
    totals: tuple[RewardTotal, ...]
    records: tuple[RecordRow, ...]


def person_page(session: Session, person_id: str) -> PersonPage | None:
    """The page of that person; None if there is nobody of that id. About thirty statements."""
    if session.get(Person, person_id) is None:
        return None
    mine = Referral.advocate_id == person_id
    return PersonPage(
        told=why_person(session, person_id),
        brought_by=_referrals(session, Referral.friend_id == person_id, Referral.advocate_id.label("other")),
        brought=_referrals(session, mine, Referral.friend_id.label("other")),
        brought_in_all=session.scalar(select(func.count(Referral.id)).where(mine)) or 0,
        totals=tuple(rewards_by_state(session, person_id)),
        records=_records(session, person_id),
    )


def _referrals(session: Session, which: ColumnElement[bool], other: ColumnElement[str]) -> tuple[ReferralRow, ...]:
    stands = Conversion.referral_id == Referral.id, Conversion.state.in_(COUNTING)
    counts = select(func.count(Conversion.id)).where(*stands).scalar_subquery()
    query = (
        select(Referral, other, Campaign.name, Code.text, counts.label("orders"))
        .join(Campaign, Campaign.id == Referral.campaign_id)
        .join(Code, Code.id == Referral.code_id)
        .where(which)
        .order_by(Referral.referred_at.desc(), Referral.id)
        .limit(MOST_SHOWN)
    )
    rows = session.execute(query).all()
    known = faces(session, [row.other for row in rows])
    return tuple(
        ReferralRow(
            person=known[row.other],
            campaign=row.name,
            code=row.text,
            evidence=row.Referral.evidence,
            referred_at=row.Referral.referred_at,
            orders=row.orders,
        )
        for row in rows
    )


def _records(session: Session, person_id: str) -> tuple[RecordRow, ...]:
    query = (
        select(SyncedRecord, Connection.label)
        .join(Connection, Connection.id == SyncedRecord.connection_id)
        .where(SyncedRecord.person_id == person_id)
        .order_by(Connection.label, SyncedRecord.id)
        .limit(MOST_SHOWN)
    )
    return tuple(
        RecordRow(
            connection_id=row.connection_id,
            connection=label,
            source_id=row.source_id,
            written=row.written.get("fields", {}),
            is_parked=row.is_parked,
            is_gone=row.is_gone,
            reason=row.reason or "",
            written_at=row.written_at,
        )
        for row, label in session.execute(query)
    )
