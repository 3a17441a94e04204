"""The plan of the regular backups: where, how often, and how long they stay."""

import re
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from core.contract.errors import Mendable

# Backups hold personal data, too: they are not kept for ever, and what was erased leaves the last of them by then.
OLDEST = timedelta(days=35)


class BadKeep(Mendable, ValueError):
    """The text does not say for how long."""


@dataclass(frozen=True, slots=True)
class Keep:
    """Which backups stay: all of the last `days`, and the newest of each week for `weeks` before that."""

    days: int = 7
    weeks: int = 4

    @classmethod
    def read(cls, text: str) -> "Keep":
        """From `7d/4w` (or `7d`). Raises `BadKeep` for anything else, and for more than 35 days."""
        found = re.fullmatch(r"([0-9]{1,3})d(?:/([0-9]{1,3})w)?", text)
        if not found or timedelta(days=int(found[1]), weeks=int(found[2] or 0)) > OLDEST:
            raise BadKeep(f"{text!r}: write 7d/4w, days and weeks, together at most {OLDEST.days} days")
        return cls(int(found[1]), int(found[2] or 0))


@dataclass(frozen=True, slots=True)
class BackupPlan:
    """Where the regular backups go, how often, and how long they stay."""

    folder: Path
    every: timedelta = timedelta(hours=24)
    keep: Keep = Keep()
