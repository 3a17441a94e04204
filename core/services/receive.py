"""Receive: a proven request is laid on the table, and only then acknowledged."""

import logging
import re
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence

from sqlalchemy import select, update

from core.contract.errors import BadSignature, ConnectorError, NotAccepted
from core.contract.webhooks import Delivery, Reply, WebhookRequest
from core.gateway.hub import Hub
from core.models import Connection
from core.services.inbox import Inbox
from core.services.receive_app import ADDRESS, AppReceiver

log = logging.getLogger(__name__)

REMEMBER_SECONDS = 2.0
BETWEEN_COUNTS = 2.0
ID = re.compile(r"[0-9a-f]{32}")


class NoSuchConnection(LookupError):
    """No connection has this address."""


class Receiver:
    """The verb behind the machines' door. Remembers connections for two seconds, so a door need not ask each time."""

    def __init__(self, hub: Hub, inbox: Inbox) -> None:
        self._hub = hub
        self._inbox = inbox
        self._known: dict[str, tuple[float, Connection]] = {}
        self._refusals = _Refusals(hub)
        self._apps = AppReceiver(hub, inbox)

    def knows(self, address: str) -> bool:
        """True when the connection at this address has been found before, by this process."""
        first, _, key = address.partition("/")
        return first in self._known or (first == ADDRESS and self._apps.app(key) is not None)

    def receive(self, address: str, request: WebhookRequest) -> Reply:
        """The deliveries in the request are on disk when this returns.

        `address` is the connection's id and perhaps what its connector has to prove beside it, or `app/<connector>`
        for all shops of a store's app. Raises
        `NoSuchConnection`, `BadSignature` or `NotAccepted` (nothing is stored then), or `Busy` (the sender must try
        again).
        """
        first, _, rest = address.partition("/")
        app = self._apps.app(rest) if first == ADDRESS else None
        if app is not None:
            return self._apps.receive(rest, app, request)
        connection = self._connection(first)
        try:
            reception = self._hub.connector(connection).receive(request)
        except (BadSignature, NotAccepted) as problem:
            self._refusals.count(connection.id, str(problem))
            raise
        for connection_id, deliveries in self._by_account(connection, reception.deliveries, request):
            self._inbox.lay(connection_id, deliveries, request.received_at)
        return reception.reply

    def _by_account(
        self, connection: Connection, deliveries: Sequence[Delivery], request: WebhookRequest
    ) -> Iterable[tuple[str, Sequence[Delivery]]]:
        """One address may serve several accounts of the same kind: each delivery goes to its own, strangers nowhere."""
        own = [one for one in deliveries if one.source in ("", connection.source_id)]
        if own:
            yield connection.id, own
        others: dict[str, list[Delivery]] = defaultdict(list)
        for one in deliveries if len(own) < len(deliveries) else ():
            if one.source not in ("", connection.source_id):
                others[one.source].append(one)
        for source, theirs in others.items():
            sibling = self._sibling(connection, source)
            if sibling and self._is_proven(sibling, request):
                yield sibling.id, theirs
            else:
                self._refusals.count(connection.id, "events of an account that is not connected", len(theirs))

    def _is_proven(self, sibling: Connection, request: WebhookRequest) -> bool:
        """True when the sibling takes the request as well: whoever holds one account's secret speaks for that one."""
        try:
            self._hub.connector(sibling).receive(request)
        except ConnectorError:
            return False
        return True

    def _sibling(self, connection: Connection, source: str) -> Connection | None:
        query = select(Connection).where(
            Connection.merchant_id == connection.merchant_id,
            Connection.connector == connection.connector,
            Connection.source_id == source,
        )
        with self._hub.database.reading() as session:
            return session.scalars(query).one_or_none()

    def _connection(self, connection_id: str) -> Connection:
        if not ID.fullmatch(connection_id):
            raise NoSuchConnection(connection_id)
        known = self._known.get(connection_id)
        if known and known[0] > time.monotonic():
            return known[1]
        with self._hub.database.reading() as session:
            connection = session.get(Connection, connection_id)
        if connection is None or connection.disconnected_at is not None:
            self._known.pop(connection_id, None)
            raise NoSuchConnection(connection_id)
        self._known[connection_id] = (time.monotonic() + REMEMBER_SECONDS, connection)
        return connection


class _Refusals:
    """What was refused is counted on its connection, but never written for each: refusing has to stay cheap."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._counts: dict[str, int] = defaultdict(int)
        self._written: dict[str, float] = {}

    def count(self, connection_id: str, reason: str, times: int = 1) -> None:
        """So many more were refused, the last of them for this reason."""
        self._counts[connection_id] += times
        if time.monotonic() < self._written.get(connection_id, 0.0) + BETWEEN_COUNTS:
            return
        self._written[connection_id] = time.monotonic()
        counted = self._counts.pop(connection_id, 0)
        statement = (
            update(Connection)
            .where(Connection.id == connection_id)
            .values(
                refused_count=Connection.refused_count + counted,
                refused_at=self._hub.now(),
                refused_reason=reason[:200],
            )
        )
        try:
            with self._hub.database.transaction() as session:
                session.execute(statement)
        except Exception:  # the sender is refused all the same
            log.exception("what %s refused could not be counted", connection_id)
