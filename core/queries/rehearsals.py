"""Rehearsals: which versions were played through, by whom, what came of it, and what the guests said."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.models import Campaign, Feedback, Guest, Rehearsal, RehearsalState, StoredTerms
from core.queries.listing import DEFAULT_SIZE, Listing, Place, Statement, listing
from core.queries.sealed import Sealed
from core.rules.rehearsal import Act, Finding, Kept, read_report

VERDICTS: Mapping[str, str] = {
    RehearsalState.RUNNING: "is being played",
    RehearsalState.PASSED: "every promise held",
    RehearsalState.OPEN: "open to its guests",
    RehearsalState.CLOSED: "closed",
}


@dataclass(frozen=True, slots=True)
class RehearsalRow:
    """One rehearsal of one version; `passed` is None for a room, whose guests say what they think."""

    id: str
    campaign_id: str
    campaign: str
    version: int
    kind: str
    state: str
    ran_at: datetime
    passed: bool | None
    words: str
    is_removed: bool


@dataclass(frozen=True, slots=True)
class Said:
    """What one guest said; both sealed, for an operator's eyes. Without a guest it was an operator."""

    by: Sealed | None
    words: Sealed
    said_at: datetime


@dataclass(frozen=True, slots=True)
class Invited:
    """One guest of a room, with the code they pass on there."""

    name: Sealed
    code: str
    invited_at: datetime


@dataclass(frozen=True, slots=True)
class RehearsalReport:
    """Everything that is known of one rehearsal."""

    row: RehearsalRow
    note: str
    promises: tuple[Kept, ...]
    acts: tuple[Act, ...]
    to_mend: tuple[Finding, ...]
    places: tuple[str, ...]
    warnings: tuple[str, ...]
    guests: tuple[Invited, ...]
    feedback: tuple[Said, ...]


def rehearsals(
    session: Session, *, campaign_id: str | None = None, place: Place | None = None, size: int = DEFAULT_SIZE
) -> Listing[RehearsalRow]:
    """Rehearsals, the newest first; perhaps of one campaign only. One statement."""
    statement = _statement()
    if campaign_id is not None:
        statement = statement.where(Rehearsal.campaign_id == campaign_id)
    return listing(session, statement, Rehearsal.id, _row, place, size)


def rehearsal(session: Session, rehearsal_id: str) -> RehearsalReport | None:
    """One rehearsal with its report, its guests and what they said; None where there is none of that id."""
    found = session.execute(_statement().where(Rehearsal.id == rehearsal_id)).one_or_none()
    if found is None:
        return None
    row, report = found[0], read_report(found[0].summary)
    guests = session.scalars(select(Guest).filter_by(rehearsal_id=row.id).order_by(Guest.id)).all()
    names = {guest.id: Sealed(guest.name, f"guests.name:{guest.id}") for guest in guests}
    said = session.scalars(select(Feedback).filter_by(rehearsal_id=row.id).order_by(Feedback.id)).all()
    return RehearsalReport(
        row=_row(found),
        note=row.note,
        promises=report.promises,
        acts=report.acts,
        to_mend=tuple(report.to_mend),
        places=report.places,
        warnings=report.warnings,
        guests=tuple(Invited(names[guest.id], guest.code, guest.invited_at) for guest in guests),
        feedback=tuple(
            Said(names.get(one.guest_id or ""), Sealed(one.words, f"feedback.words:{one.id}"), one.said_at)
            for one in said
        ),
    )


def _statement() -> Statement:
    return (
        select(Rehearsal, Campaign.slug, StoredTerms.version)
        .join(Campaign, Campaign.id == Rehearsal.campaign_id)
        .join(StoredTerms, StoredTerms.id == Rehearsal.terms_id)
    )


def _row(found: Any) -> RehearsalRow:
    row, slug, version = found[:3]
    passed = {RehearsalState.PASSED: True, RehearsalState.FAILED: False}.get(row.state)
    broken = sum(one.holds is False for one in read_report(row.summary).promises)
    words = VERDICTS.get(row.state) or _broken(broken)
    return RehearsalRow(
        id=row.id,
        campaign_id=row.campaign_id,
        campaign=slug,
        version=version,
        kind=row.kind,
        state=row.state,
        ran_at=row.began_at,
        passed=passed,
        words=words,
        is_removed=row.removed_at is not None,
    )


def _broken(count: int) -> str:
    if not count:
        return "it did not end"
    return f"{count} {'promise was' if count == 1 else 'promises were'} broken"
