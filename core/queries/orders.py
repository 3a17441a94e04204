"""Finding an order by what a person has at hand: its name, its number or its id."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from core.contract.money import Money
from core.models import Connection, StoredOrder
from core.queries.steering import of_any_connection

MOST = 20


@dataclass(frozen=True, slots=True)
class OrderFound:
    """One order that goes by the name somebody said."""

    id: str
    source_id: str
    name: str
    connection: str
    base: Money
    placed_at: datetime


def find_orders(session: Session, said: str) -> list[OrderFound]:
    """The orders that are called `said`: by name (`#1001` or `1001`), by the source's id or by ours.

    Newest first, at most twenty. One statement, and every way in has an index.
    """
    said = said.strip()
    if not said or "\0" in said:
        return []
    is_theirs = and_(of_any_connection(StoredOrder.connection_id), StoredOrder.source_id == said)
    is_named = StoredOrder.name.in_(sorted({said, f"#{said}", said.removeprefix("#")}))
    statement = (
        select(StoredOrder, Connection.label)
        .join(Connection, Connection.id == StoredOrder.connection_id)
        .where(or_(is_named, is_theirs, StoredOrder.id == said))
        .order_by(StoredOrder.placed_at.desc(), StoredOrder.id.desc())
        .limit(MOST)
    )
    return [
        OrderFound(order.id, order.source_id, order.name, label, order.base, order.placed_at)
        for order, label in session.execute(statement)
    ]


def count_orders(session: Session) -> int:
    """How many orders the hub has heard of."""
    return session.scalar(select(func.count()).select_from(StoredOrder)) or 0
