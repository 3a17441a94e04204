"""The book: one decides at a time, and whoever only stores neither waits for a decision nor holds one up."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from core.models import Campaign, Merchant
from core.services.book import lock
from tests.support.hub import Scene, scene


@pytest.fixture
def shared(postgresql_url: str) -> Scene:
    """A hub on PostgreSQL, where two transactions go on side by side."""
    return scene(postgresql_url)


@contextmanager
def another(stage: Scene) -> Iterator[Session]:
    """A transaction that gives up where it would have to wait."""
    with stage.hub.database.transaction() as session:
        session.connection().exec_driver_sql("SET LOCAL lock_timeout = '500ms'")
        yield session


def test_a_row_is_stored_while_a_decision_is_being_made(shared: Scene) -> None:
    """Else the two end in a circle when the decision then waits for a row that was stored beside it."""
    with shared.hub.database.transaction() as deciding:
        lock(deciding, shared.connection.merchant_id)
        with another(shared) as storing:
            of = shared.connection.merchant_id
            storing.add(Campaign(merchant_id=of, slug="late", name="Late", created_at=shared.watch.at))
    assert shared.one(Campaign, slug="late").name == "Late"


def test_a_second_decision_waits_for_the_first(shared: Scene) -> None:
    with shared.hub.database.transaction() as deciding:
        lock(deciding, shared.connection.merchant_id)
        with pytest.raises(OperationalError), another(shared) as second:
            lock(second, shared.connection.merchant_id)
    with another(shared) as afterwards:
        assert isinstance(lock(afterwards, shared.connection.merchant_id), Merchant)
