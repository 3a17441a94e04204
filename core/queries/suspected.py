"""Suspected: when fraud rules stopped an order's rewards, and what they had found."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.models import Assessment
from core.rules.fraud.weigh import stored_words


@dataclass(frozen=True, slots=True)
class Suspected:
    """From `at` on the case waits for a person, or is refused where `is_blocked`; `words` say what counts of it.

    One that `is_of_paid` was found when a reward had left already.
    """

    id: str
    at: datetime
    is_blocked: bool
    is_of_paid: bool
    words: str


def suspected(session: Session, conversion_ids: Iterable[str]) -> tuple[Suspected, ...]:
    """The cases of these conversions that stopped something. One statement."""
    is_theirs = Assessment.conversion_id.in_(list(conversion_ids)), Assessment.opened_at.is_not(None)
    return tuple(
        Suspected(row.id, row.opened_at, row.outcome == "blocked", row.is_of_paid, stored_words(row.findings))
        for row in session.scalars(select(Assessment).where(*is_theirs).order_by(Assessment.id))
        if row.opened_at is not None
    )
