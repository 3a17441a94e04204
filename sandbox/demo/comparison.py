"""The comparison: what the shop truly holds beside what the hub's ledger says it gave."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sandbox.shopify.money import unit

Row = Mapping[str, Any]
Holding = tuple[str, str, str]  # whose (customer gid), what (kind of reward), currency


@dataclass(frozen=True)
class Line:
    """One person's holding of one kind, twice."""

    holder: str
    kind: str
    currency: str
    ledger: Decimal
    shop: Decimal

    @property
    def is_equal(self) -> bool:
        return self.ledger == self.shop


def compare(ledger: Iterable[Row], rewards: Iterable[Row], truth: Row) -> list[Line]:
    """Every holding that either side knows of; what only one side knows stands against zero."""
    said, held = ledger_says(ledger, rewards), shop_holds(truth)
    names = {each["gid"]: each["email"] or each["gid"] for each in truth["customers"]}
    return [
        Line(names.get(holding[0], holding[0]), holding[1], holding[2], said[holding], held[holding])
        for holding in sorted(said.keys() | held.keys())
    ]


def ledger_says(ledger: Iterable[Row], rewards: Iterable[Row]) -> dict[Holding, Decimal]:
    """What stands on the ledger's account `pushed`, by who received it."""
    rewards_by_id = {row["id"]: row for row in rewards}
    total: dict[Holding, Decimal] = defaultdict(Decimal)
    for entry in ledger:
        if entry["account"] == "pushed":
            reward, currency = rewards_by_id[entry["reward_id"]], entry["currency"]
            total[str(reward["recipient"]), reward["kind"], currency] += entry["amount_minor"] * unit(currency)
    return total


def shop_holds(truth: Row) -> dict[Holding, Decimal]:
    """Balances of store credit, and what gift cards are still worth, by customer."""
    total: dict[Holding, Decimal] = defaultdict(Decimal)
    for account in truth["store_credit_accounts"]:
        total[_customer(account["owner_id"]), "store_credit", account["currency"]] += Decimal(account["balance"])
    for card in truth["gift_cards"]:
        worth = Decimal(0) if card["deactivated_at"] else Decimal(card["balance"])
        total[_customer(card["customer_id"]), "gift_card", card["currency"]] += worth
    return total


def _customer(number: int | None) -> str:
    return f"gid://shopify/Customer/{number}"
