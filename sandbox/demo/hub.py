"""The hub as an operator meets it: typed commands, answered in JSON."""

from __future__ import annotations

import json
import shlex
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from sandbox.demo.failed import DemoFailed
from sandbox.demo.processes import REFERHUB
from sandbox.demo.screen import Screen

COMMAND_SECONDS = 120


class HubCommands:
    """Types `referhub …` in the demo's folder and shows what it typed."""

    def __init__(self, folder: Path, environment: dict[str, str], screen: Screen) -> None:
        self._folder, self._environment, self._screen = folder, environment, screen

    def run(self, *words: str) -> Any:
        """The command's answer, after the command was shown. Raises `DemoFailed` when it complains."""
        self._screen.command(shlex.join(["referhub", *words]))
        return self.ask(*words)

    def run_together(self, *commands: tuple[str, ...]) -> list[Any]:
        """The same for several commands that do not wait for each other."""
        for words in commands:
            self._screen.command(shlex.join(["referhub", *words]))
        with ThreadPoolExecutor(len(commands)) as pool:
            return list(pool.map(lambda words: self.ask(*words), commands))

    def ask(self, *words: str) -> Any:
        """The command's answer, silently."""
        done = self._typed(*words, "--json")
        if done.returncode:
            raise DemoFailed(f"`{shlex.join(['referhub', *words])}` ended with {done.returncode}:\n{done.stderr}")
        return json.loads(done.stdout)

    def export(self, what: str) -> list[dict[str, Any]]:
        """All rows of one kind."""
        self._screen.command(f"referhub export {what}")
        return [json.loads(line) for line in self._typed("export", what).stdout.splitlines()]

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
