"""Times as the API writes them: UTC, whole seconds, and an offset without a colon."""

from __future__ import annotations

from datetime import UTC, datetime


def written_time(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")


def read_time(text: str) -> datetime:
    """An aware time in UTC; raises ValueError for anything else, a time without an offset included."""
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError(f"{text} has no offset")
    return at.astimezone(UTC)


def xml_time(text: str) -> str:
    return text.replace("+0000", "Z")
