"""What the decision sees of stored orders: read here, so that whoever decides and whoever explains see the same."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.contract.events import Evidence, EvidenceKind, Order, OrderKind
from core.contract.facts import FieldValue
from core.models import Code, Connection, Ruling, StoredOrder
from core.rules.attribution import RulingFacts
from core.rules.conditions import Facts
from core.rules.purchases import OrderFacts
from core.rules.storable import storable

SLICE = 1_000
NOTHING = Facts()


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
        channel=order.channel,
        facts=facts_from(order.facts),
        ruling=ruling,
    )


def facts_to_store(order: Order) -> dict[str, Any]:
    """What an order's source told of it, as the table keeps it; nothing where it told nothing."""
    if not order.fields and not order.lines:
        return {}
    return {"fields": _plain(order.fields), "lines": [_plain(line) for line in order.lines]}


def facts_from(stored: Mapping[str, Any]) -> Facts:
    """The same, as conditions ask for it."""
    return Facts(_typed(stored["fields"]), tuple(map(_typed, stored["lines"]))) if stored else NOTHING


def _plain(told: Mapping[str, FieldValue]) -> dict[str, Any]:
    """Texts that no database could keep are kept without what it cannot."""
    return {name: _storable(value) for name, value in told.items()}


def _storable(value: FieldValue) -> Any:
    if isinstance(value, tuple):
        return [storable(part) for part in value]
    return storable(value) if isinstance(value, str) else value


def _typed(stored: Mapping[str, Any]) -> Mapping[str, FieldValue]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in stored.items()}


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
