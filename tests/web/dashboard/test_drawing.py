"""Bodies, charts and small words: what is shown is exactly what is there."""

import json
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest

from core.contract.money import Money
from core.queries.daily import Day
from web.dashboard import shown
from web.dashboard.chart import HEIGHT, WIDTH, counted, draw, round_up
from web.dashboard.payload import LARGEST_SHOWN, readable


def test_a_json_body_is_indented() -> None:
    assert readable(b'{"a":[1,{"b":"x, y: {z}"}],"c":{},"d":[]}') == (
        '{\n  "a": [\n    1,\n    {\n      "b": "x, y: {z}"\n    }\n  ],\n  "c": {},\n  "d": []\n}'
    )


@pytest.mark.parametrize("number", ["10.10", "12345678901234567890.00", "1e1000000", "-0", "1E5"])
def test_a_number_is_shown_as_it_was_written(number: str) -> None:
    assert f'"price": {number}' in readable(f'{{"price":{number}}}'.encode())


@pytest.mark.parametrize("body", [b"<html>no</html>", b"", b"{broken", b"plain", b'"only a string"', b"a=1&b=2"])
def test_what_is_not_json_is_shown_as_it_came(body: bytes) -> None:
    assert readable(body) == body.decode()


def test_indenting_never_changes_what_json_says() -> None:
    value = {"text": 'quote " and \\ and \u2028 ]},:{[', "list": [[], {}, [1, [2]]], "": None, "t": True}
    assert json.loads(readable(json.dumps(value).encode())) == value
    assert json.loads(readable(json.dumps(value, ensure_ascii=False).encode())) == value


@pytest.mark.parametrize("body", [b"[" * 500_000, b"[" * 900 + b"]" * 900, b"9" * 1_000_000, b"\xff\xfe{"])
def test_a_strange_body_is_shown_quickly_and_not_beyond_measure(body: bytes) -> None:
    assert len(readable(body)) <= LARGEST_SHOWN + 10


def test_deep_nesting_does_not_run_off_the_page() -> None:
    lines = readable(b"[" * 200 + b"1" + b"]" * 200).splitlines()
    assert len(lines) == 401
    assert max(len(line) - len(line.lstrip()) for line in lines) == 60


def _days(*counts: tuple[int, int]) -> list[Day]:
    first = date(2026, 11, 1)
    return [Day(first + timedelta(days=n), a, b) for n, (a, b) in enumerate(counts)]


def test_bars_are_as_high_as_their_share_of_the_scale() -> None:
    chart = draw(_days((0, 0), (5, 10), (3, 4)))
    assert chart.scale == (10, 0)
    assert [[bar.height for bar in column.bars] for column in chart.columns] == [
        [0, 0],
        [HEIGHT / 2, HEIGHT],
        [HEIGHT * 0.3, HEIGHT * 0.4],
    ]
    assert all(bar.y + bar.height == HEIGHT for column in chart.columns for bar in column.bars)


def test_bars_stand_beside_each_other_inside_the_chart() -> None:
    bars = [bar for column in draw(_days(*[(1, 1)] * 30)).columns for bar in column.bars]
    for left, right in pairwise(bars):
        assert left.x + left.width <= right.x + 0.02
    assert bars[0].x >= 0
    assert bars[-1].x + bars[-1].width <= WIDTH


def test_the_chart_says_in_words_what_it_shows() -> None:
    chart = draw(_days((1, 2), (2, 4)))
    assert chart.summary == "3 conversions and 6 rewards in 2 days"
    assert [column.words for column in chart.columns] == [
        "1 Nov: 1 conversion, 2 rewards",
        "2 Nov: 2 conversions, 4 rewards",
    ]
    assert (chart.labels[0], chart.labels[-1]) == ("1 Nov", "2 Nov")


def test_a_chart_of_nothing_is_flat() -> None:
    assert {bar.height for column in draw(_days(*[(0, 0)] * 30)).columns for bar in column.bars} == {0}


@pytest.mark.parametrize(("count", "top"), [(1, 1), (2, 2), (3, 5), (6, 10), (11, 20), (51, 100), (101, 200)])
def test_the_scale_ends_on_a_round_number(count: int, top: int) -> None:
    assert round_up(count) == top


def test_words_times_and_sums() -> None:
    now = datetime(2026, 11, 24, 12, tzinfo=UTC)
    tokyo = datetime.fromisoformat("2026-11-24T01:05:00+09:00")
    assert shown.short_time(tokyo, now) == "23 Nov, 16:05"
    assert shown.full_time(tokyo) == "2026-11-23 16:05:00 UTC"
    assert shown.machine_time(tokyo) == "2026-11-23T16:05:00Z"
    assert shown.short_time(datetime(2025, 1, 2, 3, 4, tzinfo=UTC), now) == "2 Jan 2025, 03:04"
    assert shown.sums([Money(1000, "EUR"), Money(500, "JPY"), Money(1, "KWD")]) == ("EUR 10.00 · JPY 500 · KWD 0.001")
    assert shown.sums([]) == "–"
    assert (shown.size(999), shown.size(4200)) == ("999 B", "4.2 kB")
    assert (counted(1, "push", "pushes"), counted(2, "push", "pushes")) == ("1 push", "2 pushes")
    assert shown.account("receivable:0190aa0190bb") == "receivable …0190bb"
    assert shown.account("held") == "held"


@pytest.mark.parametrize(
    ("text", "short"),
    [
        ("gid://shop/Order/7001", "7001"),
        ("gid://shop/Transaction/7001?account=9", "7001"),
        ("the shop confirmed gid://shop/Credit/9 (refund gid://shop/Refund/42)", "the shop confirmed 9 (refund 42)"),
        ("https://tea.example/orders/7001", "https://tea.example/orders/7001"),
        ("gid://shop/Order/7001a", "gid://shop/Order/7001a"),
        ("customer/77", "customer/77"),
        ("7001", "7001"),
    ],
)
def test_only_the_number_is_shown_of_an_id_that_is_an_address(text: str, short: str) -> None:
    assert shown.short_ids(text) == short


def test_less_than_nothing_has_its_sign_in_front() -> None:
    assert shown.signed(Money(-1000, "EUR")) == "−EUR 10.00"
    assert shown.signed(Money(1000, "EUR")) == "EUR 10.00"
