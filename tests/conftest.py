"""Fixtures for every test: databases of both kinds, recorded vendor data, a browser."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from tests.support import browser as chromium
from tests.support import databases, places
from tests.support.postgres import PostgresServer, PostgresUnavailable, fresh_database, running_postgres

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

BOTH = ("sqlite", "postgresql")

# No clock decides about a test: how fast this machine is, `bench/` says.
settings.register_profile("referhub", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("referhub")


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A real PostgreSQL server for the whole run."""
    with contextlib.ExitStack() as stack:
        try:
            server = stack.enter_context(running_postgres())
        except PostgresUnavailable as why:
            pytest.skip(f"no PostgreSQL: {why}")
        yield server


@pytest.fixture(scope="session")
def migrated_postgres(postgres: PostgresServer) -> Iterator[str]:
    """The URL of a migrated database that is only copied."""
    with databases.migrated_postgres(postgres) as url:
        yield url


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file that is only copied."""
    return databases.migrated_sqlite(tmp_path_factory.mktemp("sqlite"))


@pytest.fixture
def sqlite_url(migrated_sqlite: Path, tmp_path: Path) -> str:
    """A fresh migrated SQLite database."""
    return databases.copy_sqlite(migrated_sqlite, tmp_path)


@pytest.fixture
def postgresql_url(postgres: PostgresServer, migrated_postgres: str) -> Iterator[str]:
    """A fresh migrated PostgreSQL database."""
    with fresh_database(postgres, migrated_postgres) as url:
        yield url


@pytest.fixture(params=BOTH)
def database_url(request: pytest.FixtureRequest) -> str:
    """A fresh migrated database; the test runs once on each kind."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture(params=BOTH)
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database without a single table; the test runs once on each kind."""
    if request.param == "sqlite":
        yield databases.sqlite_url(tmp_path / "referhub.db")
        return
    with fresh_database(request.getfixturevalue("postgres")) as url:
        yield url


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder with recorded vendor data, which is not part of this repository."""
    folder = places.shared_data_path()
    if not folder.is_dir():
        pytest.skip(f"no recorded vendor data; point {places.SHARED_SETTING} at a copy")
    return folder


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator["Browser"]:
    """A headless Chromium for the whole run."""
    path = chromium.chromium_path()
    if path is None:
        pytest.skip(f"no Chromium on PATH; install one or point {chromium.SETTING} at it")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(
            executable_path=path,
            args=chromium.launch_arguments(),
            env=chromium.environment(tmp_path_factory.mktemp("browser-home")),
        )
        yield launched
        launched.close()


@pytest.fixture
def page(browser: "Browser") -> Iterator["Page"]:
    """A new page without cookies from any other test."""
    context = browser.new_context()
    yield context.new_page()
    context.close()
