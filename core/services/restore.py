"""Restore: the hub is as it was when the backup was made; what it did since is looked up before it is done again."""

import contextlib
import gzip
import io
import json
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import delete, exists, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core.clock import system_clock
from core.database import Database
from core.gateway.hub import Hub
from core.gateway.strongbox import BoxBroken, BoxReader, Lock, fingerprint, read_label
from core.gateway.vault import Vault
from core.migrations import migrate
from core.models import (
    Base,
    Campaign,
    Connection,
    HubState,
    Invitation,
    KeptText,
    Lease,
    Merchant,
    Operator,
    OperatorLink,
    Person,
    Push,
    StoredDelivery,
    SyncedRecord,
    Visit,
    new_id,
)
from core.queries.digest import digest
from core.queries.invariants import INVARIANTS
from core.rules.states import change
from core.services.audit import OPERATOR, note
from core.services.backup import BadBackup, Made, back_up
from core.services.carried_rows import OtherShape, put_in, shape, tables
from core.services.check import LAST_CHECK
from core.services.failpoints import reach
from core.services.lost_time import LostTime, remember
from core.services.push import begun
from core.services.reapply import reapply_erasures
from core.services.receipts import tell
from core.services.turn_clock import OFFSET, SandboxClock

SIGNS_OF_LIFE = (Campaign, Connection, Person, StoredDelivery)


@dataclass(frozen=True, slots=True)
class Verified:
    """What a backup holds, and every promise that does not hold in it."""

    made_at: datetime
    version: str
    rows: dict[str, int]
    digest: str
    violations: dict[str, list[str]]

    @property
    def is_sound(self) -> bool:
        """True when the hub in it is in order."""
        return not self.violations


@dataclass(frozen=True, slots=True)
class Restored:
    """What came of a restore; `safety` is the backup of what stood there before."""

    made_at: datetime
    restored_at: datetime
    rows: int
    pushes_to_look_up: int
    erased_again: int
    safety: Path | None


@dataclass(frozen=True, slots=True)
class _Loaded:
    made_at: datetime
    rows: dict[str, int]
    digest: str


def keys_inside(file: Path, lock: Lock) -> str:
    """The key file that travels in the backup; an empty text when none does. Raises `BoxBroken`."""
    with _opened(file, lock) as (_label, lines):
        return _first(lines)


def verify(file: Path, lock: Lock) -> Verified:
    """The backup is read to its end, put into a database of its own, and every invariant is asked there.

    Raises `BoxBroken`, `BadBackup` or `OtherShape` when it cannot be.
    """
    with tempfile.TemporaryDirectory(prefix="referhub-verify-") as folder:
        url = f"sqlite:///{Path(folder) / 'verified.db'}"
        migrate(url)
        database = Database(url, pool_size=1)
        try:
            with database.transaction() as session:
                loaded = _load(session, file, lock, vault=None)
            with database.reading() as session:
                found = {one.number: list(one.violations(session)) for one in INVARIANTS}
        finally:
            database.close()
    with file.open("rb") as opened:
        told = str(read_label(opened).get("version"))
    broken = {number: words for number, words in found.items() if words}
    return Verified(loaded.made_at, told, loaded.rows, loaded.digest, broken)


def restore(hub: Hub, file: Path, lock: Lock, *, over: bool = False, actor: str = OPERATOR) -> Restored:
    """The hub is as the backup says, in one transaction: whoever is interrupted finds what was there before.

    Whatever may have been paid since the backup is looked up before it is paid (see `lost_time`), everybody is signed
    out, sources are asked at once for what happened, and erasures are done again. Into a hub that holds something only
    with `over`; it is backed up first. Raises `BadBackup`, `BoxBroken` or `OtherShape`; nothing has changed then.
    """
    if hub.merchant_id is not None:
        raise BadBackup("a restore is of the whole hub: leave --merchant out")
    with hub.database.reading() as session:
        is_used, is_busy = _is_used(session), _is_busy(session)
    if is_busy:
        raise BadBackup("a worker is at work: end every `referhub serve` and `referhub worker` first")
    if is_used and not over:
        raise BadBackup("this hub holds something: --over puts the backup in its place, after backing it up")
    safety = _safety(hub, file) if is_used else None
    restored_at = hub.now()
    try:
        with hub.database.transaction() as session:
            loaded, to_look_up = _replace(hub, session, file, lock, restored_at, actor)
            reach("restore.before_commit")
    except IntegrityError as problem:
        raise BadBackup("the rows of the backup do not fit together: it was made by another version") from problem
    if isinstance(hub.clock, SandboxClock):
        hub.clock.forget()
    erased = reapply_erasures(hub)
    rows = sum(loaded.rows.values())
    return Restored(loaded.made_at, restored_at, rows, to_look_up, erased, safety.path if safety else None)


def _safety(hub: Hub, file: Path) -> Made:
    name = f"before-restore-{system_clock():%Y%m%d-%H%M%S-%f}.backup"
    return back_up(hub, file.parent / name, Lock(hub.vault))


def _replace(
    hub: Hub, session: Session, file: Path, lock: Lock, restored_at: datetime, actor: str
) -> tuple[_Loaded, int]:
    ahead = session.get(HubState, OFFSET)
    offset = float(ahead.value) if ahead else 0.0
    with _unguarded(session):
        _empty(session)
        loaded = _load(session, file, lock, hub.vault)
    session.expunge_all()
    to_look_up = _settle(hub, session, LostTime(loaded.made_at, restored_at), offset)
    said = f"from the backup of {loaded.made_at:%Y-%m-%d %H:%M:%S} UTC; {to_look_up} pushes are to be looked up"
    for merchant_id in (None, *session.scalars(select(Merchant.id).order_by(Merchant.id))):
        note(session, merchant_id, "restore", f"backup:{loaded.digest[:12]}", said, restored_at, actor=actor)
    return loaded, to_look_up


def _is_used(session: Session) -> bool:
    return any(session.scalar(select(exists(select(one.id)))) for one in SIGNS_OF_LIFE)


def _is_busy(session: Session) -> bool:
    held = Lease.owner != "", Lease.until_at > system_clock()
    return bool(session.scalar(select(exists().where(*held))))


@contextlib.contextmanager
def _opened(file: Path, lock: Lock) -> Iterator[tuple[dict[str, Any], Iterator[str]]]:
    """The label and the lines of the backup."""
    with file.open("rb") as opened:
        box = BoxReader(opened, lock)
        try:
            with gzip.GzipFile(fileobj=io.BufferedReader(box), mode="rb") as packed:
                yield box.label, (line.decode() for line in packed)
        except (gzip.BadGzipFile, EOFError) as problem:
            raise BoxBroken("the backup was cut off: its end is missing") from problem


def _first(lines: Iterator[str]) -> str:
    told = json.loads(next(lines, "{}"))
    return str(told.get("keys", ""))


def _load(session: Session, file: Path, lock: Lock, vault: Vault | None) -> _Loaded:
    """The rows of the backup are in the tables, all of them and nothing else; proven by the backup's own digest."""
    with _opened(file, lock) as (label, lines):
        if label.get("shape") != shape():
            raise OtherShape(f"the backup was made by referhub {label.get('version')}: restore it with that version")
        if vault is not None and label.get("root") != fingerprint(vault):
            raise BadBackup("the backup is of a hub with another key file: put that one in its place first")
        _first(lines)
        last: dict[str, Any] = {}
        counts = put_in(session, _until_the_end(lines, last))
    found = digest(session)
    if not last or last["end"] != sum(counts.values()) + len(counts) or len(counts) != len(tables()):
        raise BoxBroken("the backup is not whole: rows are missing")
    if found != last["digest"]:
        raise BoxBroken("the backup does not hold what it says: the money in it is another")
    return _Loaded(datetime.fromisoformat(label["made_at"]).astimezone(UTC), counts, found)


def _until_the_end(lines: Iterator[str], last: dict[str, Any]) -> Iterator[str]:
    for number, line in enumerate(lines):
        if line.startswith('{"end"'):
            last |= json.loads(line)
            for _rest in lines:  # to the end, so that the last piece is proven, too
                raise BoxBroken("the backup goes on behind its end")
            return
        if number == 1:
            reach("restore.in_the_middle")
        yield line


@contextlib.contextmanager
def _unguarded(session: Session) -> Iterator[None]:
    """Append-only tables can be filled anew; their guards stand again before the transaction ends."""
    if session.get_bind().dialect.name != "sqlite":
        yield  # there, TRUNCATE passes by the guards, and nothing but INSERT follows
        return
    guards = session.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")).all()
    for guard in guards:
        session.execute(text(f"DROP TRIGGER {guard.name}"))
    yield
    for guard in guards:
        session.connection().exec_driver_sql(guard.sql)


def _empty(session: Session) -> None:
    if session.get_bind().dialect.name != "sqlite":
        session.execute(text(f"TRUNCATE {', '.join(Base.metadata.tables)}"))
        return
    for one in reversed(tables()):
        session.execute(delete(one))


def _settle(hub: Hub, session: Session, lost: LostTime, offset: float) -> int:
    """What a restored hub must not take for granted is put right; returns how many pushes are to be looked up."""
    remember(session, lost)
    _keep_the_clock_going(session, offset)
    for signed_in in (Visit, OperatorLink, Invitation):  # what ended since the backup must not work again
        session.execute(delete(signed_in))
    for operator in session.scalars(select(Operator)):
        operator.uniquifier = new_id()
    past = lost.since if lost.since < system_clock() else system_clock()
    session.execute(update(Lease).values(owner="", until_at=past))
    session.execute(update(KeptText).values(owner="", until_at=past))
    asked_now = {"next_poll_at": lost.until, "prepared_at": lost.until, "people_due_at": lost.until}
    session.execute(update(Connection).values(asked_now | {"blocked_until": None}))
    soiled = {"is_dirty": True, "due_at": lost.until, "revision": SyncedRecord.revision + 1}
    session.execute(update(SyncedRecord).where(SyncedRecord.is_gone.is_(False)).values(soiled))
    session.execute(delete(HubState).where(HubState.name == LAST_CHECK))
    pushes = session.scalars(select(Push).where(Push.state.in_(("intended", "sent", "unknown")))).all()
    for push in pushes:
        if push.state != "unknown":
            push.state = change("push", push.state, "unknown")
        push.due_at, push.absent_at = lost.until + hub.timings.quiet, None
        tell(push, lost.until, begun([lost]))
    session.flush()
    return len(pushes)


def _keep_the_clock_going(session: Session, offset: float) -> None:
    """A sandbox's clock never goes back, or what was due would not be."""
    known = session.get(HubState, OFFSET)
    if offset > (float(known.value) if known else 0.0):
        session.merge(HubState(name=OFFSET, value=str(offset)))
    session.flush()
