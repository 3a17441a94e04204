"""Fraud: which conversions wait for a person, and what the rules found of each."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.contract.money import Money
from core.models import Assessment, Campaign, Conversion, Referral, Reward, StoredOrder
from core.queries.listing import DEFAULT_SIZE, Listing, Place, Statement, listing
from core.queries.people import Face, faces
from core.rules.fraud.weigh import UNEXPLAINED, stored_acting, stored_words
from core.rules.fraud_table import RULES

# A case that waits so long is told again, each time more urgently.
REMINDERS = (timedelta(days=3), timedelta(days=7), timedelta(days=14))


@dataclass(frozen=True, slots=True)
class FoundRow:
    """What one rule found: `looks_for` says what it compares, `orders` which other orders show it."""

    rule: str
    looks_for: str
    words: str
    mode: str
    points: int
    on_trial: bool
    orders: tuple["NeighbourRow", ...] = ()


@dataclass(frozen=True, slots=True)
class NeighbourRow:
    """Another order that shows what was found."""

    order_id: str
    name: str
    placed_at: datetime


@dataclass(frozen=True, slots=True)
class CaseRow:
    """One conversion that fraud rules spoke of."""

    id: str
    state: str
    outcome: str
    points: int
    is_of_paid: bool
    campaign: str
    conversion_id: str
    order_id: str
    order_name: str
    advocate: Face
    friend: Face
    why: str
    rules: tuple[str, ...]
    opened_at: datetime | None
    decided_at: datetime | None
    appealed_at: datetime | None
    assessed_at: datetime | None


@dataclass(frozen=True, slots=True)
class CaseReward:
    """A reward that the case is about."""

    id: str
    side: str
    person: Face
    state: str
    amount: Money
    reason: str


@dataclass(frozen=True, slots=True)
class FraudCase:
    """One case with everything a person needs to decide it; `told` is what the waiting person may be told."""

    row: CaseRow
    rewards: tuple[CaseReward, ...]
    findings: tuple[FoundRow, ...]
    told: tuple[str, ...]


def fraud_cases(
    session: Session, *, state: str = "", place: Place | None = None, size: int = DEFAULT_SIZE
) -> Listing[CaseRow]:
    """The cases (in that state; else all of which something was found), newest first. Four statements."""
    wanted = Assessment.state == state if state else Assessment.state.not_in(("new", "clear"))
    found = listing(session, _rows().where(wanted), Assessment.id, lambda row: row, place, size)
    return Listing(_with_people(session, found.rows), found.older, found.newer)


def fraud_case(session: Session, case_id: str) -> FraudCase | None:
    """One case with its rewards, what was found, and the orders that show it."""
    found = session.execute(_rows().where(Assessment.id == case_id)).first()
    if found is None:
        return None
    findings = found.Assessment.findings
    return FraudCase(
        row=_with_people(session, [found])[0],
        rewards=_rewards(session, found.Assessment.conversion_id),
        findings=_findings(session, findings),
        told=tuple(dict.fromkeys(_told(one["rule"]) for one in stored_acting(findings))),
    )


def reminder(opened_at: datetime | None, now: datetime) -> int:
    """How urgent a case is: 0 fresh, 1 after three days, 2 after seven, 3 after fourteen."""
    return sum(opened_at is not None and now - opened_at >= after for after in REMINDERS)


def _rows() -> Statement:
    return (
        select(
            Assessment, Referral, StoredOrder.id.label("order_id"), StoredOrder.name, Campaign.name.label("campaign")
        )
        .join(Conversion, Conversion.id == Assessment.conversion_id)
        .join(Referral, Referral.id == Conversion.referral_id)
        .join(StoredOrder, StoredOrder.id == Conversion.order_id)
        .join(Campaign, Campaign.id == Assessment.campaign_id)
    )


def _with_people(session: Session, rows: Any) -> tuple[CaseRow, ...]:
    rows = list(rows)
    known = faces(session, [one for row in rows for one in (row.Referral.advocate_id, row.Referral.friend_id)])
    return tuple(_row(row, known) for row in rows)


def _row(row: Any, known: dict[str, Face]) -> CaseRow:
    case = row.Assessment
    return CaseRow(
        id=case.id,
        state=case.state,
        outcome=case.outcome,
        points=case.points,
        is_of_paid=case.is_of_paid,
        campaign=row.campaign,
        conversion_id=case.conversion_id,
        order_id=row.order_id,
        order_name=row.name,
        advocate=known[row.Referral.advocate_id],
        friend=known[row.Referral.friend_id],
        why=stored_words(case.findings),
        rules=tuple(one["rule"] for one in case.findings),
        opened_at=case.opened_at,
        decided_at=case.decided_at,
        appealed_at=case.appealed_at,
        assessed_at=case.assessed_at,
    )


def _told(rule: str) -> str:
    return RULES[rule].told if rule in RULES else UNEXPLAINED


def _rewards(session: Session, conversion_id: str) -> tuple[CaseReward, ...]:
    rows = session.scalars(select(Reward).filter_by(conversion_id=conversion_id).order_by(Reward.side)).all()
    known = faces(session, [row.person_id for row in rows])
    return tuple(
        CaseReward(row.id, row.side, known[row.person_id], row.state, row.granted, row.reason or "") for row in rows
    )


def _findings(session: Session, findings: list[dict[str, Any]]) -> tuple[FoundRow, ...]:
    ids = {order_id for one in findings for order_id in one["orders"]}
    query = select(StoredOrder.id, StoredOrder.name, StoredOrder.placed_at).where(StoredOrder.id.in_(ids))
    orders = {row.id: NeighbourRow(row.id, row.name, row.placed_at) for row in session.execute(query)}
    return tuple(
        FoundRow(
            rule=one["rule"],
            looks_for=RULES[one["rule"]].looks_for if one["rule"] in RULES else "",
            words=one["words"],
            mode=one["mode"],
            points=one["points"],
            on_trial=one["on_trial"],
            orders=tuple(orders[order_id] for order_id in one["orders"] if order_id in orders),
        )
        for one in findings
    )
