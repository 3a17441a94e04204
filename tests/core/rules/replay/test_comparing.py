"""What a comparison says of its figures, in sentences that count rightly."""

from collections import Counter

import pytest

from core.rules.replay.comparing import Comparison, Figures, in_words


def compared(conversions: int, rewards: int, cents: int, differ: int) -> Comparison:
    """Four orders, of which two counted and brought two rewards of EUR 10.00 in all; now it is other figures."""
    before = Figures(conversions=2, rewards=2, cost=Counter(EUR=1000))
    return Comparison(4, differ, before, Figures(conversions=conversions, rewards=rewards, cost=Counter(EUR=cents)))


@pytest.mark.parametrize(
    ("comparison", "words"),
    [
        (
            compared(3, 5, 1700, 1),
            [
                "With these terms the 90 days would have had 1 more conversion, 3 more rewards, EUR 7.00 more cost.",
                "1 of 4 recommended orders differs.",
            ],
        ),
        (
            compared(0, 1, 500, 2),
            [
                "With these terms the 90 days would have had 2 fewer conversions, 1 fewer reward, EUR 5.00 less cost.",
                "2 of 4 recommended orders differ.",
            ],
        ),
        (
            compared(2, 2, 1000, 3),
            [
                "With these terms the 90 days would have had as many conversions, as many rewards.",
                "3 of 4 recommended orders differ.",
            ],
        ),
        (compared(2, 2, 1000, 0), ["With these terms the 90 days would have come to the same: no order differs."]),
    ],
)
def test_the_difference_is_said_in_words(comparison: Comparison, words: list[str]) -> None:
    assert in_words(comparison, 90) == words
