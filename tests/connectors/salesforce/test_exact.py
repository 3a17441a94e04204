"""JSON: amounts keep every digit in both directions, and what is out of proportion is refused."""

import json
from decimal import Decimal

import pytest

from connectors.salesforce.exact import loads, spelt


def test_a_fraction_is_read_exactly() -> None:
    """SF-27"""
    told = loads(b'{"a": 120000.10, "b": 1e5, "c": 0.1, "d": 12}')
    assert told == {"a": Decimal("120000.10"), "b": Decimal("1E+5"), "c": Decimal("0.1"), "d": 12}
    assert not any(isinstance(value, float) for value in told.values())


@pytest.mark.parametrize(
    "odd",
    [
        b"",
        b"<html>",
        b"{",
        b'{"a": NaN}',
        b'{"a": Infinity}',
        b'{"a": 1e1000000}',
        b'{"a": ' + b"9" * 400 + b"}",
        b'{"a": 0.' + b"1" * 400 + b"}",
        b"[" * 100_000,
        b"\xff\xfe",
    ],
)
def test_the_odd_is_refused(odd: bytes) -> None:
    with pytest.raises(ValueError, match=r".*"):
        loads(odd)


def test_what_is_written_is_json_with_every_digit() -> None:
    body = {"allOrNone": False, "records": [{"a": Decimal("1234567890123456.78"), "b": None, "c": 'q"ü', "d": 3}]}
    text = spelt(body)
    assert '"a":1234567890123456.78' in text
    assert json.loads(text, parse_float=Decimal) == body
    assert spelt(Decimal("1E+2")) == "100"
