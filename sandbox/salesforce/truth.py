"""The org's own memory: every record and what is around it, in memory and in SQLite, behind one lock, with a clock."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sandbox.ground.store import Store
from sandbox.salesforce import exact_json
from sandbox.salesforce.ids import numbered_id

Record = dict[str, Any]
Before = tuple[str, str, Record | None]  # kind, id, and how it was

TABLES = """
CREATE TABLE IF NOT EXISTS things (kind TEXT NOT NULL, id TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (kind, id));
"""
SETTINGS = "@settings"


class Truth(Store):
    """
    What the org really holds; survives the process when it was given a path.

    Kinds that begin with @ are no records: settings, calls, tokens, notifications, jobs. A thing that was handed
    out is never changed in place: it is put again.
    """

    def __init__(self, path: Path | None = None) -> None:
        super().__init__(path, TABLES)
        self._before: list[Before] = []  # what this transaction changed, as it was
        self.writes = 0
        self._things: dict[str, dict[str, Record]] = {}
        self._found: dict[tuple[str, str], dict[Any, dict[str, None]]] = {}
        for kind, number, body in self._base.execute("SELECT kind, id, body FROM things ORDER BY rowid"):
            self._things.setdefault(kind, {})[number] = exact_json.read(body)

    def _begin(self) -> None:
        self._before = []

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """Inside a transaction: what is written here is undone by an error, and the rest of it stands."""
        with self.transaction():
            self._base.execute("SAVEPOINT attempt")
            outer, self._before = self._before, []
            try:
                yield
            except BaseException:
                self._base.execute("ROLLBACK TO attempt")
                self._take_back()
                raise
            finally:
                self._base.execute("RELEASE attempt")
                outer.extend(self._before)
                self._before = outer

    def _take_back(self) -> None:
        for kind, number, before in reversed(self._before):
            self._remember(kind, number, before)
        self._before = []

    def _remember(self, kind: str, id: str, thing: Record | None) -> None:
        self._index(kind, id, self.get(kind, id), thing)
        if thing is None:
            self._things.get(kind, {}).pop(id, None)
        else:
            self._things.setdefault(kind, {})[id] = thing

    def put(self, kind: str, id: str, thing: Record) -> None:
        """The thing is kept as it is now, in the place of its earlier state."""
        with self.transaction():
            self._note(kind, id, thing)
            statement = "INSERT INTO things VALUES (?, ?, ?) ON CONFLICT (kind, id) DO UPDATE SET body = excluded.body"
            self._base.execute(statement, (kind, id, exact_json.written(thing)))

    def remove(self, kind: str, id: str) -> None:
        with self.transaction():
            self._note(kind, id, None)
            self._base.execute("DELETE FROM things WHERE kind = ? AND id = ?", (kind, id))

    def _note(self, kind: str, id: str, thing: Record | None) -> None:
        self._before.append((kind, id, self.get(kind, id)))
        self.writes += 0 if kind.startswith("@") else 1
        self._remember(kind, id, thing)

    def get(self, kind: str, id: str | None) -> Record | None:
        with self._lock:
            return self._things.get(kind, {}).get(id or "")

    def all(self, kind: str) -> list[Record]:
        """Every thing of this kind, oldest first."""
        with self._lock:
            return list(self._things.get(kind, {}).values())

    def having(self, kind: str, field: str, value: Any) -> list[Record]:
        """Every thing of this kind whose field has exactly this value."""
        with self._lock:
            if (kind, field) not in self._found:
                self._found[kind, field] = {}
                for number, thing in self._things.get(kind, {}).items():
                    self._found[kind, field].setdefault(thing.get(field), {})[number] = None
            return [self._things[kind][number] for number in self._found[kind, field].get(value, ())]

    def _index(self, kind: str, id: str, before: Record | None, after: Record | None) -> None:
        for (indexed, field), found in self._found.items():
            if indexed != kind:
                continue
            if before is not None:
                found.get(before.get(field), {}).pop(id, None)
            if after is not None:
                found.setdefault(after.get(field), {})[id] = None

    def setting(self, name: str, default: Any = None) -> Any:
        kept = self.get(SETTINGS, name)
        return kept["value"] if kept else default

    def set(self, name: str, value: Any) -> None:
        self.put(SETTINGS, name, {"value": value})

    def next_number(self, kind: str) -> int:
        with self.transaction():
            number = int(self.setting(f"last {kind}", 0)) + 1
            self.set(f"last {kind}", number)
            return number

    def next_id(self, prefix: str) -> str:
        return numbered_id(prefix, self.next_number(prefix))

    def now(self) -> datetime:
        """The org's clock in UTC: the machine's, moved by what advance() was told."""
        return datetime.now(UTC) + timedelta(seconds=float(self.setting("clock moved", 0)))

    def advance(self, seconds: float) -> None:
        self.set("clock moved", float(self.setting("clock moved", 0)) + seconds)
