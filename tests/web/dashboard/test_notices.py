"""What the overview says of fraud: cases that wait, and rules that stop too much or too little."""

import pytest

from core.queries.attention import Attention
from core.queries.fraud_numbers import FraudNumbers
from core.queries.overview import Overview
from web.dashboard.notices import notices

NOTHING = Attention(0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
TWO_CASES = Attention(0, 0, 0, 0, 0, 0, 0, 0, 2, 0)


def seen(late: int = 0, **alarms: str) -> Overview:
    """A hub in which nothing else happened."""
    fraud = FraudNumbers(judged=60, stopped=2, confirmed=0, late=late, **alarms)
    return Overview(0, 0, {}, {}, (), (), (), (), {}, None, {}, (), (), fraud, None)


@pytest.mark.parametrize(
    ("late", "colour", "words"),
    [(0, "yellow", "approve it or void it."), (1, "red", "approve it or void it. 1 waited for three days or longer.")],
)
def test_a_case_that_waits_long_is_pressing(late: int, colour: str, words: str) -> None:
    (notice,) = notices(seen(late), TWO_CASES)
    assert (notice.colour, notice.title) == (colour, "2 orders that fraud rules hold")
    assert notice.words.endswith(words)


def test_rules_that_stop_too_much_are_told_though_nothing_waits() -> None:
    assert notices(seen(), NOTHING) == []
    (notice,) = notices(seen(alarm="30 of 60 conversions were stopped"), NOTHING)
    assert (notice.title, notice.words) == ("A fraud rule may be wrong", "30 of 60 conversions were stopped.")
    (notice,) = notices(seen(gathers="one person got most"), NOTHING)
    assert (notice.title, notice.words) == ("One account gathers more than its share", "one person got most.")
