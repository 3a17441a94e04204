"""Migrations: brings a database to the shape of the models, safely when several processes start at once."""

import os
import re
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, text
from sqlalchemy.engine import make_url

from core.contract.errors import Mendable
from core.database import Database

FOLDER = Path(__file__).parent
REVISION = re.compile(r'^(down_)?revision = (?:"(\w+)"|None)$', re.MULTILINE)
# Any number serves, as long as every process of the hub takes the same lock.
ADVISORY_LOCK = 0x7265_6665


class NoHub(Mendable, LookupError):
    """The database that was named is none of a hub; the text says how to find or begin one."""


def configuration() -> Any:
    """Alembic's configuration, made in code so that it travels inside the wheel."""
    from alembic.config import Config  # only where there is something to migrate: it takes long to load

    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    return config


def head() -> str:
    """The newest revision there is: the one that no other follows."""
    found = [each for file in (FOLDER / "versions").glob("*.py") for each in REVISION.findall(file.read_text("utf-8"))]
    newest: str
    (newest,) = {name for is_before, name in found if not is_before} - {name for is_before, name in found if is_before}
    return newest


def migrate(url: str) -> None:
    """The database at `url` has the newest shape; a second process waits for the first, then does nothing."""
    database = Database(url)
    try:
        migrate_database(database)
    finally:
        database.close()


def migrate_database(database: Database) -> None:
    """The same for an open database."""
    if _revision(database) == head():
        return
    from alembic import command  # as above

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
        if _revision(database) is None:
            place = f"{file} holds no hub" if file else "the database has no hub yet"
            raise NoHub(f"{place}: run `referhub init`")
    finally:
        database.close()


def is_current(connection: Connection) -> bool:
    """True when the database has exactly the shape that this code expects."""
    return revision_of(connection) == head()


def revision_of(connection: Connection) -> str | None:
    """The revision that a database stands at; None where there is no hub yet."""
    if not connection.dialect.has_table(connection, "alembic_version"):
        return None
    revision: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return revision


def _revision(database: Database) -> str | None:
    """The same, read without keeping anybody from writing."""
    with database.reading() as session:
        return revision_of(session.connection())
