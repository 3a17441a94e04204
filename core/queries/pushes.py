"""Attempts to move value at a source: as a list, and with the story of each."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from core.contract.money import Money
from core.models import Connection, Conversion, Push, Reward, StoredOrder
from core.queries.listing import DEFAULT_SIZE, Listing, Place, Statement, counted, listing
from core.queries.people import Face, faces
from core.queries.sealed import Sealed, sealed
from core.queries.steering import in_state

# States in which nothing more happens before somebody (or a second look) has decided.
WAITING_FOR_A_PERSON = ("parked",)
UNDECIDED = ("unknown", "parked")


@dataclass(frozen=True, slots=True)
class Chapter:
    """One thing that happened to a push, in words."""

    at: datetime
    words: str


@dataclass(frozen=True, slots=True)
class PushRow:
    """One attempt; `gives` is False when it takes back. `moved` is what really moved, as the receipt says."""

    id: str
    reward_id: str
    order_id: str
    order_name: str
    connection: str
    side: str
    person: Face
    gives: bool
    kind: str
    amount: Money
    recipient: str
    state: str
    note: str
    expires_at: datetime | None
    watermark: str
    attempts: int
    due_at: datetime
    created_at: datetime
    sent_at: datetime | None
    absent_at: datetime | None
    confirmed_at: datetime | None
    receipt: str
    moved: Money | None
    shown: Sealed | None
    story: tuple[Chapter, ...]


def pushes(
    session: Session, *, states: Iterable[str] = (), place: Place | None = None, size: int = DEFAULT_SIZE
) -> Listing[PushRow]:
    """Pushes, newest first, perhaps only those in some states. Three statements."""
    statement = push_rows()
    if wanted := list(states):
        statement = statement.where(or_(*[in_state(Push, state) for state in wanted]))
    found = listing(session, statement, Push.id, lambda row: row, place, size)
    return Listing(with_people(session, found.rows), found.older, found.newer)


def pushes_by_state(session: Session) -> dict[str, int]:
    """How many pushes are in each state."""
    return counted(session, select(Push.state, func.count()).group_by(Push.state))


def pushes_of(session: Session, reward_ids: Iterable[str]) -> dict[str, tuple[PushRow, ...]]:
    """All pushes of some rewards, in the order in which they were intended. Three statements."""
    statement = push_rows().where(Push.reward_id.in_(list(reward_ids))).order_by(Push.created_at, Push.id)
    found: dict[str, tuple[PushRow, ...]] = {}
    for row in with_people(session, session.execute(statement)):
        found[row.reward_id] = (*found.get(row.reward_id, ()), row)
    return found


def push_rows() -> Statement:
    """The statement behind every list of pushes."""
    return (
        select(
            Push,
            Reward.side,
            Reward.person_id,
            StoredOrder.id.label("order_id"),
            StoredOrder.name.label("order_name"),
            Connection.label.label("connection"),
        )
        .join(Reward, Reward.id == Push.reward_id)
        .outerjoin(Conversion, Conversion.id == Reward.conversion_id)
        .outerjoin(StoredOrder, StoredOrder.id == Conversion.order_id)
        .join(Connection, Connection.id == Push.connection_id)
    )


def with_people(session: Session, rows: Any) -> tuple[PushRow, ...]:
    """The rows of `push_rows` as values, with the face of who the push is for."""
    rows = list(rows)
    known = faces(session, [row.person_id for row in rows])
    return tuple(_row(row, known) for row in rows)


def _row(row: Any, known: dict[str, Face]) -> PushRow:
    push = row.Push
    return PushRow(
        id=push.id,
        reward_id=push.reward_id,
        order_id=row.order_id or "",
        order_name=row.order_name or "",
        connection=row.connection,
        side=row.side,
        person=known[row.person_id],
        gives=push.gives,
        kind=push.kind,
        amount=push.amount,
        recipient=push.recipient,
        state=push.state,
        note=push.note,
        expires_at=push.expires_at,
        watermark=push.watermark or "",
        attempts=push.attempts,
        due_at=push.due_at,
        created_at=push.created_at,
        sent_at=push.sent_at,
        absent_at=push.absent_at,
        confirmed_at=push.confirmed_at,
        receipt=push.remote_id or "",
        moved=None if push.moved_minor is None else Money(push.moved_minor, push.currency),
        shown=sealed(push.shown, f"pushes.shown:{push.id}"),
        story=tuple(_chapter(told) for told in push.story),
    )


def _chapter(told: dict[str, str]) -> Chapter:
    return Chapter(datetime.fromisoformat(told["at"]), told["words"])
