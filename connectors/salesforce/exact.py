"""JSON read and written exactly: fractions are `Decimal`, never floats; the odd is refused, not guessed."""

import json
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, NoReturn

NUMBER = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,20})?([eE][+-]?[0-9]{1,2})?")
LONGEST_INTEGER = 18
Value = str | int | Decimal | bool | None


def loads(body: bytes) -> Any:
    """The value that `body` spells in UTF-8. Raises `ValueError`."""
    try:
        return DECODER.decode(body.decode("utf-8"))
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _fraction(text: str) -> Decimal:
    if not NUMBER.fullmatch(text):
        raise ValueError("a number out of all proportion")
    return Decimal(text)


def _integer(text: str) -> int:
    if len(text) > LONGEST_INTEGER + 1:
        raise ValueError("a number out of all proportion")
    return int(text)


def _constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is not a number")


DECODER = json.JSONDecoder(parse_float=_fraction, parse_int=_integer, parse_constant=_constant)


def spelt(value: Any) -> str:
    """The JSON of a value; a `Decimal` keeps every digit, for which the standard library has no way."""
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{json.dumps(name)}:{spelt(inner)}" for name, inner in value.items()) + "}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "[" + ",".join(map(spelt, value)) + "]"
    return json.dumps(value)
