"""What is owed to whom: the rewards as a list, and their sums by state."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.contract.money import Money
from core.models import Campaign, Connection, ConnectionStatus, Conversion, Reward, StoredOrder
from core.queries.listing import DEFAULT_SIZE, Listing, Place, Statement, listing
from core.queries.people import Face, faces
from core.queries.steering import in_state
from core.queries.totals import by_currency

OWED = ("held", "due", "pushing")


@dataclass(frozen=True, slots=True)
class RewardRow:
    """One reward: `net` is left of `granted` after reversals, `owed` of `net` after what was `netted`.

    Granted by hand it has no order, and its names are empty. The hold ends at `release_at`; `due_at` is the time of the
    next step: the same while held, later the next attempt.
    """

    id: str
    conversion_id: str
    order_id: str
    order_name: str
    connection: str
    campaign: str
    side: str
    person: Face
    kind: str
    state: str
    granted: Money
    reversed: Money
    net: Money
    netted: Money
    owed: Money
    reason: str
    recipient: str
    expires_days: int | None
    release_at: datetime
    due_at: datetime
    attempts: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class RewardTotal:
    """How many rewards are in a state, and what they are worth after reversals, per currency."""

    state: str
    count: int
    net: tuple[Money, ...]


def rewards(
    session: Session,
    *,
    state: str | None = None,
    person_id: str | None = None,
    place: Place | None = None,
    size: int = DEFAULT_SIZE,
) -> Listing[RewardRow]:
    """Rewards, newest first, perhaps only those in one state or of one person. Three statements."""
    statement = reward_rows()
    if state:
        statement = statement.where(in_state(Reward, state))
    if person_id:
        statement = statement.where(Reward.person_id == person_id)
    found = listing(session, statement, Reward.id, lambda row: row, place, size)
    return Listing(with_people(session, found.rows), found.older, found.newer)


def rewards_by_state(session: Session, person_id: str | None = None) -> list[RewardTotal]:
    """The sums of all rewards, or of one person's, by state. One statement."""
    statement = select(
        Reward.state, Reward.currency, func.count(), func.sum(Reward.granted_minor - Reward.reversed_minor)
    ).group_by(Reward.state, Reward.currency)
    if person_id:
        statement = statement.where(Reward.person_id == person_id)
    rows = session.execute(statement).all()
    return [
        RewardTotal(
            state=state,
            count=sum(row[2] for row in rows if row[0] == state),
            net=by_currency((row[1], row[3]) for row in rows if row[0] == state),
        )
        for state in sorted({row[0] for row in rows})
    ]


def reward_rows() -> Statement:
    """The statement behind every list of rewards."""
    return (
        select(
            Reward,
            StoredOrder.id.label("order_id"),
            StoredOrder.name.label("order_name"),
            Connection.label.label("connection"),
            Connection.status.label("connection_status"),
            Campaign.name.label("campaign"),
            Conversion.release_at,
        )
        .outerjoin(Conversion, Conversion.id == Reward.conversion_id)
        .outerjoin(StoredOrder, StoredOrder.id == Conversion.order_id)
        .join(Connection, Connection.id == Reward.connection_id)
        .join(Campaign, Campaign.id == Reward.campaign_id)
    )


def with_people(session: Session, rows: Any) -> tuple[RewardRow, ...]:
    """The rows of `reward_rows` as values, with the face of who gets each."""
    rows = list(rows)
    known = faces(session, [row.Reward.person_id for row in rows])
    return tuple(_row(row, known) for row in rows)


def _why(row: Any) -> str:
    """What stands in the way: the reward's own reason, or that nobody is there to pay it."""
    if row.connection_status == ConnectionStatus.REMOVED and row.Reward.state in OWED:
        return f"waits for its shop: {row.connection} is disconnected"
    return row.Reward.reason or ""


def _row(row: Any, known: dict[str, Face]) -> RewardRow:
    reward = row.Reward
    return RewardRow(
        id=reward.id,
        conversion_id=reward.conversion_id or "",
        order_id=row.order_id or "",
        order_name=row.order_name or "",
        connection=row.connection,
        campaign=row.campaign,
        side=reward.side,
        person=known[reward.person_id],
        kind=reward.kind,
        state=reward.state,
        granted=reward.granted,
        reversed=Money(reward.reversed_minor, reward.currency),
        net=reward.net,
        netted=Money(reward.netted_minor, reward.currency),
        owed=reward.owed,
        reason=_why(row),
        recipient=reward.recipient or "",
        expires_days=reward.expires_days,
        release_at=row.release_at or reward.created_at,
        due_at=reward.due_at,
        attempts=reward.attempts,
        created_at=reward.created_at,
    )
