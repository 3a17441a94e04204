"""What the demo says: calm lines for people, coloured only on a terminal."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator, Sequence

import click

Row = Sequence[str]


class Screen:
    """Writes to standard output as the story goes on; a silent one writes nothing."""

    def __init__(self, *, silent: bool = False) -> None:
        self._silent = silent
        self._is_terminal = sys.stdout.isatty() and not silent
        self._coloured = self._is_terminal and "NO_COLOR" not in os.environ
        self._chapter = 0

    def _write(self, text: str = "", **style: bool | str) -> None:
        if not self._silent:
            click.echo(click.style(text, **style) if self._coloured and any(style.values()) else text)  # type: ignore[arg-type]
            sys.stdout.flush()

    def title(self, text: str) -> None:
        self._write(text, bold=True)

    def chapter(self, text: str) -> None:
        self._chapter += 1
        self._write()
        self._write(f"{self._chapter:>2}  {text}", bold=True)

    def command(self, text: str) -> None:
        self._write(f"    $ {text}", fg="cyan")

    def line(self, text: str = "") -> None:
        self._write(f"    {text}" if text else "")

    @contextlib.contextmanager
    def waiting(self, text: str) -> Iterator[None]:
        """On a terminal the text stands there for as long as it takes, and no longer."""
        if not self._is_terminal:
            yield
            return
        click.echo(f"    … {text}", nl=False)
        try:
            yield
        finally:
            click.echo("\r\x1b[K", nl=False)

    def good(self, text: str) -> None:
        self._write(f"    ✓ {text}", fg="green")

    def bad(self, text: str) -> None:
        self._write(f"    ✗ {text}", fg="red")

    def table(self, heads: Row, rows: Sequence[Row], right: frozenset[int] = frozenset()) -> None:
        """The rows under their heads; the columns in `right` are flush right."""
        widths = [max(len(row[column]) for row in [heads, *rows]) for column in range(len(heads))]
        for number, row in enumerate([heads, *rows]):
            cells = [
                cell.rjust(width) if column in right else cell.ljust(width)
                for column, (cell, width) in enumerate(zip(row, widths, strict=True))
            ]
            self._write(f"    {'  '.join(cells).rstrip()}", bold=number == 0)
