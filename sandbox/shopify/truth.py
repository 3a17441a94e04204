"""The shop's own memory: one SQLite database of nouns, behind one lock, with its clock and its counters."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

from sandbox.ground.store import Store
from sandbox.shopify.codec import packed, unpacked
from sandbox.shopify.nouns import Noun

N = TypeVar("N", bound=Noun)

TABLES = """
CREATE TABLE IF NOT EXISTS things (
    kind TEXT NOT NULL, id INTEGER NOT NULL, key TEXT, stamp TEXT, body TEXT NOT NULL,
    PRIMARY KEY (kind, id)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS things_by_key ON things (kind, key, stamp);
CREATE INDEX IF NOT EXISTS things_by_stamp ON things (kind, stamp, id);
CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""


class Truth(Store):
    """What the shop really holds; survives the process when it was given a path."""

    def __init__(self, path: Path | None = None) -> None:
        super().__init__(path, TABLES)
        self._writes = 0
        self._given: dict[str, int] = {}

    def keep(self, thing: Noun) -> None:
        """The thing is stored as it is now, replacing its earlier state."""
        row = (type(thing).__name__, thing.id, thing.key(), thing.stamp(), packed(thing))
        with self._lock:
            self._writes += 1
            self._base.execute("INSERT OR REPLACE INTO things VALUES (?, ?, ?, ?, ?)", row)

    def forget(self, thing: Noun) -> None:
        with self._lock:
            self._writes += 1
            self._base.execute("DELETE FROM things WHERE kind = ? AND id = ?", (type(thing).__name__, thing.id))

    def find(self, kind: type[N], id: int | None) -> N | None:
        found = self._read(kind, "SELECT body FROM things WHERE kind = ? AND id = ?", kind.__name__, id)
        return found[0] if found else None

    def with_key(self, kind: type[N], key: str) -> list[N]:
        """All things of this kind that share a natural key, oldest first."""
        statement = "SELECT body FROM things WHERE kind = ? AND key = ? ORDER BY id"
        return self._read(kind, statement, kind.__name__, key)

    def all(self, kind: type[N]) -> list[N]:
        return self._read(kind, "SELECT body FROM things WHERE kind = ? ORDER BY id", kind.__name__)

    def since(self, kind: type[N], stamp: str) -> list[N]:
        """All things stamped at or after this, by stamp, then by id."""
        statement = "SELECT body FROM things WHERE kind = ? AND stamp >= ? ORDER BY stamp, id"
        return self._read(kind, statement, kind.__name__, stamp)

    def until(self, kind: type[N], key: str, stamp: str) -> list[N]:
        """All things of this key stamped at or before this, by stamp, then by id."""
        statement = "SELECT body FROM things WHERE kind = ? AND key = ? AND stamp <= ? ORDER BY stamp, id"
        return self._read(kind, statement, kind.__name__, key, stamp)

    def has(self, kind: type[Noun], key: str) -> bool:
        with self._lock:
            statement = "SELECT 1 FROM things WHERE kind = ? AND key = ? LIMIT 1"
            return self._base.execute(statement, (kind.__name__, key)).fetchone() is not None

    def _read(self, kind: type[N], statement: str, *values: object) -> list[N]:
        with self._lock:
            rows = self._base.execute(statement, values).fetchall()
        return [unpacked(kind, body) for (body,) in rows]

    def setting(self, name: str, default: object = None) -> object:
        with self._lock:
            row = self._base.execute("SELECT value FROM settings WHERE name = ?", (name,)).fetchone()
        return json.loads(row[0]) if row else default

    def set(self, name: str, value: object) -> None:
        with self._lock:
            self._base.execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", (name, json.dumps(value)))

    def next_id(self, kind: str, first: int) -> int:
        """A number never given before to this kind, counting from first; an undone effect gives none back."""
        with self._lock:
            name = f"last_id.{kind}"
            if kind not in self._given:
                known = self.setting(name)
                self._given[kind] = known if isinstance(known, int) else first - 1
            self._given[kind] += 1
            self.set(name, self._given[kind])
            return self._given[kind]

    @property
    def writes(self) -> int:
        """How often something was kept or forgotten; the same number twice means nothing changed between."""
        with self._lock:
            return self._writes

    def now(self) -> datetime:
        """The shop's clock in UTC: the machine's, moved by what advance() was told."""
        moved = self.setting("clock_moved_seconds", 0)
        return datetime.now(UTC) + timedelta(seconds=float(str(moved)))

    def advance(self, seconds: float) -> None:
        moved = float(str(self.setting("clock_moved_seconds", 0)))
        self.set("clock_moved_seconds", moved + seconds)

    def frozen(self) -> Truth:
        """A copy that stays as the truth is now: the replica that lags behind."""
        copy = Truth()
        with self._lock:
            self._base.backup(copy._base)
        return copy
