"""A property of days shows what was written there: every process spells it by what any of them heard last."""

import json
from datetime import UTC, datetime

import pytest

from connectors.hubspot.days import Days
from connectors.hubspot.spelling import shown
from referhub import Memory

EVENING = datetime(2026, 11, 25, 21, 30, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.at = 100.0

    def __call__(self) -> float:
        return self.at


def _portal(zone: str) -> Memory:
    keep = Memory()
    keep.change("portal", lambda _: json.dumps({"portal": "1", "zone": zone, "currency": "EUR"}))
    return keep


@pytest.mark.parametrize(
    ("zone", "day"),
    [
        ("Pacific/Auckland", "2026-11-26"),
        ("UTC", "2026-11-25"),
        ("America/Adak", "2026-11-25"),
        ("Not/A", "2026-11-25"),
    ],
)
def test_what_was_sent_is_shown_as_it_is_spelt(zone: str, day: str) -> None:
    """HS-39: in both directions, or the field would be told as changed by others every day."""
    keep = _portal(zone)
    days = Days(lambda: keep)
    days.note(["last_seen"])
    sent = days.sent("last_seen", EVENING)
    assert days.spelt("last_seen", EVENING) == shown(sent, "date") == shown(day, "date") == day
    assert days.spelt("last_seen", None) is None
    assert days.sent("last_seen", None) == ""


def test_a_property_that_holds_the_time_as_well_is_spelt_with_it() -> None:
    keep = _portal("Pacific/Auckland")
    days = Days(lambda: keep)
    days.note(["last_seen"])
    assert days.sent("last_paid", EVENING) == days.spelt("last_paid", EVENING) == "2026-11-25T21:30:00.000Z"


def test_what_another_process_heard_is_known_a_second_later() -> None:
    keep, clock = _portal("Pacific/Auckland"), Clock()
    mine, theirs = Days(lambda: keep, clock), Days(lambda: keep, clock)
    assert not mine.has("last_seen")
    theirs.note(["last_seen"])
    clock.at += 1.1
    assert mine.has("last_seen")
    theirs.note([])
    clock.at += 1.1
    assert not mine.has("last_seen")


def test_what_is_kept_is_not_read_for_every_value_of_a_batch() -> None:
    class Counted(Memory):
        reads = 0

        def get(self, name: str) -> str | None:
            self.reads += 1
            return super().get(name)

    keep = Counted()
    days = Days(lambda: keep, Clock())
    for _ in range(1_000):
        days.sent("last_seen", EVENING)
    assert keep.reads <= 2


@pytest.mark.parametrize("text", ["nonsense", "{}", "[1]", "null", ""])
def test_what_cannot_be_read_is_no_property_of_days(text: str) -> None:
    keep = _portal("UTC")
    keep.change("days", lambda _: text)
    assert not Days(lambda: keep).has("last_seen")
