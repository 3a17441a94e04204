"""A listener that keeps what is posted to it and answers as it is told: the app at the end of a webhook."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Received:
    headers: dict[str, str]
    body: bytes

    @property
    def topic(self) -> str:
        return self.headers["x-shopify-topic"]

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Listener:
    """Answers `status` to every POST after so many seconds, and remembers it."""

    def __init__(self) -> None:
        self.received: list[Received] = []
        self.status = 200
        self.seconds = 0.0
        listener = self

        class Ear(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                listener.received.append(Received(headers, body))
                time.sleep(listener.seconds)
                self.send_response(listener.status)
                if listener.status == 302:
                    self.send_header("Location", listener.url)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Ear)
        self._thread = threading.Thread(target=self._server.serve_forever, args=[0.02], daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/webhooks/shop"

    def topics(self) -> list[str]:
        return [each.topic for each in self.received]

    def of(self, topic: str) -> list[Received]:
        return [each for each in self.received if each.topic == topic]

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
