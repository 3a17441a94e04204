"""Discount codes: unique in any letter case, so a repeat answers TAKEN."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from sandbox.shopify.graph.connection import connection
from sandbox.shopify.graph.context import Info, View
from sandbox.shopify.graph.ids import number
from sandbox.shopify.money import graph_money
from sandbox.shopify.nouns import ZERO, Customer, DiscountCodeNode
from sandbox.shopify.shop import Shop


def code_discount_node_by_code(info: Info, code: str) -> View | None:
    shop = info.context
    found = shop.truth.with_key(DiscountCodeNode, code.casefold())
    return view(shop, found[0]) if found else None


def code_discount_node(info: Info, id: str) -> View | None:
    shop = info.context
    found = shop.truth.find(DiscountCodeNode, number(id, "DiscountCodeNode"))
    return view(shop, found) if found else None


def status(shop: Shop, node: DiscountCodeNode) -> str:
    now = shop.truth.now()
    if node.ends_at is not None and node.ends_at <= now:
        return "EXPIRED"
    return "SCHEDULED" if node.starts_at > now else "ACTIVE"


def view(shop: Shop, node: DiscountCodeNode) -> View:
    return {"id": node.gid, "codeDiscount": _basic(shop, node)}


def _basic(shop: Shop, node: DiscountCodeNode) -> View:
    code = {
        "id": f"gid://shopify/DiscountRedeemCode/{node.id}",
        "code": node.code,
        "asyncUsageCount": node.used,
    }
    return {
        "__typename": "DiscountCodeBasic",
        "title": node.title,
        "status": status(shop, node),
        "startsAt": node.starts_at,
        "endsAt": node.ends_at,
        "createdAt": node.created_at,
        "usageLimit": node.usage_limit,
        "appliesOncePerCustomer": node.once_per_customer,
        "asyncUsageCount": node.used,
        "tags": node.tags,
        "codes": lambda info, **args: connection([node], lambda _: code, args),
        "customerGets": {
            "value": _value(shop, node),
            "appliesOnOneTimePurchase": True,
            "appliesOnSubscription": False,
        },
        "shareableUrls": [{"title": "Shop", "url": f"https://{shop.domain}/discount/{node.code}"}],
    }


def _value(shop: Shop, node: DiscountCodeNode) -> View:
    if node.percentage is not None:
        return {"__typename": "DiscountPercentage", "percentage": float(node.percentage)}
    amount = graph_money(node.amount or ZERO, shop.currency)
    return {"__typename": "DiscountAmount", "amount": amount, "appliesOnEachItem": False}


def discount_code_basic_create(info: Info, basic_code_discount: View) -> View:
    shop, asked = info.context, basic_code_discount
    wrong = _refusal(shop, asked)
    if wrong:
        return {"codeDiscountNode": None, "userErrors": [wrong | {"extraInfo": None}]}
    value = asked["customer_gets"]["value"]
    percentage = value.get("percentage")
    node = DiscountCodeNode(
        id=shop.new_id("DiscountCodeNode"),
        code=asked["code"],
        title=asked["title"],
        starts_at=asked.get("starts_at") or shop.truth.now(),
        ends_at=asked.get("ends_at"),
        created_at=shop.truth.now(),
        usage_limit=asked.get("usage_limit"),
        once_per_customer=bool(asked.get("applies_once_per_customer")),
        amount=(value.get("discount_amount") or {}).get("amount"),
        percentage=None if percentage is None else Decimal(str(percentage)),
        minimum_subtotal=_minimum(asked),
        customer_ids=[number(gid, "Customer") or 0 for gid in _customers(asked)],
        tags=list(asked.get("tags") or []),
    )
    shop.truth.keep(node)
    return {"codeDiscountNode": view(shop, node), "userErrors": []}


def _minimum(asked: View) -> Decimal | None:
    subtotal = (asked.get("minimum_requirement") or {}).get("subtotal") or {}
    found: Decimal | None = subtotal.get("greater_than_or_equal_to_subtotal")
    return found


def _customers(asked: View) -> list[str]:
    chosen = (asked.get("context") or asked.get("customer_selection") or {}).get("customers") or {}
    return list(chosen.get("add") or [])


def _refusal(shop: Shop, asked: View) -> View | None:
    def wrong(code: str, name: str, message: str) -> View:
        return {"code": code, "field": ["basicCodeDiscount", name], "message": message}

    for name in ("title", "code"):
        if not (asked.get(name) or "").strip():
            return wrong("BLANK", name, f"{name.capitalize()} can't be blank")
    if len(asked["code"]) > 255:
        return wrong("TOO_LONG", "code", "Code is too long (maximum is 255 characters)")
    if shop.truth.with_key(DiscountCodeNode, asked["code"].casefold()):
        return wrong("TAKEN", "code", "Code must be unique. Please try a different code.")
    if not (asked.get("context") or asked.get("customer_selection")):
        return wrong("MISSING_ARGUMENT", "context", "Context is missing")
    if any(not shop.truth.find(Customer, number(gid, "Customer")) for gid in _customers(asked)):
        return wrong("INVALID", "context", "A customer does not exist")
    if asked.get("ends_at") and asked["ends_at"] <= (asked.get("starts_at") or shop.truth.now()):
        return wrong("END_DATE_BEFORE_START_DATE", "endsAt", "Ends at needs to be after starts_at")
    if asked.get("usage_limit") is not None and asked["usage_limit"] < 1:
        return wrong("GREATER_THAN", "usageLimit", "Usage limit must be greater than 0")
    return _value_refusal(asked)


def _value_refusal(asked: View) -> View | None:
    def wrong(code: str, message: str) -> View:
        return {"code": code, "field": ["basicCodeDiscount", "customerGets", "value"], "message": message}

    gets = asked.get("customer_gets") or {}
    value = gets.get("value") or {}
    percentage, amount = value.get("percentage"), (value.get("discount_amount") or {}).get("amount")
    if not gets.get("items"):
        return wrong("MISSING_ARGUMENT", "Items are missing")
    if (percentage is None) == (amount is None):
        return wrong("INVALID", "Give either a percentage or an amount")
    if percentage is not None and not 0 <= percentage <= 1:
        return wrong("VALUE_OUTSIDE_RANGE", "The percentage must be between 0.0 and 1.0")
    if amount is not None and amount < 0:
        return wrong("GREATER_THAN_OR_EQUAL_TO", "The amount must not be negative")
    return None


def discount_code_deactivate(info: Info, id: str) -> View:
    """The code has ended; an ended one stays as it is."""
    shop = info.context
    node = shop.truth.find(DiscountCodeNode, number(id, "DiscountCodeNode"))
    if not node:
        error = {"code": "INVALID", "field": ["id"], "message": "Discount does not exist", "extraInfo": None}
        return {"codeDiscountNode": None, "userErrors": [error]}
    if status(shop, node) != "EXPIRED":
        node.ends_at = shop.truth.now()
        shop.truth.keep(node)
    return {"codeDiscountNode": view(shop, node), "userErrors": []}


QUERIES: dict[str, Callable[..., Any]] = {
    "codeDiscountNode": code_discount_node,
    "codeDiscountNodeByCode": code_discount_node_by_code,
}
MUTATIONS: dict[str, Callable[..., Any]] = {
    "discountCodeBasicCreate": discount_code_basic_create,
    "discountCodeDeactivate": discount_code_deactivate,
}
