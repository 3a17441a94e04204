"""Sums of money as questions answer them: one amount per currency, never mixed."""

from collections.abc import Iterable

from core.contract.money import Money


def by_currency(amounts: Iterable[tuple[str, int]]) -> tuple[Money, ...]:
    """One sum per currency, sorted by currency; those that sum to nothing are left out."""
    sums: dict[str, int] = {}
    for currency, minor in amounts:
        sums[currency] = sums.get(currency, 0) + int(minor)
    return tuple(Money(minor, currency) for currency, minor in sorted(sums.items()) if minor)
