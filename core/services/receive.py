"""Receive: a proven request is laid on the table, and only then acknowledged."""

import re
import time
from datetime import datetime

from core.contract.webhooks import Delivery, Reply, WebhookRequest
from core.gateway.hub import Hub, body_context
from core.models import Connection, new_id
from core.services.inbox import Inbox, Row

REMEMBER_SECONDS = 2.0
ID = re.compile(r"[0-9a-f]{32}")


class NoSuchConnection(LookupError):
    """No connection has this address."""


class Receiver:
    """The verb behind the machines' door. Remembers connections for two seconds, so a door need not ask each time."""

    def __init__(self, hub: Hub, inbox: Inbox) -> None:
        self._hub = hub
        self._inbox = inbox
        self._known: dict[str, tuple[float, Connection]] = {}

    def receive(self, connection_id: str, request: WebhookRequest) -> Reply:
        """The deliveries in the request are on disk when this returns.

        Raises `NoSuchConnection`, `BadSignature` (nothing is stored then) or `Busy` (the sender must try again).
        """
        connection = self._connection(connection_id)
        reception = self._hub.connector(connection).receive(request)
        if reception.deliveries:
            self._inbox.lay(
                [self._row(connection_id, delivery, request.received_at) for delivery in reception.deliveries]
            )
        return reception.reply

    def _connection(self, connection_id: str) -> Connection:
        if not ID.fullmatch(connection_id):
            raise NoSuchConnection(connection_id)
        known = self._known.get(connection_id)
        if known and known[0] > time.monotonic():
            return known[1]
        with self._hub.database.reading() as session:
            connection = session.get(Connection, connection_id)
        if connection is None:
            raise NoSuchConnection(connection_id)
        self._known[connection_id] = (time.monotonic() + REMEMBER_SECONDS, connection)
        return connection

    def _row(self, connection_id: str, delivery: Delivery, received_at: datetime) -> Row:
        return delivery_row(self._hub, connection_id, delivery, received_at)


def delivery_row(hub: Hub, connection_id: str, delivery: Delivery, received_at: datetime) -> Row:
    """A delivery as the table keeps it: its body sealed, due at once."""
    return {
        "id": new_id(),
        "connection_id": connection_id,
        "key": delivery.key,
        "topic": delivery.topic,
        "headers": dict(delivery.headers),
        "body": hub.vault.seal(delivery.body, body_context(connection_id, delivery.key)),
        "size": len(delivery.body),
        "triggered_at": delivery.triggered_at,
        "received_at": received_at,
        "state": "stored",
        "due_at": received_at,
        "attempts": 0,
    }
