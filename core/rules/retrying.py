"""Retrying: how long to wait after the Nth failure, and how a source's own wish is bounded."""

from datetime import timedelta

SHORTEST = timedelta(seconds=1)
LONGEST = timedelta(hours=24)
FIRST = timedelta(seconds=30)
CEILING = timedelta(hours=1)
MOST_READS = 8


def backoff(attempts: int) -> timedelta:
    """30 seconds, doubling with each failure, an hour at the most."""
    return min(CEILING, FIRST * (1 << min(max(attempts - 1, 0), 10)))


def bounded(wish: timedelta) -> timedelta:
    """A source's "try again after", never less than a second nor more than a day."""
    return min(LONGEST, max(SHORTEST, wish))
