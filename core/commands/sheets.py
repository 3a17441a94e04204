"""Sheets: rows in a CSV file whose cells no spreadsheet takes for a formula."""

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Self

# What spreadsheets begin a formula with, or skip before one.
BEGINNINGS = ("=", "+", "-", "@", "\t", "\r", "\n", "\0")


class Sheet:
    """A CSV file, written row by row. Use it with `with`."""

    def __init__(self, file: Path, columns: Sequence[str]) -> None:
        self._file = file.open("w", encoding="utf-8", newline="")
        self._writer = csv.writer(self._file)
        self._writer.writerow(columns)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def add(self, cells: Iterable[object]) -> None:
        """One row more."""
        self._writer.writerow([plain_cell(str(cell)) for cell in cells])


def plain_cell(text: str) -> str:
    """The text so that no spreadsheet runs it."""
    return f"'{text}" if text.startswith(BEGINNINGS) else text
