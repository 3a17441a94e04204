"""A stand-in's memory: one SQLite database behind one lock, where what belongs together is kept together."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class Store:
    """Survives the process when it was given a path; what is in it, and when, is each truth's own."""

    def __init__(self, path: Path | None, tables: str) -> None:
        self._lock = threading.RLock()
        self._is_open = False
        self._base = sqlite3.connect(str(path or ":memory:"), check_same_thread=False, isolation_level=None)
        # A killed process loses nothing without fsync; only a power cut would, and this is a sandbox.
        self._base.execute("PRAGMA synchronous=OFF")
        self._base.executescript(tables)

    def close(self) -> None:
        with self._lock:
            self._base.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Nobody else reads or writes meanwhile; all of it is kept, or nothing. An inner one joins the outer."""
        with self._lock:
            if self._is_open:
                yield
                return
            self._base.execute("BEGIN IMMEDIATE")
            self._is_open = True
            self._begin()
            try:
                yield
                self._base.execute("COMMIT")
            except BaseException:
                self._base.execute("ROLLBACK")
                self._take_back()
                raise
            finally:
                self._is_open = False

    def _begin(self) -> None:
        """What is remembered beside the database is as it was kept last."""
        return

    def _take_back(self) -> None:
        """The database is as before; what is remembered beside it becomes so too."""
        return
