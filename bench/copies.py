"""Copies of a scene's database, so that every measurement begins with the same one."""

import contextlib
import shutil
from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path

from bench.scene import Scene, set_scene
from tests.support.postgres import PostgresServer, fresh_database

_numbers = count(1)


class SqliteCopies:
    """Files beside each other in one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def scene(self) -> Scene:
        """A first one."""
        return set_scene("SQLite", self._url(self._folder / "scene.db"), self._folder)

    @contextlib.contextmanager
    def copy(self, scene: Scene) -> Iterator[Scene]:
        """The same tables in a file of their own."""
        file = self._folder / f"copy{next(_numbers)}.db"
        shutil.copy(scene.url.removeprefix("sqlite:///"), file)
        yield replace(scene, url=self._url(file))
        file.unlink()

    def _url(self, file: Path) -> str:
        return f"sqlite:///{file}"


class PostgresCopies:
    """Databases of one server."""

    def __init__(self, server: PostgresServer, folder: Path) -> None:
        self._server = server
        self._folder = folder

    def scene(self) -> Scene:
        """A first one."""
        return set_scene("PostgreSQL", self._server.create_database(), self._folder)

    @contextlib.contextmanager
    def copy(self, scene: Scene) -> Iterator[Scene]:
        """The same tables in a database of their own."""
        with fresh_database(self._server, scene.url) as url:
            yield replace(scene, url=url)
