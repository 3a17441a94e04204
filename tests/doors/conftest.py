"""One server for all questions to the door: a real process, on a database of its own, with nobody draining."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.doors.knocking import Door
from tests.support import databases
from tests.support.live import scene


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory, migrated_sqlite: Path) -> Iterator[Door]:
    """A connected hub, served by `referhub serve`."""
    folder = tmp_path_factory.mktemp("door")
    with scene(folder, databases.copy_sqlite(migrated_sqlite, folder)) as stage, stage.serving() as server:
        yield Door(stage, server)
