"""Pace: the excess is held and what came before it is not; whoever is trusted is measured by their own days."""

from datetime import timedelta

from core.rules.fraud.facts import Bought
from tests.core.rules.fraud.cases import DAY, HOUR, case, found, in_any_order, recommended, somebody


def spread(count: int, apart: timedelta, **told: object) -> list[Bought]:
    """So many recommended orders before the case's own, so far apart."""
    return [recommended(f"{number}", f"p{number}", -(number + 1) * apart, **told) for number in range(count)]


def test_the_sixth_order_within_a_day_is_held_and_the_fifth_is_not() -> None:
    assert found("fast_advocate", case(recommended(), *spread(4, HOUR))) is None
    for told in in_any_order(case(recommended(), *spread(5, HOUR))):
        seen = found("fast_advocate", told)
        assert seen
        assert "6 orders within 24 hours" in seen.words
        assert len(seen.orders) == 5


def test_the_eleventh_within_a_week_is_held() -> None:
    assert found("fast_advocate", case(recommended(), *spread(9, 12 * HOUR))) is None
    seen = found("fast_advocate", case(recommended(), *spread(10, 12 * HOUR)))
    assert seen
    assert "7 days" in seen.words


def test_what_came_later_or_was_brought_by_somebody_else_does_not_count() -> None:
    later = [recommended(f"{number}", at=HOUR) for number in range(9)]
    others = [recommended(f"x{number}", at=-HOUR, advocate_id="zoe") for number in range(9)]
    assert found("fast_advocate", case(recommended(), *later, *others)) is None


def test_whoever_is_trusted_may_be_fast_but_not_far_faster_than_they_are() -> None:
    usual = [recommended(f"u{number}", f"u{number}", -(number // 8 + 2) * DAY) for number in range(80)]  # eight a day
    trusted = somebody("mira", is_trusted=True)
    assert found("fast_advocate", case(recommended(), *usual, *spread(20, HOUR), advocate=trusted)) is None
    burst = [recommended(f"b{number}", f"b{number}", -HOUR) for number in range(40)]
    seen = found("fast_advocate", case(recommended(), *usual, *burst, advocate=trusted))
    assert seen
    assert "8 a day are usual" in seen.words
    assert found("fast_advocate", case(recommended(), *spread(3, HOUR), advocate=trusted)) is None, (
        "nothing is usual yet"
    )


def test_an_advocate_whose_orders_go_back_is_told() -> None:
    back = spread(2, DAY, went_back=True)
    stay = [recommended(f"s{number}", at=-DAY) for number in range(3)]
    seen = found("refunds", case(recommended(), *back, *stay))
    assert seen
    assert seen.words == "2 of the 5 orders the advocate brought went back"
    assert set(seen.orders) == {"0", "1"}
    assert found("refunds", case(recommended(), *back, *stay), percent=40) is None
    assert found("refunds", case(recommended(), *back, *stay), orders=6) is None
    assert found("refunds", case(recommended(), back[0], *stay)) is None, "a quarter is usual"
