"""Money: nothing but plain digits is an amount, and no arithmetic loses or invents a minor unit."""

import time
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.contract.errors import Unreadable
from core.contract.money import Money

minors = st.integers(-(10**15), 10**15)
fast = settings(max_examples=60, deadline=None, derandomize=True)


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("12.50", "EUR", 1250),
        ("12.5", "EUR", 1250),
        ("-3.10", "EUR", -310),
        ("0", "EUR", 0),
        ("1500", "JPY", 1500),
        ("1500.5", "JPY", 1501),
        ("1.234", "KWD", 1234),
        ("1.2345", "KWD", 1235),
        ("19.99", "USD", 1999),
        ("0.005", "EUR", 1),
        ("-0.005", "EUR", -1),
        ("0.0049", "EUR", 0),
        ("999999999999.99", "EUR", 99_999_999_999_999),
        ("1.2345", "CLF", 12345),
    ],
)
def test_an_amount_is_read_to_the_minor_unit_of_its_currency(text: str, currency: str, minor: int) -> None:
    assert Money.parse(text, currency) == Money(minor, currency)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "1e1000000",
        "1E3",
        "1_000",
        "1,000.00",
        "1.",
        ".5",
        "+1",
        "--1",
        " 12.50",
        "12.50\n",
        "\u0661\u0662",  # Arabic digits: Decimal takes them
        "\uff11",  # a full-width one
        "NaN",
        "Infinity",
        "-inf",
        "0x10",
        "1234567890123",
        "1.1234567",
        "12.50 EUR",
        None,
        12.5,
        12,
        True,
        Decimal("12.5"),
        ["12.50"],
    ],
)
def test_anything_but_plain_digits_is_unreadable(text: object) -> None:
    with pytest.raises(Unreadable, match="not an amount"):
        Money.parse(text, "EUR")  # type: ignore[arg-type]


def test_a_huge_exponent_is_refused_at_once() -> None:
    """int(Decimal("1e1000000")) takes half a minute; the pattern has to stop it before."""
    began = time.perf_counter()
    with pytest.raises(Unreadable):
        Money.parse("1e1000000", "EUR")
    assert time.perf_counter() - began < 0.5


@pytest.mark.parametrize("currency", ["", "eur", "EURO", "EU", "E1R", "ÄÖÜ", "EUR\n"])
def test_a_currency_is_three_capital_letters(currency: str) -> None:
    with pytest.raises(Unreadable, match="not a currency"):
        Money(1, currency)


@pytest.mark.parametrize(
    ("money", "text"),
    [
        (Money(1250, "EUR"), "12.50"),
        (Money(-5, "EUR"), "-0.05"),
        (Money(1500, "JPY"), "1500"),
        (Money(1, "KWD"), "0.001"),
        (Money(0, "EUR"), "0.00"),
        (Money(10**15, "EUR"), "10000000000000.00"),
    ],
)
def test_an_amount_is_written_with_the_digits_of_its_currency(money: Money, text: str) -> None:
    assert money.text() == text
    assert str(money) == f"{money.currency} {text}"


@given(minor=st.integers(-(10**12), 10**12), currency=st.sampled_from(("EUR", "JPY", "KWD", "CLF")))
@fast
def test_what_is_written_is_read_back_exactly(minor: int, currency: str) -> None:
    money = Money(minor, currency)
    assert Money.parse(money.text(), currency) == money


def test_different_currencies_are_never_mixed() -> None:
    """F34: no silent one-to-one."""
    euro, dollar = Money(1, "EUR"), Money(1, "USD")
    for mix in (lambda: euro + dollar, lambda: euro - dollar, lambda: euro < dollar, lambda: euro <= dollar):
        with pytest.raises(ValueError, match="never mixed"):
            mix()
    assert euro != dollar


def test_sums_differences_and_signs() -> None:
    ten, three = Money(10, "EUR"), Money(3, "EUR")
    assert (ten + three, ten - three, -ten) == (Money(13, "EUR"), Money(7, "EUR"), Money(-10, "EUR"))
    assert three < ten
    assert not ten < three
    assert ten <= ten
    assert ten
    assert not Money.zero("EUR")


@pytest.mark.parametrize(
    ("minor", "part", "whole", "share"),
    [
        (1000, 10, 100, 100),
        (3333, 1, 2, 1667),  # half up
        (-3333, 1, 2, -1667),  # away from zero
        (1, 1, 3, 0),
        (2, 1, 3, 1),
        (1000, 0, 5, 0),
        (100, -1, 2, -50),
    ],
)
def test_a_share_is_rounded_half_up_once(minor: int, part: int, whole: int, share: int) -> None:
    assert Money(minor, "EUR").share(part, whole) == Money(share, "EUR")


@given(minor=minors, part=st.integers(0, 10**6), whole=st.integers(1, 10**6))
@fast
def test_a_share_is_never_off_by_more_than_half_a_unit(minor: int, part: int, whole: int) -> None:
    share = Money(minor, "EUR").share(part, whole)
    assert abs(2 * (share.minor * whole - minor * part)) <= whole


@given(minor=minors, weights=st.lists(st.integers(0, 10**6), min_size=1, max_size=12).filter(any))
@fast
def test_splitting_loses_and_invents_nothing(minor: int, weights: list[int]) -> None:
    """Issue 2, point 12."""
    money = Money(minor, "EUR")
    parts = money.split(weights)
    assert sum((part.minor for part in parts), 0) == minor
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part.minor * sum(weights) - minor * weight) < sum(weights)  # within one unit of the exact part
        assert weight or not part


def test_the_largest_remainder_gets_the_odd_unit_and_the_first_wins_a_tie() -> None:
    assert [part.minor for part in Money(100, "EUR").split([1, 1, 1])] == [34, 33, 33]
    assert [part.minor for part in Money(-100, "EUR").split([1, 1, 1])] == [-34, -33, -33]
    assert [part.minor for part in Money(10, "EUR").split([1, 2, 3])] == [2, 3, 5]
    assert [part.minor for part in Money(1, "EUR").split([1, 3])] == [0, 1]


@pytest.mark.parametrize("weights", [[], [0], [0, 0], [1, -1], [2, -1]])
def test_weights_that_divide_nothing_are_refused(weights: list[int]) -> None:
    with pytest.raises(ValueError, match="weights"):
        Money(100, "EUR").split(weights)


@pytest.mark.parametrize("whole", [0, -1])
def test_a_share_of_nothing_is_refused(whole: int) -> None:
    with pytest.raises(ValueError, match="positive whole"):
        Money(100, "EUR").share(1, whole)
