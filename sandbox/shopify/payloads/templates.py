"""The templates beside this file, and what stands in every body the same way: times, amounts, redaction."""

from __future__ import annotations

import json
from copy import deepcopy
from datetime import datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from sandbox.shopify.money import rest_text, rounded
from sandbox.shopify.nouns import Order

Body = dict[str, Any]
# What an app without approval for protected customer data does not get to see
# (https://shopify.dev/docs/apps/launch/protected-customer-data).
PROTECTED = set("first_name last_name name address1 address2 city zip phone email latitude longitude".split())


@cache
def _read(name: str) -> Body:
    found: Body = json.loads((Path(__file__).parent / f"{name}.json").read_text(encoding="utf-8"))
    return found


def template(name: str) -> Body:
    return deepcopy(_read(name))


def time(at: datetime | None) -> str | None:
    return at.isoformat(timespec="seconds") if at else None


def bag(order: Order, amount: Decimal) -> Body:
    """The same amount in the shop's and in the buyer's currency."""
    shown = rounded(amount * order.presentment_rate, order.presentment_currency)
    return {
        "shop_money": {"amount": rest_text(amount, order.currency), "currency_code": order.currency},
        "presentment_money": {
            "amount": rest_text(shown, order.presentment_currency),
            "currency_code": order.presentment_currency,
        },
    }


def redacted(body: Body) -> Body:
    """Without names, addresses, phones and emails; at the top the keys stay and are null."""
    for name in ("email", "contact_email", "phone", "browser_ip", "client_details"):
        if name in body:
            body[name] = None
    for name in ("customer", "billing_address", "shipping_address", "default_address"):
        if isinstance(body.get(name), dict):
            body[name] = _without(body[name])
    return body


def _without(part: Body) -> Body:
    kept = {name: value for name, value in part.items() if name not in PROTECTED}
    return {name: _without(value) if isinstance(value, dict) else value for name, value in kept.items()}
