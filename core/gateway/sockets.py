"""Sockets: connections to checked addresses only, whose answers have one deadline from the first byte to the last."""

import contextlib
import io
import socket
import time
from functools import partial
from http.client import HTTPResponse
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError

from core.gateway.reach import OutOfReach, Reach

LEAST_SECONDS = 0.001


class Refused(NewConnectionError):
    """Not connected, because the address is out of reach; `words` say why."""

    def __init__(self, connection: HTTPConnection, words: str) -> None:
        super().__init__(connection, words)
        self.words = words


class _UntilThen(io.RawIOBase):
    """What comes out of a socket before one moment; a byte now and then does not move it."""

    def __init__(self, inner: io.RawIOBase, wire: socket.socket) -> None:
        self._inner = inner
        self._wire = wire
        seconds = wire.gettimeout()
        self._ends = None if seconds is None else time.monotonic() + seconds

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        if self._ends is not None:
            with contextlib.suppress(OSError):  # closed on our side: reading says it better
                self._wire.settimeout(max(self._ends - time.monotonic(), LEAST_SECONDS))
        read: int | None = self._inner.readinto(buffer)
        return read

    def close(self) -> None:
        self._inner.close()
        super().close()


class _Response(HTTPResponse):
    """An answer whose status line, headers and body have to be there by one moment all together."""

    def __init__(self, sock: socket.socket, *arguments: Any, **named: Any) -> None:
        super().__init__(sock, *arguments, **named)
        raw: Any = self.fp.detach()
        self.fp = io.BufferedReader(_UntilThen(raw, sock))


class _Plain(HTTPConnection):
    """A connection to a checked address of this computer."""

    response_class = _Response
    reach: Reach

    def _new_conn(self) -> socket.socket:
        return _connected(self, self.reach, is_plain=True)


class _Tls(HTTPSConnection):
    """A connection to a checked address. A handshake fails in its own words: an error of TLS later on may come after
    the effect.
    """

    response_class = _Response
    reach: Reach | None  # None: to the proxy of the configuration, which looks names up itself

    def _new_conn(self) -> socket.socket:
        return super()._new_conn() if self.reach is None else _connected(self, self.reach, is_plain=False)

    def connect(self) -> None:
        try:
            super().connect()
        except (OSError, ValueError) as error:
            raise NewConnectionError(self, f"no TLS: {error}") from error


def _connected(connection: HTTPConnection, reach: Reach, *, is_plain: bool) -> socket.socket:
    """A socket to what the name means now: looked up once, and connected to what was checked."""
    try:
        found = reach.addresses(connection._dns_host, connection.port, is_plain=is_plain)
    except OutOfReach as refused:
        raise Refused(connection, str(refused)) from refused
    except (OSError, UnicodeError) as error:
        raise NameResolutionError(connection.host, connection, error) from error  # type: ignore[arg-type]
    trouble: OSError | None = None
    for family, kind, protocol, _name, address in found:
        wire = socket.socket(family, kind, protocol)
        try:
            for option in connection.socket_options or ():
                wire.setsockopt(*option)
            wire.settimeout(connection.timeout)
            wire.connect(address)
            return wire
        except OSError as error:
            trouble = error
            wire.close()
    if isinstance(trouble, TimeoutError):
        raise ConnectTimeoutError(connection, "no connection in time") from trouble
    raise NewConnectionError(connection, f"no connection: {trouble}") from trouble


class _Reaching(HTTPConnectionPool):
    """A pool that tells each of its connections how far it may go."""

    def __init__(self, *arguments: Any, reach: Reach | None, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._reach = reach

    def _new_conn(self) -> Any:
        connection: Any = super()._new_conn()
        connection.reach = self._reach
        return connection


class _PlainPool(_Reaching):
    ConnectionCls = _Plain


class _TlsPool(_Reaching, HTTPSConnectionPool):
    ConnectionCls = _Tls


class Adapter(HTTPAdapter):
    """Goes as far as the reach, and never tries again by itself."""

    def __init__(self, reach: Reach) -> None:
        super().__init__(max_retries=0, pool_maxsize=16)
        self.poolmanager.pool_classes_by_scheme = {
            "http": partial(_PlainPool, reach=reach),
            "https": partial(_TlsPool, reach=reach),
        }

    def proxy_manager_for(self, proxy: str, **named: Any) -> Any:
        """The pool of tunnels through the configured proxy; only https goes there."""
        tunnels = super().proxy_manager_for(proxy, **named)
        tunnels.pool_classes_by_scheme = {"https": partial(_TlsPool, reach=None)}
        return tunnels
