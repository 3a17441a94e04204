"""The erasure journal: a file beside the keys that outlives the database, so that no backup brings the erased back."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Any

# No backup that is older than this may be restored; what was erased before is in none of them.
LONGEST = timedelta(days=750)


@dataclass(frozen=True, slots=True)
class Erased:
    """One line: an erasure's id, whose it is, when, and the keyed hashes of what must not come back.

    `source` is the connection of which everything was erased; then there are no hashes. Nor are there any when it
    `is_of_merchant`: everything of theirs was.
    """

    id: str
    merchant_id: str
    at: datetime
    people: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    source: str = ""
    is_of_merchant: bool = False


class ErasureJournal:
    """Append-only and on disk before the database commits; without a path it remembers nothing (tests, tools)."""

    def __init__(self, path: Path | None = None) -> None:
        self.path = path

    def add(self, erased: Erased) -> None:
        """The line is on disk when this returns. Raises `OSError`: then nothing may be erased, either."""
        if self.path is None:
            return
        with self._open() as file:
            if file.seek(0, os.SEEK_END) and _ends_torn(file):
                file.write(b"\n")
            file.write(json.dumps(_spelt(erased)).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())

    def lines(self) -> list[Erased]:
        """Every erasure, oldest first; a line torn by a crash was never promised and is passed over."""
        if self.path is None or not self.path.exists():
            return []
        read = [_read(line) for line in self.path.read_bytes().splitlines()]
        return [erased for erased in read if erased]

    def forget_before(self, now: datetime) -> int:
        """Lines that no backup can contradict any more are gone; returns how many."""
        old = [one for one in self.lines() if one.at < now - LONGEST]
        if not old or self.path is None:
            return 0
        with self._open() as file:
            file.seek(0)
            kept = [one for line in file.read().splitlines() if (one := _read(line)) and one.at >= now - LONGEST]
            file.seek(0)
            file.truncate()
            file.write(b"".join(json.dumps(_spelt(one)).encode() + b"\n" for one in kept))
            file.flush()
            os.fsync(file.fileno())
        return len(old)

    @contextmanager
    def _open(self) -> Iterator[IO[bytes]]:
        assert self.path is not None  # callers have looked
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with open(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600), "r+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield file


def _ends_torn(file: IO[bytes]) -> bool:
    file.seek(-1, os.SEEK_END)
    return file.read(1) != b"\n"


def _spelt(erased: Erased) -> dict[str, Any]:
    hashes = {"people": erased.people, "accounts": erased.accounts, "addresses": erased.addresses}
    told: dict[str, Any] = {"id": erased.id, "merchant": erased.merchant_id, "at": erased.at.isoformat()}
    return told | {name: list(found) for name, found in hashes.items() if found} | _whole(erased)


def _whole(erased: Erased) -> dict[str, str | bool]:
    if erased.is_of_merchant:
        return {"whole": True}
    return {"source": erased.source} if erased.source else {}


def _read(line: bytes) -> Erased | None:
    try:
        told = json.loads(line)
        hashes = {name: tuple(told.get(name, ())) for name in ("people", "accounts", "addresses")}
        at = datetime.fromisoformat(told["at"]).astimezone(UTC)
        source, is_whole = told.get("source", ""), told.get("whole") is True
        return Erased(told["id"], told["merchant"], at, source=source, is_of_merchant=is_whole, **hashes)
    except (ValueError, KeyError, TypeError):
        return None
