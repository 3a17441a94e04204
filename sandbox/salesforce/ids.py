"""Record ids: fifteen characters in which case matters, and the three that make them safe where it does not."""

from __future__ import annotations

import re

DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
SUMS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
SHAPE = re.compile(r"[0-9A-Za-z]{15}(?:[0-9A-Za-z]{3})?")
POD = "SY"


def full_id(short: str) -> str:
    """The 18 characters: each of the last three says which of five letters before are capitals."""
    ends = ""
    for start in range(0, 15, 5):
        bits = (1 << place for place, letter in enumerate(short[start : start + 5]) if letter.isupper())
        ends += SUMS[sum(bits)]
    return short + ends


def numbered_id(prefix: str, number: int) -> str:
    """The id of the so-many-th record of its kind."""
    text = ""
    while number:
        number, digit = divmod(number, len(DIGITS))
        text = DIGITS[digit] + text
    return full_id(prefix + POD + text.rjust(10, "0"))


def is_id(text: object) -> bool:
    return isinstance(text, str) and SHAPE.fullmatch(text) is not None


def normal_id(text: str) -> str:
    """The same id in 18 characters, whichever of the two forms was given."""
    return full_id(text[:15])
