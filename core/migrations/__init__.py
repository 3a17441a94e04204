"""Migrations: brings a database to the shape of the models, safely when several processes start at once."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from core.database import Database

FOLDER = Path(__file__).parent
# Any number serves, as long as every process of the hub takes the same lock.
ADVISORY_LOCK = 0x7265_6665


def configuration() -> Config:
    """Alembic's configuration, made in code so that it travels inside the wheel."""
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    return config


def migrate(url: str) -> None:
    """The database at `url` has the newest shape; a second process waits for the first, then does nothing."""
    database = Database(url)
    try:
        migrate_database(database)
    finally:
        database.close()


def migrate_database(database: Database) -> None:
    """The same for an open database."""
    config = configuration()
    with database.engine.begin() as connection:  # SQLite: BEGIN IMMEDIATE keeps the others out
        if not database.is_sqlite:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ADVISORY_LOCK})
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def is_current(connection: Connection) -> bool:
    """True when the database has exactly the shape that this code expects."""
    head = ScriptDirectory.from_config(configuration()).get_current_head()
    return MigrationContext.configure(connection).get_current_revision() == head
