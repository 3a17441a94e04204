"""What terms may ask of a Shopify order and its lines: told alike by a webhook and by the Admin API.

Products' ids, types and collections are not told: only an app with the right to read products sees them both ways. Tags
and earlier orders of a customer are no part of an order's webhook any more (since 2025-01).
"""

from collections.abc import Iterable, Mapping
from typing import Any

from connectors.shopify.amounts import Line, kept, worth
from connectors.shopify.picking import LONGEST_TEXT
from referhub import FactField, FactKind, FieldValue, Money

FACTS: Mapping[str, FactField] = {
    "order.country": FactField(FactKind.TEXT, "the country it is sent to, else the country of the invoice: DE"),
    "order.tags": FactField(FactKind.LIST, "the order's tags"),
    "order.discount_codes": FactField(FactKind.LIST, "the discount codes that were used"),
    "order.payment_methods": FactField(FactKind.LIST, "how it was paid, as Shopify calls it: shopify_payments"),
    "order.item_count": FactField(FactKind.NUMBER, "how many pieces, without what an edit took away"),
    "line.title": FactField(FactKind.TEXT, "what was bought"),
    "line.sku": FactField(FactKind.TEXT, "its number in the shop"),
    "line.vendor": FactField(FactKind.TEXT, "who makes it"),
    "line.quantity": FactField(FactKind.NUMBER, "how many pieces, without what an edit took away"),
    "line.amount": FactField(FactKind.AMOUNT, "what counts of the line: after discounts, without tax"),
    "line.is_gift_card": FactField(FactKind.FLAG, "true for a gift card, which never counts"),
}


def order_facts(
    *,
    country: str | None,
    tags: Iterable[Any],
    codes: Iterable[Any],
    payments: Iterable[Any],
    lines: Iterable[Line],
    refunded: Mapping[str, int],
) -> dict[str, FieldValue]:
    """What is known of the order as a whole."""
    told: dict[str, FieldValue] = {
        "order.tags": listed(tags),
        "order.discount_codes": listed(codes),
        "order.payment_methods": listed(payments),
        "order.item_count": sum(kept(line, refunded) for line in lines),
    }
    return told | ({"order.country": country} if country else {})


def line_facts(
    line: Line, refunded: Mapping[str, int], currency: str, *, taxes_included: bool, **told: FieldValue | None
) -> dict[str, FieldValue]:
    """What is known of one line; what a source keeps to itself is left out."""
    amount = Money.from_decimal(worth(line, refunded, taxes_included=taxes_included), currency)
    known = {f"line.{name}": value for name, value in told.items() if value not in (None, "")}
    return {**known, "line.quantity": kept(line, refunded), "line.amount": amount.text()}


def listed(values: Iterable[Any]) -> tuple[str, ...]:
    """The texts among them, each once, in no order but their own."""
    return tuple(sorted({value.strip() for value in values if isinstance(value, str) and _is_sane(value)}))


def _is_sane(value: str) -> bool:
    return bool(value.strip()) and len(value) <= LONGEST_TEXT
