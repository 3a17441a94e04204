"""The audit trail's verbs: an act is noted in the transaction that does it; words are erased, old acts let go of."""

import secrets
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from core.models import AuditEntry, AuditHead, new_id
from core.models.audit import HOUSE, TRAIL_START
from core.models.base import SCOPE
from core.rules.trail import act_hash, digest_of

OPERATOR, HUB = "operator", "hub"
ACTOR = "actor"  # under which a session's `info` names who acts


def note(
    session: Session,
    merchant_id: str | None,
    verb: str,
    subject: str,
    detail: str,
    at: datetime,
    *,
    actor: str = OPERATOR,
) -> None:
    """The act stands in the trail; `subject` is a kind and an id, such as `reward:0192…`.

    Without a `merchant_id` it is about the hub as a whole. Acts of one chain wait for each other until the commit.
    """
    merchant_id = merchant_id or session.info.get(SCOPE)
    chain = merchant_id or HOUSE
    number, previous = _next(session, chain, merchant_id)
    salt, at = secrets.token_hex(16), at.astimezone(UTC)
    told = (_who(session, actor), verb, subject, digest_of(detail, salt))
    values = dict(zip(("actor", "verb", "subject", "digest"), told, strict=True))
    chained = act_hash(previous, chain, number, at, *told)
    row = {"id": new_id(), "merchant_id": merchant_id, "chain": chain, "number": number, "acted_at": at}
    row |= {"detail": detail, "salt": salt, "previous_hash": previous, "hash": chained, **values}
    session.execute(insert(AuditEntry), [row])
    grown = update(AuditHead).where(AuditHead.chain == chain).values(hash=chained)
    session.execute(grown.execution_options(synchronize_session=False))


def _who(session: Session, actor: str) -> str:
    """An act of whoever is at the door is theirs by name, if the door knows it."""
    return str(session.info.get(ACTOR) or actor) if actor == OPERATOR else actor


def _next(session: Session, chain: str, merchant_id: str | None) -> tuple[int, str]:
    """The number of the chain's next act and the hash of its last one; the chain is ours until the commit."""
    dialect: Any = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    first = dialect.insert(AuditHead).values(
        chain=chain, merchant_id=merchant_id, length=1, hash=TRAIL_START, first_number=1, first_hash=TRAIL_START
    )
    grown = first.on_conflict_do_update(index_elements=["chain"], set_={"length": AuditHead.length + 1})
    number, previous = session.execute(grown.returning(AuditHead.length, AuditHead.hash)).one()
    return int(number), str(previous)


def erase_words(session: Session, subjects: Iterable[str]) -> int:
    """What was said of these subjects is gone, that it was done is not; returns how many acts lost their words."""
    wordy = AuditEntry.subject.in_(list(subjects)), AuditEntry.detail.is_not(None)
    found = list(session.scalars(select(AuditEntry.id).where(*wordy)))
    erased = update(AuditEntry).where(*wordy).values(detail=None, salt=None)
    session.execute(erased.execution_options(synchronize_session=False))
    return len(found)


def let_go(session: Session, before: datetime) -> int:
    """Acts older than `before` are gone, and each chain says from which number on it is kept; returns how many."""
    gone = 0
    for head in session.scalars(select(AuditHead).execution_options(populate_existing=True)).all():
        of_chain = AuditEntry.chain == head.chain
        kept = session.scalar(select(func.min(AuditEntry.number)).where(of_chain, AuditEntry.acted_at >= before))
        end = (kept or head.length + 1) - 1
        last = session.scalars(select(AuditEntry).where(of_chain, AuditEntry.number == end)).first()
        if last is None:
            continue
        gone += last.number - head.first_number + 1
        head.first_number, head.first_hash = last.number + 1, last.hash
        session.flush()  # the table lets only those go that the head no longer counts
        old = delete(AuditEntry).where(of_chain, AuditEntry.number <= last.number)
        session.execute(old.execution_options(synchronize_session=False))
    return gone
