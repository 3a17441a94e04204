"""The load: keep-alive connections that each send the next request when the answer has come; a process of its own.

`python -m bench.load` reads one JSON order from its standard input and writes one JSON report.
"""

import json
import select
import socket
import sys
import time
import uuid
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime

from bench.orders import TOPIC, signed_orders

BODIES = 256
HANGS_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class LoadOrder:
    """What to send where; `posts` false asks for `path` without a body."""

    port: int
    path: str
    posts: bool
    seconds: float
    shop: str
    shop_secret: str
    codes: list[str]
    connections: int = 32
    warm_up_seconds: float = 0.3


@dataclass(slots=True)
class LoadReport:
    """What came of it: answers per second, latencies in milliseconds, the ids that were acknowledged with 200."""

    per_second: float = 0.0
    p50_ms: float = 0.0
    p99_ms: float = 0.0
    refused: int = 0
    acknowledged: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Line:
    """One connection, with the request that is under way on it."""

    socket: socket.socket
    id: str = ""
    sent_at: float = 0.0
    received: bytes = b""


class _Load:
    def __init__(self, order: LoadOrder) -> None:
        self._order = order
        self._requests = _posts(order) if order.posts else _gets(order)
        self._lines: dict[int, _Line] = {}
        self._latencies: list[float] = []
        self._report = LoadReport()
        self._poll = select.epoll()

    def run(self) -> LoadReport:
        starts = time.perf_counter() + self._order.warm_up_seconds
        ends = starts + self._order.seconds
        for _ in range(self._order.connections):
            self._open()
        while self._lines:
            ready = self._poll.poll(HANGS_SECONDS)
            if not ready:
                raise TimeoutError(f"no answer within {HANGS_SECONDS} seconds")
            for number, _ in ready:
                self._receive(self._lines[number], starts, ends)
        return self._told()

    def _open(self) -> None:
        opened = socket.create_connection(("127.0.0.1", self._order.port))
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        line = self._lines[opened.fileno()] = _Line(opened)
        self._poll.register(opened.fileno(), select.EPOLLIN)
        self._send(line)

    def _send(self, line: _Line) -> None:
        line.id, request = next(self._requests)
        line.received = b""
        line.sent_at = time.perf_counter()
        line.socket.sendall(request)

    def _receive(self, line: _Line, starts: float, ends: float) -> None:
        part = line.socket.recv(65536)
        line.received += part
        if part and not _is_whole(line.received):
            return
        now = time.perf_counter()
        self._count(line, now, starts, ends)
        if part and now < ends:
            self._send(line)
            return
        self._poll.unregister(line.socket.fileno())
        del self._lines[line.socket.fileno()]
        line.socket.close()
        if now < ends:  # the server hung up: a real sender would come back
            self._open()

    def _count(self, line: _Line, now: float, starts: float, ends: float) -> None:
        is_ok = line.received[9:12] == b"200"
        if is_ok:
            self._report.acknowledged.append(line.id)
        if starts <= now <= ends:
            if is_ok:
                self._latencies.append(now - line.sent_at)
            else:
                self._report.refused += 1

    def _told(self) -> LoadReport:
        ordered = sorted(self._latencies) or [0.0]
        self._report.per_second = len(self._latencies) / self._order.seconds
        self._report.p50_ms = 1000 * ordered[len(ordered) // 2]
        self._report.p99_ms = 1000 * ordered[len(ordered) * 99 // 100]
        return self._report


def _is_whole(answer: bytes) -> bool:
    head, end, body = answer.partition(b"\r\n\r\n")
    if not end:
        return False
    _, _, rest = head.lower().partition(b"\r\ncontent-length:")
    return len(body) >= int(rest.partition(b"\r\n")[0] or 0)


def _gets(order: LoadOrder) -> Iterator[tuple[str, bytes]]:
    request = f"GET {order.path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()
    while True:
        yield "", request


def _posts(order: LoadOrder) -> Iterator[tuple[str, bytes]]:
    """The same bodies again and again, each time with another id: to the receiver they are all different."""
    orders = list(signed_orders(BODIES, shop_secret=order.shop_secret, codes=order.codes))
    triggered_at = datetime.now(UTC).isoformat()
    prepared = [
        (
            f"POST {order.path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: Shopify-Captain-Hook\r\n"
            f"Content-Type: application/json\r\nX-Shopify-Topic: {TOPIC}\r\nX-Shopify-Shop-Domain: {order.shop}\r\n"
            f"X-Shopify-API-Version: 2026-10\r\nX-Shopify-Triggered-At: {triggered_at}\r\n"
            f"X-Shopify-Hmac-SHA256: {one.signature}\r\nContent-Length: {len(one.body)}\r\n".encode(),
            one.body,
        )
        for one in orders
    ]
    run, number = uuid.uuid4().hex, 0
    while True:
        for head, body in prepared:
            number += 1
            key = f"{run}-{number}"
            yield key, b"%bX-Shopify-Webhook-Id: %b\r\n\r\n%b" % (head, key.encode(), body)


if __name__ == "__main__":
    json.dump(asdict(_Load(LoadOrder(**json.load(sys.stdin))).run()), sys.stdout)
