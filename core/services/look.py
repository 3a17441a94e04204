"""Look: an unknown push is looked up at the source; it is confirmed, sent again, or parked for a person."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.contract.connector import Connector
from core.contract.credits import Absent, Credit, Finding, Receipt, Undecided
from core.contract.errors import ConnectorError, Mendable, NeedsAttention
from core.contract.parts import Finds
from core.gateway.hub import Hub
from core.models import Connection, Push, Reward
from core.rules.retrying import backoff
from core.rules.states import change
from core.services.audit import note
from core.services.book import Book, open_book
from core.services.connections import NotFound
from core.services.consent import require_consent
from core.services.lease import HeldLease
from core.services.lost_time import LostTime, expiries, lost_times_of
from core.services.push import credit_of
from core.services.receipts import confirm, tell

log = logging.getLogger(__name__)
BATCH = 50


class NotParked(Mendable, ValueError):
    """Only a push that waits for a person can be decided by one, and only with a proof of its own."""


def adopt_orphans(hub: Hub, connection: Connection, held: HeldLease) -> int:
    """Pushes that a dead worker left as sent are unknown now: nobody can tell whether they went out."""
    query = select(Push).where(Push.connection_id == connection.id, Push.state == "sent", Push.fence < held.fence)
    with hub.database.reading() as session:
        if session.scalars(query.limit(1)).first() is None:
            return 0
    with hub.database.transaction() as session:
        held.confirm(session)
        orphans = session.scalars(query).all()
        for push in orphans:
            push.state = change("push", "sent", "unknown")
            push.due_at = hub.now() + hub.timings.quiet
            tell(push, hub.now(), "its worker died: it may have been applied, so it is looked up before anything else")
    return len(orphans)


def look_due(hub: Hub, connection: Connection, held: HeldLease, *, batch: int = BATCH) -> int:
    """Every unknown push whose quiet time is over is looked up once; returns how many. Raises `NeedsAttention`."""
    unknown = _unknown(hub, connection.id, batch)
    for push_id in unknown:
        _look(hub, connection, held, push_id)
    return len(unknown)


def _unknown(hub: Hub, connection_id: str, batch: int) -> Sequence[str]:
    query = (
        select(Push.id)
        .where(Push.connection_id == connection_id, Push.state == "unknown", Push.due_at <= hub.now())
        .order_by(Push.due_at)
        .limit(batch)
    )
    with hub.database.reading() as session:
        return session.scalars(query).all()


def _look(hub: Hub, connection: Connection, held: HeldLease, push_id: str) -> None:
    with hub.database.reading() as session:
        push = session.get_one(Push, push_id)
        claimed, lost = _claimed(session, push), lost_times_of(session, push)
        expires_days = session.get_one(Reward, push.reward_id).expires_days
    credit = credit_of(hub, push)
    guises = [credit, *(replace(credit, expires_at=at) for at in expiries(push, expires_days, lost))]
    try:
        connector = hub.connector(connection)
        finding, may_resend = _find_any(connector, guises, claimed)
        if lost and not push.attempts:
            finding = _doubted(finding, credit, may_resend, lost)
    except NeedsAttention:
        raise
    except ConnectorError as problem:
        _look_later(hub, held, push_id, str(problem))
        return
    except Exception as problem:  # a connector's bug is one push's trouble, not everybody's
        log.exception("push %s could not be looked up", push_id)
        _look_later(hub, held, push_id, type(problem).__name__)
        return
    with hub.database.transaction() as session:
        held.confirm(session)
        book = open_book(hub, session, connection.merchant_id)
        push = session.get_one(Push, push_id)
        _FOLLOW[type(finding)](book, push, finding, may_resend)


def _find_any(connector: Connector, guises: Sequence[Credit], claimed: frozenset[str]) -> tuple[Finding, bool]:
    """As `_find`, for a push that may have been made in any of these guises: the first that is there."""
    first = finding, may_resend = _find(connector, guises[0], claimed)
    for guise in guises[1:]:
        if not (may_resend and isinstance(finding, Absent)):
            return finding, may_resend
        finding, may_resend = _find(connector, guise, claimed)
    return (finding, may_resend) if not isinstance(finding, Absent) else first


def _doubted(finding: Finding, credit: Credit, may_resend: bool, lost: Sequence[LostTime]) -> Finding:
    """What a look proves of a push that another one may have preceded, which nobody here remembers.

    Given is given under one name; but it may have been asked back in parts, so only the very whole of it is proof.
    """
    is_whole = isinstance(finding, Receipt) and finding.amount == credit.amount
    if may_resend if credit.gives else is_whole:
        return finding
    seen = finding.remote_id if isinstance(finding, Receipt) else finding.evidence or "nothing"
    return Undecided(f"it may have been done {lost[-1].words}, and nothing here would prove that; a look shows: {seen}")


def _find(connector: Connector, credit: Credit, claimed: frozenset[str]) -> tuple[Finding, bool]:
    """What the source holds of the push, and whether "nothing" would be proof enough to send it again."""
    if not isinstance(connector, Finds):
        return Undecided("this source cannot be asked"), False
    finding = connector.find(credit, claimed)
    if isinstance(finding, Receipt) and finding.remote_id in claimed:
        finding = Undecided(f"{finding.remote_id} proves another push already")
    elif isinstance(finding, Receipt) and credit.gives and finding.amount != credit.amount:
        finding = Undecided(f"{finding.remote_id} is worth {finding.amount}, not {credit.amount}")
    return finding, connector.is_recognisable(credit)


def _claimed(session: Session, push: Push) -> frozenset[str]:
    query = select(Push.remote_id).where(
        Push.connection_id == push.connection_id, Push.recipient == push.recipient, Push.remote_id.is_not(None)
    )
    return frozenset(remote_id for remote_id in session.scalars(query) if remote_id)


def _follow_receipt(book: Book, push: Push, finding: Receipt, may_resend: bool) -> None:
    tell(push, book.now, "looked up: found")
    confirm(book, push, book.session.get_one(Reward, push.reward_id), finding)


def _follow_absent(book: Book, push: Push, finding: Absent, may_resend: bool) -> None:
    if push.absent_at is None or book.now - push.absent_at < book.hub.timings.between_looks:
        push.absent_at = push.absent_at or book.now
        push.due_at = push.absent_at + book.hub.timings.between_looks
        tell(push, book.now, "looked up: not there; a second look decides")
    elif may_resend:
        push.state = change("push", "unknown", "intended")
        push.absent_at, push.due_at = None, book.now
        tell(push, book.now, "looked up twice: not there, so it is sent again")
    else:
        _park(book, push, "it is not there, but an effect that shows late could not be told from another one")


def _follow_undecided(book: Book, push: Push, finding: Undecided, may_resend: bool) -> None:
    _park(book, push, finding.evidence)


_FOLLOW: dict[type, Callable[..., None]] = {
    Receipt: _follow_receipt,
    Absent: _follow_absent,
    Undecided: _follow_undecided,
}


def _park(book: Book, push: Push, evidence: str) -> None:
    push.state = change("push", "unknown", "parked")
    tell(push, book.now, f"waits for a person: {evidence}")


def _look_later(hub: Hub, held: HeldLease, push_id: str, why: str) -> None:
    with hub.database.transaction() as session:
        held.confirm(session)
        push = session.get_one(Push, push_id)
        push.due_at = hub.now() + backoff(len(push.story))
        tell(push, hub.now(), f"could not be looked up: {why}")


def _proves_another(session: Session, push: Push, remote_id: str) -> bool:
    same = select(Push.id).where(Push.connection_id == push.connection_id, Push.remote_id == remote_id)
    return session.scalars(same).first() is not None


def decide(
    hub: Hub, push_id: str, *, remote_id: str | None, evidence: str, actor: str = "operator", second: str = ""
) -> Push:
    """A person settles a parked push: given (with the remote id that proves it), or not given (None) and sent again.

    Raises `NotFound`, `NotParked`, or `SecondPersonNeeded` where it takes a `second` one to agree. The decision and its
    evidence stand in the audit trail.
    """
    with hub.database.transaction() as session:
        push = session.get(Push, push_id)
        if push is None:
            raise NotFound(f"there is no push {push_id!r}: `referhub pushes list` shows them")
        book = open_book(hub, session, push.merchant_id)
        session.refresh(push)  # until the lock was ours, somebody else may have decided it
        if push.state != "parked":
            raise NotParked(f"the push is {push.state}; only a parked one waits for a person")
        if remote_id and _proves_another(session, push, remote_id):
            raise NotParked(f"{remote_id} proves another push already: look for the one that belongs to this push")
        require_consent(hub, push.amount, second)
        tell(push, book.now, f"{actor} decided: {'given' if remote_id else 'not given'} ({evidence})")
        if remote_id:
            confirm(book, push, session.get_one(Reward, push.reward_id), Receipt(remote_id, push.amount))
        else:
            push.state, push.due_at, push.absent_at = change("push", "parked", "intended"), book.now, None
        detail = f"{remote_id or 'not given'}: {evidence}"
        note(session, push.merchant_id, "decide_push", f"push:{push.id}", detail, book.now, actor=actor)
        return push
