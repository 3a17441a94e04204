"""The demo's processes: the hub and the shop as real servers, started, watched and always ended."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TypeVar

import requests

from sandbox.demo.failed import DemoFailed

T = TypeVar("T")
REFERHUB = (sys.executable, "-m", "referhub")
START_SECONDS = 60
END_SECONDS = 15
PAUSE = 0.05
ENDING_SIGNALS = (signal.SIGTERM, signal.SIGHUP)


def free_port(wanted: int = 0) -> int:
    """A port of loopback that nobody listens on. Raises `DemoFailed` if the wanted one is taken."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", wanted))
        except OSError:
            raise DemoFailed(f"port {wanted} is taken: choose another with --port, or leave --port out") from None
        return int(probe.getsockname()[1])


def hub_environment(**settings: str) -> dict[str, str]:
    """This process's environment without any setting of the person's own hub."""
    kept = {name: value for name, value in os.environ.items() if not name.upper().startswith("REFERHUB_")}
    return kept | {f"REFERHUB_{name.upper()}": value for name, value in settings.items()}


class Server:
    """One server process with its log file."""

    def __init__(self, name: str, arguments: list[str], folder: Path, environment: Mapping[str, str]) -> None:
        self.name, self.log = name, folder / f"{name}.log"
        with self.log.open("wb") as log:
            # A session of its own: Ctrl-C reaches only the demo, which then ends its servers in order.
            self.process = subprocess.Popen(  # noqa: S603 (our own program, with our own words)
                [*REFERHUB, *arguments],
                cwd=folder,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def answers(self, url: str) -> bool:
        """True when the server answers 200. Raises `DemoFailed` if its process has ended."""
        if self.process.poll() is not None:
            raise DemoFailed(f"the {self.name} ended with status {self.process.returncode}")
        try:
            return requests.get(url, timeout=2).status_code == 200
        except requests.RequestException:
            return False

    def end(self) -> None:
        """The process is gone: asked first, killed if it does not listen."""
        if self.process.poll() is None:
            self.process.terminate()
        try:
            self.process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def last_words(self, lines: int = 30) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])


class Servers:
    """The running servers, as a context: on the way out each of them is ended, whatever happened."""

    def __init__(self) -> None:
        self.running: list[Server] = []

    def start(self, name: str, arguments: list[str], folder: Path, environment: Mapping[str, str]) -> Server:
        server = Server(name, arguments, folder, environment)
        self.running.append(server)
        return server

    def __enter__(self) -> Servers:
        return self

    def __exit__(self, *_: object) -> None:
        with _signals_wait():
            for server in reversed(self.running):
                server.end()


@contextlib.contextmanager
def signals_end_the_story() -> Iterator[None]:
    """SIGTERM and a closed terminal unwind like Ctrl-C does, so that nothing is left running.

    Ctrl-C itself is listened to even if a parent (a script's `&`) has told this process to ignore it.
    """

    def leave(number: int, _frame: object) -> None:
        raise SystemExit(128 + number)

    before = {name: signal.signal(name, leave) for name in ENDING_SIGNALS}
    before[signal.SIGINT] = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        for name, old in before.items():
            signal.signal(name, old)


@contextlib.contextmanager
def _signals_wait() -> Iterator[None]:
    names = (*ENDING_SIGNALS, signal.SIGINT)
    before = {name: signal.signal(name, signal.SIG_IGN) for name in names}
    try:
        yield
    finally:
        for name, old in before.items():
            signal.signal(name, old)


def until(what: str, ask: Callable[[], T], holds: Callable[[T], bool] = bool, seconds: float = 60) -> T:
    """The first answer for which it holds. Raises `DemoFailed` when the time is over."""
    ends = time.monotonic() + seconds
    while not holds(answer := ask()):
        if time.monotonic() > ends:
            raise DemoFailed(f"after {seconds:.0f} seconds still not: {what}")
        time.sleep(PAUSE)
    return answer
