"""A story on a fresh database for every test of a question."""

from collections.abc import Iterator

import pytest

from core.database import Database
from tests.support.story import Story


@pytest.fixture
def story(sqlite_url: str) -> Iterator[Story]:
    """Rows can be written and asked for in the same session."""
    database = Database(sqlite_url)
    with database.transaction() as session:
        yield Story(session)
    database.close()
