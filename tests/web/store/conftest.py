"""A hub with an app in the store, and two shops."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import databases
from tests.support.store import House, house_with_a_store_app


@pytest.fixture
def house(sqlite_url: str, tmp_path: Path) -> Iterator[House]:
    """Neither shop has the app yet."""
    with house_with_a_store_app(sqlite_url, tmp_path) as running:
        yield running


@pytest.fixture(scope="module")
def lived_in(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The north shop has the app; for tests that only ask, and leave everything as it is."""
    folder = tmp_path_factory.mktemp("lived-in")
    with house_with_a_store_app(databases.copy_sqlite(migrated_sqlite, folder), folder) as running:
        running.install()
        assert running.open().status_code == 200
        yield running
