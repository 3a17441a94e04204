"""Prepare: once a day the source is made ready again, because vendors delete subscriptions that failed for a while."""

from datetime import timedelta

from core.contract.errors import TryLater
from core.contract.parts import Prepares
from core.gateway.hub import Hub
from core.models import Connection
from core.services.lease import HeldLease

EVERY = timedelta(days=1)


def prepare_due(hub: Hub, connection: Connection, held: HeldLease) -> int:
    """When a day has passed, subscriptions and field definitions are in place again; returns 1 if they were looked at.

    Raises `NeedsAttention`.
    """
    connector = hub.connector(connection)
    if not isinstance(connector, Prepares) or not _is_time(hub, connection):
        return 0
    try:
        findings = list(connector.prepare(hub.webhook_url(connection.id, connector.webhook_path())))
    except TryLater:
        return 0
    with hub.database.transaction() as session:
        held.confirm(session)
        row = session.get_one(Connection, connection.id)
        row.prepared_at = hub.now()
        if row.account is not None:  # None means that the source changed and is to be asked who it is
            row.account = {**row.account, "findings": findings}
    return 1


def _is_time(hub: Hub, connection: Connection) -> bool:
    return connection.prepared_at is None or hub.now() - connection.prepared_at >= EVERY
