"""Property values: what each type accepts, how it is kept, and how a webhook tells it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

DAY_MS = 86_400_000
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")


class Fault(Exception):
    """This value cannot be; the code is the vendor's word for why."""

    def __init__(self, code: str, said: str) -> None:
        super().__init__(said)
        self.code, self.said = code, said


def kept(shape: dict[str, Any], value: str) -> str:
    """The value as the portal keeps it; "" clears. Raises Fault."""
    if shape["modificationMetadata"]["readOnlyValue"]:
        raise Fault("READ_ONLY_VALUE", f'"{shape["name"]}" is a read only property; its value cannot be set.')
    if value == "":
        return ""
    # Refused since 2025-04-07, invisible characters too (changelog: enhanced validations for non-string properties).
    if shape["type"] != "string" and value != _trimmed(value):
        raise Fault("INVALID_WHITESPACE", f'"{value}" has leading or trailing whitespace')
    if shape["name"] == "email" and not EMAIL.fullmatch(value):
        raise Fault("INVALID_EMAIL", f"Email address {value} is invalid")
    return KEPT[shape["type"]](shape, value)


def _trimmed(value: str) -> str:
    return value.strip().strip("\u200b\u200c\u200d\u2060\ufeff\u00a0").strip()


def _text(shape: dict[str, Any], value: str) -> str:
    return value


def _number(shape: dict[str, Any], value: str) -> str:
    """Plain decimals only: a comma, a currency sign or NaN is no number."""
    fault = Fault("INVALID_INTEGER", f"{value} was not a valid number.")
    try:
        number = Decimal(value)
    except InvalidOperation:
        raise fault from None
    if not number.is_finite() or "_" in value:
        raise fault
    return value


def _bool(shape: dict[str, Any], value: str) -> str:
    if value not in ("true", "false"):
        raise Fault("INVALID_BOOLEAN", f"{value} was not a valid boolean.")
    return value


def _choice(shape: dict[str, Any], value: str) -> str:
    allowed = [option["value"] for option in shape["options"]]
    asked = value.split(";") if shape["fieldType"] == "checkbox" else [value]
    if shape["options"] and not set(asked) <= set(allowed):
        raise Fault("INVALID_OPTION", f"{value} was not one of the allowed options: {allowed}")
    return value


def _moment(shape: dict[str, Any], value: str) -> str:
    return iso(milliseconds(value))


def _day(shape: dict[str, Any], value: str) -> str:
    """A date is its own text, or midnight UTC in ms."""
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        milliseconds(value)
        return value
    at = milliseconds(value)
    if at % DAY_MS:
        raise Fault("INVALID_DATE", f"{value} is at {datetime.fromtimestamp(at / 1000, UTC).time()} UTC, not midnight!")
    return iso(at)[:10]


KEPT: dict[str, Callable[[dict[str, Any], str], str]] = {
    "string": _text,
    "number": _number,
    "bool": _bool,
    "enumeration": _choice,
    "datetime": _moment,
    "date": _day,
    "phone_number": _text,
}


@lru_cache(maxsize=1 << 16)
def milliseconds(value: str) -> int:
    """ms since 1970 of digits or of ISO 8601 with an offset; a bare date is its midnight UTC. Raises Fault."""
    try:
        if re.fullmatch(r"-?\d+", value):
            datetime.fromtimestamp(int(value) / 1000, UTC)
            return int(value)
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
            day = date.fromisoformat(value)
            return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() * 1000)
        found = datetime.fromisoformat(value)
        if found.tzinfo is not None:
            return round(found.timestamp() * 1000)
    except (ValueError, OverflowError, OSError):
        pass
    raise Fault("INVALID_DATE", f"{value} was not a valid date.")


def iso(ms: int) -> str:
    """As the API tells times: 2025-11-04T12:06:46.802Z."""
    whole = datetime.fromtimestamp(ms // 1000, UTC).replace(tzinfo=None)
    return f"{whole.isoformat()}.{ms % 1000:03d}Z"


def told(shape: dict[str, Any], value: str) -> str:
    """As a webhook tells it: times and dates in ms, what is sensitive not at all."""
    if shape["dataSensitivity"] != "non_sensitive":
        return "REDACTED"
    if value and shape["type"] in ("date", "datetime"):
        return str(milliseconds(value))
    return value
