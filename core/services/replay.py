"""Replay: a delivery is read again, as if it had just arrived."""

from core.gateway.hub import Hub
from core.models import StoredDelivery
from core.rules.states import change
from core.services.audit import note
from core.services.bodies import is_emptied
from core.services.connections import NotFound


def replay(hub: Hub, delivery_id: str) -> StoredDelivery:
    """The delivery waits to be read again; its effects count once however often it is read. Raises `NotFound`."""
    with hub.database.transaction() as session:
        row = session.get(StoredDelivery, delivery_id)
        if row is None:
            raise NotFound(f"there is no delivery {delivery_id!r}: `referhub deliveries list` shows them")
        if is_emptied(row):
            raise NotFound(f"the body of delivery {delivery_id!r} is gone: {row.reason or 'it was kept long enough'}")
        if row.state != "stored":
            row.state = change("delivery", row.state, "stored")
        row.due_at, row.attempts, row.reason = hub.now(), 0, None
        note(session, row.merchant_id, "replay", f"delivery:{row.id}", row.topic, hub.now())
    hub.wake(row.connection_id)
    return row
