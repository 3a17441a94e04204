"""Ready: says what keeps the hub from taking webhooks, if anything does."""

from core.database import Database, Unavailable
from core.migrations import is_current


def unready_because(database: Database) -> str:
    """The reason in words for a person; empty when the hub is ready."""
    try:
        with database.engine.connect() as connection:
            return "" if is_current(connection) else "the database has another shape: run referhub init"
    except Unavailable:
        return "the database is not available"
