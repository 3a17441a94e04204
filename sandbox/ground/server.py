"""The sockets: a threading HTTP server that keeps connections alive and can also break them on purpose."""

from __future__ import annotations

import json
import socket
import struct
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from sandbox.ground.answers import Answer, json_answer
from sandbox.ground.refusal import Refused

LARGEST_BODY = 8 * 1024 * 1024


@dataclass
class Request:
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes
    raw_query: str = ""

    def json(self) -> Any:
        """The body as JSON, {} for an empty one; raises Refused for anything else."""
        try:
            return json.loads(self.body or b"{}")
        except ValueError as error:
            raise Refused("the body is not JSON") from error

    def header(self, name: str) -> str | None:
        return self.headers.get(name.lower())


Respond = Callable[[Request], Answer]


def cut(line: socket.socket) -> None:
    """The connection ends now; one that has ended already stays so."""
    try:
        line.shutdown(socket.SHUT_RDWR)
    except OSError:
        return


class Server(ThreadingHTTPServer):
    """Answers every request by one function; a thread per connection, none outlives the process."""

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self, port: int, respond: Respond) -> None:
        super().__init__(("127.0.0.1", port), Conversation)
        self.respond = respond
        self.ending = False
        self.lines: set[socket.socket] = set()

    def hang_up(self) -> None:
        """Connections that callers keep alive end too: a stand-in that was stopped answers nobody."""
        self.ending = True
        for line in list(self.lines):
            cut(line)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A caller that went away is no news; a defect of the sandbox is."""
        if not isinstance(sys.exception(), OSError):
            traceback.print_exc()


class Conversation(BaseHTTPRequestHandler):
    """One connection: requests come in, answers go back in their manner."""

    protocol_version = "HTTP/1.1"
    server: Server
    # Headers and body leave in one write, so that a caller never waits for a delayed acknowledgement.
    wbufsize = -1
    disable_nagle_algorithm = True

    def setup(self) -> None:
        super().setup()
        self.server.lines.add(self.connection)

    def finish(self) -> None:
        self.server.lines.discard(self.connection)
        super().finish()

    def do_GET(self) -> None:
        self._answer()

    do_POST = do_PUT = do_PATCH = do_DELETE = do_GET  # noqa: N815 (the names http.server calls)

    def log_message(self, format: str, *args: Any) -> None:
        """The call log is part of the truth; nothing is printed."""

    def _answer(self) -> None:
        length = self.headers.get("Content-Length") or "0"
        if self.headers.get("Transfer-Encoding") or not length.isdecimal():
            self.close_connection = True
            self._send(json_answer(411, {"errors": "Length Required"}))
            return
        if int(length) > LARGEST_BODY:
            self.close_connection = True
            self._send(json_answer(413, {"errors": "Payload Too Large"}))
            return
        request = self._read(int(length))
        try:
            answer = self.server.respond(request)
        except Exception:  # a defect of the sandbox itself must be seen, not mistaken for a fate
            if self.server.ending:
                self._cut()
                return
            traceback.print_exc()
            answer = json_answer(500, {"error": "the sandbox itself failed", "trace": traceback.format_exc()})
        self._send(answer)

    def _read(self, length: int) -> Request:
        parts = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        return Request(self.command, parts.path, query, headers, self.rfile.read(length), parts.query)

    def _send(self, answer: Answer) -> None:
        if answer.manner in ("drop", "hang"):
            time.sleep(answer.seconds if answer.manner == "hang" else 0)
            self._cut()
            return
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        MANNERS[answer.manner](self, answer)

    def whole(self, answer: Answer) -> None:
        self.wfile.write(answer.body)

    def truncated(self, answer: Answer) -> None:
        """Fewer bytes than announced, then a clean end."""
        self.wfile.write(answer.body[: len(answer.body) // 2])
        self.wfile.flush()
        self._cut()

    def reset(self, answer: Answer) -> None:
        """A few bytes, then a TCP reset."""
        self.wfile.write(answer.body[: len(answer.body) // 2])
        self.wfile.flush()
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.connection.close()

    def slow(self, answer: Answer) -> None:
        """One byte at a time, with a pause after each."""
        for place in range(len(answer.body)):
            self.wfile.write(answer.body[place : place + 1])
            self.wfile.flush()
            time.sleep(answer.seconds)

    def _cut(self) -> None:
        self.close_connection = True
        cut(self.connection)


MANNERS: dict[str, Callable[[Conversation, Answer], None]] = {
    "whole": Conversation.whole,
    "truncated": Conversation.truncated,
    "reset": Conversation.reset,
    "slow": Conversation.slow,
}
