"""Fields as pure rules: what differs, what is ours to write, and spellings that are read back."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.contract.money import Money
from core.rules.fields import FIELDS, Kind, Standing, Value, difference, read_as, spelt

NOBODY: frozenset[str] = frozenset()
SHARED = frozenset({"by"})


def changes(wanted: dict[str, Value], seen: dict[str, str | None], written: dict[str, str | None]) -> dict[str, Value]:
    return dict(difference(wanted, Standing(seen, written), SHARED, spelt).changes)


@pytest.mark.parametrize(
    ("value", "seen", "written", "expected"),
    [
        (1, {}, {}, {"a": 1}),
        (1, {"a": None}, {}, {"a": 1}),
        (1, {"a": "7"}, {}, {"a": 1}),
        (1, {"a": "1"}, {}, {}),
        (1, {"a": "7"}, {"a": "1"}, {}),
        (1, {"a": "1"}, {"a": "7"}, {"a": 1}),
        (None, {"a": "7"}, {}, {}),
        (None, {}, {"a": "1"}, {"a": None}),
        (None, {}, {"a": None}, {}),
        (1, {}, {"a": None}, {"a": 1}),
        ("", {}, {"a": "1"}, {"a": None}),
        (0, {}, {}, {"a": 0}),
    ],
)
def test_only_what_differs_from_what_stands_there_is_written(
    value: Value, seen: dict[str, str | None], written: dict[str, str | None], expected: dict[str, Value]
) -> None:
    assert changes({"a": value}, seen, written) == expected


@pytest.mark.parametrize(
    ("value", "seen", "written", "expected"),
    [
        ("MIRA", {"by": None}, {}, {"by": "MIRA"}),
        ("MIRA", {"by": "Somebody"}, {}, {}),
        ("MIRA", {"by": None}, {"by": "ANNA"}, {}),
        (None, {}, {"by": "ANNA"}, {}),
    ],
)
def test_a_shared_field_is_filled_once_and_only_where_nothing_stands(
    value: Value, seen: dict[str, str | None], written: dict[str, str | None], expected: dict[str, Value]
) -> None:
    assert changes({"by": value}, seen, written) == expected


def test_what_the_source_shows_already_is_ours_without_a_write() -> None:
    found = difference({"a": 1, "b": 2}, Standing({"a": "1", "b": "7"}, {}), NOBODY, spelt)
    assert (dict(found.changes), dict(found.agrees)) == ({"b": 2}, {"a": "1"})


TEXTS = st.dictionaries(st.sampled_from("abc"), st.none() | st.sampled_from(["0", "1", "2"]))
VALUES = st.dictionaries(st.sampled_from("abc"), st.none() | st.integers(0, 2))


@given(wanted=VALUES, seen=TEXTS, written=TEXTS)
def test_after_writing_nothing_differs_any_more(
    wanted: dict[str, Value], seen: dict[str, str | None], written: dict[str, str | None]
) -> None:
    standing = Standing(seen, written)
    found = difference(wanted, standing, NOBODY, spelt)
    after = {**written, **found.agrees, **{name: spelt(value) for name, value in found.changes.items()}}
    again = difference(wanted, Standing(seen, after), NOBODY, spelt)
    assert (dict(again.changes), dict(again.agrees)) == ({}, {})


BERLIN = timezone(timedelta(hours=1))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (3, "3"),
        (True, "true"),
        (Money(1250, "EUR"), "EUR 12.50"),
        (Money(1250, "JPY"), "JPY 1250"),
        (datetime(2026, 3, 1, 13, tzinfo=BERLIN), "2026-03-01T12:00:00+00:00"),
        ("", None),
        (None, None),
        ("MIRA", "MIRA"),
    ],
)
def test_our_own_spelling_is_exact(value: Value, text: str | None) -> None:
    assert spelt(value) == text


@given(
    value=st.integers(0, 10**9)
    | st.builds(Money, st.integers(0, 10**9), st.sampled_from(["EUR", "JPY", "KWD"]))
    | st.integers(0, 4 * 10**15).map(lambda micros: datetime(1990, 1, 1, tzinfo=UTC) + timedelta(microseconds=micros))
)
def test_our_own_spelling_is_read_back(value: Value) -> None:
    kind = Kind.COUNT if isinstance(value, int) else Kind.AMOUNT if isinstance(value, Money) else Kind.MOMENT
    assert read_as(kind, spelt(value), spelt) == value


def crm_spelling(value: Value, field: str = "") -> str | None:
    """As CRMs spell: amounts without currency, times as milliseconds."""
    if isinstance(value, Money):
        return value.text()
    if isinstance(value, datetime):
        return str(int(value.timestamp() * 1000))
    return None if value is None else str(value)


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (Kind.AMOUNT, "12.50", Money(1250, "EUR")),
        (Kind.AMOUNT, "1250", Money(1250, "JPY")),
        (Kind.AMOUNT, "12.345", Money(12345, "KWD")),
        (Kind.AMOUNT, "about 12", "about 12"),
        (Kind.MOMENT, "1772366400000", datetime(2026, 3, 1, 12, tzinfo=UTC)),
        (Kind.MOMENT, "some day", "some day"),
        (Kind.COUNT, "7", 7),
        (Kind.COUNT, "07", "07"),
        (Kind.TEXT, "12.50", "12.50"),
        (Kind.COUNT, None, None),
    ],
)
def test_a_sources_spelling_is_read_back_or_else_kept_as_it_is(kind: Kind, text: str | None, value: Value) -> None:
    assert read_as(kind, text, crm_spelling) == value


def test_the_same_moment_is_a_day_in_one_field_and_a_time_in_another() -> None:
    def spelling(value: Value, field: str) -> str | None:
        return (spelt(value) or "")[:10] if field == "day" else spelt(value)

    moment = datetime(2026, 3, 1, 12, tzinfo=UTC)
    seen = {"day": "2026-03-01", "time": "2026-03-01"}
    found = difference({"day": moment, "time": moment}, Standing(seen, {}), NOBODY, spelling)
    assert (dict(found.changes), dict(found.agrees)) == ({"time": moment}, {"day": "2026-03-01"})
    assert read_as(Kind.MOMENT, "2026-03-01", spelling, "day") == moment.replace(hour=0)
    assert read_as(Kind.MOMENT, "2026-03-01", spelling, "time") == "2026-03-01"


def test_every_field_says_what_it_means() -> None:
    assert [field.name for field in FIELDS.values() if len(field.meaning) < 10] == []
    assert all(name == field.name for name, field in FIELDS.items())
