"""How every connection is doing: connected, late, or in need of a click."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from core.contract.parts import Usage
from core.models import AuditEntry, Connection, ConnectionStatus, Merchant, Push, StoredDelivery
from core.queries.steering import in_state
from core.rules.switches import LEFT_TO_PEOPLE
from core.rules.switches import Switches as Switches  # for the doors, which know no rules

LATE_AFTER = timedelta(minutes=5)
WAITING = "stored"


@dataclass(frozen=True, slots=True)
class ConnectionHealth:
    """One connection; `health` is one word of `removed, disabled, needs_attention, late, quiet, healthy`.

    `backlog` counts deliveries that are stored and not read; `late` means that the oldest has waited for more
    than five minutes, `quiet` that nothing was ever heard. `hint` says what to click, or "". A webhook is what the
    source told by itself, not what a poll found; `refused` are calls to our address that proved nothing. `off_by` says
    who switched it off, "" while it is on; `locked_by` which place of the settings decides, "" where people do.
    """

    id: str
    merchant: str
    connector: str
    label: str
    account: str
    source_id: str
    health: str
    off_by: str
    locked_by: str
    is_disconnected: bool
    hint: str
    connected_at: datetime
    last_delivery_at: datetime | None
    last_webhook_at: datetime | None
    last_poll_at: datetime | None
    last_push_at: datetime | None
    last_write_at: datetime | None
    blocked_until: datetime | None
    failures: int
    backlog: int
    oldest_waiting_at: datetime | None
    unreadable: int
    pushes_waiting: int
    refused: int
    refused_at: datetime | None
    refused_reason: str
    usage: Usage | None
    missing_rights: tuple[str, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Inbox:
    last_at: datetime | None
    last_webhook_at: datetime | None
    waiting: int
    oldest_at: datetime | None
    unreadable: int


@dataclass(frozen=True, slots=True)
class _Switched:
    off_by: str
    locked_by: str


def connections(session: Session, now: datetime, switches: Switches = LEFT_TO_PEOPLE) -> list[ConnectionHealth]:
    """Every connection with its health at `now`, by merchant and label; `switches` are what the settings say.

    Six statements at most, however many deliveries there are.
    """
    statement = (
        select(Connection, Merchant.name)
        .join(Merchant, Merchant.id == Connection.merchant_id)
        .order_by(Merchant.name, Connection.label, Connection.id)
    )
    inboxes, parked = _inboxes(session), _parked(session)
    rows = session.execute(statement).all()
    off = _switched_off_by(session, [row.id for row, _ in rows if not row.is_enabled])
    return [
        _health(row, merchant, inboxes[row.id], parked.get(row.id, 0), now, _switched(switches, row, off))
        for row, merchant in rows
    ]


def _switched(switches: Switches, row: Connection, off: dict[str, str]) -> _Switched:
    lock = switches.lock(row.connector, row.label)
    if lock is not None:
        return _Switched("" if lock.is_on else f"by {lock.by}", lock.by)
    return _Switched("" if row.is_enabled else off.get(row.id, "by an admin"), "")


def _switched_off_by(session: Session, ids: list[str]) -> dict[str, str]:
    """Who switched each of these off, and when, in words."""
    if not ids:
        return {}
    subjects = [f"connection:{one}" for one in ids]
    query = select(AuditEntry).where(AuditEntry.subject.in_(subjects), AuditEntry.verb == "disable")
    acts = session.scalars(query.order_by(AuditEntry.acted_at, AuditEntry.id))
    return {act.subject.partition(":")[2]: f"by {_name(act.actor)} on {act.acted_at:%Y-%m-%d}" for act in acts}


def _name(actor: str) -> str:
    return "an admin" if actor == "operator" else actor


def _health(
    row: Connection, merchant: str, inbox: _Inbox, parked: int, now: datetime, switched: _Switched
) -> ConnectionHealth:
    return ConnectionHealth(
        id=row.id,
        merchant=merchant,
        connector=row.connector,
        label=row.label,
        account=str((row.account or {}).get("name") or ""),
        source_id=row.source_id or "",
        health=_word(row, inbox, now, is_off=bool(switched.off_by)),
        off_by=switched.off_by,
        locked_by=switched.locked_by,
        is_disconnected=row.disconnected_at is not None,
        hint=row.hint or "",
        connected_at=row.connected_at,
        last_delivery_at=inbox.last_at,
        last_webhook_at=inbox.last_webhook_at,
        last_poll_at=row.last_poll_at,
        last_push_at=row.last_push_at,
        last_write_at=row.last_write_at,
        blocked_until=row.blocked_until if row.blocked_until and row.blocked_until > now else None,
        failures=row.failures,
        backlog=inbox.waiting,
        oldest_waiting_at=inbox.oldest_at,
        unreadable=inbox.unreadable,
        pushes_waiting=parked,
        refused=row.refused_count,
        refused_at=row.refused_at,
        refused_reason=row.refused_reason or "",
        usage=Usage(**row.usage) if row.usage else None,
        missing_rights=_said(row, "missing_rights"),
        warnings=_said(row, "warnings"),
    )


def _said(row: Connection, what: str) -> tuple[str, ...]:
    """What the source said of itself when it was last asked."""
    return tuple(str(one) for one in (row.account or {}).get(what) or ())


def _word(row: Connection, inbox: _Inbox, now: datetime, *, is_off: bool) -> str:
    is_late = inbox.oldest_at is not None and now - inbox.oldest_at > LATE_AFTER
    words: list[tuple[Any, str]] = [
        (row.status == ConnectionStatus.REMOVED, "removed"),
        (is_off, "disabled"),
        (row.status == ConnectionStatus.NEEDS_ATTENTION, "needs_attention"),
        (is_late, "late"),
        (inbox.last_at is None and row.last_poll_at is None, "quiet"),
    ]
    return next((word for is_so, word in words if is_so), "healthy")


def _inboxes(session: Session) -> dict[str, _Inbox]:
    last = select(StoredDelivery.received_at).where(StoredDelivery.connection_id == Connection.id)
    last = last.order_by(StoredDelivery.received_at.desc()).limit(1)  # one step in the index of what was received
    last_webhook = last.where(StoredDelivery.was_asked_for.is_(False))
    query = select(Connection.id, last.scalar_subquery(), last_webhook.scalar_subquery())
    counts, oldest = _counts(session), _oldest(session)
    return {
        connection_id: _Inbox(
            last_at=last_at,
            last_webhook_at=last_webhook_at,
            waiting=counts.get((connection_id, WAITING), 0),
            oldest_at=oldest.get(connection_id),
            unreadable=counts.get((connection_id, "unreadable"), 0),
        )
        for connection_id, last_at, last_webhook_at in session.execute(query)
    }


def _counts(session: Session) -> dict[tuple[str, str], int]:
    by = (StoredDelivery.connection_id, StoredDelivery.state)
    rows = session.execute(select(*by, func.count()).group_by(*by))
    return {(connection_id, state): count for connection_id, state, count in rows}


def _oldest(session: Session) -> dict[str, datetime]:
    """When the longest waiting delivery of each connection came; only those that wait are read."""
    statement = select(StoredDelivery.connection_id, func.min(StoredDelivery.received_at))
    is_waiting = in_state(StoredDelivery, WAITING)
    return dict(session.execute(statement.where(is_waiting).group_by(StoredDelivery.connection_id)).all())


def _parked(session: Session) -> dict[str, int]:
    is_open = or_(in_state(Push, "parked"), in_state(Push, "unknown"))
    statement = select(Push.connection_id, func.count()).where(is_open).group_by(Push.connection_id)
    return dict(session.execute(statement).all())
