"""Orders as a list, counted or not and why, and finding one by what a person has at hand: a name, a number, an id."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from core.contract.money import Money
from core.models import Campaign, Connection, Conversion, StoredOrder
from core.queries.listing import DEFAULT_SIZE, Listing, Place, listing
from core.queries.people import Face, faces
from core.queries.steering import of_any_connection

MOST, MOST_SHOWN = 20, 100
COUNTING = ("pending", "qualified")
IN_FORCE = ("qualified", "pending", "reversed", "withdrawn")  # of several conversions the first of these is told


@dataclass(frozen=True, slots=True)
class OrderFound:
    """One order that goes by the name somebody said."""

    id: str
    source_id: str
    name: str
    connection: str
    base: Money
    placed_at: datetime


@dataclass(frozen=True, slots=True)
class SamePurchase:
    """Another order that tells of the same purchase."""

    id: str
    name: str
    connection: str


@dataclass(frozen=True, slots=True)
class OrderRow:
    """One order and what was decided; `state` is its conversion's, `not_counted`, or `undecided`.

    `reason` says in one sentence why it does not count, and is "" when it does; `campaign` is "" without a conversion.
    `kind` is order, deal or lead.
    """

    id: str
    name: str
    kind: str
    connection: str
    friend: Face | None
    base: Money
    placed_at: datetime
    state: str
    campaign: str
    reason: str
    same_as: SamePurchase | None


def orders(
    session: Session, *, counts: bool | None = None, place: Place | None = None, size: int = DEFAULT_SIZE
) -> Listing[OrderRow]:
    """Orders, the last one heard of first; perhaps only those that count, or do not. Five statements."""
    statement = select(StoredOrder, Connection.label).join(Connection, Connection.id == StoredOrder.connection_id)
    if counts is not None:
        is_counted = select(Conversion.id).where(Conversion.order_id == StoredOrder.id, _is_counting()).exists()
        statement = statement.where(is_counted if counts else ~is_counted)
    found = listing(session, statement, StoredOrder.id, lambda row: row, place, size)
    return Listing(_rows(session, found.rows), found.older, found.newer)


def orders_where(session: Session, *conditions: ColumnElement[bool]) -> tuple[OrderRow, ...]:
    """The orders for which all of these hold, the last one heard of first, at most a hundred. Five statements."""
    statement = select(StoredOrder, Connection.label).join(Connection, Connection.id == StoredOrder.connection_id)
    found = statement.where(*conditions).order_by(StoredOrder.id.desc()).limit(MOST_SHOWN)
    return _rows(session, session.execute(found).all())


def orders_that_count(session: Session) -> int:
    """How many orders count for some campaign."""
    return session.scalar(select(func.count(Conversion.order_id.distinct())).where(_is_counting())) or 0


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


def why_not(reasons: Mapping[str, Iterable[Mapping[str, Any]]]) -> str:
    """The words that stopped the order, from its reasons by campaign: the last rule that was not met says most."""
    failed = [str(rule["words"]) for _, rules in sorted(reasons.items()) for rule in rules if not rule["passed"]]
    return failed[-1] if failed else ""


def _is_counting() -> ColumnElement[bool]:
    return Conversion.state.in_(COUNTING)


def _rows(session: Session, rows: Iterable[Any]) -> tuple[OrderRow, ...]:
    rows = list(rows)
    known = faces(session, [row.StoredOrder.friend_id for row in rows])
    made = _conversions(session, [row.StoredOrder.id for row in rows])
    same = same_purchases(session, StoredOrder.id.in_([row.StoredOrder.same_as_id for row in rows]))
    by_id = {one.id: one for one in same}
    return tuple(
        _row(row.StoredOrder, row.label, known, made.get(row.StoredOrder.id, []), by_id.get(row.StoredOrder.same_as_id))
        for row in rows
    )


def same_purchases(session: Session, which: ColumnElement[bool]) -> tuple[SamePurchase, ...]:
    """Those orders, named as others link to them. One statement."""
    query = select(StoredOrder.id, StoredOrder.name, Connection.label).where(which)
    query = query.join(Connection, Connection.id == StoredOrder.connection_id).order_by(StoredOrder.id)
    return tuple(SamePurchase(*row) for row in session.execute(query))


def _conversions(session: Session, order_ids: list[str]) -> dict[str, list[Any]]:
    """The conversions of each order with their campaigns, what is in force first."""
    statement = (
        select(Conversion, Campaign.slug, Campaign.name)
        .join(Campaign, Campaign.id == Conversion.campaign_id)
        .where(Conversion.order_id.in_(order_ids))
        .order_by(Conversion.id)
    )
    found: dict[str, list[Any]] = {}
    for row in session.execute(statement):
        found.setdefault(row.Conversion.order_id, []).append(row)
    for told in found.values():
        told.sort(key=lambda row: IN_FORCE.index(row.Conversion.state))
    return found


def _row(
    order: StoredOrder, connection: str, known: Mapping[str, Face], made: list[Any], same_as: SamePurchase | None
) -> OrderRow:
    reasons: dict[str, Any] = order.reasons | {row.slug: row.Conversion.reasons for row in made}
    first = made[0] if made else None
    state = first.Conversion.state if first else ("not_counted" if reasons else "undecided")
    return OrderRow(
        id=order.id,
        name=order.name,
        kind=order.kind,
        connection=connection,
        friend=known.get(order.friend_id or ""),
        base=order.base,
        placed_at=order.placed_at,
        state=state,
        campaign=first.name if first else "",
        reason="" if state in COUNTING else why_not(reasons),
        same_as=same_as,
    )
