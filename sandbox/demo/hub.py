"""The hub as an operator meets it: typed commands, answered in JSON."""

from __future__ import annotations

import json
import shlex
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from sandbox.demo.failed import DemoFailed
from sandbox.demo.processes import REFERHUB, until
from sandbox.demo.screen import Screen

COMMAND_SECONDS = 120


class HubCommands:
    """Types `referhub …` in the demo's folder and shows what it typed."""

    def __init__(self, folder: Path, environment: dict[str, str], screen: Screen) -> None:
        self._folder, self._environment, self._screen = folder, environment, screen

    def run(self, *words: str) -> Any:
        """The command's answer, after the command was shown. Raises `DemoFailed` when it complains."""
        return self.run_until("the hub answers", lambda _answer: True, *words)

    def run_until(self, what: str, holds: Callable[[Any], bool], *words: str) -> Any:
        """The same, asked again and again until the answer is as expected."""
        self._screen.command(shlex.join(["referhub", *words]))
        with self._screen.waiting(what):
            return until(what, lambda: self.ask(*words), holds)

    def run_together(self, *commands: tuple[str, ...]) -> list[Any]:
        """The same for several commands that do not wait for each other."""
        for words in commands:
            self._screen.command(shlex.join(["referhub", *words]))
        with self._screen.waiting("the hub answers"), ThreadPoolExecutor(len(commands)) as pool:
            return list(pool.map(lambda words: self.ask(*words), commands))

    def ask(self, *words: str) -> Any:
        """The command's answer, silently."""
        done = self._typed(*words, "--json")
        if done.returncode:
            raise DemoFailed(f"`{shlex.join(['referhub', *words])}` ended with {done.returncode}:\n{done.stderr}")
        return json.loads(done.stdout)

    def export(self, *kinds: str) -> list[list[dict[str, Any]]]:
        """All rows of each kind."""
        for kind in kinds:
            self._screen.command(f"referhub export {kind}")
        with ThreadPoolExecutor(len(kinds)) as pool:
            texts = pool.map(lambda kind: self._typed("export", kind).stdout, kinds)
            return [[json.loads(line) for line in text.splitlines()] for text in texts]

    def is_sound(self) -> tuple[bool, int]:
        """What `referhub check` finds, and how many promises it checked."""
        self._screen.command("referhub check")
        done = self._typed("check", "--json")
        report = json.loads(done.stdout)
        return done.returncode == 0 and report["sound"], len(report["report"]["findings"])

    def _typed(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(  # noqa: S603 (our own program, with our own words)
            [*REFERHUB, *words],
            cwd=self._folder,
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=COMMAND_SECONDS,
            check=False,
        )
