"""The ground: what the database says when something goes wrong does not repeat what was to be stored."""

import time
from datetime import UTC, datetime

import psycopg
import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from core.database import Database, Unavailable
from core.models import Merchant
from tests.support.hub import Scene


def test_an_error_does_not_repeat_the_values_of_its_statement(bare: Scene) -> None:
    """I28: its first line goes to the page of the delivery."""
    known = bare.one(Merchant)

    def store() -> None:
        with bare.hub.database.transaction() as session:
            session.add(Merchant(id=known.id, name="anna@example.com", created_at=bare.watch.at))

    with pytest.raises(IntegrityError) as raised:
        store()
    assert "anna@example.com" not in str(raised.value)


def test_a_transaction_that_postgresql_ends_is_rolled_back_and_the_next_one_works_at_once(
    postgresql_url: str,
) -> None:
    """F15: nothing of it is kept, nothing was acknowledged, and the pool needs no restart."""
    database = Database(postgresql_url)
    began = time.monotonic()
    with pytest.raises(Unavailable):
        _write_and_lose_the_server(database, postgresql_url)
    with database.transaction() as session:
        assert session.scalars(select(Merchant)).all() == []
        session.add(Merchant(id="1" * 32, name="Tea", created_at=datetime.now(UTC)))
    assert time.monotonic() - began < 5
    database.close()


def _write_and_lose_the_server(database: Database, url: str) -> None:
    with database.transaction() as session:
        session.add(Merchant(id="0" * 32, name="Tea", created_at=datetime.now(UTC)))
        session.flush()
        pid = session.connection().exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
        with psycopg.connect(url, autocommit=True) as other:
            other.execute("SELECT pg_terminate_backend(%s)", [pid])
        session.connection().exec_driver_sql("SELECT 1")
