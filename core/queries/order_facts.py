"""What the decision sees of stored orders: read here, so that whoever decides and whoever explains see the same."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.contract.events import Evidence, EvidenceKind, OrderKind
from core.models import Code, Connection, Ruling, StoredOrder
from core.rules.attribution import RulingFacts
from core.rules.purchases import OrderFacts

SLICE = 1_000


def order_facts(order: StoredOrder, source: Connection, ruling: RulingFacts | None = None) -> OrderFacts:
    """The order as the decision sees it."""
    return OrderFacts(
        order_id=order.id,
        source_id=order.source_id,
        placed_at=order.placed_at,
        base=order.base,
        is_paid=order.is_paid,
        is_test=order.is_test,
        is_cancelled=order.cancelled_at is not None,
        evidence=tuple(Evidence(EvidenceKind(one["kind"]), one["value"]) for one in order.evidence),
        kind=OrderKind(order.kind),
        connection_id=order.connection_id,
        place=source.label,
        shop_kind=source.connector if order.kind == OrderKind.ORDER else "",
        name=order.name,
        references=tuple(order.references),
        total=order.total,
        ruling=ruling,
    )


def rulings_of(session: Session, order_ids: Iterable[str]) -> dict[str, RulingFacts]:
    """The newest word of an operator about each of these orders; nothing for those of which nobody spoke."""
    wanted, found = sorted(set(order_ids)), {}
    for start in range(0, len(wanted), SLICE):
        for row, lookup in session.execute(_words(wanted[start : start + SLICE])):
            found[row.order_id] = RulingFacts(row.says, lookup or "", row.said_at)
    return found


def _words(order_ids: list[str]) -> Any:
    query = select(Ruling, Code.lookup).outerjoin(Code, Code.id == Ruling.code_id)
    return query.where(Ruling.order_id.in_(order_ids)).order_by(Ruling.id)
