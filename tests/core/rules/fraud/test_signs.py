"""Signs: what means the same compares equal, what says nothing is nothing, and no text breaks it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.rules.fraud.signs import SPELLINGS, spelt


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [
        ("ip", " 198.51.100.7 ", "198.51.100.7"),
        ("ip", "2001:db8::1", "2001:db8:0:0:ffff::9"),
        ("ip", "::ffff:198.51.100.7", "198.51.100.7"),
        ("address", "Musterstra\u00dfe 1", "MUSTERSTRASSE  1,"),
        ("name", "Jos\u00e9 Garc\u00eda", "jose garcia"),
        ("postcode", "SW1A 1AA", "sw1a1aa"),
        ("email", "An.Na+x@googlemail.com", "anna@gmail.com"),
        ("phone", "+49 (0)170 1234567", "00491701234567"),
    ],
)
def test_two_ways_of_writing_it_compare_equal(kind: str, one: str, other: str) -> None:
    assert list(spelt(kind, one)) == list(spelt(kind, other)) != []


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [
        ("ip", "198.51.100.7", "198.51.100.8"),
        ("ip", "2001:db8:0:1::1", "2001:db8:0:2::1"),
        ("address", "Musterstra\u00dfe 1", "Musterstra\u00dfe 11"),
        ("browser", "abc", "ABC"),
    ],
)
def test_what_differs_stays_different(kind: str, one: str, other: str) -> None:
    assert list(spelt(kind, one)) != list(spelt(kind, other))


def test_a_page_is_its_host_and_the_domain_above() -> None:
    assert list(spelt("came_from", "https://www.deals.example.com/x?y")) == ["deals.example.com", "example.com"]


@pytest.mark.parametrize(
    ("kind", "value"),
    [("ip", "unknown"), ("ip", "999.1.1.1"), ("came_from", "http://["), ("came_from", "direct"), ("name", " . "),
     ("email", "nobody"), ("phone", "call me"), ("address", "x" * 1_001)],
)  # fmt: skip
def test_what_says_nothing_is_nothing(kind: str, value: str) -> None:
    assert list(spelt(kind, value)) == []


@given(value=st.text(max_size=1_100), kind=st.sampled_from([*SPELLINGS, "browser"]))
@settings(max_examples=150, deadline=None, derandomize=True)
def test_any_text_gets_spellings_that_stay_as_they_are(value: str, kind: str) -> None:
    for spelling in spelt(str(kind), value):
        assert spelling
        assert kind in ("ip",) or spelling in list(spelt(str(kind), spelling))
