"""Poll: what webhooks lost is found by asking the source, and joins the same inbox."""

from datetime import datetime

from core.contract.errors import NeedsAttention, TryLater
from core.contract.parts import Page, Polls
from core.gateway.hub import Hub
from core.models import Connection, StoredDelivery
from core.rules.retrying import bounded
from core.services.failpoints import reach
from core.services.inbox import delivery_row
from core.services.lease import HeldLease

MOST_PAGES = 1_000


def poll_due(hub: Hub, connection: Connection, held: HeldLease) -> int:
    """When the connection's time has come, everything the source changed since the cursor is in the inbox.

    The cursor moves only with the page it covers, in one transaction. Returns how many deliveries were new.
    Raises `NeedsAttention`.
    """
    connector = hub.connector(connection)
    if not isinstance(connector, Polls) or not _is_time(connection, hub.now()):
        return 0
    stored, cursor = 0, connection.cursor
    for _ in range(MOST_PAGES):
        try:
            page = connector.poll(cursor, hub.now())
        except TryLater as problem:
            _set_next(hub, held, connection.id, hub.now() + bounded(problem.after))
            return stored
        except NeedsAttention:
            raise
        except Exception:
            # The caller tells; but what fails at every attempt must not be attempted every second.
            _set_next(hub, held, connection.id, hub.now() + hub.timings.poll_every)
            raise
        stored += _store(hub, held, connection.id, page)
        cursor = page.cursor
        if page.is_last:
            break
    _set_next(hub, held, connection.id, hub.now() + hub.timings.poll_every, is_done=True)
    return stored


def _is_time(connection: Connection, now: datetime) -> bool:
    return connection.next_poll_at is None or connection.next_poll_at <= now


def _store(hub: Hub, held: HeldLease, connection_id: str, page: Page) -> int:
    rows = [delivery_row(hub, connection_id, one, hub.now(), was_asked_for=True) for one in page.deliveries]
    with hub.database.transaction() as session:
        held.confirm(session)
        statement = hub.database.insert_once(StoredDelivery).returning(StoredDelivery.id)
        stored = len(session.scalars(statement, rows).all()) if rows else 0
        session.get_one(Connection, connection_id).cursor = page.cursor
        session.flush()
        reach("poll.before_commit")
    reach("poll.after_commit")
    return stored


def _set_next(hub: Hub, held: HeldLease, connection_id: str, at: datetime, *, is_done: bool = False) -> None:
    with hub.database.transaction() as session:
        held.confirm(session)
        row = session.get_one(Connection, connection_id)
        row.next_poll_at = at
        if is_done:
            row.last_poll_at = hub.now()


def ask_now(hub: Hub, connection_id: str) -> None:
    """The next worker that passes polls the connection at once."""
    with hub.database.transaction() as session:
        session.get_one(Connection, connection_id).next_poll_at = hub.now()
