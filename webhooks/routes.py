"""The machines' door: one route, request → receive → reply, as a plain WSGI callable beside Flask.

A Flask request costs more than verifying, sealing and committing together once the commit is shared
(`bench/`), so this door does without; everything else goes on to the application behind it.
"""

import logging
from collections.abc import Callable, Iterable
from datetime import datetime
from http import HTTPStatus
from typing import Any

from core.clock import Clock
from core.contract.errors import BadSignature, NotAccepted
from core.contract.webhooks import Reply, WebhookRequest
from core.services.receive import NoSuchConnection, Receiver
from webhooks import replies
from webhooks.strangers import Strangers, sender

log = logging.getLogger(__name__)
PREFIX = "/hooks/"
LARGEST_BODY = 2 * 1024 * 1024  # an order of the longest kind, with room to grow
# The server's parser sets this when a body came in chunks; by then the original header is gone.
CHUNKED = "HTTP_X_REFERHUB_CHUNKED"

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]


class WebhookDoor:
    """`/hooks/<connection>` is answered here, all else by `behind`."""

    def __init__(self, receiver: Receiver, clock: Clock, behind: Application) -> None:
        self._receiver = receiver
        self._clock = clock
        self._behind = behind
        self._strangers = Strangers()

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        path: str = environ.get("PATH_INFO", "")
        if not path.startswith(PREFIX):
            return self._behind(environ, start_response)
        answer = self._answer(path[len(PREFIX) :].rstrip("/"), environ)
        start_response(
            f"{answer.status} {HTTPStatus(answer.status).phrase}",
            [("Content-Type", answer.content_type), ("Content-Length", str(len(answer.body)))],
        )
        return [answer.body]

    def _answer(self, address: str, environ: Environ) -> Reply:
        refused = _refused(environ) or self._refused_unknown(address, environ)
        if refused:
            return refused
        try:
            body = environ["wsgi.input"].read(_length(environ))
            if len(body) != _length(environ):
                return replies.CUT_SHORT
            return self._receiver.receive(address, _request(environ, body, self._clock()))
        except NotAccepted as problem:
            return replies.not_accepted(problem)
        except (BadSignature, NoSuchConnection) as error:
            return replies.TOO_MANY if self._strangers.note(sender(environ)) else replies.ANSWERS[type(error)]
        except tuple(replies.ANSWERS) as error:
            return replies.ANSWERS[type(error)]
        except Exception:  # the sender keeps what we could not take
            log.exception("a webhook could not be received")
            return replies.BROKEN

    def _refused_unknown(self, address: str, environ: Environ) -> Reply | None:
        """Whoever guesses addresses is soon answered without a look into the database; a known one is always tried."""
        if self._strangers and not self._receiver.knows(address) and self._strangers.is_over(sender(environ)):
            return replies.TOO_MANY
        return None


def _refused(environ: Environ) -> Reply | None:
    if environ["REQUEST_METHOD"] != "POST":
        return replies.ONLY_POST
    if environ.get(CHUNKED) or "chunked" in environ.get("HTTP_TRANSFER_ENCODING", "").lower():
        return replies.NO_LENGTH
    if environ.get("HTTP_CONTENT_ENCODING", "identity").lower() != "identity":
        return replies.COMPRESSED
    if not environ.get("CONTENT_LENGTH", "0").isdecimal() or _length(environ) > LARGEST_BODY:
        return replies.TOO_LARGE
    return None


def _length(environ: Environ) -> int:
    return int(environ.get("CONTENT_LENGTH") or 0)


def _request(environ: Environ, body: bytes, received_at: datetime) -> WebhookRequest:
    headers = {name[5:].replace("_", "-").lower(): value for name, value in environ.items() if name.startswith("HTTP_")}
    headers["content-type"] = environ.get("CONTENT_TYPE", "")
    return WebhookRequest(
        method="POST",
        path=environ.get("PATH_INFO", ""),
        query=environ.get("QUERY_STRING", ""),
        headers=headers,
        body=body,
        received_at=received_at,
    )
