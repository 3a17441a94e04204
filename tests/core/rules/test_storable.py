"""Storable: what JSON can spell and no database can hold is left out."""

import pytest

from core.rules.storable import storable


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("a\0b", "ab"),
        ("x\ud800y\udc00", "xy"),
        ("\u202egp.exe", "\u202egp.exe"),
        ("\U0001f600", "\U0001f600"),
        ("", ""),
    ],
)
def test_only_what_cannot_be_held_is_left_out(text: str, kept: str) -> None:
    assert storable(text) == kept
