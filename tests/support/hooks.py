"""Signed webhooks from a sender of our own: one at a time, raw, or as many as a server will take."""

import base64
import hashlib
import hmac
import http.client
import json
import threading
from urllib.parse import urlsplit
from uuid import uuid4

TOPIC = "orders/updated"


def signature(secret: str, body: bytes) -> str:
    """The base64 HMAC-SHA256 that the shop would send."""
    return base64.b64encode(hmac.digest(secret.encode(), body, hashlib.sha256)).decode()


def headers(secret: str, body: bytes, *, topic: str = TOPIC, key: str | None = None) -> dict[str, str]:
    """The headers of a genuine webhook."""
    return {
        "Content-Type": "application/json",
        "X-Shopify-Topic": topic,
        "X-Shopify-Hmac-Sha256": signature(secret, body),
        "X-Shopify-Shop-Domain": "demo.myshopify.com",
        "X-Shopify-Webhook-Id": key or str(uuid4()),
    }


def order_body(number: int) -> bytes:
    """A small order that nobody recommended."""
    return json.dumps({"id": number, "name": f"#{number}", "filler": "x" * 2_000}).encode()


class Sender:
    """Sends webhooks from many threads until told to stop, and remembers which were acknowledged."""

    def __init__(self, url: str, secret: str) -> None:
        self._address = urlsplit(url)
        self._secret = secret
        self._ending = threading.Event()
        self._threads: list[threading.Thread] = []
        self.acknowledged: set[str] = set()
        self.statuses: list[int] = []

    def start(self, threads: int) -> None:
        """Sending begins."""
        self._threads = [threading.Thread(target=self._send_all, args=(n,), daemon=True) for n in range(threads)]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Sending ends; nothing is under way any more."""
        self._ending.set()
        for thread in self._threads:
            thread.join(10)

    def _send_all(self, thread: int) -> None:
        number = 0
        connection = self._connection()
        while not self._ending.is_set():
            number += 1
            try:
                self.send(connection, str(uuid4()), order_body(thread * 1_000_000 + number))
            except (OSError, http.client.HTTPException):
                connection.close()
                connection = self._connection()
                self._ending.wait(0.05)

    def _connection(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(self._address.hostname or "", self._address.port, timeout=10)

    @property
    def port(self) -> int:
        """The server's port."""
        assert self._address.port is not None
        return self._address.port

    def send(self, connection: http.client.HTTPConnection, key: str, body: bytes, topic: str = TOPIC) -> None:
        """One delivery; its key is remembered once the server has said 200."""
        connection.request("POST", self._address.path, body, headers(self._secret, body, topic=topic, key=key))
        answer = connection.getresponse()
        answer.read()
        self.statuses.append(answer.status)
        if answer.status == 200:
            self.acknowledged.add(key)
