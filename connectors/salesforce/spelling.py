"""How values are spelt: to Salesforce in the type of their field, and back in one spelling that compares."""

import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from connectors.salesforce.picking import parsed_moment
from connectors.salesforce.schema import NUMBERS, TEXTS, Field
from referhub import Money

PLAIN_NUMBER = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,6})?")
Value = str | int | bool | Money | datetime | None


def written(value: Value, field: Field | None) -> str | int | bool | Decimal | None:
    """The value as JSON for a field: numbers exact, times in UTC; a text that is a number goes into a number field, and
    a number into a text field as text."""
    if field and field.type in TEXTS and isinstance(value, (int, Money)):
        return spelt(value)
    if isinstance(value, Money):
        return value.decimal
    if isinstance(value, datetime):
        return iso(value)
    if isinstance(value, str) and field and field.type in NUMBERS and PLAIN_NUMBER.fullmatch(value):
        return Decimal(value)
    return value or None if isinstance(value, str) else value


def spelt(value: Any) -> str | None:
    """One spelling for what the hub writes and for what Salesforce shows; nothing and an empty text are the same."""
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Money):
        return plain(value.decimal)
    if isinstance(value, (int, Decimal)):
        return plain(Decimal(value))
    if isinstance(value, datetime):
        return iso(value)
    return str(value)


def shown(value: Any, field: Field | None) -> str | None:
    """What Salesforce shows in a field, in that spelling."""
    if field and field.type == "datetime" and (at := parsed_moment(value)):
        return iso(at)
    return spelt(value) if isinstance(value, (str, int, Decimal)) or value is None else None


def plain(number: Decimal) -> str:
    """Digits without an exponent or zeros that say nothing: 5.0 and 5 are one number."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def iso(at: datetime) -> str:
    """To the second, as Salesforce keeps times."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
