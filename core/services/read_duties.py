"""Read duties: what the law makes a source pass on is read also when that source is off or gone."""

import logging
from collections.abc import Sequence

from sqlalchemy import select

from core.contract.errors import NeedsAttention, WrongSetting
from core.gateway.hub import Hub
from core.gateway.registry import connector_class
from core.models import Connection, ConnectionStatus, StoredDelivery
from core.services.bodies import empty
from core.services.lease import Lane, LeaseLost, lease
from core.services.read import read_due

log = logging.getLogger(__name__)
NOTHING_LEFT = "everything of this source was erased before"


def read_duties(hub: Hub) -> int:
    """Duties that wait at connections which no worker serves are read; returns how many."""
    return sum(_read(hub.within(row.merchant_id), row, topics) for row, topics in _waiting(hub))


def _waiting(hub: Hub) -> list[tuple[Connection, frozenset[str]]]:
    with hub.database.reading() as session:
        off = [row for row in session.scalars(select(Connection)) if not hub.is_on(row)]
        dutiful = [(row, topics) for row in off if (topics := _duties(row.connector))]
        waits = StoredDelivery.state == "stored", StoredDelivery.due_at <= hub.now()
        return [
            (row, topics)
            for row, topics in dutiful
            if session.scalar(
                select(StoredDelivery.id)
                .where(StoredDelivery.connection_id == row.id, StoredDelivery.topic.in_(sorted(topics)), *waits)
                .limit(1)
            )
        ]


def _duties(key: str) -> frozenset[str]:
    try:
        return connector_class(key).duty_topics
    except WrongSetting:  # its package is broken or gone
        return frozenset()


def _read(hub: Hub, connection: Connection, topics: frozenset[str]) -> int:
    with lease(hub, connection.id, Lane.READ) as held:
        if held is None:
            return 0
        try:
            return read_due(hub, connection, held, topics=topics)
        except LeaseLost:
            return 0
        except NeedsAttention as problem:
            if connection.status == ConnectionStatus.REMOVED:
                return _drop(hub, connection, sorted(topics))
            log.warning("the duties of %s wait: %s", connection.id, problem)
            return 0


def _drop(hub: Hub, connection: Connection, topics: Sequence[str]) -> int:
    """Nothing personal of an erased source is left to which a late duty could refer."""
    query = select(StoredDelivery).filter_by(connection_id=connection.id, state="stored")
    with hub.database.transaction() as session:
        rows = session.scalars(query.where(StoredDelivery.topic.in_(topics))).all()
        for row in rows:
            empty(hub, row, NOTHING_LEFT, hub.now())
        return len(rows)
