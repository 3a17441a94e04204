"""The long table's ground: the engine, its durability, and `transaction()`, the only commit in the house."""

import contextlib
from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy
from pathlib import Path
from typing import Any

try:  # a newer SQLite than most systems ship, so that write-ahead logging is safe
    import pysqlite3 as sqlite3
except ImportError:  # no wheel for this platform: the system's SQLite, with the journal that is safe on it
    import sqlite3

from sqlalchemy import URL, Connection, Engine, create_engine, event, exc, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from core.models.base import SCOPE
from core.scope import WHOLE_HOUSE, ScopedSession, WrongMerchant

# What "the database cannot take it now" looks like, whichever database it is.
Unavailable = (exc.OperationalError, exc.InterfaceError, exc.TimeoutError)

SQLITE_BUSY_MS = 10_000
# Versions without the WAL-reset bug (lost commits, corrupt files with two connections): https://sqlite.org/wal.html
SOUND_WAL = ((3, 44, 6), (3, 45, 0)), ((3, 50, 7), (3, 51, 0)), ((3, 51, 3), (99, 0, 0))
POSTGRES_MUST_SAY = {
    "fsync": ("on",),
    "full_page_writes": ("on",),
    "synchronous_commit": ("on", "remote_write", "remote_apply"),
}

# The setting of PostgreSQL that names the merchant for row-level security (core/migrations/walls.py).
WALL = "referhub.merchant"
SQLITE_READING = {"sqlite_begin": "DEFERRED"}
POSTGRES_READING = {"postgresql_readonly": True, "isolation_level": "REPEATABLE READ"}


class WeakDurability(RuntimeError):
    """The database would acknowledge what it may lose; the text names the setting and the fix."""


def has_sound_wal(version: tuple[int, ...]) -> bool:
    """True when this SQLite may use write-ahead logging with several connections."""
    return any(low <= version < high for low, high in SOUND_WAL)


def sqlite_journal() -> str:
    """The fastest journal that is safe on the linked SQLite."""
    return "wal" if has_sound_wal(sqlite3.sqlite_version_info) else "truncate"


class Database:
    """One database, SQLite by default and PostgreSQL by URL; the same promises on both.

    One that has a `merchant_id` sees and writes only that merchant's rows; the whole house has None.
    """

    merchant_id: str | None = None
    actor: str = ""

    def __init__(self, url: str, *, pool_size: int = 16) -> None:
        self.url = url
        self.is_sqlite = make_url(url).get_backend_name() == "sqlite"
        self.engine = _sqlite_engine(url, pool_size) if self.is_sqlite else _postgres_engine(url, pool_size)

    def within(self, merchant_id: str, actor: str = "") -> "Database":
        """The same database as one merchant's: the connections are shared, the rows are not. `actor` is who acts.

        Raises `WrongMerchant` when this one is another merchant's already: a scope is never widened or changed.
        """
        if self.merchant_id == merchant_id and actor in ("", self.actor):
            return self
        if self.merchant_id not in (None, merchant_id):
            raise WrongMerchant("a merchant's database does not lead to another merchant")
        scoped = copy(self)
        scoped.merchant_id, scoped.actor = merchant_id, actor or self.actor
        scoped.engine = self.engine.execution_options(**{SCOPE: merchant_id})
        return scoped

    def acting(self, actor: str) -> "Database":
        """The same database for `actor`, under whose name acts are noted."""
        ours = copy(self)
        ours.actor = actor
        return ours

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """A session whose work is committed and on disk when the block ends, or not done at all."""
        with self._session(self.engine) as session, session.begin():
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session for questions: one consistent view, nothing is ever written."""
        engine = self.engine.execution_options(**(SQLITE_READING if self.is_sqlite else POSTGRES_READING))
        with self._session(engine) as session:
            yield session

    def _session(self, engine: Engine) -> Session:
        told: Any = {"autoflush": False, "expire_on_commit": False, "info": {"actor": self.actor}}
        return Session(engine, **told) if self.merchant_id is None else ScopedSession(engine, self.merchant_id, **told)

    def insert_once(self, table: type[Any]) -> Any:
        """An INSERT that leaves a row alone which is there already, in the database's own dialect."""
        dialect: Any = sqlite if self.is_sqlite else postgresql
        return dialect.insert(table).on_conflict_do_nothing()

    def durability(self) -> dict[str, str]:
        """The settings that durability rests on, read back from the database itself."""
        with self.engine.connect() as connection:
            names = ("journal_mode", "synchronous", "mmap_size") if self.is_sqlite else POSTGRES_MUST_SAY
            ask = "PRAGMA {}" if self.is_sqlite else "SHOW {}"
            return {name: str(connection.execute(text(ask.format(name))).scalar()) for name in names}

    def require_durability(self) -> None:
        """Nothing happens, or `WeakDurability` names the setting that would lose acknowledged events."""
        found = self.durability()
        weak = _weak_sqlite(found) if self.is_sqlite else _weak_postgres(found)
        if weak:
            raise WeakDurability(weak)

    def close(self) -> None:
        """All connections are given back."""
        self.engine.dispose()


def copy_sqlite_to(database: Database, file: Path) -> None:
    """The file is a copy of the SQLite database as it was at one moment; writers wait only while it is copied."""
    with contextlib.closing(sqlite3.connect(file)) as copied:
        connection = database.engine.raw_connection()
        try:
            source: Any = connection.driver_connection
            source.backup(copied)
        finally:
            connection.close()


def _weak_sqlite(found: dict[str, str]) -> str:
    journal, synchronous = found["journal_mode"], found["synchronous"]
    if journal == "wal" and not has_sound_wal(sqlite3.sqlite_version_info):
        return (
            f"journal_mode is wal, but SQLite {sqlite3.sqlite_version} can lose commits so: close every other "
            "program that uses the database file, so that the hub can switch it to truncate"
        )
    if journal not in {"wal", "truncate"}:
        return f"journal_mode is {journal}, expected {sqlite_journal()}: is the database on a disk that can lock files?"
    if int(synchronous) < 2:
        return f"synchronous is {synchronous}, expected 2 (FULL): an acknowledged event could be lost on power failure"
    return ""


def _weak_postgres(found: dict[str, str]) -> str:
    for name, allowed in POSTGRES_MUST_SAY.items():
        if found[name] not in allowed:
            return f"{name} is {found[name]}: set {name} = {allowed[0]} in postgresql.conf, or events can be lost"
    return ""


def _sqlite_engine(url: str, pool_size: int) -> Engine:
    engine = create_engine(
        url,
        module=sqlite3,
        pool_size=pool_size,
        max_overflow=pool_size,
        hide_parameters=True,
        connect_args={"timeout": SQLITE_BUSY_MS / 1000},
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # SQLAlchemy's own BEGIN below decides, not the driver
    for pragma in (
        f"busy_timeout={SQLITE_BUSY_MS}",
        f"journal_mode={sqlite_journal()}",
        "synchronous=FULL",  # an acknowledged delivery survives a power cut
        "foreign_keys=ON",
        "mmap_size=0",
        "cache_size=-65536",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    # IMMEDIATE: a deferred read-modify-write silently loses updates under concurrency.
    connection.exec_driver_sql(f"BEGIN {connection.get_execution_options().get('sqlite_begin', 'IMMEDIATE')}")


def _postgres_engine(url: str, pool_size: int) -> Engine:
    address = make_url(url)
    if address.drivername == "postgresql":
        address = address.set(drivername="postgresql+psycopg")
    # An error's text goes to logs and screens, so it must not repeat what was about to be stored.
    engine = create_engine(
        address,
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_pre_ping=True,
        hide_parameters=True,
        connect_args={"options": f"{_options(address)} -c {WALL}={WHOLE_HOUSE}".strip()},
    )
    event.listen(engine, "begin", _begin_postgres)
    return engine


def _options(address: URL) -> str:
    told = address.query.get("options", "")
    return told if isinstance(told, str) else " ".join(told)


def _begin_postgres(connection: Connection) -> None:
    """Row-level security asks this setting: a connection serves the whole house unless its transaction says whom."""
    merchant_id = connection.get_execution_options().get(SCOPE)
    if merchant_id is not None:
        connection.exec_driver_sql(f"SELECT set_config('{WALL}', %s, true)", (merchant_id,))
