"""Gift cards: a code of our own choice makes a repeat visible, because the same code is TAKEN."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from typing import Any

from sandbox.shopify.graph import customers
from sandbox.shopify.graph.connection import Place, connection
from sandbox.shopify.graph.context import Info, View
from sandbox.shopify.graph.ids import number
from sandbox.shopify.graph.search import search
from sandbox.shopify.money import graph_money
from sandbox.shopify.nouns import Customer, GiftCard
from sandbox.shopify.shop import Shop

SORTS: dict[str, Callable[[GiftCard], Place]] = {
    "CREATED_AT": lambda card: (card.created_at.isoformat(), card.id),
    "UPDATED_AT": lambda card: ((card.deactivated_at or card.created_at).isoformat(), card.id),
    "ID": lambda card: ("", card.id),
}
FILTERS: dict[str, Callable[[GiftCard], Any]] = {
    "": lambda card: [card.code[-length:] for length in range(4, len(card.code) + 1)],
    "id": lambda card: card.id,
    "created_at": lambda card: card.created_at,
    "customer_id": lambda card: card.customer_id,
    "status": lambda card: "disabled" if card.deactivated_at else "enabled",
    "initial_value": lambda card: card.initial,
}


def gift_card(info: Info, id: str) -> View | None:
    shop = info.context
    found = shop.truth.find(GiftCard, number(id, "GiftCard"))
    return view(shop, found) if found else None


def gift_cards(info: Info, **args: Any) -> View:
    shop = info.context
    found = search(shop.truth.all(GiftCard), args.get("query"), FILTERS)
    return connection(found, lambda each: view(shop, each), args, SORTS[args.get("sort_key") or "ID"])


def view(shop: Shop, card: GiftCard) -> View:
    """Without the code: it is told once, when the card is made."""
    return {
        "id": card.gid,
        "lastCharacters": card.code[-4:],
        "maskedCode": f"•••• •••• •••• {card.code[-4:]}",
        "note": card.note,
        "expiresOn": card.expires_on,
        "enabled": card.deactivated_at is None,
        "deactivatedAt": card.deactivated_at,
        "createdAt": card.created_at,
        "updatedAt": card.deactivated_at or card.created_at,
        "initialValue": graph_money(card.initial, card.currency),
        "balance": graph_money(card.balance, card.currency),
        "customer": lambda info: customers.by_number(shop, card.customer_id),
    }


def gift_card_create(info: Info, input: View) -> View:
    shop = info.context
    code = (input.get("code") or secrets.token_hex(8)).lower()
    # initialValue is the older name (before 2026-07) and has no currency of its own.
    worth = input.get("initial_amount") or {
        "amount": input.get("initial_value"),
        "currency_code": shop.currency,
    }
    wrong = _refusal(shop, input, code, worth)
    if wrong:
        return {"giftCard": None, "giftCardCode": None, "userErrors": [wrong]}
    card = GiftCard(
        id=shop.new_id("GiftCard"),
        code=code,
        currency=worth["currency_code"],
        initial=worth["amount"],
        balance=worth["amount"],
        created_at=shop.truth.now(),
        note=input.get("note"),
        expires_on=input.get("expires_on"),
        customer_id=number(input.get("customer_id") or "", "Customer"),
    )
    shop.truth.keep(card)
    return {"giftCard": view(shop, card), "giftCardCode": code, "userErrors": []}


def _refusal(shop: Shop, input: View, code: str, worth: View) -> View | None:
    recipient = (input.get("recipient_attributes") or {}).get("id")
    if worth["amount"] is None:
        return _wrong("MISSING_ARGUMENT", "initialAmount", "An initial amount is needed")
    if worth["amount"] <= 0:
        return _wrong("GREATER_THAN", "initialAmount", "The initial amount must be greater than 0")
    if input.get("customer_id") and not _exists(shop, input["customer_id"]):
        return _wrong("CUSTOMER_NOT_FOUND", "customerId", "The customer could not be found")
    if recipient and not _exists(shop, recipient):
        return _wrong("RECIPIENT_NOT_FOUND", "recipientAttributes", "The recipient could not be found")
    if len(shop.truth.all(GiftCard)) >= int(str(shop.truth.setting("gift_card_limit", 100000))):
        return _wrong("GIFT_CARD_LIMIT_EXCEEDED", "base", "The shop cannot issue more gift cards")
    return _code_refusal(shop, code)


def _code_refusal(shop: Shop, code: str) -> View | None:
    if len(code) < 8:
        return _wrong("TOO_SHORT", "code", "The code is too short (minimum is 8 characters)")
    if len(code) > 20:
        return _wrong("TOO_LONG", "code", "The code is too long (maximum is 20 characters)")
    if not re.fullmatch(r"[a-z0-9]+", code):
        return _wrong("INVALID", "code", "The code can only contain letters and numbers")
    if shop.truth.with_key(GiftCard, code):
        return _wrong("TAKEN", "code", "The code has already been taken")
    return None


def _wrong(error: str, name: str, message: str) -> View:
    return {"code": error, "field": ["input", name], "message": message}


def _exists(shop: Shop, gid: str) -> bool:
    return shop.truth.find(Customer, number(gid, "Customer")) is not None


def gift_card_deactivate(info: Info, id: str) -> View:
    """The card can never be used again; this cannot be undone."""
    shop = info.context
    card = shop.truth.find(GiftCard, number(id, "GiftCard"))
    if not card:
        error = {
            "code": "GIFT_CARD_NOT_FOUND",
            "field": ["id"],
            "message": "The gift card could not be found",
        }
        return {"giftCard": None, "userErrors": [error]}
    if card.deactivated_at is None:
        card.deactivated_at = shop.truth.now()
        shop.truth.keep(card)
    return {"giftCard": view(shop, card), "userErrors": []}


QUERIES: dict[str, Callable[..., Any]] = {"giftCard": gift_card, "giftCards": gift_cards}
MUTATIONS: dict[str, Callable[..., Any]] = {
    "giftCardCreate": gift_card_create,
    "giftCardDeactivate": gift_card_deactivate,
}
