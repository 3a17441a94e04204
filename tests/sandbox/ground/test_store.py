"""What belongs together is kept together, in the database and in what is remembered beside it."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.ground.store import Store


class Words(Store):
    """Words, and how many there are."""

    def __init__(self, path: Path | None = None) -> None:
        super().__init__(path, "CREATE TABLE IF NOT EXISTS words (word TEXT PRIMARY KEY);")
        self.taken_back = 0

    def add(self, word: str) -> None:
        self._base.execute("INSERT INTO words VALUES (?)", (word,))

    def all(self) -> list[str]:
        return [word for (word,) in self._base.execute("SELECT word FROM words ORDER BY word")]

    def _take_back(self) -> None:
        self.taken_back += 1


def test_an_error_undoes_all_of_the_outermost_transaction_once() -> None:
    store = Words()

    def write() -> None:
        with store.transaction():
            store.add("one")
            with store.transaction():
                store.add("two")
                raise ValueError("enough")

    with pytest.raises(ValueError, match="enough"):
        write()
    assert (store.all(), store.taken_back) == ([], 1)


def test_an_inner_transaction_is_kept_with_the_outer_one() -> None:
    store = Words()

    def write() -> None:
        with store.transaction():
            with store.transaction():
                store.add("one")
            raise ValueError("enough")

    with pytest.raises(ValueError, match="enough"):
        write()
    with store.transaction():
        store.add("two")
    assert store.all() == ["two"]


def test_what_was_kept_is_there_for_whoever_opens_the_file_next(tmp_path: Path) -> None:
    first = Words(tmp_path / "truth.db")
    with first.transaction():
        first.add("one")
    first.close()
    second = Words(tmp_path / "truth.db")
    assert second.all() == ["one"]
    second.close()
