"""Renew: once a day, what ends unless it is used is renewed, also for connections that nobody uses just now."""

import logging
from datetime import timedelta

from sqlalchemy import or_, select, update

from core.contract.errors import ConnectorError, NeedsAttention
from core.contract.parts import Renews
from core.gateway.hub import Hub
from core.models import Connection, ConnectionStatus
from core.services.connections import pause

log = logging.getLogger(__name__)
EVERY = timedelta(days=1)
AFTER_TROUBLE = timedelta(hours=1)


def renew_due(hub: Hub) -> int:
    """Every connection whose day has come was renewed, switched on or not; returns how many were looked at."""
    day_ago = hub.now() - EVERY
    is_due = or_(Connection.renewed_at.is_(None), Connection.renewed_at <= day_ago)
    is_let_in = Connection.status == ConnectionStatus.ACTIVE
    with hub.database.reading() as session:
        rows = list(session.scalars(select(Connection).where(is_due, is_let_in)))
    return sum(_renewed(hub.within(row.merchant_id), row) for row in rows if row.connector not in hub.switched_off)


def _renewed(hub: Hub, row: Connection) -> bool:
    """True when it was this process that looked."""
    if not _taken(hub, row):
        return False
    try:
        connector = hub.connector(row)
        if isinstance(connector, Renews):
            connector.renew()
    except NeedsAttention as problem:
        pause(hub, row.id, problem.hint)
    except ConnectorError:
        _mark(hub, row, hub.now() - EVERY + AFTER_TROUBLE)
    except Exception:  # a connector's bug is no reason to leave the other chores undone
        log.exception("%s could not be renewed", row.id)
    return True


def _taken(hub: Hub, row: Connection) -> bool:
    """The day is marked as done before it is, so that of several processes one asks."""
    unchanged = Connection.renewed_at == row.renewed_at if row.renewed_at else Connection.renewed_at.is_(None)
    taken = update(Connection).where(Connection.id == row.id, unchanged).values(renewed_at=hub.now())
    with hub.database.transaction() as session:
        return session.execute(taken.returning(Connection.id)).scalar_one_or_none() is not None


def _mark(hub: Hub, row: Connection, at: object) -> None:
    with hub.database.transaction() as session:
        session.execute(update(Connection).where(Connection.id == row.id).values(renewed_at=at))
