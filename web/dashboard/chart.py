"""The chart of the overview: conversions and rewards per day, drawn as an SVG by the server."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.queries.daily import Day

WIDTH, HEIGHT = 900, 200  # stretched to the card; words stand outside, so that they stay readable
GAP = 0.28  # of a day's width
STEPS = (1, 2, 5)
LABELS = 5


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
    """One day: its bars, and what to say about it."""

    words: str
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """Everything the template draws; `scale` are the numbers beside the lines, the highest first."""

    width: int
    height: int
    summary: str
    columns: tuple[Column, ...]
    scale: tuple[int, ...]
    lines: tuple[float, ...]
    labels: tuple[str, ...]


def draw(days: Sequence[Day]) -> Chart:
    """The chart of those days; the highest line is a round number at or above the highest bar."""
    tallest = max([1, *(max(day.conversions, day.rewards) for day in days)])
    top = round_up(tallest)
    conversions, rewards = sum(day.conversions for day in days), sum(day.rewards for day in days)
    return Chart(
        width=WIDTH,
        height=HEIGHT,
        summary=f"{counted(conversions, 'conversion')} and {counted(rewards, 'reward')} in {len(days)} days",
        columns=tuple(_column(number, day, len(days), top) for number, day in enumerate(days)),
        scale=(top, 0),
        lines=tuple(_y(value, top) for value in (0, top / 2, top)),
        labels=tuple(_label(days[number]) for number in _spread(len(days))),
    )


def round_up(count: int) -> int:
    """The smallest of 1, 2, 5, 10, 20, 50, 100 ... that is not below `count`."""
    scale = 1
    while True:
        for step in STEPS:
            if step * scale >= count:
                return step * scale
        scale *= 10


def counted(count: int, noun: str, many: str = "") -> str:
    """`1 reward`, `2 rewards`; `many` is the plural where an s is not enough."""
    return f"{count} {noun}" if count == 1 else f"{count} {many or noun + 's'}"


def _label(day: Day) -> str:
    return f"{day.day.day} {day.day:%b}"


def _spread(count: int) -> list[int]:
    """Some numbers from 0 to `count - 1`, the first and the last among them, evenly apart."""
    return sorted({round(part * (count - 1) / (LABELS - 1)) for part in range(LABELS)})


def _column(number: int, day: Day, count: int, top: int) -> Column:
    pitch = WIDTH / count
    x, width = number * pitch + pitch * GAP / 2, pitch * (1 - GAP) / 2
    conversions, rewards = counted(day.conversions, "conversion"), counted(day.rewards, "reward")
    return Column(
        words=f"{_label(day)}: {conversions}, {rewards}",
        bars=(
            _bar(x, width, day.conversions, top, "conversions"),
            _bar(x + width, width, day.rewards, top, "rewards"),
        ),
    )


def _bar(x: float, width: float, value: int, top: int, kind: str) -> Bar:
    y = _y(value, top)
    return Bar(round(x, 2), y, round(width, 2), round(_y(0, top) - y, 2), kind)


def _y(value: float, top: int) -> float:
    return round(HEIGHT * (1 - value / top), 2)
