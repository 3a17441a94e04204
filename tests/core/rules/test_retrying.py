"""Retrying: waits double up to an hour, and a source's wish is bounded."""

from datetime import timedelta

import pytest

from core.rules.retrying import backoff, bounded

HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("attempts", "seconds"), [(-1, 30), (0, 30), (1, 30), (2, 60), (3, 120), (7, 1920), (8, 3600), (10**9, 3600)]
)
def test_the_wait_doubles_up_to_an_hour(attempts: int, seconds: int) -> None:
    assert backoff(attempts) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("wish", "kept"),
    [
        (timedelta(seconds=-1), timedelta(seconds=1)),
        (timedelta(), timedelta(seconds=1)),
        (timedelta(seconds=2), timedelta(seconds=2)),
        (24 * HOUR, 24 * HOUR),
        (timedelta(seconds=10**9), 24 * HOUR),
        (timedelta.max, 24 * HOUR),
    ],
)
def test_a_wish_is_kept_between_a_second_and_a_day(wish: timedelta, kept: timedelta) -> None:
    """F41: a Retry-After of minus one or of thirty years."""
    assert bounded(wish) == kept
