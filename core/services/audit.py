"""The audit trail's verb: one act is noted, in the transaction that does it."""

from datetime import datetime

from sqlalchemy.orm import Session

from core.models import AuditEntry, new_id

OPERATOR, HUB = "operator", "hub"


def note(
    session: Session,
    merchant_id: str,
    verb: str,
    subject: str,
    detail: str,
    at: datetime,
    *,
    actor: str = OPERATOR,
) -> None:
    """The act stands in the trail; `subject` is a kind and an id, such as `reward:0192…`."""
    entry = AuditEntry(
        id=new_id(), merchant_id=merchant_id, actor=actor, verb=verb, subject=subject, detail=detail, acted_at=at
    )
    session.add(entry)
