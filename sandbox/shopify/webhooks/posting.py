"""One POST with the vendor's patience: 1 s to connect, 5 s in all, and no redirect is followed."""

from __future__ import annotations

import http.client
import socket
import threading
from urllib.parse import urlsplit

CONNECT_SECONDS = 1.0
TOTAL_SECONDS = 5.0


def post(uri: str, headers: dict[str, str], body: bytes) -> tuple[int | None, str | None]:
    """The status that was answered, or None and what went wrong."""
    parts = urlsplit(uri)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=CONNECT_SECONDS)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    out_of_time = threading.Timer(TOTAL_SECONDS, _cut, [connection])
    out_of_time.start()
    try:
        connection.connect()
        connection.sock.settimeout(TOTAL_SECONDS)
        connection.request("POST", target, body, headers)
        response = connection.getresponse()
        response.read(65536)
        return response.status, None
    except (OSError, http.client.HTTPException) as error:
        return None, f"{type(error).__name__}: {error}"
    finally:
        out_of_time.cancel()
        connection.close()


def _cut(connection: http.client.HTTPConnection) -> None:
    """A slow answer keeps resetting a socket timeout; shutting the socket ends it for certain."""
    if connection.sock:
        try:
            connection.sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            return
