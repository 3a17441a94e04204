"""A hub with an app in the store, and two shops."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.store import House, house_with_a_store_app


@pytest.fixture
def house(sqlite_url: str, tmp_path: Path) -> Iterator[House]:
    with house_with_a_store_app(sqlite_url, tmp_path) as running:
        yield running
