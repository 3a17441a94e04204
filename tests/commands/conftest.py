"""A story that was told once, for asking every verb about it; and the person at the keyboard."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import databases
from tests.support.live import Scene, scene


@pytest.fixture(scope="package")
def told(tmp_path_factory: pytest.TempPathFactory, migrated_sqlite: Path) -> Iterator[Scene]:
    """Bob bought with Alice's code and both were rewarded; Carl bought by himself. Ask, and change nothing."""
    folder = tmp_path_factory.mktemp("told")
    with scene(folder, databases.copy_sqlite(migrated_sqlite, folder)) as made, made.door():
        made.advocate()
        made.order(made.friend())
        made.order(made.friend("carl@example.com"), code=None)
        made.settle()
        made.later("15d")
        made.settle()
        yield made


@pytest.fixture
def stage(tmp_path: Path, sqlite_url: str) -> Iterator[Scene]:
    """A hub of its own for a test that changes something: connected, listening, with a published campaign."""
    with scene(tmp_path, sqlite_url) as made, made.door():
        yield made
