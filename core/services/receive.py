"""Receive: a proven request is laid on the table, and only then acknowledged."""

import re
import time

from core.contract.webhooks import Reply, WebhookRequest
from core.gateway.hub import Hub
from core.models import Connection
from core.services.inbox import Inbox

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
            self._inbox.lay(connection_id, reception.deliveries, request.received_at)
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
