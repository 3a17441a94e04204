"""One POST to whoever subscribed, with the vendor's patience; no redirect is followed."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from sandbox.ground.server import cut

LARGEST_REPLY = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds that a sender waits: until it is connected, and in all."""

    connect: float
    total: float


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back; without a status nothing did, and error says why."""

    status: int | None = None
    body: bytes = b""
    error: str | None = None


def post(uri: str, headers: Mapping[str, str], body: bytes, patience: Patience) -> Reply:
    """The answer, as far as it came in time."""
    parts = urlsplit(uri)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=patience.connect)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    out_of_time = threading.Timer(patience.total, _end, [connection])
    out_of_time.start()
    try:
        connection.connect()
        connection.sock.settimeout(patience.total)
        connection.request("POST", target, body, dict(headers))
        response = connection.getresponse()
        return Reply(response.status, response.read(LARGEST_REPLY))
    except (OSError, http.client.HTTPException) as error:
        return Reply(error=f"{type(error).__name__}: {error}")
    finally:
        out_of_time.cancel()
        connection.close()


def _end(connection: http.client.HTTPConnection) -> None:
    """A slow answer keeps resetting a socket timeout; shutting the socket ends it for certain."""
    if connection.sock:
        cut(connection.sock)
