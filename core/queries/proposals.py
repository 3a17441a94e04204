"""Proposals: what waits for a second person, and what became of the others."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.contract.money import Money
from core.models import Proposal
from core.queries.listing import DEFAULT_SIZE, Listing, Place, listing


@dataclass(frozen=True, slots=True)
class ProposalRow:
    """One proposal; `wanted` says in words what is to be done to which push or reward, `why` only while it is open."""

    id: str
    verb: str
    subject_id: str
    wanted: str
    amount: Money
    state: str
    asked_by: str
    asked_id: str
    asked_at: datetime
    why: str
    decided_by: str | None
    decided_at: datetime | None


WANTED = {
    "approve_reward": "approve the reward",
    "void_reward": "void the reward",
    "resolve_push": "settle the push as not given, so that it is sent again",
}


def proposals(
    session: Session, *, state: str = "", place: Place | None = None, size: int = DEFAULT_SIZE
) -> Listing[ProposalRow]:
    """The proposals (in that state), newest first."""
    statement = select(Proposal)
    if state:
        statement = statement.where(Proposal.state == state)
    return listing(session, statement, Proposal.id, lambda row: _row(row[0]), place, size)


def open_proposals(session: Session) -> int:
    """How many wait for a second person."""
    return session.scalar(select(func.count()).select_from(Proposal).where(Proposal.state == "open")) or 0


def _row(row: Proposal) -> ProposalRow:
    remote_id = row.told.get("remote_id")
    return ProposalRow(
        id=row.id,
        verb=row.verb,
        subject_id=row.subject_id,
        wanted=f"settle the push as given, by {remote_id}" if remote_id else WANTED[row.verb],
        amount=Money(row.amount_minor, row.currency),
        state=row.state,
        asked_by=row.asked_by,
        asked_id=row.asked_id,
        asked_at=row.asked_at,
        why=str(row.told.get("because", "")),
        decided_by=row.decided_by,
        decided_at=row.decided_at,
    )
