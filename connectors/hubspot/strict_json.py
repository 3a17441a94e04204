"""JSON from outside: what cannot be read, is nested absurdly or spells no number is refused."""

import json
from typing import Any, NoReturn

Body = dict[str, Any]


def loads(body: bytes | str) -> Any:
    """The value that `body` spells; numbers with a fraction stay text. Raises `ValueError`."""
    text = body.decode("utf-8") if isinstance(body, bytes) else body
    try:
        return DECODER.decode(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def object_of(body: bytes | str) -> Body:
    """The object that `body` spells, empty for anything else."""
    try:
        value = loads(body)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def objects(value: Any) -> list[Body]:
    """The objects of a list, empty for anything else."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def child(value: Any, key: str) -> Body:
    """The object under a key, empty for anything else."""
    found = value.get(key) if isinstance(value, dict) else None
    return found if isinstance(found, dict) else {}


def texts(value: Any) -> list[str]:
    """The texts of a list, or the one text; empty for anything else."""
    if isinstance(value, str):
        return [value]
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def _constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is not a number")


DECODER = json.JSONDecoder(parse_float=str, parse_constant=_constant)
