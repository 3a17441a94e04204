"""What the org is made of: ids, exact numbers, and a memory that keeps all of a deed or none of it."""

from __future__ import annotations

import threading
from decimal import Decimal
from pathlib import Path

import pytest

from sandbox.salesforce import exact_json
from sandbox.salesforce.ids import full_id, numbered_id
from sandbox.salesforce.times import read_time, written_time
from sandbox.salesforce.truth import Truth


@pytest.mark.parametrize(
    ("short", "full"),
    [
        ("00DSY0000000001", "00DSY00000000012AA"),
        ("003SY00000XyZ12", "003SY00000XyZ12YAF"),
        ("04lSY000008aeB2", "04lSY000008aeB2YAI"),
        ("005SY00000INTUS", "005SY00000INTUSYA5"),
    ],
)
def test_the_last_three_letters_tell_the_capitals(short: str, full: str) -> None:
    assert full_id(short) == full


def test_ids_that_differ_only_in_case_differ_in_their_last_letters() -> None:
    upper, lower = numbered_id("003", 10), numbered_id("003", 36)
    assert (upper[:15], lower[:15]) == ("003SY000000000A", "003SY000000000a")
    assert upper.lower() != lower.lower()
    assert numbered_id("003", 62)[:15] == "003SY0000000010"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Decimal(0), "0.0"),
        (Decimal("5"), "5.0"),
        (Decimal("19.90"), "19.9"),
        (Decimal("-0.01"), "-0.01"),
        (Decimal("120000"), "120000.0"),
        (Decimal("9999999.99"), "9999999.99"),
        (Decimal("12000000"), "1.2E7"),
        (Decimal("-12345678.9"), "-1.23456789E7"),
        (Decimal("9999999999999999.99"), "9.99999999999999999E15"),
        (7, "7"),
        ('ü"', '"ü\\""'),
        ([None, True, {"a": Decimal("1.5")}], '[null,true,{"a":1.5}]'),
    ],
)
def test_numbers_are_written_as_the_vendor_writes_them_and_read_back_exactly(value: object, text: str) -> None:
    """SF-27."""
    assert exact_json.written(value) == text
    assert exact_json.read(text) == value


def test_a_time_has_an_offset_and_whole_seconds() -> None:
    assert written_time(read_time("2026-03-01T11:00:00.900+01:00")) == "2026-03-01T10:00:00.000+0000"
    assert read_time("2026-03-01T10:00:00.000+0000") == read_time("2026-03-01T10:00:00Z")
    with pytest.raises(ValueError, match="no offset"):
        read_time("2026-03-01T10:00:00")


def test_a_deed_that_fails_leaves_nothing_neither_in_memory_nor_on_disk(tmp_path: Path) -> None:
    truth = Truth(tmp_path / "org.db")
    truth.put("Contact", "1", {"Id": "1", "Name": "before"})
    assert truth.having("Contact", "Name", "before")

    def fail() -> None:
        with truth.transaction():
            truth.put("Contact", "1", {"Id": "1", "Name": "after"})
            truth.put("Contact", "2", {"Id": "2", "Name": "new"})
            truth.remove("Contact", "1")
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    for each in (truth, Truth(tmp_path / "org.db")):
        assert each.all("Contact") == [{"Id": "1", "Name": "before"}]
        assert each.having("Contact", "Name", "before") == each.all("Contact")
        assert each.having("Contact", "Name", "after") == []


def test_an_attempt_that_fails_takes_back_only_itself(tmp_path: Path) -> None:
    truth = Truth(tmp_path / "org.db")

    def fail() -> None:
        with truth.attempt():
            truth.put("Contact", "2", {"Id": "2"})
            with truth.attempt():
                truth.put("Contact", "3", {"Id": "3"})
            raise KeyError

    with truth.transaction():
        truth.put("Contact", "1", {"Id": "1"})
        with pytest.raises(KeyError):
            fail()
        with truth.attempt():
            truth.put("Contact", "4", {"Id": "4"})
    assert [each["Id"] for each in truth.all("Contact")] == ["1", "4"]
    assert [each["Id"] for each in Truth(tmp_path / "org.db").all("Contact")] == ["1", "4"]


def test_an_attempt_that_went_well_is_taken_back_with_the_deed_around_it(tmp_path: Path) -> None:
    truth = Truth(tmp_path / "org.db")

    def fail() -> None:
        with truth.transaction():
            with truth.attempt():
                truth.put("Contact", "5", {"Id": "5"})
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert truth.all("Contact") == Truth(tmp_path / "org.db").all("Contact") == []


def test_numbers_are_given_once_by_whichever_thread(tmp_path: Path) -> None:
    truth = Truth(tmp_path / "org.db")
    given: list[int] = []

    def take() -> None:
        given.extend(truth.next_number("003") for _ in range(50))

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(given) == list(range(1, 201))
    assert Truth(tmp_path / "org.db").next_number("003") == 201
