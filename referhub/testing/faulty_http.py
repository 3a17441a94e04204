"""A network that counts what it is asked, and in which things go wrong when a test says so."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from referhub import AnswerLost, Http, HttpResponse, NotSent

Send = Callable[[], HttpResponse]
Trouble = Callable[[Send], HttpResponse]
HTML = b"<!doctype html><title>Just a moment</title>"


@dataclass(frozen=True, slots=True)
class Call:
    """One request of the connector, as it left."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    json: Any = None
    body: bytes | None = None


@dataclass
class Meeting:
    """A trouble that waits for its call."""

    trouble: Trouble
    at: int = 0
    every: bool = False
    count: int = 0

    @property
    def was_met(self) -> bool:
        """True once a call ran into it."""
        return self.count > 0


class FaultyHttp:
    """The `Http` a connector is given in tests: everything passes through it, and nothing is repeated by it."""

    def __init__(self, inner: Http | None = None) -> None:
        self.calls: list[Call] = []
        self.is_sending = False
        self._inner = inner
        self._meeting: Meeting | None = None

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
        """As `Http.request`; without a network behind it every request ends as `NotSent`."""
        self.calls.append(Call(method, url, dict(headers or {}), json, body))

        def send() -> HttpResponse:
            if self._inner is None:
                raise NotSent("there is no network in this test")
            self.is_sending = True
            try:
                return self._inner.request(method, url, headers=headers, json=json, body=body, timeout=timeout)
            finally:
                self.is_sending = False

        return self._through(send)

    def _through(self, send: Send) -> HttpResponse:
        meeting = self._meeting
        if meeting is None:
            return send()
        meeting.at -= 1
        if meeting.at == -1 or (meeting.at < 0 and meeting.every):
            meeting.count += 1
            return meeting.trouble(send)
        return send()

    @contextmanager
    def meeting(self, trouble: Trouble, *, at: int = 0, every: bool = False) -> Iterator[Meeting]:
        """Inside the block the call number `at` (from 0) runs into the trouble; with `every`, all after it too."""
        self._meeting = meeting = Meeting(trouble, at, every)
        try:
            yield meeting
        finally:
            self._meeting = None


def refuse_connection(send: Send) -> HttpResponse:
    """Not one byte leaves."""
    raise NotSent("the connection was refused")


def lose_request(send: Send) -> HttpResponse:
    """Bytes left, the source did nothing, and nobody can tell."""
    raise AnswerLost("the connection broke")


def lose_answer(send: Send) -> HttpResponse:
    """The source did it, and its answer did not arrive."""
    send()
    raise AnswerLost("the connection broke")


def answer(status: int, body: bytes = b"", **headers: str) -> Trouble:
    """The source answers this instead of doing anything."""
    told = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda send: HttpResponse(status, told, body)


def answer_after(status: int, body: bytes = b"") -> Trouble:
    """The source did it, and somebody on the way answers this instead."""

    def trouble(send: Send) -> HttpResponse:
        send()
        return HttpResponse(status, {"content-type": "text/html"}, body)

    return trouble


# After these nothing is known to be wrong with the request itself, so a final no would be a guess.
BEFORE_THE_EFFECT: Mapping[str, Trouble] = {
    "a refused connection": refuse_connection,
    "a request that got lost": lose_request,
    "HTTP 401": answer(401, b'{"message": "unauthorized"}', content_type="application/json"),
    "HTTP 429": answer(429, b"slow down", retry_after="1"),
    "HTTP 503": answer(503, HTML, content_type="text/html"),
}
AFTER_THE_EFFECT: Mapping[str, Trouble] = {
    "an answer that got lost": lose_answer,
    "HTTP 500 although it was done": answer_after(500, HTML),
    "HTTP 502 although it was done": answer_after(502, HTML),
    "a page instead of the answer": answer_after(200, HTML),
    "half of an answer": answer_after(200, b'{"id": '),
}
# Whatever is answered, a connector raises nothing but the contract's errors.
ODD_BODIES = (b"", b"null", b"{}", b"[]", b'"x"', b"\xc3", b'{"data": null}', b"[" * 5_000)
ODD_ANSWERS: Mapping[str, Trouble] = {
    **{f"HTTP {status}": answer(status) for status in (204, 301, 400, 402, 403, 404, 409, 422, 500, 504)},
    **{f"HTTP 200 {body[:20]!r}": answer(200, body, content_type="application/json") for body in ODD_BODIES},
    "HTTP 201 {}": answer(201, b"{}", content_type="application/json"),
}
EVERY_TROUBLE: Mapping[str, Trouble] = {**BEFORE_THE_EFFECT, **AFTER_THE_EFFECT, **ODD_ANSWERS}
