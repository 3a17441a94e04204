"""A listener at the end of a webhook: it keeps what is posted to it, and answers as it is told."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Generic, TypeVar


@dataclass
class Posted:
    """One request as it came in; the names of headers are lower-cased."""

    headers: dict[str, str]
    body: bytes


P = TypeVar("P", bound=Posted)


class Ears(ThreadingHTTPServer):
    """A sender that lost its patience and hung up is no news."""

    request_queue_size = 64  # the usual five are too few where ten come at once: the next one may be turned away

    def handle_error(self, request: object, client_address: object) -> None:
        return


class Hearing(Generic[P]):
    """Answers `status` to every POST after so many seconds, once head and body are read, and remembers it."""

    def __init__(self, kind: type[P], path: str) -> None:
        self.received: list[P] = []
        self.status, self.seconds = 200, 0.0
        hearing = self

        class Ear(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                hearing.received.append(kind({name.lower(): text for name, text in self.headers.items()}, body))
                time.sleep(hearing.seconds)
                headers, content = hearing.answering()
                self.send_response(hearing.status)
                for name, value in (headers | {"Content-Length": str(len(content))}).items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, format: str, *args: object) -> None:
                return

        self._server = Ears(("127.0.0.1", 0), Ear)
        self.url = f"http://127.0.0.1:{self._server.server_port}{path}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=[0.005], daemon=True)
        self._thread.start()

    def answering(self) -> tuple[dict[str, str], bytes]:
        """Headers and body of the answer: none, unless the vendor wants some."""
        return {}, b""

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
