"""A tiny store app on real HTTP, built by the vendor's rules: pages in the admin's frame, webhooks, a proxied page."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

from tests.sandbox.shopify.listening import Received

SECRET = "hush"
KEY = "tea-club-client"
RETRY = {"X-Shopify-Retry-Invalid-Session-Request": "1"}
PAGE = """<!doctype html><html lang="en"><head><title>Tea club</title><link rel="icon" href="data:,">
<script data-api-key="{key}" src="{bridge}"></script></head><body>{body}
<s-app-nav><a href="/inside/members">Members</a></s-app-nav><script src="/numbers.js"></script></body></html>"""
BOUNCE = """<!doctype html><script data-api-key="{key}" src="{bridge}"></script>"""
NUMBERS = """
const told = document.querySelector("#told");
fetch("/numbers").then((answer) => answer.json()).then(({ shop, tries }) => {
  told.textContent = `${shop} after ${tries} tries`;
});
document.querySelector("#more").addEventListener("click", async () => {
  const { result } = await shopify.scopes.request(["write_gift_cards"]);
  told.textContent = result;
});
"""


class TeaClub:
    """Remembers what it was asked; stale is how many data requests it refuses before it believes a token."""

    def __init__(self) -> None:
        self.received: list[Received] = []
        self.asked: list[str] = []
        self.heads: list[dict[str, str]] = []
        self.stale = 0
        self.tries = 0
        self.bridge = ""
        club = self

        class Door(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                club.asked.append(self.path)
                club.heads.append({name.lower(): value for name, value in self.headers.items()})
                status, kind, body, headers = club.answer(self.path, self.headers.get("Authorization", ""))
                self._send(status, kind, body, headers)

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                club.received.append(Received(headers, body))
                self._send(200, "text/plain", "", {})

            def _send(self, status: int, kind: str, body: str, headers: dict[str, str]) -> None:
                self.send_response(status)
                for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body.encode())

            def log_message(self, format: str, *args: Any) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
        self._thread = threading.Thread(target=self._server.serve_forever, args=[0.02], daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def of(self, topic: str) -> list[Received]:
        return [each for each in self.received if each.topic == topic]

    def answer(self, target: str, authorization: str) -> tuple[int, str, str, dict[str, str]]:
        path, query = urlsplit(target).path, parse_qs(urlsplit(target).query)
        if path == "/numbers.js":
            return 200, "text/javascript", NUMBERS, {}
        if path == "/numbers":
            return self._numbers(claims(authorization.removeprefix("Bearer ")))
        if path.startswith("/proxy"):
            return 200, "text/html", f"proxied {path}", {"Set-Cookie": "spy=1"}
        if path == "/bounce":
            return 200, "text/html", BOUNCE.format(key=KEY, bridge=self.bridge), {}
        proven = claims(query.get("id_token", [""])[0])
        if proven is None:
            back = urlencode({"shopify-reload": path, "shop": query.get("shop", [""])[0]})
            return 302, "text/plain", "", {"Location": f"/bounce?{back}"}
        body = f"<h1>{path} of {proven['dest']}</h1><p id=told></p><button id=more>More</button>"
        body += '<p><a href="/inside/plain">Plain link</a></p>'
        return 200, "text/html", PAGE.format(key=KEY, bridge=self.bridge, body=body), {}

    def _numbers(self, proven: dict[str, Any] | None) -> tuple[int, str, str, dict[str, str]]:
        self.tries += 1
        if proven is None or self.tries <= self.stale:
            return 401, "text/plain", "", dict(RETRY)
        told = {"shop": proven["dest"], "tries": self.tries}
        return 200, "application/json", json.dumps(told), {}

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def claims(token: str) -> dict[str, Any] | None:
    """What a genuine session token says, None for any other."""
    head, _, signature = token.rpartition(".")
    mac = hmac.new(SECRET.encode(), head.encode(), hashlib.sha256).digest()
    if base64.urlsafe_b64encode(mac).rstrip(b"=").decode() != signature:
        return None
    middle = head.split(".")[1]
    told: dict[str, Any] = json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))
    return told


def query_hmac(address: str) -> tuple[str, str]:
    """The hmac of a signed query, and the one it should have."""
    told = dict(parse_qsl(urlsplit(address).query, keep_blank_values=True))
    text = "&".join(f"{name}={told[name]}" for name in sorted(told) if name != "hmac")
    return told["hmac"], hmac.new(SECRET.encode(), text.encode(), hashlib.sha256).hexdigest()
