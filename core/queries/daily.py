"""How many of something happened on each of the last days, UTC."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from core.models import Conversion, Reward

DAYS = 30


@dataclass(frozen=True, slots=True)
class Day:
    """One calendar day in UTC."""

    day: date
    conversions: int
    rewards: int


def daily(session: Session, now: datetime, days: int = DAYS) -> tuple[Day, ...]:
    """The last `days` days, today included, oldest first; days on which nothing happened are there too."""
    first = now.astimezone(UTC).date() - timedelta(days=days - 1)
    conversions = _per_day(session, Conversion.converted_at, first)
    rewards = _per_day(session, Reward.created_at, first)
    calendar = [first + timedelta(days=number) for number in range(days)]
    return tuple(Day(day, conversions.get(day, 0), rewards.get(day, 0)) for day in calendar)


def _per_day(session: Session, column: InstrumentedAttribute[datetime], first: date) -> dict[date, int]:
    day = _utc_day(session, column)
    since = datetime(first.year, first.month, first.day, tzinfo=UTC)
    statement = select(day, func.count()).where(column >= since).group_by(day)
    return {date.fromisoformat(str(when)): count for when, count in session.execute(statement)}


def _utc_day(session: Session, column: InstrumentedAttribute[datetime]) -> ColumnElement[Any]:
    # SQLite holds UTC; PostgreSQL would cut the day in the session's own time zone.
    is_postgres = session.get_bind().dialect.name == "postgresql"
    return func.date(func.timezone("UTC", column) if is_postgres else column)
