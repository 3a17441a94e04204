"""Facts of an order as conditions ask for them: what its source told, and what the hub knows of everything."""

from core.contract.facts import FieldValue
from core.rules.conditions import Facts
from core.rules.purchases import OrderFacts


def facts_of(order: OrderFacts) -> Facts:
    """All that is known of an order, deal, lead or contact; what its source told comes first."""
    known: dict[str, FieldValue] = {
        "order.base": order.base.text(),
        "order.currency": order.base.currency,
        "order.kind": str(order.kind),
        "order.placed_at": order.placed_at.isoformat(),
    }
    if order.total is not None:
        known["order.total"] = order.total.text()
    if order.channel:
        known["order.channel"] = order.channel
    return Facts({**known, **order.facts.fields}, order.facts.lines)
