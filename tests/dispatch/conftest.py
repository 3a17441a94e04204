"""A connected hub on a fresh database, its door open, nobody working yet; rewards have no hold."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.live import Scene, scene


@pytest.fixture
def stage(tmp_path: Path, sqlite_url: str) -> Iterator[Scene]:
    """On SQLite."""
    with scene(tmp_path, sqlite_url) as made, made.door():
        made.campaign(hold={"days": 0})
        yield made


@pytest.fixture
def postgres_stage(tmp_path: Path, postgresql_url: str) -> Iterator[Scene]:
    """On PostgreSQL."""
    with scene(tmp_path, postgresql_url) as made, made.door():
        made.campaign(hold={"days": 0})
        yield made
