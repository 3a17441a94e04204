"""An answer as plain values for JSON: money with its text, times in ISO 8601, personal values opened."""

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from pathlib import PurePath
from typing import Any

from core.contract.money import Money
from core.queries.sealed import Sealed

OpenSealed = Callable[[bytes, str], bytes]


def plain(value: Any, open_sealed: OpenSealed) -> Any:
    """`value` and everything in it as dictionaries, lists, strings and numbers."""
    if isinstance(value, Money):
        return {"minor": value.minor, "currency": value.currency, "text": str(value)}
    if isinstance(value, Sealed):
        return open_sealed(value.value, value.context).decode(errors="replace")
    if isinstance(value, PurePath):
        return str(value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    return _inside(value, open_sealed)


def _inside(value: Any, open_sealed: OpenSealed) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return {entry.name: plain(getattr(value, entry.name), open_sealed) for entry in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(inner, open_sealed) for key, inner in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(inner, open_sealed) for inner in value]
    return value
