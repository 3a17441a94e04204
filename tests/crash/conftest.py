"""Scenes whose programs are killed: on a fresh database of either kind."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.live import Scene, scene


@pytest.fixture
def stage(tmp_path: Path, sqlite_url: str) -> Iterator[Scene]:
    """Connected, on SQLite; the door is shut."""
    with scene(tmp_path, sqlite_url) as made:
        yield made


@pytest.fixture
def postgres_stage(tmp_path: Path, postgresql_url: str) -> Iterator[Scene]:
    """Connected, on PostgreSQL; the door is shut."""
    with scene(tmp_path, postgresql_url) as made:
        yield made


@pytest.fixture(params=["sqlite", "postgresql"])
def either(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Scene]:
    """Connected; the test runs once on each kind of database."""
    with scene(tmp_path, request.getfixturevalue(f"{request.param}_url")) as made:
        yield made
