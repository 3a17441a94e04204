"""A stand-in as a process of its own: it says where it listens, and serves until it is told to end."""

from __future__ import annotations

import errno
import signal
import threading
from collections.abc import Callable
from typing import TypeVar

import click

from sandbox.ground.running import Running

R = TypeVar("R", bound=Running)


def serve(running: R, tell: Callable[[R], str]) -> None:
    """Until SIGTERM or Ctrl-C."""
    ending = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: ending.set())
    with running:
        click.echo(tell(running))
        ending.wait()


def mistake(error: Exception, port: int) -> click.ClickException:
    """Why it cannot start, in a sentence for whoever typed the command."""
    if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
        return click.ClickException(f"port {port} is taken: stop what listens there, or choose another with --port")
    return click.ClickException(str(error))
