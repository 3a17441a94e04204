"""JSON that is read strictly."""

from decimal import Decimal

import pytest

from connectors.shopify.strict_json import MAX_DEPTH, loads


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"{", id="cut off"),
        pytest.param(b'{"a": 1, "a": 2}', id="a key twice"),
        pytest.param(b'{"deep": {"a": 1, "a": 1}}', id="a key twice inside"),
        pytest.param(b"[NaN]", id="NaN"),
        pytest.param(b"[-Infinity]", id="Infinity"),
        pytest.param(b"[1e999]", id="a huge exponent"),
        pytest.param(b"[1.5e1000000000]", id="an absurd exponent"),
        pytest.param(b"[" + b"1" * 5000 + b"]", id="a huge integer"),
        pytest.param(b"[0." + b"1" * 50 + b"]", id="a long fraction"),
        pytest.param('{"a": 1}'.encode("utf-16"), id="UTF-16"),
        pytest.param(b'\xef\xbb\xbf{"a": 1}', id="a byte order mark"),
        pytest.param(b'"\xff"', id="not UTF-8"),
        pytest.param(b'"a\x00b"', id="a raw NUL"),
        pytest.param(b'"a\\u0000b"', id="an escaped NUL"),
        pytest.param(b'"\\ud83d"', id="half a surrogate pair"),
        pytest.param(b'{"\\udc00": 1}', id="half a pair as a key"),
        pytest.param(b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1), id="too deep"),
        pytest.param(b"[" * (MAX_DEPTH + 1) + b'"[["' + b"]" * (MAX_DEPTH + 1), id="too deep beside text"),
        pytest.param(b"[" * 200_000, id="endlessly deep"),
    ],
)
def test_odd_json_is_refused(body: bytes) -> None:
    with pytest.raises(ValueError):
        loads(body)


def test_numbers_keep_every_digit() -> None:
    assert loads(b"[820982911946154508, 89.99, 0.1, 1e-05]") == [
        820982911946154508,
        Decimal("89.99"),
        Decimal("0.1"),
        Decimal("0.00001"),
    ]
    assert not any(isinstance(value, float) for value in loads(b"[1.0, 0.3]"))


def test_ordinary_text_is_left_alone() -> None:
    assert loads(b'["\\ud83d\\ude00", "\\\\u0000", "\\u00e9", "[[{"]') == ["😀", "\\u0000", "é", "[[{"]


def test_depth_up_to_the_limit_is_fine_even_with_brackets_in_text() -> None:
    assert loads(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH)
    assert loads(b"[" * MAX_DEPTH + b'"]["' + b"]" * MAX_DEPTH)
