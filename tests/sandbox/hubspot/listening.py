"""A listener at the app's target address: it keeps what is posted to it and answers as it is told."""

from __future__ import annotations

import json
import threading
from collections import Counter
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Received:
    headers: dict[str, str]
    body: bytes

    @property
    def events(self) -> list[dict[str, Any]]:
        told: list[dict[str, Any]] = json.loads(self.body)
        return told


class _Server(ThreadingHTTPServer):
    request_queue_size = 64  # the usual five are too few where ten come at once: the next one may be turned away


class Listener:
    """Answers `status` to every POST, and remembers it."""

    def __init__(self) -> None:
        self.received: list[Received] = []
        self.status = 200
        listener = self

        class Ear(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                listener.received.append(Received(headers, body))
                self.send_response(listener.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                return

        self._server = _Server(("127.0.0.1", 0), Ear)
        self._thread = threading.Thread(target=self._server.serve_forever, args=[0.005], daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/hooks/portal"

    @property
    def events(self) -> list[dict[str, Any]]:
        return [event for each in self.received for event in each.events]

    def of(self, type: str) -> list[dict[str, Any]]:
        return [event for event in self.events if event["subscriptionType"] == type]

    def types(self) -> Counter[str]:
        return Counter(event["subscriptionType"] for event in self.events)

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
