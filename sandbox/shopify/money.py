"""Money as the vendor writes it: exact decimals, each currency with its own number of places."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from typing import Any

PLACES = dict.fromkeys(
    ["BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "XAF", "XOF"], 0
)
PLACES |= dict.fromkeys(["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"], 3)


def unit(currency: str) -> Decimal:
    """The smallest amount of this currency."""
    return Decimal(1).scaleb(-PLACES.get(currency, 2))


def rounded(amount: Decimal, currency: str) -> Decimal:
    return amount.quantize(unit(currency), ROUND_HALF_UP)


def rest_text(amount: Decimal, currency: str) -> str:
    """How webhook bodies write it: 12.50 EUR, 1250 JPY."""
    return str(rounded(amount, currency))


def graph_text(amount: Decimal) -> str:
    """How the GraphQL API writes it: no closing zeros, but at least one place: 12.5, 10.0, 1250.0."""
    plain = f"{amount.normalize():f}"
    return plain if "." in plain else plain + ".0"


def graph_money(amount: Decimal, currency: str) -> dict[str, Any]:
    return {"__typename": "MoneyV2", "amount": amount, "currencyCode": currency}


def shares(whole: Decimal, weights: Sequence[Decimal], currency: str) -> list[Decimal]:
    """The whole split by weight without losing a smallest unit; leftovers go to the first ones."""
    total = sum(weights, Decimal(0))
    if not total:
        return [Decimal(0) for _ in weights]
    parts = [(whole * weight / total).quantize(unit(currency), ROUND_DOWN) for weight in weights]
    left = int((whole - sum(parts, Decimal(0))) / unit(currency))
    return [part + unit(currency) * (place < left) for place, part in enumerate(parts)]
