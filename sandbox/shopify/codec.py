"""Nouns to JSON text and back, with exact decimals and aware times."""

from __future__ import annotations

import dataclasses
import json
from datetime import datetime
from decimal import Decimal
from functools import cache
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")


def packed(thing: Any) -> str:
    return json.dumps(dataclasses.asdict(thing), default=_plain, separators=(",", ":"))


def unpacked(kind: type[T], text: str) -> T:
    found: T = _shaped(kind, json.loads(text))
    return found


def as_json(thing: Any) -> dict[str, Any]:
    """The thing as plain JSON values: decimals as strings, times as ISO 8601."""
    shown: dict[str, Any] = json.loads(packed(thing))
    return shown


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


@cache
def _fields(kind: type) -> dict[str, Any]:
    hints = get_type_hints(kind)
    return {field.name: hints[field.name] for field in dataclasses.fields(kind)}


def _shaped(shape: Any, value: Any) -> Any:
    if value is None or shape in (str, int, bool):
        return value
    if shape is Decimal:
        return Decimal(value)
    if shape is datetime:
        return datetime.fromisoformat(value)
    if get_origin(shape) in (Union, UnionType):
        return _shaped(next(arm for arm in get_args(shape) if arm is not type(None)), value)
    if get_origin(shape) is list:
        return [_shaped(get_args(shape)[0], each) for each in value]
    if isinstance(shape, type) and dataclasses.is_dataclass(shape):
        return shape(**{name: _shaped(hint, value[name]) for name, hint in _fields(shape).items()})
    return value
