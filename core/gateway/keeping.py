"""Keeping: how long what is kept: bodies, notes of the hub's own work, and marks of the erased."""

from dataclasses import dataclass
from datetime import timedelta

# A source repeats a delivery for two days at most, and an old backup is restored within this time.
LATE = timedelta(days=35)
MONTH = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Keeping:
    """Zero keeps for ever, but for `erased_people`: there zero, the default, remembers nobody."""

    bodies: timedelta = timedelta(days=90)
    write_runs: timedelta = timedelta(days=365)
    signals: timedelta = timedelta(days=365)
    audit: timedelta = timedelta(0)
    erased_people: timedelta = timedelta(0)
    answer_within: timedelta = timedelta(days=30)
