"""Ready: says what keeps the hub from taking webhooks, if anything does, and what else somebody should know."""

import shutil
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from core.database import Database, Unavailable
from core.migrations import is_current
from core.queries.metrics import Measure, measures
from core.services.heartbeat import last_seen

LEAST_FREE = 64 * 1024 * 1024  # a database that cannot write its journal takes no webhook
LITTLE_FREE = 1024 * 1024 * 1024
MISSED_AFTER = timedelta(minutes=2)


def unready_because(database: Database) -> str:
    """The reason in words for a person; empty when the hub is ready."""
    free = free_bytes(database)
    if free is not None and free < LEAST_FREE:
        return "the disk is full"
    try:
        with database.engine.connect() as connection:
            return "" if is_current(connection) else "the database has another shape: run referhub init"
    except Unavailable:
        return "the database is not available"


def notes(database: Database, now: datetime) -> list[str]:
    """What a person should look at although webhooks are taken; nothing of it names a merchant."""
    with database.reading() as session:
        return [*_worker(session, now), *_room(database), *unwalled(session)]


def house_measures(database: Database, now: Callable[[], datetime]) -> list[Measure]:
    """The numbers of the house, with those that no table holds."""
    with database.reading() as session:
        found = measures(session, now())
    free = free_bytes(database)
    if free is not None:
        found.append(Measure("referhub_disk_free_bytes", "Room left beside the database", (), (((), float(free)),)))
    return found


def free_bytes(database: Database) -> int | None:
    """The room that is left where the database grows; None when it is on another machine."""
    if not database.is_sqlite:
        return None
    folder = Path(make_url(database.url).database or ".").absolute().parent
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return None


def _worker(session: Session, now: datetime) -> Iterator[str]:
    seen = last_seen(session)
    if seen is None or now - seen > MISSED_AFTER:
        yield "no worker is at work: what arrives is kept, and nothing is read or paid"


def unwalled(session: Session) -> Iterator[str]:
    """Words for a database user who passes row-level security, as superusers do; nothing on SQLite, which has none."""
    if session.get_bind().dialect.name != "postgresql":
        return
    passes = session.scalar(text("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user"))
    if passes:
        yield "row-level security is not in force: the database user is a superuser, or may pass it"


def _room(database: Database) -> Iterator[str]:
    free = free_bytes(database)
    if free is not None and free < LITTLE_FREE:
        yield "less than 1 GiB of the disk is free"
