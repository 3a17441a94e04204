"""Moments: times as people type them."""

from datetime import UTC, datetime

import click


def moment(text: str) -> datetime:
    """The time that was typed, UTC where it names no zone. Raises `click.BadParameter`."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(f"{text!r} is no time: write 2026-11-01 or 2026-11-01T12:00") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
