"""Shell blocks of a page, run as a reader would type them."""

import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.places import ROOT

BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
STAYS = ("cd ", ". ", "export ")
VARIES = {
    re.compile(r"\b\d{4}-\d\d-\d\d \d\d:\d\d\b"): "<a time>",
    re.compile(r"\b\d{4}-\d\d-\d\d\b"): "<a day>",
    re.compile(r"\b[0-9a-f]{32}\b"): "<an id>",
}
PATIENCE_SECONDS = 120


@dataclass(frozen=True)
class Block:
    """What stands between two fences: `sh` is typed, `text` is what the block before it shows."""

    language: str
    text: str


def blocks(page: str, section: str) -> list[Block]:
    """The blocks of a section, in order."""
    text = (ROOT / page).read_text(encoding="utf-8")
    body = text.split(f"## {section}\n")[1].split("\n## ")[0]
    return [Block(found[1], found[2]) for found in BLOCK.finditer(body)]


@dataclass
class Terminal:
    """A shell in a folder; where one block went, and what it activated or exported, the next one still has."""

    folder: Path
    environment: dict[str, str]
    kept: str = ""

    def type(self, text: str) -> str:
        """The block's output. Raises AssertionError with everything it said if it failed."""
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", self.kept + text],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
        )
        assert done.returncode == 0, f"{text}\nended with {done.returncode}:\n{done.stdout}{done.stderr}"
        self.kept += "".join(f"{line}\n" for line in text.splitlines() if line.startswith(STAYS))
        return done.stdout

    @contextmanager
    def left_running(self, text: str, url: str) -> Iterator[None]:
        """The block runs in a terminal of its own until the end; it answers at `url` before anything else is typed."""
        running = subprocess.Popen(
            ["bash", "-euo", "pipefail", "-c", text],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            _wait_for(url, running)
            yield
        finally:
            os.killpg(running.pid, signal.SIGTERM)
            running.wait(30)

    @contextmanager
    def followed(
        self, told: Iterable[Block], served: Mapping[str, str], *, impatient: str = ""
    ) -> Iterator[list[tuple[str, str]]]:
        """The blocks are typed one after the other, or seen; what was typed, and what it said.

        A block with one of the words of `served` stays running meanwhile, and answers at that address.
        """
        typed: list[tuple[str, str]] = []
        with ExitStack() as servers:
            for block in told:
                serving = next((url for words, url in served.items() if words in block.text), None)
                if serving:
                    servers.enter_context(self.left_running(block.text, serving))
                elif block.language == "text":
                    self.shows(typed[-1][0], block.text, impatient=impatient)
                else:
                    typed.append((block.text, self.type(block.text)))
            yield typed

    def shows(self, text: str, expected: str, *, impatient: str = "") -> None:
        """The block's output comes to be exactly this, but for the hour and the ids.

        Whoever is `impatient` types that as soon as it takes longer: on a busy machine a message may get lost once, and
        its sender takes its time before it tries again.
        """
        deadline = time.monotonic() + PATIENCE_SECONDS
        hurry = time.monotonic() + PATIENCE_SECONDS / 6
        while _lasting(shown := self.type(text)) != _lasting(expected):
            assert time.monotonic() < deadline, f"{text} should show\n{expected}\nand shows\n{shown}"
            if impatient and time.monotonic() > hurry:
                self.type(impatient)
                hurry = time.monotonic() + PATIENCE_SECONDS / 6


def _lasting(shown: str) -> list[str]:
    """The lines without what differs from run to run."""
    for pattern, word in VARIES.items():
        shown = pattern.sub(word, shown)
    return [line.rstrip() for line in shown.splitlines()]


def _wait_for(url: str, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        assert process.poll() is None, f"the server at {url} ended with {process.returncode}"
        assert time.monotonic() < deadline, f"nothing answers at {url}"
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except OSError:
            time.sleep(0.1)


def newcomer(home: Path, **settings: str) -> dict[str, str]:
    """An environment with nothing of ours but a home."""
    outer: Mapping[str, str] = {name: os.environ[name] for name in ("PATH", "LANG", "TZ") if name in os.environ}
    ours = str(Path(sys.executable).parent)  # a test run in an activated environment has it on its path
    path = ":".join(folder for folder in outer["PATH"].split(":") if folder != ours)
    return {**outer, "HOME": str(home), "PATH": path} | settings
