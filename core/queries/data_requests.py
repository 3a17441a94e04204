"""Data requests: who asked a source what is kept of them, and until when a person has to answer."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.models import Connection, DataRequest


@dataclass(frozen=True, slots=True)
class OpenRequest:
    """One question that nobody has answered yet; nobody here knows whoever asked when `person_id` is None."""

    id: str
    connection: str
    person_id: str | None
    asked_at: datetime
    due_at: datetime


def open_requests(session: Session) -> list[OpenRequest]:
    """Every such question, the most urgent one first."""
    query = select(DataRequest, Connection.label).join(Connection, Connection.id == DataRequest.connection_id)
    rows = session.execute(query.where(DataRequest.answered_at.is_(None)).order_by(DataRequest.due_at))
    return [OpenRequest(row.id, label, row.person_id, row.asked_at, row.due_at) for row, label in rows]
