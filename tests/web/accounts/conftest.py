"""A live hub with an owner, asked in process."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import databases
from tests.support.operators import Browser, LiveHub, live_hub


@pytest.fixture(scope="session")
def owned(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the database and the keys of a hub that somebody owns; only copied."""
    folder = tmp_path_factory.mktemp("owned")
    with live_hub(databases.copy_sqlite(migrated_sqlite, folder), folder) as live:
        live.own()
        (folder / "merchant").write_text(live.merchant_id)
    return folder


@pytest.fixture
def live(owned: Path, tmp_path: Path) -> Iterator[LiveHub]:
    """A hub of one's own that Olga owns, and that sends no mail."""
    folder = tmp_path / "hub"
    shutil.copytree(owned, folder)
    (file,) = folder.glob("*.db")
    with live_hub(f"sqlite:///{file}", folder, has_merchant=True) as found:
        yield found


@pytest.fixture
def browser(live: LiveHub) -> Browser:
    """A browser in which nobody is signed in."""
    return live.browser()
