"""The threshold: what every request meets first, whichever door it is for: limits, headers, and a counter."""

import time
from collections.abc import Callable, Iterable
from typing import Any

from web.api.metrics import Meter
from web.dashboard.access import host_name

WEBHOOKS, PAGES, HEALTH = "webhooks", "pages", "health"
DOORS = (WEBHOOKS, PAGES, HEALTH)
WEBHOOKS_PREFIX = "/hooks/"
# Orchestrators and scrapers ask by whatever address the machine has.
HEALTH_PATHS = frozenset({"/healthz", "/readyz", "/metrics"})
LARGEST_FORM = 64 * 1024
YEAR_SECONDS = 31_536_000
# What a page says of itself goes before.
USUAL = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
KEEPS_HTTPS = {"Strict-Transport-Security": f"max-age={YEAR_SECONDS}"}

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]
Refusal = tuple[str, str]

WRONG_HOST = "400 Bad Request", "this host name is not one of the hub's\n"
NO_LENGTH = "411 Length Required", "send a Content-Length\n"
TOO_LARGE = "413 Content Too Large", "a form may have 64 KiB at most\n"
COMPRESSED = "415 Unsupported Media Type", "send the body without Content-Encoding\n"


class Threshold:
    """In front of all doors. Webhooks are only counted here, because their own door is stricter.

    `explaining` are the paths whose own pages say what is wrong with a host name. `is_https` says that the hub is
    reached by https alone, and browsers are told to keep to it.
    """

    def __init__(
        self,
        behind: Application,
        meter: Meter,
        *,
        trusted_hosts: Iterable[str],
        explaining: tuple[str, ...] = (),
        is_https: bool = False,
    ) -> None:
        self._behind = behind
        self._meter = meter
        self._hosts = frozenset(host_name(trusted) for trusted in trusted_hosts)
        self._explaining = explaining
        self._always = tuple(KEEPS_HTTPS.items()) if is_https else ()

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        path: str = environ.get("PATH_INFO", "")
        door = WEBHOOKS if path.startswith(WEBHOOKS_PREFIX) else HEALTH if path in HEALTH_PATHS else PAGES
        began = time.perf_counter()

        def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            self._meter.note(door, status[:3], time.perf_counter() - began)
            return start_response(status, headers if door == WEBHOOKS else self._completed(headers), *more)

        refused = None if door == WEBHOOKS else self._refused(path, environ)
        return self._behind(environ, start) if refused is None else _say(refused, start)

    def _refused(self, path: str, environ: Environ) -> Refusal | None:
        length: str = environ.get("CONTENT_LENGTH") or "0"
        if "chunked" in environ.get("HTTP_TRANSFER_ENCODING", "").lower() or environ.get("HTTP_X_REFERHUB_CHUNKED"):
            return NO_LENGTH
        if environ.get("HTTP_CONTENT_ENCODING", "identity").lower() != "identity":
            return COMPRESSED
        if not (length.isascii() and length.isdecimal()) or int(length) > LARGEST_FORM:
            return TOO_LARGE
        if path in HEALTH_PATHS or any(path == one or path.startswith(f"{one}/") for one in self._explaining):
            return None
        asked = host_name(environ.get("HTTP_HOST", ""))
        return None if asked and asked in self._hosts else WRONG_HOST

    def _completed(self, headers: list[tuple[str, str]]) -> list[tuple[str, str]]:
        said = {name.lower() for name, _ in headers}
        missing = [(name, value) for name, value in USUAL.items() if name.lower() not in said]
        return [*headers, *missing, *self._always]


def _say(refused: Refusal, start_response: StartResponse) -> list[bytes]:
    status, words = refused
    body = words.encode()
    start_response(status, [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(body)))])
    return [body]
