"""Fixtures for tests of core: a scene, which is a hub and a pretend shop, on both kinds of database."""

from collections.abc import Iterator

import pytest
from sqlalchemy import text

from core.database import Database
from core.models.base import Base
from tests.support.hub import Scene, scene
from tests.support.postgres import PostgresServer, fresh_database


@pytest.fixture(scope="session")
def reused_postgres(postgres: PostgresServer, migrated_postgres: str) -> Iterator[Database]:
    """One migrated database for all tests of core: emptying it is quicker than making another."""
    with fresh_database(postgres, migrated_postgres) as url:
        database = Database(url, pool_size=1)
        yield database
        database.close()


@pytest.fixture
def postgresql_url(reused_postgres: Database) -> Iterator[str]:
    """An empty migrated PostgreSQL database."""
    yield reused_postgres.url
    with reused_postgres.transaction() as session:
        for switch in ("DISABLE", "ENABLE"):
            # which otherwise refuse to be emptied
            for table in ("ledger_transactions", "ledger_entries", "audit_entries"):
                session.execute(text(f"ALTER TABLE {table} {switch} TRIGGER USER"))
            if switch == "DISABLE":
                for name in Base.metadata.tables:
                    session.execute(text(f"DELETE FROM {name}"))
                session.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))


# Decisions that are made in Python and only kept by the database are tried on one kind of it; everything that leans on
# the database itself (locks, conditions, conflicts, order, batches) is tried on both.
DECISIONS = {
    "echo",
    "reverse",
    "people",
    "one_purchase",
    "leads",
    "forget",
    "erase",
    "reapply",
    "reseal",
    "export_person",
    "duties",
    "judge_people",
    "collisions",
    "take_back",
    "judge_reward",
    "second_person",
    "reattribute",
    "review",
    "grant",
    "enroll",
    "connections",
    "campaigns",
    "sync",
    "showing",
}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test of a decision runs once, any other test once on each kind of database."""
    if "database_url" in metafunc.fixturenames:
        subject = metafunc.module.__name__.rpartition(".test_")[2]
        kinds = ("sqlite",) if subject in DECISIONS else ("sqlite", "postgresql")
        metafunc.parametrize("database_url", kinds, indirect=True)


@pytest.fixture
def database_url(request: pytest.FixtureRequest) -> str:
    """A fresh migrated database of the kind that was asked for."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


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
