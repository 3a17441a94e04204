"""What a goal's numbers mean: how far it is, and where its pace leads."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from core.rules.objectives import MEANINGS, Counted, Goal, Measure, last_day, lately_since, percentage, progress
from tests.support.places import ROOT

DAY = timedelta(days=1)
BEGIN = datetime(2026, 11, 1, tzinfo=UTC)
END = datetime(2027, 2, 1, tzinfo=UTC)
NOTHING = Counted()


def goal(measure: Measure = Measure.CUSTOMERS, target: int = 100, **changes: datetime) -> Goal:
    period = {"starts_at": BEGIN, "due_at": END} | changes
    return Goal(measure, target, "EUR" if MEANINGS[measure].has_currency else "", **period)


def test_the_pace_of_the_last_28_days_goes_on_until_the_last_day() -> None:
    # On 4 January 28 days are left: as much is to come as came in the last 28.
    found = progress(goal(), Counted(63), Counted(21), END - 28 * DAY)
    assert (found.state, found.value, found.forecast) == ("behind", 63, 84)
    assert found.words == "63 of 100 so far; at this pace 84 of 100 by 31 January 2027."


def test_a_young_period_is_measured_from_its_first_day() -> None:
    now = BEGIN + 10 * DAY
    assert lately_since(goal(), now) == BEGIN
    assert lately_since(goal(), BEGIN + 40 * DAY) == BEGIN + 12 * DAY
    found = progress(goal(), Counted(20), Counted(20), now)
    assert found.forecast == 20 + 20 * 82 // 10
    assert found.state == "on_track"


def test_less_than_a_week_foretells_nothing() -> None:
    early = progress(goal(), Counted(3), Counted(3), BEGIN + 7 * DAY - timedelta(seconds=1))
    assert (early.state, early.forecast) == ("too_early", None)
    assert early.words == "3 of 100 so far; a forecast needs seven days."
    assert progress(goal(), Counted(3), Counted(3), BEGIN + 7 * DAY).forecast is not None


def test_a_period_to_come_says_when_it_begins() -> None:
    found = progress(goal(), NOTHING, NOTHING, BEGIN - DAY)
    assert found.state == "not_begun"
    assert found.words == "Counts from 1 November 2026 on; 100 wanted by 31 January 2027."
    assert progress(goal(), NOTHING, NOTHING, BEGIN).state == "too_early"


def test_what_is_reached_stays_reached_and_what_is_over_is_told() -> None:
    reached = progress(goal(), Counted(100), Counted(100), BEGIN + 20 * DAY)
    assert (reached.state, reached.words) == ("reached", "100 of 100: reached already.")
    over, missed = (progress(goal(), Counted(count), NOTHING, END) for count in (100, 99))
    assert (over.state, over.words) == ("reached", "100 of 100: reached by 31 January 2027.")
    assert (missed.state, missed.words) == ("missed", "99 of 100: not reached by 31 January 2027.")


def test_money_is_told_with_its_currency() -> None:
    found = progress(goal(Measure.REVENUE, 1_000_000), Counted(410_000), Counted(140_000), END - 14 * DAY)
    assert (
        found.words
        == "EUR 4100.00 of EUR 10000.00 so far; at this pace EUR 4800.00 of EUR 10000.00 by 31 January 2027."
    )


def test_a_share_foretells_both_of_its_counts() -> None:
    share = goal(Measure.NEW_SHARE, 2000)
    found = progress(share, Counted(10, 80), Counted(10, 20), END - 28 * DAY)
    assert (found.value, found.forecast, found.state) == (1250, 2000, "on_track")  # 20 of 100
    assert found.words == "12.5 % (20 % wanted) so far; at this pace 20 % (20 % wanted) by 31 January 2027."


def test_of_a_cost_less_is_better() -> None:
    cost = goal(Measure.COST_PER_NEW, 1000)
    now = END - 28 * DAY
    assert progress(cost, Counted(9000, 10), Counted(0, 0), now).state == "on_track"
    dear = progress(cost, Counted(11_000, 10), Counted(0, 0), now)
    assert (dear.value, dear.state) == (1100, "behind")
    assert dear.words.startswith("EUR 11.00 (at most EUR 10.00 wanted) so far;")
    assert progress(cost, Counted(10_000, 10), NOTHING, END).state == "reached"
    assert progress(cost, Counted(10_001, 1), NOTHING, END).state == "missed"


def test_a_ratio_is_not_reached_before_its_last_day() -> None:
    assert progress(goal(Measure.NEW_SHARE, 2000), Counted(90, 100), NOTHING, END - DAY).state == "on_track"


def test_the_page_about_objectives_says_how_each_is_counted() -> None:
    page = " ".join((ROOT / "docs" / "objectives.md").read_text(encoding="utf-8").split())
    for measure, meaning in MEANINGS.items():
        assert f"| `{measure}` |" in page
        assert f"**{meaning.title}.** {meaning.definition} |" in page


def test_what_was_counted_is_told_in_its_unit() -> None:
    assert goal().told(Counted(17)) == "17"
    assert goal(Measure.REVENUE).told(Counted(108_400)) == "EUR 1084.00"
    assert goal(Measure.NEW_SHARE).told(Counted(10, 80)) == "10 of 80 new customers"
    assert goal(Measure.COST_PER_NEW).told(Counted(9_000, 10)) == "EUR 90.00 for 10 new customers"


def test_nothing_divided_by_nothing_is_not_zero() -> None:
    found = progress(goal(Measure.COST_PER_NEW, 1000), Counted(500, 0), Counted(500, 0), BEGIN + 20 * DAY)
    assert (found.value, found.forecast, found.state) == (None, None, "behind")
    assert "nothing yet" in found.words


@pytest.mark.parametrize(("hundredths", "words"), [(1250, "12.5 %"), (2000, "20 %"), (1, "0.01 %"), (10_000, "100 %")])
def test_percentages_are_written_short(hundredths: int, words: str) -> None:
    assert percentage(hundredths) == words


def test_the_last_day_is_the_one_before_the_first_that_does_not_count() -> None:
    assert last_day(END) == "31 January 2027"
    assert last_day(END + timedelta(hours=1)) == "1 February 2027"


@given(
    some.sampled_from(list(Measure)),
    some.integers(1, 10_000),
    some.integers(0, 10_000),
    some.integers(0, 10_000),
    some.integers(-10, 110),
)
def test_more_of_the_good_never_makes_it_worse(measure: Measure, target: int, top: int, more: int, days: int) -> None:
    """What is on track with less stays on track (or is reached) with more; of a cost it is the other way round."""
    order = ["missed", "behind", "too_early", "not_begun", "on_track", "reached"]
    now, wanted = BEGIN + days * DAY, goal(measure, target)
    states = [progress(wanted, Counted(sum_, 50), Counted(sum_, 50), now).state for sum_ in (top, top + more)]
    worse, better = reversed(states) if MEANINGS[measure].is_less_better else states
    assert order.index(worse) <= order.index(better)


@given(some.integers(0, 10_000), some.integers(0, 10_000), some.integers(7, 91))
def test_a_forecast_is_never_below_what_is_there(so_far: int, lately: int, days: int) -> None:
    found = progress(goal(), Counted(so_far + lately), Counted(lately), BEGIN + days * DAY)
    assert found.forecast is not None
    assert found.forecast >= so_far + lately
