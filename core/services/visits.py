"""Visits: one browser in which an operator is signed in, until it is left alone, grows old or is ended."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, or_, update
from sqlalchemy.orm import Session

from core.gateway.hub import Hub
from core.models import Operator, Visit
from core.services.proofs import digest_of, new_secret

IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=12)
SEEN_EVERY = timedelta(minutes=1)  # a visit is written down at most that often


@dataclass(frozen=True, slots=True)
class Known:
    """Who visits, and how they proved it: `password`, `passkey`, `single sign-on` …"""

    operator_id: str
    proof: str


def begin_visit(hub: Hub, operator_id: str, proof: str) -> str:
    """The secret that the browser's cookie is to hold. Visits that are over are cleared away."""
    secret, now = new_secret(), hub.now()
    with hub.database.transaction() as session:
        session.execute(delete(Visit).where(or_(Visit.begun_at <= now - LONGEST, Visit.seen_at <= now - IDLE)))
        session.add(Visit(digest=digest_of(secret), operator_id=operator_id, proof=proof, begun_at=now, seen_at=now))
    return secret


def known_by(hub: Hub, secret: str) -> Known | None:
    """Whose visit that is; None when it is over, or its operator may not come any more."""
    with hub.database.reading() as session:
        row = session.get(Visit, digest_of(secret))
        if row is None or not _goes_on(row, hub.now()) or not session.get_one(Operator, row.operator_id).is_active:
            return None
    if hub.now() - row.seen_at >= SEEN_EVERY:
        _note_seen(hub, row.digest)
    return Known(row.operator_id, row.proof)


def end_visit(hub: Hub, secret: str) -> None:
    """This browser is signed out, wherever else its cookie may have gone."""
    with hub.database.transaction() as session:
        session.execute(delete(Visit).where(Visit.digest == digest_of(secret)))


def end_visits(session: Session, operator_id: str) -> None:
    """The operator is signed out everywhere."""
    session.execute(delete(Visit).where(Visit.operator_id == operator_id))


def sign_out_everywhere(hub: Hub, operator_id: str) -> None:
    """The same in a transaction of its own."""
    with hub.database.transaction() as session:
        end_visits(session, operator_id)


def _goes_on(row: Visit, now: datetime) -> bool:
    return now - row.seen_at < IDLE and now - row.begun_at < LONGEST


def _note_seen(hub: Hub, digest: str) -> None:
    with hub.database.transaction() as session:
        session.execute(update(Visit).where(Visit.digest == digest).values(seen_at=hub.now()))
