"""Facts: what a source can tell of an order, its lines and its customer, so that terms can ask for it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

# Amounts, decimal numbers and times are told as text: plain digits, and ISO 8601 with an offset.
FieldValue = str | int | bool | tuple[str, ...]


class FactKind(StrEnum):
    """What can be compared with a fact."""

    TEXT = "text"
    NUMBER = "number"
    AMOUNT = "amount"
    FLAG = "flag"
    LIST = "list"
    TIME = "time"


@dataclass(frozen=True, slots=True)
class FactField:
    """One fact that a source can tell: its kind, and how a merchant would call it."""

    kind: FactKind
    label: str


# What the hub itself knows of everything that can count, whatever its source tells.
KNOWN_FACTS: Mapping[str, FactField] = {
    "order.base": FactField(FactKind.AMOUNT, "what counts of the order"),
    "order.total": FactField(FactKind.AMOUNT, "what was paid in all"),
    "order.currency": FactField(FactKind.TEXT, "the order's currency"),
    "order.channel": FactField(FactKind.TEXT, "where the order came in"),
    "order.kind": FactField(FactKind.TEXT, "order, deal, lead or contact"),
    "order.placed_at": FactField(FactKind.TIME, "when the order was placed"),
}


def is_declared(name: str, facts: Mapping[str, FactField]) -> bool:
    """True when `facts` tells of this field, by its name or by a wildcard such as `deal.*`."""
    return name in facts or f"{name.partition('.')[0]}.*" in facts


def fits(value: FieldValue, kind: FactKind) -> bool:
    """True when a value is one of that kind."""
    if kind is FactKind.LIST:
        return isinstance(value, tuple) and all(isinstance(part, str) for part in value)
    if kind is FactKind.FLAG:
        return isinstance(value, bool)
    if kind is FactKind.NUMBER:
        return isinstance(value, (int, str)) and not isinstance(value, bool)
    return isinstance(value, str)
