"""Rewarding: how much each side gets for an order, and how much a refund takes back."""

from core.contract.money import Money
from core.rules.terms import RewardTerms


def grant(terms: RewardTerms, base: Money) -> Money:
    """What one side is promised for an order of this base, rounded half up once."""
    if terms.amount is not None:
        return terms.amount
    assert terms.percent is not None  # parse_terms lets no reward through with neither
    amount = base.share(int(terms.percent * 100), 100_00)
    return min(amount, terms.at_most, key=lambda money: money.minor) if terms.at_most else amount


def reversed_part(granted: Money, base_minor: int, reversed_base_minor: int) -> Money:
    """The part of a grant that refunds of `reversed_base_minor` take back: cumulative, so order and number
    of the refunds do not matter, and never more than the grant."""
    if reversed_base_minor <= 0:
        return Money.zero(granted.currency)
    if base_minor <= 0 or reversed_base_minor >= base_minor:
        return granted
    return granted - granted.share(base_minor - reversed_base_minor, base_minor)
