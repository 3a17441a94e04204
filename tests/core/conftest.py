"""Fixtures for tests of core: a scene, which is a hub and a pretend shop, on both kinds of database."""

from collections.abc import Iterator

import pytest

from tests.support.hub import Scene, scene


@pytest.fixture
def stage(database_url: str) -> Iterator[Scene]:
    """A scene with the usual campaign and the advocate MIRA; the test runs on each kind of database."""
    built = scene(database_url).campaign()
    built.advocate()
    yield built
    built.hub.database.close()


@pytest.fixture
def bare(database_url: str) -> Iterator[Scene]:
    """A connected hub without any campaign, on each kind of database."""
    built = scene(database_url)
    yield built
    built.hub.database.close()
