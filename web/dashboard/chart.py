"""The chart of the overview: conversions and rewards per day, drawn as an SVG by the server."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.queries.daily import Day

WIDTH, HEIGHT = 720, 200
LEFT, RIGHT, TOP, BOTTOM = 32, 8, 10, 26
GAP = 0.24  # of a day's width
LABEL_EVERY = 7
STEPS = (1, 2, 5)


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar, in the SVG's own units."""

    x: float
    y: float
    width: float
    height: float
    kind: str


@dataclass(frozen=True, slots=True)
class Column:
    """One day: its bars, what to say about it, and the label below it (or "")."""

    words: str
    label: str
    middle: float
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """A horizontal line with its number."""

    y: float
    value: int


@dataclass(frozen=True, slots=True)
class Chart:
    """Everything the template draws."""

    width: int
    height: int
    left: int
    right: int
    summary: str
    columns: tuple[Column, ...]
    lines: tuple[Line, ...]


def draw(days: Sequence[Day]) -> Chart:
    """The chart of those days; the highest line is a round number at or above the highest bar."""
    tallest = max([1, *(max(day.conversions, day.rewards) for day in days)])
    top = round_up(tallest)
    conversions, rewards = sum(day.conversions for day in days), sum(day.rewards for day in days)
    return Chart(
        width=WIDTH,
        height=HEIGHT,
        left=LEFT,
        right=WIDTH - RIGHT,
        summary=f"{counted(conversions, 'conversion')} and {counted(rewards, 'reward')} in {len(days)} days",
        columns=tuple(_column(number, day, len(days), top) for number, day in enumerate(days)),
        lines=tuple(Line(_y(value, top), value) for value in sorted({0, top // 2, top})),
    )


def round_up(count: int) -> int:
    """The smallest of 1, 2, 5, 10, 20, 50, 100 ... that is not below `count`."""
    scale = 1
    while True:
        for step in STEPS:
            if step * scale >= count:
                return step * scale
        scale *= 10


def counted(count: int, noun: str) -> str:
    """`1 reward`, `2 rewards`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _column(number: int, day: Day, count: int, top: int) -> Column:
    pitch = (WIDTH - LEFT - RIGHT) / count
    x, width = LEFT + number * pitch + pitch * GAP / 2, pitch * (1 - GAP) / 2
    words = f"{day.day:%d %b}: {counted(day.conversions, 'conversion')}, {counted(day.rewards, 'reward')}"
    is_labelled = (count - 1 - number) % LABEL_EVERY == 0
    return Column(
        words=words,
        label=f"{day.day.day} {day.day:%b}" if is_labelled else "",
        middle=round(x + width, 2),
        bars=(
            _bar(x, width, day.conversions, top, "conversions"),
            _bar(x + width, width, day.rewards, top, "rewards"),
        ),
    )


def _bar(x: float, width: float, value: int, top: int, kind: str) -> Bar:
    y = _y(value, top)
    return Bar(round(x, 2), y, round(width, 2), round(_y(0, top) - y, 2), kind)


def _y(value: int, top: int) -> float:
    return round(TOP + (HEIGHT - TOP - BOTTOM) * (1 - value / top), 2)
