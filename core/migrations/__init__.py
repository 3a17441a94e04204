"""Migrations: brings a database to the shape of the models, safely when several processes start at once."""

import os
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.engine import make_url

from core.database import Database

FOLDER = Path(__file__).parent
# Any number serves, as long as every process of the hub takes the same lock.
ADVISORY_LOCK = 0x7265_6665


class NoHub(LookupError):
    """The database that was named is none of a hub; the text says how to find or begin one."""


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


def require_hub(url: str) -> None:
    """The database is one of a hub; none is begun here. Raises `NoHub` otherwise."""
    address = make_url(url)
    file = os.path.abspath(address.database or "") if address.get_backend_name() == "sqlite" else ""
    if file and not os.path.isfile(file):
        raise NoHub(f"there is no hub at {file}: go to its folder, or run `referhub init`")
    database = Database(url)
    try:
        with database.engine.connect() as connection:
            if not MigrationContext.configure(connection).get_current_heads():
                place = f"{file} holds no hub" if file else "the database has no hub yet"
                raise NoHub(f"{place}: run `referhub init`")
    finally:
        database.close()


def is_current(connection: Connection) -> bool:
    """True when the database has exactly the shape that this code expects."""
    head = ScriptDirectory.from_config(configuration()).get_current_head()
    return MigrationContext.configure(connection).get_current_revision() == head
