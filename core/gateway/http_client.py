"""The hub's way to the network: requests, bounded in time and size, honest about what was sent."""

import time
from collections.abc import Mapping
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, HTTPError, MaxRetryError, NameResolutionError, NewConnectionError

from core.contract.http import AnswerLost, HttpResponse, NotSent

CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 30.0
LARGEST_ANSWER = 5 * 1024 * 1024
CHUNK = 64 * 1024
BEFORE_THE_FIRST_BYTE = (ConnectTimeoutError, NameResolutionError, NewConnectionError)


class _Connection(HTTPSConnection):
    """A connection whose handshake fails in its own words: an error of TLS later on may come after the effect."""

    def connect(self) -> None:
        try:
            super().connect()
        except (OSError, ValueError) as error:
            raise NewConnectionError(self, f"no TLS: {error}") from error


class _Pool(HTTPSConnectionPool):
    ConnectionCls = _Connection


class _Adapter(HTTPAdapter):
    """Never tries again by itself."""

    def __init__(self) -> None:
        super().__init__(max_retries=0, pool_maxsize=16)
        self.poolmanager.pool_classes_by_scheme = {"http": HTTPConnectionPool, "https": _Pool}


class HttpClient:
    """One pooled session. Never retries, never follows a redirect (it would carry the token to another host)."""

    def __init__(self, *, answer_seconds: float = ANSWER_SECONDS) -> None:
        self._answer_seconds = answer_seconds
        self.session = requests.Session()
        self.session.trust_env = False  # no proxy or .netrc decides where credentials go
        for scheme in ("https://", "http://"):
            self.session.mount(scheme, _Adapter())

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        json: Any = None,
        body: bytes | None = None,
        timeout: float | None = None,
    ) -> HttpResponse:
        """The answer, whatever its status. Raises `NotSent` (safe to repeat) or `AnswerLost` (look first)."""
        seconds = timeout or self._answer_seconds
        deadline = time.monotonic() + seconds
        try:
            with self.session.request(
                method,
                url,
                headers=dict(headers or {}),
                json=json,
                data=body,
                timeout=(CONNECT_SECONDS, seconds),
                allow_redirects=False,
                stream=True,
            ) as answer:
                body_read = _read(answer, deadline)
                return HttpResponse(answer.status_code, {k.lower(): v for k, v in answer.headers.items()}, body_read)
        except requests.RequestException as error:
            raise _told_apart(error) from error
        except HTTPError as error:  # while reading the body, so the request was certainly sent
            raise AnswerLost(f"the answer was lost ({type(error).__name__})") from error


def _read(answer: requests.Response, deadline: float) -> bytes:
    parts: list[bytes] = []
    size = 0
    # Read as it comes, or a byte now and then would hold us for ever; and counted after decoding, so that a small
    # compressed body cannot become a large one in memory.
    while part := answer.raw.read1(CHUNK, decode_content=True):
        parts.append(part)
        size += len(part)
        if size > LARGEST_ANSWER:
            raise AnswerLost(f"the answer is larger than {LARGEST_ANSWER} bytes")
        if time.monotonic() > deadline:
            raise AnswerLost("the answer did not arrive in time")
    return b"".join(parts)


def _told_apart(error: requests.RequestException) -> NotSent | AnswerLost:
    if isinstance(
        error, (requests.exceptions.InvalidURL, requests.exceptions.MissingSchema, requests.exceptions.InvalidSchema)
    ):
        return NotSent("the address cannot be used")
    cause = error.args[0] if error.args else None
    reason = cause.reason if isinstance(cause, MaxRetryError) else cause
    kind = type(reason or error).__name__
    if isinstance(error, requests.exceptions.ConnectTimeout) or isinstance(reason, BEFORE_THE_FIRST_BYTE):
        return NotSent(f"no connection ({kind})")
    return AnswerLost(f"the answer was lost ({kind})")
