"""A value on its way in: turned into what the field keeps, or refused in the vendor's words."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from sandbox.salesforce.ids import is_id, normal_id
from sandbox.salesforce.refusals import Refusal
from sandbox.salesforce.schema import Field
from sandbox.salesforce.times import read_time, written_time

EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


def taken(field: Field, given: Any) -> Any:
    """The value as it will be kept; raises Refusal for one that the field cannot hold."""
    return None if given is None else TAKERS[field.type](field, given)


def _wrong(field: Field, given: Any) -> Refusal:
    return Refusal(
        "INVALID_TYPE_ON_FIELD_IN_RECORD", f"{field.label}: value not of required type: {given}", [field.name]
    )


def _text(field: Field, given: Any) -> str | None:
    """Blanks at both ends are lost, and an empty text is none."""
    if isinstance(given, bool | dict | list):
        raise _wrong(field, given)
    text = str(given).strip()
    if len(text) > field.length:
        message = f"{field.label}: data value too large: {text} (max length={field.length})"
        raise Refusal("STRING_TOO_LONG", message, [field.name])
    return text or None


def _email(field: Field, given: Any) -> str | None:
    text = _text(field, given)
    if text and not EMAIL.fullmatch(text):
        raise Refusal("INVALID_EMAIL_ADDRESS", f"{field.label}: invalid email address: {text}", [field.name])
    return text


def _number(field: Field, given: Any) -> Decimal:
    """Rounded to the field's scale; more digits than it holds are refused."""
    if isinstance(given, bool | dict | list):
        raise _wrong(field, given)
    try:
        value = Decimal(str(given)).quantize(Decimal(1).scaleb(-field.scale), ROUND_HALF_UP)
    except InvalidOperation:
        raise _wrong(field, given) from None
    if abs(value) >= 10**field.length:
        message = f"{field.label}: value outside of valid range on numeric field: {given}"
        raise Refusal("NUMBER_OUTSIDE_VALID_RANGE", message, [field.name])
    return value


def _int(field: Field, given: Any) -> int:
    if isinstance(given, bool) or not re.fullmatch(r"-?\d+", str(given)):
        raise _wrong(field, given)
    return int(given)


def _boolean(field: Field, given: Any) -> bool:
    if str(given).lower() not in ("true", "false"):
        raise _wrong(field, given)
    return str(given).lower() == "true"


def _datetime(field: Field, given: Any) -> str:
    try:
        return written_time(read_time(str(given)))
    except ValueError:
        raise _wrong(field, given) from None


def _date(field: Field, given: Any) -> str:
    try:
        return date.fromisoformat(str(given)).isoformat()
    except ValueError:
        raise _wrong(field, given) from None


def _id(field: Field, given: Any) -> str | None:
    if given == "":
        return None
    if not is_id(given):
        raise Refusal("MALFORMED_ID", f"{field.label}: id value of incorrect type: {given}", [field.name])
    return normal_id(given)


TAKERS: dict[str, Callable[[Field, Any], Any]] = {
    "string": _text,
    "picklist": _text,
    "textarea": _text,
    "url": _text,
    "phone": _text,
    "email": _email,
    "double": _number,
    "currency": _number,
    "percent": _number,
    "int": _int,
    "boolean": _boolean,
    "datetime": _datetime,
    "date": _date,
    "reference": _id,
    "id": _id,
}
