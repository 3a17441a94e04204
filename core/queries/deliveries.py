"""What sources handed to us: the inbox as a list, and one delivery with its body opened."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.models import Connection, StoredDelivery, StoredOrder
from core.queries.listing import DEFAULT_SIZE, Listing, Place, Statement, counted, listing
from core.queries.steering import in_state

OpenBody = Callable[[bytes, str], bytes]


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """One delivery without its body; `size` is its length in bytes, `reason` says why it was not read."""

    id: str
    connection_id: str
    connection: str
    connector: str
    key: str
    topic: str
    state: str
    size: int
    triggered_at: datetime | None
    received_at: datetime
    read_at: datetime | None
    due_at: datetime
    attempts: int
    reason: str


@dataclass(frozen=True, slots=True)
class DeliveryShown:
    """One delivery with everything we keep of it, and the orders whose newest state it told."""

    row: DeliveryRow
    headers: dict[str, str]
    body: bytes
    orders: tuple[tuple[str, str], ...]


def deliveries(
    session: Session,
    *,
    state: str | None = None,
    connection_id: str | None = None,
    place: Place | None = None,
    size: int = DEFAULT_SIZE,
) -> Listing[DeliveryRow]:
    """Deliveries, newest first, perhaps only those in one state or of one connection. One statement."""
    statement = delivery_rows()
    if state:
        statement = statement.where(in_state(StoredDelivery, state))
    if connection_id:
        statement = statement.where(StoredDelivery.connection_id == connection_id)
    return listing(session, statement, StoredDelivery.id, row_of, place, size)


def deliveries_by_state(session: Session, connection_id: str | None = None) -> dict[str, int]:
    """How many deliveries are in each state."""
    statement = select(StoredDelivery.state, func.count()).group_by(StoredDelivery.state)
    if connection_id:
        statement = statement.where(StoredDelivery.connection_id == connection_id)
    return counted(session, statement)


def delivery(session: Session, delivery_id: str, open_body: OpenBody) -> DeliveryShown | None:
    """One delivery, its body opened by the caller's `open_body(sealed, context)`; None if there is none."""
    found = session.get(StoredDelivery, delivery_id)
    row = session.execute(delivery_rows().where(StoredDelivery.id == delivery_id)).first()
    if found is None or row is None:
        return None
    orders = select(StoredOrder.id, StoredOrder.name).where(StoredOrder.delivery_id == delivery_id)
    return DeliveryShown(
        row=row_of(row),
        headers={name: str(value) for name, value in sorted(found.headers.items())},
        body=open_body(found.body, f"deliveries.body:{found.connection_id}:{found.key}"),
        orders=tuple((order_id, name) for order_id, name in session.execute(orders)),
    )


def delivery_rows() -> Statement:
    """The statement behind every list of deliveries; the bodies stay in the database."""
    told = StoredDelivery
    return select(
        told.id,
        told.connection_id,
        Connection.label.label("connection"),
        Connection.connector,
        told.key,
        told.topic,
        told.state,
        told.size,
        told.triggered_at,
        told.received_at,
        told.read_at,
        told.due_at,
        told.attempts,
        told.reason,
    ).join(Connection, Connection.id == told.connection_id)


def row_of(row: Any) -> DeliveryRow:
    """The row of `delivery_rows` as a value."""
    fields = {name: getattr(row, name) for name in DeliveryRow.__slots__}
    return DeliveryRow(**fields | {"reason": row.reason or ""})
