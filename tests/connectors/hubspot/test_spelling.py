"""Values go out as HubSpot takes them and come back as they can be compared."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from connectors.hubspot.spelling import shown, spelt, spelt_for
from referhub import Money

MOMENT = datetime(2026, 11, 25, 23, 30, 1, 250_000, tzinfo=timezone(timedelta(hours=2)))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (7, "7"),
        (10**9, "1000000000"),
        (True, "true"),
        (False, "false"),
        (Money(1250, "EUR"), "12.5"),
        (Money(0, "EUR"), "0"),
        (Money(-5, "EUR"), "-0.05"),
        (Money(1500, "JPY"), "1500"),
        (Money(1005, "KWD"), "1.005"),
        (Decimal("1E+3"), "1000"),
        (Decimal("10.00"), "10"),
        (None, None),
        (MOMENT, "2026-11-25T21:30:01.250Z"),
        (datetime(2026, 1, 2, 3, 4, 5), "2026-01-02T03:04:05.000Z"),  # noqa: DTZ001 - a naive one is meant
        (date(2026, 1, 2), "2026-01-02"),
        ("NBSP at the end\u00a0", "NBSP at the end"),
        ("\ufeff\u200b x \u200b\u00a0", "x"),
        ("\u00a0", None),
        ("", None),
    ],
)
def test_values_are_spelt_as_text_without_hidden_spaces(value: Any, text: str | None) -> None:
    """HS-27."""
    assert spelt(value) == text
    assert spelt_for(value, "", "UTC") == (text or "")


@pytest.mark.parametrize(
    ("stands", "kind", "seen"),
    [
        ("12.50", "number", "12.5"),
        ("3.0", "number", "3"),
        ("1E2", "number", "100"),
        ("0012", "string", "0012"),
        ("2026-11-25T21:30:01Z", "datetime", "2026-11-25T21:30:01.000Z"),
        ("1795642201000", "datetime", "2026-11-25T21:30:01.000Z"),
        ("2026-11-25", "date", "2026-11-25"),
        ("1795564800000", "date", "2026-11-25"),
        ("2026-11-25T00:00:00.000Z", "date", "2026-11-25"),
        ("some day", "date", "some day"),
        ("many", "number", "many"),
        ("some day", "datetime", "some day"),
        (None, "string", None),
        (" ", "number", None),
    ],
)
def test_what_stands_there_is_shown_in_the_spelling_that_was_written(stands: str | None, kind: str, seen: str) -> None:
    assert shown(stands, kind) == seen


@pytest.mark.parametrize(
    ("zone", "day"),
    [("Pacific/Auckland", date(2026, 11, 26)), ("UTC", date(2026, 11, 25)), ("Not/AZone", date(2026, 11, 25))],
)
def test_a_day_is_the_day_it_is_in_the_portal(zone: str, day: date) -> None:
    """HS-39: HubSpot holds a day as its midnight in UTC."""
    written = spelt_for(MOMENT, "date", zone)
    assert datetime.fromtimestamp(int(written) / 1000, UTC) == datetime(day.year, day.month, day.day, tzinfo=UTC)
