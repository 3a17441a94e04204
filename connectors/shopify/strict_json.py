"""JSON read strictly: UTF-8, no repeated keys, no floats, bounded depth; the odd is refused, not guessed."""

import json
import re
from decimal import Decimal
from typing import Any, NoReturn

MAX_DEPTH = 32
NUMBER = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,20})?([eE][+-]?[0-9]{1,2})?")
NOT_BRACKETS = bytes(byte for byte in range(256) if byte not in b"[]{}")


def loads(body: bytes) -> Any:
    """The value that `body` spells; numbers with a fraction are `Decimal`. Raises `ValueError`."""
    text = body.decode("utf-8")
    is_shallow = _is_surely_shallow(body)
    try:
        value = DECODER.decode(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if not is_shallow and _depth(value) > MAX_DEPTH:
        raise ValueError("nested too deeply")
    if "\\" in text:
        _refuse_odd_characters(text)
    return value


def _is_surely_shallow(body: bytes) -> bool:
    """Peel the innermost pairs of brackets, level by level; brackets inside strings may make this say no."""
    brackets = body.translate(None, NOT_BRACKETS)
    for _level in range(MAX_DEPTH):
        if not brackets:
            return True
        brackets = brackets.replace(b"[]", b"").replace(b"{}", b"")
    return not brackets


def _depth(value: Any) -> int:
    level, depth = [value], 0
    while any(isinstance(item, (dict, list)) for item in level) and depth <= MAX_DEPTH:
        level = [inner for item in level for inner in _inside(item)]
        depth += 1
    return depth


def _inside(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def _refuse_odd_characters(text: str) -> None:
    # Escapes can spell NUL and half a surrogate pair, which no database and no UTF-8 file can hold.
    for escape in ESCAPES.finditer(text):
        if escape[1] is not None:
            raise ValueError("a character that cannot be stored")


# An escaped backslash is consumed as a pair, so that "\\u0000" spelt out in text stays harmless.
ESCAPES = re.compile(
    r"\\\\|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(\\u0000|\\u[dD][89a-fA-F][0-9a-fA-F]{2})"
)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError("a key occurs twice")
    return value


def _fraction(text: str) -> Decimal:
    if not NUMBER.fullmatch(text):
        raise ValueError("a number out of all proportion")
    return Decimal(text)


def _constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is not a number")


DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_float=_fraction, parse_constant=_constant)
