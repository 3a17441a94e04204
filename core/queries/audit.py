"""The audit trail: the acts with filters, whether each chain is whole, and heads that can be kept elsewhere."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from core.models import AuditEntry, AuditHead, Merchant
from core.models.audit import HOUSE
from core.queries.listing import DEFAULT_SIZE, Listing, Place, listing
from core.rules.trail import act_hash, digest_of


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to look for; what is left out is not asked for. `subject` may be a kind, an id, or both."""

    actor: str = ""
    verb: str = ""
    subject: str = ""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class TrailRow:
    """One act; `detail` is None where the words were erased."""

    id: str
    number: int
    acted_at: datetime
    actor: str
    verb: str
    subject: str
    detail: str | None
    hash: str


@dataclass(frozen=True, slots=True)
class Head:
    """How far a chain goes, and the hash of its last act; `of` is the merchant's name, or the house."""

    chain: str
    of: str
    number: int
    hash: str
    first_number: int


def trail(
    session: Session, wanted: Wanted, chain: str | None = None, *, place: Place | None = None, size: int = DEFAULT_SIZE
) -> Listing[TrailRow]:
    """The acts that were looked for, newest first."""
    statement = select(AuditEntry).where(*_conditions(wanted))
    if chain is not None:
        statement = statement.where(AuditEntry.chain == chain)
    return listing(session, statement, AuditEntry.id, lambda row: _row(row[0]), place, size)


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.actor:
        found.append(AuditEntry.actor == wanted.actor)
    if wanted.verb:
        found.append(AuditEntry.verb == wanted.verb)
    if wanted.subject:
        found.append(_about(wanted.subject))
    if wanted.since:
        found.append(AuditEntry.acted_at >= wanted.since)
    if wanted.until:
        found.append(AuditEntry.acted_at < wanted.until)
    return found


def _about(subject: str) -> ColumnElement[bool]:
    if ":" in subject:
        return AuditEntry.subject == subject
    ends = AuditEntry.subject.endswith(f":{subject}", autoescape=True)
    return ends | AuditEntry.subject.startswith(f"{subject}:", autoescape=True)


def _row(entry: AuditEntry) -> TrailRow:
    told = entry.actor, entry.verb, entry.subject, entry.detail
    return TrailRow(entry.id, entry.number, entry.acted_at, *told, entry.hash)


def whole_trail(session: Session) -> Iterator[TrailRow]:
    """Every act, chain by chain, oldest first."""
    query = select(AuditEntry).order_by(AuditEntry.chain, AuditEntry.number).execution_options(yield_per=500)
    for entry in session.scalars(query):
        yield _row(entry)


def actors_and_verbs(session: Session) -> tuple[list[str], list[str]]:
    """Who ever acted and what was ever done: the choices of the filters."""
    actors, verbs = (
        list(session.scalars(select(column).distinct().order_by(column).limit(500)))
        for column in (AuditEntry.actor, AuditEntry.verb)
    )
    return actors, verbs


def heads(session: Session) -> list[Head]:
    """The heads of all chains, by name."""
    query = select(AuditHead, Merchant.name).outerjoin(Merchant, Merchant.id == AuditHead.merchant_id)
    rows = [
        Head(row.chain, name or HOUSE, row.length, row.hash, row.first_number) for row, name in session.execute(query)
    ]
    return sorted(rows, key=lambda row: (row.of, row.chain))


def hash_at(session: Session, chain: str, number: int) -> str | None:
    """The hash of the act of that number, None where there is none (any more)."""
    head = session.get(AuditHead, chain)
    if head is not None and head.first_number == number + 1:
        return head.first_hash
    return session.scalar(select(AuditEntry.hash).where(AuditEntry.chain == chain, AuditEntry.number == number))


def broken_trails(session: Session) -> Iterator[str]:
    """Each chain that does not hold, in words: an act was changed, moved, taken out, put in or cut off."""
    counting = select(AuditEntry.chain, func.count().label("acts")).group_by(AuditEntry.chain)
    counted = {row.chain: row.acts for row in session.execute(counting)}
    for head in session.scalars(select(AuditHead).order_by(AuditHead.chain)).all():
        counted.pop(head.chain, None)
        yield from _breaks(session, head)
    for chain, count in counted.items():
        yield f"the trail {chain} has {count} acts, and its head is gone"


def broken_if_short(session: Session, most: int) -> list[str] | None:
    """As `broken_trails`; None where there are more than `most` acts, which takes longer than a page may."""
    acts = session.scalar(select(func.count()).select_from(AuditEntry)) or 0
    return list(broken_trails(session)) if acts <= most else None


def _breaks(session: Session, head: AuditHead) -> Iterator[str]:
    previous, number = head.first_hash, head.first_number - 1
    query = select(AuditEntry).where(AuditEntry.chain == head.chain).order_by(AuditEntry.number)
    with closing(session.scalars(query.execution_options(yield_per=500))) as entries:
        for entry in entries:
            number += 1
            problem = _problem(entry, previous, number)
            if problem:
                yield f"act {entry.number} of the trail {head.chain} {problem}"
                return
            previous = entry.hash
    if (number, previous) != (head.length, head.hash):
        yield f"the trail {head.chain} was cut after {number} of {head.length} acts"


def _problem(entry: AuditEntry, previous: str, number: int) -> str:
    if entry.number != number:
        return f"stands where act {number} should be"
    if entry.detail is not None and digest_of(entry.detail, entry.salt or "") != entry.digest:
        return "has other words than when it was noted"
    at = entry.acted_at.astimezone(UTC)
    told = entry.actor, entry.verb, entry.subject, entry.digest
    expected = act_hash(previous, entry.chain, number, at, *told)
    fits = (entry.previous_hash, entry.hash) == (previous, expected) and (entry.merchant_id or HOUSE) == entry.chain
    return "" if fits else "does not fit the chain"
