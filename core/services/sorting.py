"""Sorting more than fits in memory: sorted runs in temporary files, merged while they are read."""

import marshal
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from heapq import merge
from itertools import islice
from typing import IO, Any, Self

RUN = 10_000
BLOCK = 100


class Sorter:
    """Tuples of plain values come out sorted, however many they are. Use it with `with`."""

    def __init__(self, run: int = RUN) -> None:
        self._most = run
        self._gathered: list[tuple[Any, ...]] = []
        self._runs: list[IO[bytes]] = []
        self._files = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._files.close()

    def add(self, item: tuple[Any, ...]) -> None:
        """The item is kept; in a file once there are many."""
        self._gathered.append(item)
        if len(self._gathered) >= self._most:
            self._put_away()

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        """All items from the least to the greatest."""
        self._gathered.sort()
        return merge(*(_blocks(run) for run in self._runs), self._gathered)

    def _put_away(self) -> None:
        self._gathered.sort()
        file = self._files.enter_context(tempfile.TemporaryFile(prefix="referhub-sort-"))  # noqa: SIM115 - the stack closes it
        items = iter(self._gathered)
        while block := list(islice(items, BLOCK)):
            marshal.dump(block, file)
        file.seek(0)
        self._runs.append(file)
        self._gathered = []


def _blocks(file: IO[bytes]) -> Iterator[tuple[Any, ...]]:
    while True:
        try:
            yield from marshal.load(file)  # noqa: S302 - written by this very process
        except EOFError:
            return
