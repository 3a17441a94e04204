"""How HubSpot wants values spelt, and how it shows them again: always as text.

https://developers.hubspot.com/docs/api-reference/crm-properties-v3/guide
"""

from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from connectors.hubspot.mapping import parsed_moment
from referhub import Money

# What Unicode does not count as space but nobody sees either; HubSpot refuses it around numbers and dates.
# https://developers.hubspot.com/changelog/breaking-change-enhanced-validations-for-non-string-properties
UNSEEN = "\u200b\u200c\u200d\u2060\ufeff"
DAY = "date"  # the type of properties that hold a day and no time


def spelt_for(value: Any, kind: str, zone: str) -> str:
    """`value` as a property of this type takes it; None clears. `zone` decides on which day a moment lies."""
    if kind == DAY and isinstance(value, datetime):
        return str(int(datetime.combine(_day(value, zone), time(), UTC).timestamp() * 1000))  # its midnight in UTC
    return spelt(value) or ""


def spelt(value: Any, kind: str = "", zone: str = "UTC") -> str | None:
    """`value` as HubSpot shows it, once it is written into a property of this type; None for none."""
    if kind == DAY and isinstance(value, datetime):
        return _day(value, zone).isoformat()
    if value is None:
        return None
    if isinstance(value, bool):  # a bool is an int, too
        return "true" if value else "false"
    if isinstance(value, (Money, int, Decimal)):
        return plain_number(value.decimal if isinstance(value, Money) else Decimal(value))
    if isinstance(value, datetime):
        at = (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(UTC)
        return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z"
    if isinstance(value, date):
        return value.isoformat()
    return _bare(str(value)) or None


def shown(value: str | None, kind: str) -> str | None:
    """What HubSpot shows, in the one spelling in which values are compared; None for an empty one."""
    text = _bare(value or "")
    if not text:
        return None
    if kind == "number":
        try:
            return plain_number(Decimal(text))
        except InvalidOperation:
            return text
    at = parsed_moment(text) if kind in (DAY, "datetime") else None
    return spelt(at, kind) if at else text


def plain_number(number: Decimal) -> str:
    """Digits without an exponent and without zeros that say nothing."""
    if not number.is_finite() or abs(number.adjusted()) > 30:
        return str(number)
    text = f"{number:f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text) or "0"


def _bare(text: str) -> str:
    previous = None
    while previous != text:
        previous, text = text, text.strip().strip(UNSEEN)
    return text


def _day(at: datetime, zone: str) -> date:
    """The day on which it is `at` in the portal."""
    try:
        return at.astimezone(ZoneInfo(zone)).date()
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return at.astimezone(UTC).date()
