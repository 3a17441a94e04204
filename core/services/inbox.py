"""The inbox: one writer lays deliveries on the table for all requests at once, so that durability is cheap.

Each waiting request hears back only after the commit that holds its deliveries is on disk.
"""

import logging
import queue
import threading
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from core.contract.webhooks import Delivery
from core.database import Unavailable
from core.gateway.hub import Hub, body_context
from core.models import StoredDelivery, new_id
from core.services.failpoints import reach

log = logging.getLogger(__name__)
Row = dict[str, Any]
CAPACITY = 2_000
LARGEST_GROUP = 256
# The shortest patience among the sources is five seconds.
PATIENCE_SECONDS = 4.0


class Busy(RuntimeError):
    """Nothing was stored, or nobody knows yet: the sender must try again (503)."""


class _Waiting:
    """One request's deliveries; `heard` is released once they are stored, or once `error` says why they are not.

    A bare lock wakes a thread several times cheaper than a Future does, and that is most of what a request costs here.
    """

    __slots__ = ("connection_id", "deliveries", "error", "heard", "received_at")

    def __init__(self, connection_id: str, deliveries: Sequence[Delivery], received_at: datetime) -> None:
        self.connection_id = connection_id
        self.deliveries = deliveries
        self.received_at = received_at
        self.error: Exception | None = None
        self.heard = threading.Lock()
        self.heard.acquire()

    def rows(self, hub: Hub) -> Iterator[Row]:
        for delivery in self.deliveries:
            yield delivery_row(hub, self.connection_id, delivery, self.received_at)

    def tell(self, error: Exception | None) -> None:
        self.error = error
        self.heard.release()


class Inbox:
    """Starts its writer thread on first use; `close()` lets everything waiting be stored first."""

    def __init__(self, hub: Hub, *, capacity: int = CAPACITY, patience: float = PATIENCE_SECONDS) -> None:
        self._hub = hub
        self._patience = patience
        self._capacity = capacity
        self._waiting: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._writer: threading.Thread | None = None
        self._connection: Connection | None = None
        self._starting = threading.Lock()
        self._is_closed = False
        self._insert = hub.database.insert_once(StoredDelivery)

    def lay(self, connection_id: str, deliveries: Sequence[Delivery], received_at: datetime) -> None:
        """The deliveries are on disk when this returns (those already there stay as they were). Raises `Busy`."""
        self._start()
        if self._waiting.qsize() >= self._capacity:
            raise Busy("the inbox is full")
        mine = _Waiting(connection_id, deliveries, received_at)
        self._waiting.put(mine)
        if not mine.heard.acquire(timeout=self._patience):
            raise Busy("the database did not answer in time")
        if isinstance(mine.error, Unavailable):
            raise Busy("the database is not available") from mine.error
        if mine.error:
            raise mine.error

    def close(self) -> None:
        """Everything that was waiting is stored; new requests are refused."""
        with self._starting:
            self._is_closed = True
        if self._writer:
            self._waiting.put(None)
            self._writer.join()

    def _start(self) -> None:
        if self._writer is None or self._is_closed:
            with self._starting:  # whoever closes waits until a writer that is being started can be joined
                if self._is_closed:
                    raise Busy("the hub is stopping")
                if self._writer is None:
                    writer = threading.Thread(target=self._run, name="inbox", daemon=True)
                    writer.start()
                    self._writer = writer

    def _run(self) -> None:
        while (group := self._next_group()) is not None:
            self._store(group)
        self._give_back()

    def _next_group(self) -> list[_Waiting] | None:
        first = self._waiting.get()
        if first is None:
            return None
        group = [first]
        while len(group) < LARGEST_GROUP:
            try:
                more = self._waiting.get_nowait()
            except queue.Empty:
                break
            if more is None:
                self._waiting.put(None)
                break
            group.append(more)
        return group

    def _store(self, group: list[_Waiting]) -> None:
        try:
            # Sealing here and not in each request spares the threads many fights for the interpreter.
            self._commit([row for one in group for row in one.rows(self._hub)])
        except Exception as error:  # whatever happened, every waiting request must hear of it
            if isinstance(error, Unavailable) or len(group) == 1:
                for one in group:
                    one.tell(error)
            else:
                # One bad row must not refuse its neighbours: each tries alone.
                for one in group:
                    self._store([one])
            return
        for one in group:
            one.tell(None)
        self._wake({one.connection_id for one in group})

    def _wake(self, connection_ids: set[str]) -> None:
        try:
            for connection_id in connection_ids:
                self._hub.wake(connection_id)
        except Exception:  # only a hint, and the writer must live on
            log.exception("the worker could not be woken")

    def _commit(self, rows: list[Row]) -> None:
        try:
            self._write(rows)
        except DBAPIError as error:
            if not error.connection_invalidated:
                raise
            # The connection died while nobody used it. Twice is harmless: what is there already stays as it is.
            self._write(rows)
        reach("receive.after_commit")

    def _write(self, rows: list[Row]) -> None:
        # Kept from group to group, because the pool asks the database for a sign of life each time.
        self._connection = self._connection or self._hub.database.engine.connect()
        try:
            with self._connection.begin():
                self._connection.execute(self._insert, rows)
                reach("receive.before_commit")
        except Exception:
            self._give_back()  # the pool undoes whatever is left of it
            raise

    def _give_back(self) -> None:
        if self._connection:
            self._connection.close()
        self._connection = None


def delivery_row(
    hub: Hub, connection_id: str, delivery: Delivery, received_at: datetime, *, was_asked_for: bool = False
) -> Row:
    """A delivery as the table keeps it: its body sealed, due at once."""
    return {
        "id": new_id(),
        "merchant_id": hub.merchant_of(connection_id),
        "connection_id": connection_id,
        "key": delivery.key,
        "topic": delivery.topic,
        "subject": delivery.subject,
        "was_asked_for": was_asked_for,
        "headers": dict(delivery.headers),
        "body": hub.vault.seal(delivery.body, body_context(connection_id, delivery.key)),
        "size": len(delivery.body),
        "triggered_at": delivery.triggered_at,
        "received_at": received_at,
        "state": "stored",
        "due_at": received_at,
        "attempts": 0,
    }
