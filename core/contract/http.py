"""The only way to the network that a connector is given."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """An answer that arrived whole; header names are in lower case. Redirects are answers, never followed."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


class NotSent(Exception):
    """No byte of the request left: no name, no connection, no TLS. Sending again is safe."""


class AnswerLost(Exception):
    """The request may have arrived and taken effect; its answer did not arrive whole."""


class Http(Protocol):
    """Bounded in time and size, TLS verified, no redirects, no retries."""

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
        """The answer, whatever its status. Raises `NotSent` or `AnswerLost`; seconds for `timeout`."""
        ...
