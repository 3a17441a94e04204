"""Backup: one consistent moment of the whole hub in one file, encrypted, while the hub goes on working."""

import contextlib
import gzip
import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from core.contract.errors import Mendable
from core.database import Database, copy_sqlite_to
from core.gateway.backup_plan import Keep
from core.gateway.hub import Hub
from core.gateway.strongbox import BoxBroken, BoxWriter, Lock, fingerprint, read_label
from core.models import HubState
from core.queries.audit import heads
from core.queries.digest import digest
from core.services.audit import OPERATOR, note
from core.services.carried_rows import carried, shape, tables
from core.services.failpoints import reach

ENDING = ".backup"
PART = ".part"
LAST_BACKUP = "last_backup"
STALE_SECONDS = 86_400.0


class BadBackup(Mendable, ValueError):
    """The backup cannot be made, kept, or used as it was asked for; the text says why."""


@dataclass(frozen=True, slots=True)
class KeptBackup:
    """A backup as its file tells without being opened."""

    path: Path
    made_at: datetime
    version: str
    database: str
    lock: str
    has_keys: bool
    size: int


@dataclass(frozen=True, slots=True)
class Made:
    """A backup that was just made: where, of when, how many rows, and the digest of all money in it."""

    path: Path
    made_at: datetime
    rows: int
    size: int
    digest: str


def back_up(hub: Hub, target: Path, lock: Lock, *, keys_text: str = "", actor: str = OPERATOR) -> Made:
    """The whole hub as it is at this moment stands in a new file: `target`, or a new name in the folder `target`.

    The file is complete or not there at all. Raises `BadBackup` where it cannot be.
    """
    if hub.merchant_id is not None:
        raise BadBackup("a backup is of the whole hub: leave --merchant out")
    if keys_text and not lock.passphrase:
        raise BadBackup("keys leave the hub only behind a passphrase: give --passphrase-file")
    path, label = _path(target, hub.now()), _label(hub, bool(keys_text))
    part = path.with_name(f".{path.name}{PART}")
    _clear_stale(path.parent)
    try:
        with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            rows, money = _write(hub, BoxWriter(file, label, lock), part, keys_text)
            file.flush()
            os.fsync(file.fileno())
        reach("backup.before_name")
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
    _sync_folder(path.parent)
    with hub.database.transaction() as session:
        note(session, None, "back_up", f"backup:{money[:12]}", path.name, hub.now(), actor=actor)
    return Made(path, datetime.fromisoformat(label["made_at"]), rows, path.stat().st_size, money)


def _path(target: Path, now: datetime) -> Path:
    path = target / f"referhub-{now:%Y%m%d-%H%M%S}{ENDING}" if target.is_dir() else target
    if not path.parent.is_dir():
        raise BadBackup(f"there is no folder {path.parent}")
    if path.exists():
        raise BadBackup(f"{path} is there already: a backup never writes over another file")
    return path


def _label(hub: Hub, has_keys: bool) -> dict[str, Any]:
    return {
        "made_at": hub.now().astimezone(UTC).isoformat(),
        "version": version("referhub"),
        "database": "sqlite" if hub.database.is_sqlite else "postgresql",
        "shape": shape(),
        "root": fingerprint(hub.vault),
        "has_keys": has_keys,
    }


def _write(hub: Hub, box: BoxWriter, part: Path, keys_text: str) -> tuple[int, str]:
    lines = 0
    with gzip.GzipFile(fileobj=box, mode="wb", compresslevel=6, mtime=0) as packed, _snapshot(hub, part) as session:
        packed.write(json.dumps({"keys": keys_text}).encode() + b"\n")
        for lines, line in enumerate(carried(session), 1):
            packed.write(line.encode() + b"\n")
            if lines == 1:
                reach("backup.in_the_middle")
        money = digest(session)
        told = {"end": lines, "digest": money, "heads": [[row.chain, row.number, row.hash] for row in heads(session)]}
        packed.write(json.dumps(told).encode() + b"\n")
    box.finish()
    return lines - len(tables()), money


@contextlib.contextmanager
def _snapshot(hub: Hub, part: Path) -> Iterator[Session]:
    """One moment of the database that nobody has to wait for."""
    if not hub.database.is_sqlite:
        with hub.database.reading() as session:
            yield session
        return
    # A long read would keep the hub from committing on SQLite's rollback journal; copying the file is a short one.
    with tempfile.TemporaryDirectory(dir=part.parent, prefix=f".referhub-copy{PART}") as folder:
        copied = Path(folder) / "moment.db"
        copy_sqlite_to(hub.database, copied)
        database = Database(f"sqlite:///{copied}", pool_size=1)
        try:
            with database.reading() as session:
                yield session
        finally:
            database.close()


def _clear_stale(folder: Path) -> None:
    """What a backup that was killed left behind is gone, once it is old enough to be nobody's."""
    for left in (*folder.glob(f".*{ENDING}{PART}"), *folder.glob(f".referhub-copy{PART}*")):
        with contextlib.suppress(OSError):
            if time.time() - left.stat().st_mtime > STALE_SECONDS:
                shutil.rmtree(left) if left.is_dir() else left.unlink()


def _sync_folder(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def kept_backup(path: Path) -> KeptBackup:
    """What a file says from outside. Raises `BoxBroken` for one that is no backup."""
    with path.open("rb") as file:
        label = read_label(file)
    try:
        made_at = datetime.fromisoformat(label["made_at"]).astimezone(UTC)
        told = str(label["version"]), str(label["database"]), str(label["lock"]["kind"])
        return KeptBackup(path, made_at, *told, label["has_keys"] is True, path.stat().st_size)
    except (KeyError, TypeError, ValueError):
        raise BoxBroken(f"{path} is no backup of a hub") from None


def kept_backups(folder: Path) -> list[KeptBackup]:
    """All backups in the folder, newest first; other files are passed over."""
    found: list[KeptBackup] = []
    for path in folder.glob(f"*{ENDING}"):
        with contextlib.suppress(BoxBroken, OSError):
            found.append(kept_backup(path))
    return sorted(found, key=lambda one: (one.made_at, one.path.name), reverse=True)


def prune(folder: Path, keep: Keep, now: datetime) -> list[Path]:
    """Only the backups that are to be kept are left in the folder; returns which went. The newest one always stays."""
    gone = _superfluous(kept_backups(folder), keep, now)
    for one in gone:
        one.path.unlink(missing_ok=True)
    return [one.path for one in gone]


def note_pruned(hub: Hub, gone: Sequence[Path], *, actor: str = OPERATOR) -> None:
    """The trail says which backups somebody let go of."""
    if gone:
        with hub.database.transaction() as session:
            names = ", ".join(path.name for path in gone)
            note(session, None, "prune_backups", f"backups:{len(gone)}", names, hub.now(), actor=actor)


def _superfluous(found: Sequence[KeptBackup], keep: Keep, now: datetime) -> list[KeptBackup]:
    weeks: set[tuple[int, int]] = set()
    gone: list[KeptBackup] = []
    for number, one in enumerate(found):
        age, week = now - one.made_at, one.made_at.isocalendar()[:2]
        is_recent = age <= timedelta(days=keep.days)
        is_of_a_week = age <= timedelta(days=keep.days, weeks=keep.weeks) and week not in weeks
        if number and not (is_recent or is_of_a_week):
            gone.append(one)
        elif not is_recent:
            weeks.add(week)
    return gone


def last_backup(session: Session) -> dict[str, Any]:
    """What became of the last regular backup: `at`, and `file` or `problem`; empty when none was ever due."""
    row = session.get(HubState, LAST_BACKUP)
    told: dict[str, Any] = json.loads(row.value) if row else {}
    return told
