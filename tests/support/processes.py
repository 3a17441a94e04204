"""The program in processes of its own, so that tests can kill it."""

import contextlib
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, SimpleQueue

from tests.support.leaks import look
from tests.support.places import ROOT

KILLED = -9
SILENT = ("serve", "worker")  # they tell nobody of anybody


@dataclass
class Process:
    """A running `referhub …`, its output read as it comes."""

    popen: "subprocess.Popen[str]"
    lines: "SimpleQueue[str]" = field(default_factory=SimpleQueue)
    told: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        assert self.popen.stdout is not None
        for line in self.popen.stdout:
            self.told.append(line)
            self.lines.put(line)

    @property
    def output(self) -> str:
        """Everything said so far."""
        return "".join(self.told)

    def kill(self) -> None:
        """SIGKILL: no handler runs, no buffer is flushed."""
        self.popen.kill()
        self.popen.wait(10)

    def end(self) -> int:
        """SIGTERM, and the exit status once it is over."""
        self.popen.terminate()
        return self.ended()

    def ended(self, seconds: float = 60) -> int:
        """The exit status, once the process is over; below zero it is the signal that killed it."""
        return self.popen.wait(seconds)


@contextlib.contextmanager
def started(arguments: Sequence[str], environment: Mapping[str, str], folder: Path) -> Iterator[Process]:
    """`referhub ARGUMENTS`, and none of it is left after the block."""
    outer = {name: value for name, value in os.environ.items() if not name.startswith("REFERHUB_")}
    popen = subprocess.Popen(
        [sys.executable, "-m", "referhub", *arguments],
        env=outer | {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"} | dict(environment),
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        text=True,
    )
    process = Process(popen)
    try:
        yield process
    finally:
        if popen.poll() is None:
            process.kill()
        if arguments[0] in SILENT:
            look(f"what `referhub {arguments[0]}` said", process.output.encode(errors="replace"))


def wait_for_line(process: Process, beginning: str, seconds: float = 30) -> str:
    """The line with that beginning, as soon as the process says it."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and (process.popen.poll() is None or not process.lines.empty()):
        try:
            line = process.lines.get(timeout=0.1)
        except Empty:
            continue
        if line.startswith(beginning):
            return line
    raise AssertionError(f"the process never said {beginning!r}: {process.output}")


def wait_until(true: Callable[[], bool], what: str, seconds: float = 30) -> None:
    """Returns as soon as it is true."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, f"in {seconds:.0f} s it did not come about that {what}"
        time.sleep(0.02)


def free_port() -> int:
    """A port of loopback that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port
