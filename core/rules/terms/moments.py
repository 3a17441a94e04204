"""Days and times as they stand in terms."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from core.rules.terms.shapes import Reading

MOMENT = re.compile(r"2[01][0-9]{2}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2})?(Z|[+-][0-9]{2}:[0-9]{2})?)?")


@dataclass(frozen=True)
class Moment:
    """A day, or a day with a time of day; UTC where nothing else is said."""

    def read(self, found: Any, place: str, reading: Reading) -> datetime | None:
        """The moment in UTC; a day alone is its first moment."""
        read = moment(found)
        if read is None:
            what = 'a day such as "2026-11-01", or with a time of day, UTC: "2026-11-01T18:00"'
            reading.problems.wrong(place, found, what)
        return read

    def schema(self) -> dict[str, Any]:
        """A string of that pattern."""
        return {"type": "string", "pattern": f"^{MOMENT.pattern}$"}


def moment(found: Any) -> datetime | None:
    """The moment in UTC that a text spells, or None; the calendar must have it."""
    if not isinstance(found, str) or not MOMENT.fullmatch(found):
        return None
    try:
        read = datetime.fromisoformat(found)
    except ValueError:
        return None
    return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
