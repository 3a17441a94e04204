"""Who touched it: the acts of people, and of the hub on somebody's behalf, on some subjects."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.models import AuditEntry


@dataclass(frozen=True, slots=True)
class Act:
    """One act; `subject` is a noun and an id, such as `reward:<id>`, `detail` is None where the words were erased."""

    acted_at: datetime
    actor: str
    verb: str
    subject: str
    detail: str | None


def acts_on(session: Session, subjects: Iterable[str]) -> tuple[Act, ...]:
    """The acts on those subjects, oldest first. One statement."""
    statement = (
        select(AuditEntry).where(AuditEntry.subject.in_(list(subjects))).order_by(AuditEntry.acted_at, AuditEntry.id)
    )
    return tuple(Act(row.acted_at, row.actor, row.verb, row.subject, row.detail) for row in session.scalars(statement))
