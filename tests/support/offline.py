"""The pytest plugin that keeps a run on this machine: whoever calls anybody else fails instead of leaning on them."""

import socket
from ipaddress import ip_address
from typing import Any

import pytest


class LeftTheMachine(AssertionError):
    """A test called somebody who is not on loopback."""


_connect, _connect_ex = socket.socket.connect, socket.socket.connect_ex


def _here(address: Any) -> Any:
    """The address, if it is on this machine. Raises `LeftTheMachine`."""
    host = address[0] if isinstance(address, tuple) else None  # a path is a socket of this machine
    if host is None or host in ("", "localhost") or ip_address(host.partition("%")[0]).is_loopback:
        return address
    raise LeftTheMachine(f"a test called {host}: tests run without the internet")


def _connect_here(self: socket.socket, address: Any, /) -> None:
    _connect(self, _here(address))


def _connect_ex_here(self: socket.socket, address: Any, /) -> int:
    return _connect_ex(self, _here(address))


def pytest_configure(config: pytest.Config) -> None:
    """From here on every socket of this process stays at home."""
    socket.socket.connect = _connect_here  # type: ignore[method-assign, assignment]
    socket.socket.connect_ex = _connect_ex_here  # type: ignore[method-assign, assignment]
