"""The hub's way to the network: requests, bounded in time and size, honest about what was sent."""

import time
from collections.abc import Mapping
from typing import Any

import requests
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    MaxRetryError,
    NameResolutionError,
    NewConnectionError,
    ProxyError,
    ReadTimeoutError,
)

from core.contract.http import AnswerLost, HttpResponse, NotSent
from core.gateway.reach import WITH_THIS_COMPUTER, OutOfReach, Reach
from core.gateway.sockets import Adapter, Refused

CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 30.0
LARGEST_ANSWER = 5 * 1024 * 1024
CHUNK = 64 * 1024
TOO_LATE = "the answer did not arrive in time"
# A proxy that did not let us through has sent nothing on: it only ever gets https, so first a tunnel.
BEFORE_THE_FIRST_BYTE = (ConnectTimeoutError, NameResolutionError, NewConnectionError, ProxyError)


class HttpClient:
    """One pooled session. Never retries, never follows a redirect (it would carry the token to another host).

    Connects only as far as `reach` says. `proxy` is the address of the admin's own egress proxy, through which
    everything goes but what is private or on this computer.
    """

    def __init__(
        self, *, answer_seconds: float = ANSWER_SECONDS, reach: Reach = WITH_THIS_COMPUTER, proxy: str = ""
    ) -> None:
        self._answer_seconds = answer_seconds
        self._reach = reach
        self._proxy = proxy
        self.session = requests.Session()
        self.session.trust_env = False  # no proxy or .netrc decides where credentials go
        for scheme in ("https://", "http://"):
            self.session.mount(scheme, Adapter(reach))

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
        proxies = self._proxies(url)
        deadline = time.monotonic() + seconds
        try:
            with self.session.request(
                method,
                url,
                headers=dict(headers or {}),
                json=json,
                data=body,
                timeout=(CONNECT_SECONDS, seconds),
                proxies=proxies,
                allow_redirects=False,
                stream=True,
            ) as answer:
                body_read = _read(answer, deadline)
                return HttpResponse(answer.status_code, {k.lower(): v for k, v in answer.headers.items()}, body_read)
        except requests.RequestException as error:
            raise _told_apart(error) from error
        except HTTPError as error:  # while reading the body, so the request was certainly sent
            late = isinstance(error, ReadTimeoutError)
            raise AnswerLost(TOO_LATE if late else f"the answer was lost ({type(error).__name__})") from error

    def _proxies(self, url: str) -> dict[str, str]:
        """What the request goes through. Raises `NotSent` for an address that is out of reach whatever it means."""
        try:
            host = self._reach.check(url)
            if not self._proxy or not url.lower().startswith("https:") or self._reach.is_private(host):
                return {}
            self._reach.check_for_proxy(host)
        except OutOfReach as refused:
            raise NotSent(str(refused)) from refused
        return {"https": self._proxy}


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
            raise AnswerLost(TOO_LATE)
    return b"".join(parts)


def _told_apart(error: requests.RequestException) -> NotSent | AnswerLost:
    if isinstance(
        error, (requests.exceptions.InvalidURL, requests.exceptions.MissingSchema, requests.exceptions.InvalidSchema)
    ):
        return NotSent("the address cannot be used")
    cause = error.args[0] if error.args else None
    reason = cause.reason if isinstance(cause, MaxRetryError) else cause
    if isinstance(reason, Refused):
        return NotSent(reason.words)
    kind = type(reason or error).__name__
    if isinstance(error, requests.exceptions.ConnectTimeout) or isinstance(reason, BEFORE_THE_FIRST_BYTE):
        return NotSent(f"no connection ({kind})")
    return AnswerLost(f"the answer was lost ({kind})")
