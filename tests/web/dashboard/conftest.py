"""A dashboard asked in process, on a full or a fresh database."""

from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from core.database import Database
from tests.support.dashboard import LookedAtHub, dashboard_app
from tests.support.full_hub import tell


@pytest.fixture
def hub(sqlite_url: str) -> Iterator[LookedAtHub]:
    """A hub on a fresh database."""
    database = Database(sqlite_url)
    yield LookedAtHub(database)
    database.close()


@pytest.fixture
def ids(hub: LookedAtHub) -> dict[str, str]:
    """The hub is in the middle of its life; these are the ids of the rows that tests ask for."""
    with hub.story() as story:
        return {name: row.id for name, row in tell(story).items()}


@pytest.fixture
def client(hub: LookedAtHub) -> FlaskClient:
    """A browser on the hub's own machine."""
    return dashboard_app(hub).test_client()
