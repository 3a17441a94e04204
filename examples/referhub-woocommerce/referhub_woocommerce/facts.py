"""What a campaign may ask of an order: from what country, bought by which means, and what.

https://woocommerce.github.io/woocommerce-rest-api-docs/#order-properties
"""

from collections.abc import Mapping
from typing import Any

from referhub import FactField, FactKind, FieldValue

Body = Mapping[str, Any]
FACTS: Mapping[str, FactField] = {
    "order.country": FactField(FactKind.TEXT, "the country it is sent to, else the country of the invoice: DE"),
    "order.payment_method": FactField(FactKind.TEXT, "how it was paid, as the shop calls it: paypal"),
    "order.discount_codes": FactField(FactKind.LIST, "the coupons that were used"),
    "order.item_count": FactField(FactKind.NUMBER, "how many pieces"),
    "line.title": FactField(FactKind.TEXT, "what was bought"),
    "line.sku": FactField(FactKind.TEXT, "its number in the shop"),
    "line.product_id": FactField(FactKind.TEXT, "the id of the product"),
    "line.quantity": FactField(FactKind.NUMBER, "how many pieces"),
    "line.amount": FactField(FactKind.AMOUNT, "what counts of the line: after discounts, without tax"),
}


def order_facts(body: Body) -> dict[str, FieldValue]:
    """What is known of the order as a whole; what the shop leaves empty is left out."""
    country = body.get("shipping", {}).get("country") or body["billing"].get("country")
    told = {"order.country": country, "order.payment_method": body.get("payment_method")}
    known: dict[str, FieldValue] = {name: value for name, value in told.items() if isinstance(value, str) and value}
    codes = tuple(sorted({line["code"] for line in body["coupon_lines"]}))
    return {**known, "order.discount_codes": codes, "order.item_count": sum(map(_quantity, body["line_items"]))}


def line_facts(line: Body) -> dict[str, FieldValue]:
    """What is known of one line."""
    product = str(line.get("product_id") or "")
    told = {"line.title": line.get("name"), "line.sku": line.get("sku"), "line.product_id": product}
    known: dict[str, FieldValue] = {name: value for name, value in told.items() if isinstance(value, str) and value}
    return {**known, "line.quantity": _quantity(line), "line.amount": line["total"]}


def _quantity(line: Body) -> int:
    found = line.get("quantity", 1)
    return found if type(found) is int and found >= 0 else 0
