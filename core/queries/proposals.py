"""Proposals: what waits for a second person, and what became of the others."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.contract.money import Money
from core.models import Proposal
from core.queries.listing import DEFAULT_SIZE, Listing, Place, listing
from core.queries.why_words import spoken


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


def _settle(told: Mapping[str, Any]) -> str:
    remote_id = told.get("remote_id")
    return (
        f"settle the push as given, by {remote_id}"
        if remote_id
        else "settle the push as not given, so it is sent again"
    )


def _give(told: Mapping[str, Any]) -> str:
    gift = told.get("gift", {})
    kind = spoken(gift["kind"]) if gift.get("kind") else "a reward"
    return f"give {kind} by hand, campaign {gift.get('slug', '')}, to person …{str(gift.get('person_id', ''))[-6:]}"


# By the act what is wanted, from what was told of it.
WANTED: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "approve_reward": lambda _: "approve the reward",
    "void_reward": lambda _: "void the reward",
    "resolve_push": _settle,
    "grant_reward": _give,
    "reattribute": lambda told: f"decide who brought the order: {told.get('to', '')}",
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
    return ProposalRow(
        id=row.id,
        verb=row.verb,
        subject_id=row.subject_id,
        wanted=WANTED[row.verb](row.told),
        amount=Money(row.amount_minor, row.currency),
        state=row.state,
        asked_by=row.asked_by,
        asked_id=row.asked_id,
        asked_at=row.asked_at,
        why=str(row.told.get("because", "")),
        decided_by=row.decided_by,
        decided_at=row.decided_at,
    )
