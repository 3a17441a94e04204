"""Rewarding: how much an order brings, and how much refunds take back of it."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.contract.money import Money
from core.rules.rewarding import Counted, grant, reversed_part
from core.rules.terms import RewardTerms, Worth


def percent(text: str, at_most: Money | None = None) -> RewardTerms:
    """A share of the order."""
    return RewardTerms("store_credit", Worth({}, Decimal(text), {at_most.currency: at_most} if at_most else {}))


@pytest.mark.parametrize(
    ("base", "promised", "granted"),
    [
        (Money(10_000, "EUR"), percent("10"), 1000),
        (Money(9_995, "EUR"), percent("10"), 1000),  # 999.5 rounds half up
        (Money(9_994, "EUR"), percent("10"), 999),
        (Money(3_333, "EUR"), percent("33.33"), 1111),
        (Money(1, "EUR"), percent("0.01"), 0),
        (Money(10_000, "EUR"), percent("100"), 10_000),
        (Money(10_000, "EUR"), percent("10", Money(400, "EUR")), 400),
        (Money(3_000, "EUR"), percent("10", Money(400, "EUR")), 300),
        (Money(1_234, "JPY"), percent("10"), 123),
        (Money(1_235, "KWD"), percent("10"), 124),
    ],
)
def test_a_percentage_is_rounded_half_up_once_and_capped(base: Money, promised: RewardTerms, granted: int) -> None:
    """F35 with yen and dinar."""
    assert grant(promised, Counted(base)) == Money(granted, base.currency)


def test_a_fixed_amount_does_not_depend_on_the_order() -> None:
    fixed = RewardTerms("store_credit", Worth({"EUR": Money(500, "EUR")}))
    assert grant(fixed, Counted(Money(1, "EUR"))) == grant(fixed, Counted(Money(10**9, "EUR"))) == Money(500, "EUR")


@pytest.mark.parametrize(
    ("base", "refunded", "taken"),
    [
        (10_000, 0, 0),
        (10_000, -5, 0),
        (10_000, 5_000, 500),
        (10_000, 3_333, 333),
        (10_000, 9_999, 1000),
        (10_000, 10_000, 1000),
        (10_000, 99_999, 1000),
        (0, 1, 1000),
    ],
)
def test_a_refund_takes_its_share_and_never_more_than_was_granted(base: int, refunded: int, taken: int) -> None:
    assert reversed_part(Money(1000, "EUR"), base, refunded).minor == taken


def test_half_a_cent_stays_with_the_person() -> None:
    assert reversed_part(Money(5, "EUR"), 10_000, 5_000) == Money(2, "EUR")


def test_three_thirds_take_everything_and_the_odd_cent_once() -> None:
    """F30: three refunds of 33.33 of 100.00 leave the reward of one cent."""
    granted = Money(1000, "EUR")
    cumulative = [reversed_part(granted, 10_000, 3_333 * times).minor for times in (1, 2, 3)]
    assert cumulative == [333, 667, 1000]


@given(
    granted=st.integers(0, 10**9),
    base=st.integers(1, 10**9),
    refunds=st.lists(st.integers(0, 10**9), min_size=2, max_size=2),
)
@settings(max_examples=60, deadline=None, derandomize=True)
def test_more_refunds_never_take_less_and_a_whole_refund_takes_all(granted: int, base: int, refunds: list[int]) -> None:
    """I12."""
    money = Money(granted, "EUR")
    less, more = sorted(refunds)
    taken = [reversed_part(money, base, refunded).minor for refunded in (less, more, base)]
    assert 0 <= taken[0] <= taken[1] <= granted
    assert taken[2] == granted
