"""The checkout: a basket of JSON becomes an order, its discounts and taxes exact to the smallest unit."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import uuid4

from sandbox.ground.refusal import Refused
from sandbox.shopify.money import rounded, shares
from sandbox.shopify.nouns import ZERO, AppliedCode, Attribute, Customer, DiscountCodeNode, LineItem, Order
from sandbox.shopify.shop import Shop


def decimal(value: Any, name: str) -> Decimal:
    """The value as an exact decimal; floats are refused because they are not exact."""
    if isinstance(value, float):
        raise Refused(f"{name} must be a string such as '12.50', not a float")
    try:
        return Decimal(str(value))
    except InvalidOperation as error:
        raise Refused(f"{name} must be a number in a string, not {value!r}") from error


def order_from(shop: Shop, basket: dict[str, Any], now: datetime) -> Order:
    """An unpaid order that is not kept yet; raises Refused for a basket that cannot be bought."""
    currency = str(basket.get("currency") or shop.currency)
    included = bool(basket.get("taxes_included", True))
    rate = decimal(basket.get("tax_rate", "0.19"), "tax_rate")
    customer = _customer(shop, basket.get("customer"))
    lines = _lines(shop, basket, currency)
    codes = _discounted(shop, basket, lines, currency)
    for line in lines:
        line.tax = ZERO if line.gift_card else _tax(line.total, line.tax_rate, included, currency)
    shipping = rounded(decimal(basket.get("shipping", "0"), "shipping"), currency)
    presentment = basket.get("presentment") or {"currency": currency, "rate": "1"}
    number = shop.truth.next_id("order_number", 1001)
    return Order(
        id=shop.new_id("Order"),
        number=number,
        created_at=now,
        updated_at=now,
        currency=currency,
        presentment_currency=str(presentment["currency"]),
        presentment_rate=decimal(presentment["rate"], "presentment rate"),
        taxes_included=included,
        lines=lines,
        shipping=shipping,
        shipping_tax=_tax(shipping, rate, included, currency),
        tip=rounded(decimal(basket.get("tip", "0"), "tip"), currency),
        customer_id=customer.id if customer else None,
        email=basket.get("email") or (customer.email if customer else None),
        test=bool(basket.get("test", False)),
        source_name=str(basket.get("source_name", "web")),
        landing_site=basket.get("landing_site"),
        referring_site=basket.get("referring_site"),
        codes=codes,
        attributes=_attributes(basket.get("note_attributes")),
        journey_ready=bool(basket.get("journey_ready", True)),
        cart_token=uuid4().hex,
        checkout_token=uuid4().hex,
        tags=[str(tag) for tag in basket.get("tags") or []],
        country=str(basket.get("country", "DE")),
        street=str(basket.get("street") or _door(customer, number)),
        browser_ip=str(basket.get("browser_ip") or _network(customer, number)),
    )


def _door(customer: Customer | None, number: int) -> str:
    """Nobody lives with anybody else, unless the basket says so."""
    return f"Hafenstrasse {customer.id if customer else number}"


def _network(customer: Customer | None, number: int) -> str:
    """A network of their own for everybody, from those that documents use."""
    whose = customer.id if customer else number
    return f"2001:db8:{whose >> 16 & 0xFFFF:x}:{whose & 0xFFFF:x}::1"


def _customer(shop: Shop, number: Any) -> Customer | None:
    if number is None:
        return None
    found = shop.truth.find(Customer, int(number))
    if not found:
        raise Refused(f"the shop has no customer {number}; create one first")
    return found


def _lines(shop: Shop, basket: dict[str, Any], currency: str) -> list[LineItem]:
    asked = basket.get("lines") or [{}]
    lines = [_line(shop, each, basket, currency) for each in asked]
    if any(line.quantity < 1 or line.price < 0 for line in lines):
        raise Refused("a line needs a quantity of at least 1 and a price that is not negative")
    return lines


def _line(shop: Shop, asked: dict[str, Any], basket: dict[str, Any], currency: str) -> LineItem:
    gift_card = bool(asked.get("gift_card", False))
    rate = asked.get("tax_rate", basket.get("tax_rate", "0.19"))
    return LineItem(
        id=shop.new_id("LineItem"),
        title=str(asked.get("title", "Gift card" if gift_card else "Mug")),
        sku=asked.get("sku", "MUG-1"),
        price=rounded(decimal(asked.get("price", "50.00"), "price"), currency),
        quantity=int(asked.get("quantity", 1)),
        discount=ZERO,
        tax=ZERO,
        tax_rate=ZERO if gift_card else decimal(rate, "tax_rate"),
        gift_card=gift_card,
        vendor=str(asked.get("vendor", "Sandbox")),
    )


def _tax(amount: Decimal, rate: Decimal, included: bool, currency: str) -> Decimal:
    return rounded(amount * rate / (1 + rate) if included else amount * rate, currency)


def _discounted(shop: Shop, basket: dict[str, Any], lines: list[LineItem], currency: str) -> list[AppliedCode]:
    """The codes that were used, with what each took off; the lines carry their shares afterwards."""
    return [_apply(shop, asked, lines, currency) for asked in basket.get("discount_codes") or []]


def _apply(shop: Shop, asked: Any, lines: list[LineItem], currency: str) -> AppliedCode:
    offer = _offer(shop, asked)
    goods = [line for line in lines if not line.gift_card]
    left = [line.total for line in goods]
    worth = sum(left, ZERO)
    if "percentage" in offer:
        kind, wanted = "percentage", rounded(worth * offer["percentage"], currency)
    else:
        kind, wanted = "fixed_amount", offer["amount"]
    taken = min(wanted, worth)
    for line, part in zip(goods, shares(taken, left, currency), strict=True):
        line.discount += part
    return AppliedCode(offer["code"], taken, kind)


def _offer(shop: Shop, asked: Any) -> dict[str, Any]:
    """A code of the shop by its name, or one that brings its own amount or percentage (0.1 is 10 %)."""
    if isinstance(asked, dict):
        name = "percentage" if "percentage" in asked else "amount"
        return {"code": str(asked["code"]), name: decimal(asked.get(name, "0"), name)}
    found = shop.truth.with_key(DiscountCodeNode, str(asked).casefold())
    if not found or not _usable(found[0], shop.truth.now()):
        raise Refused(f"the shop has no usable discount code {asked!r}; create it, or give {{'code', 'amount'}}")
    node = found[0]
    node.used += 1
    shop.truth.keep(node)
    if node.percentage is not None:
        return {"code": str(asked), "percentage": node.percentage}
    return {"code": str(asked), "amount": node.amount or ZERO}


def _usable(node: DiscountCodeNode, now: datetime) -> bool:
    spent = node.usage_limit is not None and node.used >= node.usage_limit
    return node.starts_at <= now and (node.ends_at is None or now < node.ends_at) and not spent


def _attributes(asked: Any) -> list[Attribute]:
    """From a mapping, or from pairs where the same name may stand twice."""
    pairs = asked.items() if isinstance(asked, dict) else asked or []
    return [Attribute(str(name), None if value is None else str(value)) for name, value in pairs]
