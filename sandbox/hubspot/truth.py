"""The portals' memory: nouns on shelves, written through to one SQLite database, with a clock and counters."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from sandbox.ground.store import Store
from sandbox.hubspot.nouns import KINDS, Noun

N = TypeVar("N", bound=Noun)
TABLES = """
CREATE TABLE IF NOT EXISTS things (
    shelf TEXT NOT NULL, key TEXT NOT NULL, kind TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (shelf, key)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""


class Truth(Store):
    """What the portals really hold; survives the process when it was given a path."""

    def __init__(self, path: Path | None = None) -> None:
        super().__init__(path, TABLES)
        self._touched = False
        self.writes = 0
        self._load()

    def _load(self) -> None:
        self._shelves: dict[str, dict[str, Noun]] = {}
        self._marked: dict[tuple[str, str], str] = {}
        self._marks: dict[tuple[str, str], str] = {}
        for shelf, key, kind, body in self._base.execute("SELECT shelf, key, kind, body FROM things"):
            thing = KINDS[kind](**json.loads(body))
            self._shelves.setdefault(shelf, {})[key] = thing
            self._mark(shelf, key, thing.mark())
        rows = self._base.execute("SELECT name, value FROM settings")
        self._settings: dict[str, Any] = {name: json.loads(value) for name, value in rows}

    def _begin(self) -> None:
        self._touched = False

    def _take_back(self) -> None:
        """Everything is as before, but no number is given a second time."""
        given = {name: value for name, value in self._settings.items() if name.startswith("last.")}
        if self._touched:
            self._load()
            for name, value in given.items():
                self.set(name, value)

    def keep(self, thing: Noun) -> None:
        """The thing is stored as it is now, replacing its earlier state."""
        with self._lock:
            shelf, key = thing.shelf(), thing.key()
            self.writes += 1
            self._touched = True
            self._shelves.setdefault(shelf, {})[key] = thing
            self._mark(shelf, key, thing.mark())
            row = (shelf, key, type(thing).__name__, json.dumps(vars(thing), separators=(",", ":")))
            self._base.execute("INSERT OR REPLACE INTO things VALUES (?, ?, ?, ?)", row)

    def forget(self, thing: Noun) -> None:
        with self._lock:
            self.writes += 1
            self._touched = True
            self._shelves.get(thing.shelf(), {}).pop(thing.key(), None)
            self._mark(thing.shelf(), thing.key(), None)
            self._base.execute("DELETE FROM things WHERE shelf = ? AND key = ?", (thing.shelf(), thing.key()))

    def _mark(self, shelf: str, key: str, mark: str | None) -> None:
        before = self._marked.pop((shelf, key), None)
        if before is not None and self._marks.get((shelf, before)) == key:
            del self._marks[shelf, before]
        if mark is not None:
            self._marked[shelf, key] = mark
            self._marks[shelf, mark] = key

    def marked(self, shelf: str, mark: str) -> str | None:
        """The key of the thing on the shelf that carries this mark."""
        with self._lock:
            return self._marks.get((shelf, mark))

    def find(self, kind: type[N], shelf: str, key: str | int) -> N | None:
        with self._lock:
            found = self._shelves.get(shelf, {}).get(str(key))
        return found if isinstance(found, kind) else None

    def all(self, kind: type[N], shelf: str) -> list[N]:
        """Everything on the shelf, in no order that means anything."""
        with self._lock:
            return [thing for thing in self._shelves.get(shelf, {}).values() if isinstance(thing, kind)]

    def shelves(self) -> list[str]:
        with self._lock:
            return sorted(self._shelves)

    def setting(self, name: str, default: Any = None) -> Any:
        with self._lock:
            return self._settings.get(name, default)

    def set(self, name: str, value: Any) -> None:
        with self._lock:
            self._settings[name] = value
            self._touched = True
            self._base.execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", (name, json.dumps(value)))

    def next_number(self, kind: str, first: int) -> int:
        """A number never given before to this kind, counting from first."""
        with self._lock:
            number = int(self.setting(f"last.{kind}", first - 1)) + 1
            self.set(f"last.{kind}", number)
            return number

    def now(self) -> int:
        """The sandbox's clock in ms since 1970: the machine's, or one that stands, moved by what advance() was told."""
        stands_at = self.setting("clock_stands_at_ms")
        runs = int(datetime.now(UTC).timestamp() * 1000) if stands_at is None else int(stands_at)
        return runs + int(self.setting("clock_moved_ms", 0))

    def advance(self, ms: int) -> None:
        self.set("clock_moved_ms", int(self.setting("clock_moved_ms", 0)) + ms)

    def stop_clock(self) -> None:
        """Time passes only by advance() from now on."""
        if self.setting("clock_stands_at_ms") is None:
            self.set("clock_stands_at_ms", int(datetime.now(UTC).timestamp() * 1000))
