"""The comparison would notice anything that only one side knows."""

from decimal import Decimal
from typing import Any

import pytest

from sandbox.demo.comparison import Line, compare

ALICE = {"gid": "gid://shopify/Customer/1", "email": "alice@example.com"}
BOB = {"gid": "gid://shopify/Customer/2", "email": None}


def truth(*, credit: str = "10.00", card: str = "2.50", **card_changes: Any) -> dict[str, Any]:
    cards = {"customer_id": 2, "currency": "EUR", "balance": card, "deactivated_at": None} | card_changes
    return {
        "customers": [ALICE, BOB],
        "store_credit_accounts": [{"owner_id": 1, "currency": "EUR", "balance": credit}],
        "gift_cards": [cards],
    }


REWARDS = [
    {"id": "r1", "recipient": ALICE["gid"], "kind": "store_credit"},
    {"id": "r2", "recipient": BOB["gid"], "kind": "gift_card"},
]


def entry(reward: str, minor: int, account: str = "pushed", currency: str = "EUR") -> dict[str, Any]:
    return {"reward_id": reward, "account": account, "currency": currency, "amount_minor": minor}


LEDGER = [entry("r1", 1000), entry("r1", -1000, "due"), entry("r2", 300), entry("r2", -50)]


def test_equal_holdings_are_equal_and_named_by_person() -> None:
    lines = compare(LEDGER, REWARDS, truth())
    assert lines == [
        Line("alice@example.com", "store_credit", "EUR", Decimal("10.00"), Decimal("10.00")),
        Line("gid://shopify/Customer/2", "gift_card", "EUR", Decimal("2.50"), Decimal("2.50")),
    ]
    assert all(line.is_equal for line in lines)


@pytest.mark.parametrize(
    ("ledger", "shop"),
    [
        (LEDGER, truth(credit="10.01")),
        (LEDGER, truth(credit="20.00")),
        (LEDGER, truth(card="0")),
        (LEDGER, truth(deactivated_at="2026-01-01")),
        (LEDGER, truth(customer_id=1)),
        (LEDGER, truth(currency="USD")),
        ([*LEDGER, entry("r1", 1)], truth()),
        (LEDGER[:2], truth()),
        ([], truth()),
        (LEDGER, truth() | {"store_credit_accounts": []}),
        (LEDGER, truth() | {"gift_cards": []}),
    ],
)
def test_any_difference_shows(ledger: list[dict[str, Any]], shop: dict[str, Any]) -> None:
    assert not all(line.is_equal for line in compare(ledger, REWARDS, shop))


def test_currencies_without_decimals_are_compared_in_their_own_unit() -> None:
    shop = truth() | {
        "gift_cards": [],
        "store_credit_accounts": [{"owner_id": 1, "currency": "JPY", "balance": "1250"}],
    }
    (line,) = compare([entry("r1", 1250, currency="JPY")], REWARDS, shop)
    assert line.is_equal
