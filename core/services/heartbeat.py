"""Heartbeat: a worker says now and then that it is at work, so that its absence is seen before its work is missed."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from core.gateway.hub import Hub
from core.models import HubState

SEEN = "worker_seen_at"
BETWEEN_BEATS = timedelta(seconds=20)


def beat(hub: Hub) -> None:
    """That a worker was at work is known to within twenty seconds, whichever process it is in."""
    with hub.database.reading() as session:
        seen = last_seen(session)
    if seen is None or not timedelta() <= hub.now() - seen < BETWEEN_BEATS:
        with hub.database.transaction() as session:
            session.merge(HubState(name=SEEN, value=hub.now().isoformat()))


def last_seen(session: Session) -> datetime | None:
    """When a worker was last at work, by the hub's clock; None for never."""
    row = session.get(HubState, SEEN)
    return datetime.fromisoformat(row.value) if row else None
