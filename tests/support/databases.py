"""Fresh migrated databases for tests: a copy of one that was migrated once per run."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.postgres import PostgresServer, fresh_database


def sqlite_url(file: Path) -> str:
    """The address of a SQLite file."""
    return f"sqlite:///{file}"


def migrated_sqlite(folder: Path) -> Path:
    """A SQLite file brought to the newest shape, to be copied."""
    from core.migrations import migrate

    file = folder / "template.db"
    migrate(sqlite_url(file))
    return file


def copy_sqlite(template: Path, folder: Path) -> str:
    """A copy of the template with whatever journal lies beside it; its URL is returned."""
    for part in template.parent.glob(f"{template.name}*"):
        shutil.copy(part, folder / part.name.replace(template.name, "referhub.db"))
    return sqlite_url(folder / "referhub.db")


@contextmanager
def migrated_postgres(server: PostgresServer) -> Iterator[str]:
    """A PostgreSQL database brought to the newest shape, to be used as a template."""
    from core.migrations import migrate

    with fresh_database(server) as url:
        migrate(url)
        yield url
