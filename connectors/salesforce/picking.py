"""Takes single values out of what Salesforce answers, and says what is wrong with them."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from connectors.salesforce.ids import full_id
from referhub import Money, Unreadable

Body = Mapping[str, Any]
LARGEST_AMOUNT = Decimal(10) ** 12
LONGEST_TEXT = 320


def child(body: Body, name: str) -> Body:
    """The object under a name, an empty one if there is none."""
    found = body.get(name)
    return found if isinstance(found, Mapping) else {}


def rows(value: Any) -> list[Body]:
    """The objects of a list; anything else is no row."""
    return [row for row in value if isinstance(row, Mapping)] if isinstance(value, list) else []


def text(body: Body, name: str) -> str | None:
    """The trimmed text under a name, None if it is empty, no text or out of all proportion."""
    found = body.get(name)
    # JSON can spell NUL and half a surrogate pair, which no database holds.
    found = found.replace("\x00", "").encode(errors="ignore").decode().strip() if isinstance(found, str) else ""
    return found if found and len(found) <= LONGEST_TEXT else None


def record_id(body: Body, name: str) -> str | None:
    """The 18-character id under a name, None if there is none."""
    return full_id(body.get(name))


def required_id(body: Body, name: str = "Id") -> str:
    """The id under a name. Raises `Unreadable`."""
    found = record_id(body, name)
    if found is None:
        raise Unreadable(f"a record of Salesforce has no {name}")
    return found


def moment(body: Body, name: str) -> datetime | None:
    """The time under a name in UTC, None if there is none."""
    return parsed_moment(body.get(name))


def parsed_moment(written: object) -> datetime | None:
    """A time as Salesforce writes it (`2026-11-20T14:03:11.000+0000`), in UTC; None if it is none."""
    try:
        told = datetime.fromisoformat(written) if isinstance(written, str) else None
        return told.astimezone(UTC) if told and told.tzinfo else None
    except (ValueError, OverflowError):
        return None


def required_moment(body: Body, name: str) -> datetime:
    """The time under a name. Raises `Unreadable`."""
    found = moment(body, name)
    if found is None:
        raise Unreadable(f"a record of Salesforce has no time in {name}")
    return found


def day(body: Body, name: str) -> date | None:
    """The date under a name, None if there is none."""
    try:
        return date.fromisoformat(body[name])
    except (KeyError, TypeError, ValueError):
        return None


def amount(value: Any, currency: str) -> Money:
    """The money of a number field: nothing is zero, and so is less than nothing. Raises `Unreadable`."""
    if value is None:
        return Money.zero(currency)
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
        raise Unreadable("an amount of Salesforce is not a number")
    exact = Decimal(value)
    if abs(exact) >= LARGEST_AMOUNT:
        raise Unreadable("an amount of Salesforce is out of all proportion")
    return Money.from_decimal(max(exact, Decimal(0)), currency)
