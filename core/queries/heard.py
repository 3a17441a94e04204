"""Heard: what was known of one order from which time on, as the decisions of those times were told it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.contract.money import Money
from core.models import StoredOrder, Telling
from core.rules.replay.steps import TOLD
from core.rules.replay.telling import read

MOST_HEARD = 50


@dataclass(frozen=True, slots=True)
class Heard:
    """From `at` on it was known that so much of the order can count, and whether it is paid."""

    at: datetime
    base: Money
    is_paid: bool


def heard(session: Session, order: StoredOrder) -> tuple[Heard, ...]:
    """What was known of the order, oldest first, at most fifty times; nothing without a friend. One statement."""
    friends = [one for one in (order.friend_id, order.told_of_id) if one]
    is_its = Telling.friend_id.in_(friends), Telling.order_id == order.id, Telling.what == TOLD
    rows = session.scalars(select(Telling).where(*is_its).order_by(Telling.number).limit(MOST_HEARD)).all()
    told = [(row.told_at, read(order.id, row.body).order) for row in rows]
    return tuple(Heard(at, seen.base, seen.is_paid) for at, seen in told)
