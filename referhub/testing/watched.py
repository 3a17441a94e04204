"""A connector under observation: the network only through `http`, only the contract's errors, no secret in any word."""

import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from referhub import Connector, ConnectorError
from referhub.testing.faulty_http import FaultyHttp
from referhub.testing.verdict import broken, require

SHORTEST_SECRET = 4  # a shorter one could be part of any word


class Watched:
    """Calls a connector as the hub does, and looks at everything that comes back."""

    def __init__(self, connector: Connector, http: FaultyHttp, secrets: Sequence[str]) -> None:
        self.connector = connector
        self.http = http
        self._secrets = [secret for secret in secrets if len(secret) >= SHORTEST_SECRET]

    def tell(self, method: str, *arguments: Any) -> Any:
        """What the method returned, or the `ConnectorError` that it raised; anything else fails the test."""
        work = getattr(self.connector, method)
        try:
            with only_through(self.http, method):
                told = work(*arguments)
        except ConnectorError as problem:
            self._refuse_secrets(method, texts_of(problem))
            return problem
        except Exception as problem:
            broken(
                f"whatever happens, {method}() raises only the errors of the contract",
                found=f"{type(problem).__name__}: {problem}",
                mend="catch it where it arises and raise Unreadable, TryLater, NeedsAttention or Rejected instead, "
                "by what has to be done next",
            )
        self._refuse_secrets(method, [repr(told)])
        return told

    def must(self, method: str, *arguments: Any) -> Any:
        """What the method returned; an error fails the test."""
        told = self.tell(method, *arguments)
        if isinstance(told, ConnectorError):
            broken(
                f"{method}() does its work when nothing is wrong",
                found=f"{type(told).__name__}: {told}",
                mend="look at the recording and at the pretend vendor first: they have to be as the real one is",
            )
        return told

    def _refuse_secrets(self, method: str, texts: Sequence[str]) -> None:
        for secret in self._secrets:
            require(
                not any(secret in text for text in texts),
                "no secret stands in an error or in anything that is handed over: people and logs see both",
                found=f"{method}() shows a setting that is marked secret",
                mend="name the setting instead of its value, and raise `from None` where a library's text repeats it",
            )


def texts_of(problem: BaseException) -> list[str]:
    """What a log would print of the error: its own words and those of what it came from."""
    texts: list[str] = []
    seen: BaseException | None = problem
    while seen is not None:
        texts += [str(seen), repr(seen), repr(vars(seen))]
        seen = seen.__cause__ or (None if seen.__suppress_context__ else seen.__context__)
    return texts


@contextmanager
def only_through(http: FaultyHttp, what: str) -> Iterator[None]:
    """In the block this thread opens no connection except inside `http.request`."""
    thread, connect = threading.get_ident(), socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if threading.get_ident() == thread and not http.is_sending:
            broken(
                "a connector reaches the network only through the `http` it was given",
                found=f"{what}() opened a connection of its own to {address!r}",
                mend="use self.http.request(...); an SDK gets a transport that passes its requests on to self.http",
            )
        connect(self, address)

    _replace(socket.socket, "connect", guarded)
    try:
        yield
    finally:
        _replace(socket.socket, "connect", connect)


def _replace(owner: type, name: str, work: Callable[..., Any]) -> None:
    setattr(owner, name, work)
