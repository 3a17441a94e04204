"""A shop to play in: orders are placed and paid, sent back, and rewarded."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import Any

from sandbox.cast.effect import Effect
from sandbox.cast.repertoire import Repertoire
from sandbox.shopify.control import ShopControl
from sandbox.shopify.money import rounded
from sandbox.shopify.running import SandboxShop

# By kind of reward, the request whose answer gets lost.
GIVING = {
    "store_credit": "storeCreditAccountCredit",
    "gift_card": "giftCardCreate",
    "discount_code": "discountCodeBasicCreate",
}
OF_THE_ORDER = {"order.channel": "source_name", "order.country": "country"}
OF_THE_LINE = {"line.title": "title", "line.sku": "sku", "line.vendor": "vendor"}
USUAL = {
    "order.country": ("DE", "AT", "US"),
    "order.channel": ("web", "pos"),
    "order.item_count": (2,),
    "order.payment_methods": ("shopify_payments",),
    "line.title": ("Teapot", "Kettle"),
    "line.sku": ("TEA-1", "TEA-2"),
    "line.vendor": ("Teahouse", "Potter"),
    "line.quantity": (2,),
    "line.is_gift_card": (False,),
}
POINTS, POINTS_PER_SECOND = 1_000_000, 100_000  # so many that nobody is ever throttled
HALVES = 2
ADDRESS = "gid://shopify/Customer/"
GIVEN = "Referral reward"  # stands in the title of each code that the hub made


class ShopPlace:
    """A stand-in of a Shopify shop that sells and rewards."""

    kind = "shopify"
    sells = True
    repertoire: Mapping[str, Repertoire] = MappingProxyType(
        {"order": Repertoire(frozenset({*OF_THE_ORDER, *OF_THE_LINE, "order.tags"}), USUAL)}
    )

    def __init__(self, label: str, currency: str, about: Mapping[str, str], file: Path | None) -> None:
        self.label, self.currency = label, currency
        domain = about.get("shop") or "demo.myshopify.com"
        self.running = SandboxShop(
            domain=domain, currency=currency, data=file, points=POINTS, points_per_second=POINTS_PER_SECOND
        )
        self._desk = ShopControl(self.running.base_url)

    @property
    def settings(self) -> dict[str, str]:
        """What a connector is told to reach this place instead of the real one."""
        own = self.running
        reached = {"shop": own.domain, "api_base": own.base_url, "access_token": own.access_token}
        return reached | {
            "client_id": own.client_id,
            "client_secret": own.client_secret,
            "grant": "",
            "webhooks": "shop",
            "count_test_orders": "no",
        }

    def hear_at(self, url: str) -> None:
        """The hub subscribes by itself."""

    def meet(self, name: str, email: str) -> str:
        """Somebody is a customer; the id of the account."""
        return str(self._desk.create_customer(email=email, first_name=name)["gid"])

    def find(self, email: str) -> str:
        """Whoever is reached there is known as this account; "" for nobody."""
        everybody = self._desk.truth()["customers"]
        return next((str(one["gid"]) for one in everybody if (one["email"] or "").casefold() == email.casefold()), "")

    def buy(
        self,
        who: str,
        amount: str,
        *,
        kind: str = "order",
        code: str = "",
        paid: bool = True,
        facts: Mapping[str, Any] | None = None,
    ) -> str:
        """An order of two equal pieces that come to the amount; the order's id."""
        told = {name: usual[0] for name, usual in USUAL.items()} | dict(facts or {})
        half = str(rounded(Decimal(amount) / HALVES, self.currency))
        line = {theirs: str(told[ours]) for ours, theirs in OF_THE_LINE.items()} | {"price": half, "quantity": HALVES}
        basket: dict[str, Any] = {theirs: str(told[ours]) for ours, theirs in OF_THE_ORDER.items()}
        basket |= {"tags": _tags(told.get("order.tags", ()))}
        basket |= {"customer": _number(who), "lines": [line], "taxes_included": False, "tax_rate": "0", "paid": paid}
        made = self._desk.create_order(**basket, discount_codes=[{"code": code, "amount": "0"}] if code else [])
        return str(made["id"])

    def refund(self, order: str, pieces: int = HALVES) -> None:
        """One of the two pieces is sent back and paid back, or both."""
        self._desk.refund_order(int(order), lines=[{"line": 0, "quantity": pieces}])

    def cancel(self, order: str, kind: str = "order") -> None:
        """The order is cancelled and its money goes back."""
        self._desk.cancel_order(int(order), refund_money=True)

    def hold_mail(self) -> None:
        """What the shop tells from now on waits on its way."""
        self._desk.hold()

    def release_mail(self) -> None:
        """What waited goes out."""
        self._desk.release()

    def repeat_mail(self, order: str, times: int) -> None:
        """Everything the shop ever told of this order is told again, so many times."""
        for delivery in self._desk.deliveries():
            if delivery["topic"].startswith("orders/") and json.loads(delivery["body"]).get("id") == int(order):
                self._desk.send(delivery["id"], times)

    def lose_an_answer(self, kind: str) -> None:
        """The next reward of this kind is given, and the answer that says so gets lost."""
        self._desk.fate("effect_then_drop", GIVING[kind])

    def turn(self, seconds: float) -> None:
        """It is later here."""
        self._desk.advance(seconds)

    def settle(self) -> bool:
        """Everything that was told has been heard."""
        return self._desk.settle(30)

    def effects(self) -> list[Effect]:
        """What the shop really gave and took back."""
        truth = self._desk.truth()
        return [*_credits(truth), *_cards(truth), *_codes(truth, self.currency)]

    def shown(self, account: str) -> dict[str, str]:
        """The referral facts that stand on the customer, by the names of their metafields."""
        return {
            each["name"]: str(each["value"]) for each in self._desk.truth()["metafields"] if each["owner"] == account
        }


def _number(account: str) -> int:
    return int(account.removeprefix(ADDRESS))


def _tags(told: Any) -> list[str]:
    return [told] if isinstance(told, str) else [str(each) for each in told]


def _credits(truth: Mapping[str, Any]) -> Iterator[Effect]:
    for account in truth["store_credit_accounts"]:
        for move in account["transactions"]:
            amount = abs(Decimal(move["amount"]))
            signed = amount if move["kind"] == "credit" else -amount
            if move["event"] == "ADJUSTMENT" and move["kind"] != "expiration":
                owner = f"{ADDRESS}{account['owner_id']}"
                yield Effect(owner, "store_credit", str(signed), account["currency"], move["gid"])


def _cards(truth: Mapping[str, Any]) -> Iterator[Effect]:
    for card in truth["gift_cards"]:
        owner = f"{ADDRESS}{card['customer_id']}"
        yield Effect(owner, "gift_card", card["initial"], card["currency"], card["gid"])
        if card["deactivated_at"]:
            yield Effect(owner, "gift_card", f"-{card['balance']}", card["currency"], f"{card['gid']}/deactivated")


def _codes(truth: Mapping[str, Any], currency: str) -> Iterator[Effect]:
    for node in truth["discounts"]:
        for number in node["customer_ids"] if GIVEN in node["title"] else []:
            owner, amount = f"{ADDRESS}{number}", str(node["amount"])
            yield Effect(owner, "discount_code", amount, currency, node["gid"])
            if node["status"] == "EXPIRED":
                yield Effect(owner, "discount_code", f"-{amount}", currency, f"{node['gid']}/ended")
