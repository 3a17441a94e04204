"""Forms: who may send one. Only a page of ours does, opened in the same browser, today or yesterday."""

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from flask import Request
from werkzeug.exceptions import Forbidden, RequestEntityTooLarge

FIELD = "token"
MOST_BYTES = 16 * 1024  # a new passkey brings a few kilobytes
DAY = timedelta(days=1)


class Forged(Forbidden):
    """A form that no page of ours has sent."""


@dataclass(frozen=True, slots=True)
class Forms:
    """Makes the tokens of forms, and refuses forms without one.

    A token is worth something for one host, one visit (`scope`, empty while nobody is signed in) and two days (UTC).
    """

    key: bytes
    clock: Callable[[], datetime]

    def token(self, request: Request, scope: str) -> str:
        """What a form on the page that answers this request has to bring back."""
        return self._token(self.clock(), _host(request), scope)

    def check(self, request: Request, scope: str) -> None:
        """Raises `Forged` unless a page of this very host, opened in this very visit, sent the form."""
        host = _host(request)
        # Browsers send both headers with every form; what sends neither is no browser with somebody in front of it.
        is_ours = urlsplit(request.headers.get("Origin", "")).netloc.lower() == host
        if not (host and is_ours and request.headers.get("Sec-Fetch-Site", "same-origin") == "same-origin"):
            raise Forged
        given = _given(request)
        now = self.clock()
        if not any(hmac.compare_digest(given, self._token(at, host, scope).encode()) for at in (now, now - DAY)):
            raise Forged

    def _token(self, at: datetime, host: str, scope: str) -> str:
        return hmac.new(self.key, f"form:{at:%Y-%m-%d}:{host}:{scope}".encode(), hashlib.sha256).hexdigest()


def _host(request: Request) -> str:
    return str(request.environ.get("HTTP_HOST", "")).lower()


def _given(request: Request) -> bytes:
    request.max_content_length = MOST_BYTES
    try:
        return request.form.get(FIELD, "").encode(errors="replace")
    except RequestEntityTooLarge:
        raise Forged from None
