"""A sender that may break every rule of HTTP: it writes bytes and listens to what comes back."""

import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass

from tests.support import hooks
from tests.support.live import Scene
from tests.support.processes import Process

BODY = b'{"id":1,"name":"#1"}'


@dataclass
class Door:
    """The server, and what it has stored."""

    stage: Scene
    server: Process

    @property
    def path(self) -> str:
        """The connection's path."""
        return f"/hooks/{self.stage.connection_id}"

    @property
    def secret(self) -> str:
        """What genuine webhooks are signed with."""
        return self.stage.shop.client_secret

    def stored(self) -> set[str]:
        """The keys of all stored deliveries."""
        return {row["key"] for row in self.stage.deliveries()}

    def signed(self, body: bytes = BODY, key: str | None = None) -> dict[str, str]:
        """The headers of a genuine webhook with this body."""
        return hooks.headers(self.secret, body, key=key)

    def post(
        self,
        headers: Mapping[str, str | None],
        body: bytes = BODY,
        path: str | None = None,
        method: str = "POST",
        *,
        hangs_up: bool = False,
    ) -> int:
        """The status of one request; a header that is None is left out; who hangs up still listens."""
        told = {"Host": "127.0.0.1", "Connection": "close", "Content-Length": str(len(body))} | dict(headers)
        lines = [f"{name}: {value}" for name, value in told.items() if value is not None]
        head = "\r\n".join([f"{method} {path or self.path} HTTP/1.1", *lines, "", ""])
        return self.say(head.encode("latin-1") + body, hangs_up=hangs_up)

    def hear(self, headers: Mapping[str, str | None], body: bytes, *, method: str = "POST", path: str = "") -> bytes:
        """The whole answer to one request."""
        told = {"Host": "127.0.0.1", "Connection": "close", "Content-Length": str(len(body))} | dict(headers)
        lines = [f"{name}: {value}" for name, value in told.items() if value is not None]
        head = "\r\n".join([f"{method} {path or self.path} HTTP/1.1", *lines, "", ""])
        heard = b""
        with socket.create_connection(("127.0.0.1", self.stage.port), timeout=10) as connection:
            connection.sendall(head.encode("latin-1") + body)
            while part := connection.recv(65536):
                heard += part
        return heard

    def say(self, raw: bytes, *, hangs_up: bool = False, seconds: float = 10) -> int:
        """The status that these bytes are answered with; 0 when the connection is closed without an answer."""
        with socket.create_connection(("127.0.0.1", self.stage.port), timeout=seconds) as connection:
            connection.sendall(raw)
            if hangs_up:
                connection.shutdown(socket.SHUT_WR)
            return status_of(connection)

    def is_alive(self) -> bool:
        """The process runs, and takes a genuine webhook."""
        return self.server.popen.poll() is None and self.post(self.signed()) == 200


def status_of(connection: socket.socket) -> int:
    """The status of the answer on this connection; 0 when it is closed without one."""
    heard = b""
    deadline = time.monotonic() + 20
    while b"\r\n" not in heard and time.monotonic() < deadline:
        part = connection.recv(4096)
        if not part:
            return 0
        heard += part
    return int(heard.split(b" ", 2)[1])
