"""Objectives: what a campaign has reached of what it shall reach, and where its pace leads."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from fractions import Fraction

from core.contract.money import Money

PACE = timedelta(days=28)
# A shop has busy and quiet days: less than a whole week says nothing about the next one.
LEAST = timedelta(days=7)
PERCENT = 100
SECOND = timedelta(seconds=1)
WORDS = {
    "not_begun": "Counts from {begin} on; {wanted} by {end}.",
    "too_early": "{so_far} so far; a forecast needs seven days.",
    "on_track": "{so_far} so far; at this pace {ahead} by {end}.",
    "behind": "{so_far} so far; at this pace {ahead} by {end}.",
    "reached": "{so_far}: reached already.",
    "over": "{so_far}: reached by {end}.",
    "missed": "{so_far}: not reached by {end}.",
}


class Measure(StrEnum):
    """What is measured."""

    CUSTOMERS = "customers"
    REVENUE = "revenue"
    NEW_SHARE = "new_share"
    COST_PER_NEW = "cost_per_new"


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a measure is called and how it is counted.

    `scale` is None for a sum; a ratio is its two counts, `joined` by a word, divided, times `scale`. Less is better of
    a cost.
    """

    title: str
    definition: str
    has_currency: bool = False
    joined: str = ""
    scale: int | None = None
    is_less_better: bool = False


MEANINGS: Mapping[Measure, Meaning] = {
    Measure.CUSTOMERS: Meaning(
        "Referred customers",
        "Different people with at least one order, deal, lead or contact that counts for this campaign and stands: "
        "paid, won or qualified, and not taken back whole. Each is counted once, on the day of the first one in the "
        "period.",
    ),
    Measure.REVENUE: Meaning(
        "Referred revenue",
        "What counts of all orders and deals that count for this campaign and stand: after discounts and refunds, "
        "without tax, shipping, tips and gift cards. One currency, never converted.",
        has_currency=True,
    ),
    Measure.NEW_SHARE: Meaning(
        "Share of new customers",
        "Of all customers whose first purchase was placed in the period, the part whose first purchase counts for this "
        "campaign and stands. A purchase is a paid order or a won deal that was neither cancelled nor a test.",
        joined="of",
        scale=PERCENT * PERCENT,
    ),
    Measure.COST_PER_NEW: Meaning(
        "Cost per new customer",
        "What this campaign promised or gave for purchases placed in the period, to both sides, after what was taken "
        "back, divided by the new customers it brought: those whose first purchase counts for it and stands.",
        has_currency=True,
        joined="for",
        scale=1,
        is_less_better=True,
    ),
}


@dataclass(frozen=True, slots=True)
class Counted:
    """What was counted: `top` is the sum itself, or what a ratio divides by `below`."""

    top: int = 0
    below: int = 0


@dataclass(frozen=True, slots=True)
class Goal:
    """What shall be reached: `target` in people, minor units or hundredths of a percent, as the measure has it.

    Purchases from `starts_at` on count, and those at `due_at` or later do not any more.
    """

    measure: Measure
    target: int
    currency: str
    starts_at: datetime
    due_at: datetime

    @property
    def meaning(self) -> Meaning:
        """What the measure is called and how it is counted."""
        return MEANINGS[self.measure]

    def shown(self, value: int | None) -> str:
        """A value of this measure for people."""
        if value is None:
            return "nothing yet"
        if self.meaning.has_currency:
            return str(Money(value, self.currency))
        return percentage(value) if self.meaning.scale else str(value)

    def told(self, counted: Counted) -> str:
        """What was counted, for people: of a ratio both counts."""
        top = str(Money(counted.top, self.currency)) if self.meaning.has_currency else str(counted.top)
        return f"{top} {self.meaning.joined} {counted.below} new customers" if self.meaning.scale else top


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a goal is; values are in its own unit, and None where there is nothing to divide by.

    `state` is one of `not_begun`, `too_early`, `on_track`, `behind`, `reached` and `missed`; `forecast` is where the
    pace of the last 28 days leads by the end.
    """

    state: str
    value: int | None
    forecast: int | None
    words: str


def progress(goal: Goal, so_far: Counted, lately: Counted, now: datetime) -> Progress:
    """How far the goal is at `now`, from all that was counted in its period and from what the last 28 days brought."""
    value = _value(goal, so_far)
    forecast = _value(goal, _ahead(so_far, lately, _growth(goal, now))) if _is_foreseen(goal, now) else None
    state = _state(goal, value, forecast, now)
    return Progress(state, value, forecast, _words(goal, state, value, forecast, now))


def lately_since(goal: Goal, now: datetime) -> datetime:
    """From when on the pace is measured: 28 days ago, or when the period began."""
    return max(goal.starts_at, now - PACE)


def percentage(hundredths: int) -> str:
    """`12.5 %` of 1250 hundredths of a percent."""
    whole, rest = divmod(hundredths, PERCENT)
    return f"{whole}.{rest:02d}".rstrip("0").rstrip(".") + " %"


def _value(goal: Goal, counted: Counted) -> int | None:
    scale = goal.meaning.scale
    if scale is None:
        return counted.top
    return round(Fraction(counted.top * scale, counted.below)) if counted.below > 0 else None


def _is_foreseen(goal: Goal, now: datetime) -> bool:
    return now - goal.starts_at >= LEAST and now < goal.due_at


def _growth(goal: Goal, now: datetime) -> Fraction:
    """How many times what the pace was measured on is still to come."""
    return Fraction((goal.due_at - now) // SECOND, max(1, (now - lately_since(goal, now)) // SECOND))


def _ahead(so_far: Counted, lately: Counted, growth: Fraction) -> Counted:
    return Counted(so_far.top + int(lately.top * growth), so_far.below + int(lately.below * growth))


def _state(goal: Goal, value: int | None, forecast: int | None, now: datetime) -> str:
    if now < goal.starts_at:
        return "not_begun"
    is_over = now >= goal.due_at
    if _meets(goal, value) and (is_over or goal.meaning.scale is None):
        return "reached"  # a sum that is reached stays reached; a ratio may still change
    if is_over:
        return "missed"
    if not _is_foreseen(goal, now):
        return "too_early"
    return "on_track" if _meets(goal, forecast) else "behind"


def _meets(goal: Goal, value: int | None) -> bool:
    if value is None:
        return False
    return value <= goal.target if goal.meaning.is_less_better else value >= goal.target


def _words(goal: Goal, state: str, value: int | None, forecast: int | None, now: datetime) -> str:
    key = "over" if state == "reached" and now >= goal.due_at else state
    return WORDS[key].format(
        begin=_day(goal.starts_at),
        end=last_day(goal.due_at),
        wanted=_wanted(goal),
        so_far=_of_target(goal, value),
        ahead=_of_target(goal, forecast),
    )


def _of_target(goal: Goal, value: int | None) -> str:
    shown = goal.shown(value)
    return f"{shown} of {goal.shown(goal.target)}" if goal.meaning.scale is None else f"{shown} ({_wanted(goal)})"


def _wanted(goal: Goal) -> str:
    return f"{'at most ' if goal.meaning.is_less_better else ''}{goal.shown(goal.target)} wanted"


def last_day(due_at: datetime) -> str:
    """The day with whose end it is due: `31 January 2027`."""
    return _day(due_at - timedelta(microseconds=1))


def _day(at: datetime) -> str:
    return f"{at.day} {at:%B %Y}"
