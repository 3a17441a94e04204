"""The migrations make exactly the tables that the models describe, on both databases."""

import itertools

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import event, inspect

from core.database import Database
from core.migrations import configuration, head, is_current, migrate_database
from core.models import Base


def test_a_migrated_database_has_the_shape_of_the_models(database_url: str) -> None:
    database = Database(database_url)
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = compare_metadata(context, Base.metadata)
    database.close()
    assert differences == []


def test_the_head_that_is_read_without_alembic_is_alembics_own() -> None:
    assert [head()] == ScriptDirectory.from_config(configuration()).get_heads()


class Killed(BaseException):
    """As a process that is gone: nobody catches it."""


@pytest.mark.parametrize("dies_at", [0, 60, "commit"])
def test_a_migration_that_dies_at_a_statement_leaves_nothing_and_is_done_by_the_next_one(
    empty_database_url: str, dies_at: int | str
) -> None:
    """F61: it is one transaction, so no half of it is ever seen."""
    database, said = Database(empty_database_url), itertools.count()

    def die(*_told: object) -> None:
        if dies_at in ("commit", next(said)):
            raise Killed

    moment = "commit" if dies_at == "commit" else "before_cursor_execute"
    event.listen(database.engine, moment, die)
    with pytest.raises(Killed):
        migrate_database(database)
    event.remove(database.engine, moment, die)
    assert inspect(database.engine).get_table_names() == []
    migrate_database(database)
    with database.engine.connect() as connection:
        assert is_current(connection)
    database.close()
