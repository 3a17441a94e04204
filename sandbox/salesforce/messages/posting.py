"""One POST with the vendor's patience: 60 s in all, and no redirect is followed."""

from __future__ import annotations

import http.client
import socket
import threading
from urllib.parse import urlsplit

SECONDS = 60.0
HEADERS = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": '""', "Accept": "text/xml", "User-Agent": "SFDC"}


def post(url: str, body: bytes, headers: dict[str, str] | None = None, seconds: float = SECONDS) -> tuple[int, bytes]:
    """Status and body of the answer; raises OSError or HTTPException where there is none in time."""
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=seconds)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    out_of_time = threading.Timer(seconds, _cut, [connection])
    out_of_time.start()
    try:
        connection.request("POST", target, body, HEADERS | (headers or {}))
        response = connection.getresponse()
        return response.status, response.read(1024 * 1024)
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
