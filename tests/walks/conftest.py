"""A hub on a fresh database, connected to a shop of its own, its door open."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.live import Scene, scene


@pytest.fixture
def stage(tmp_path: Path, sqlite_url: str) -> Iterator[Scene]:
    """Connected, with a published campaign, listening; everything due is done when a test says so."""
    with scene(tmp_path, sqlite_url) as made, made.door():
        yield made
