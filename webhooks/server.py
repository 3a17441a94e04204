"""The server we ship: waitress, which buffers slow bodies before a thread sees them and finishes what it began."""

import contextlib
import logging
import signal
import threading
import time
from collections.abc import Callable
from typing import Any

from waitress import wasyncore
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.server import BaseWSGIServer
from waitress.server import create_server as create_waitress
from waitress.task import ErrorTask, WSGITask

from webhooks.routes import LARGEST_BODY

CONNECTIONS = 1_000
LARGEST_HEADERS = 16 * 1024
# Beyond it a body waits in a file: a thousand slow senders must not hold a thousand bodies in memory.
BODY_IN_MEMORY = 64 * 1024
IDLE_SECONDS = 30
ARRIVAL_SECONDS = 30  # for a whole request, however steadily it trickles in
READING_SECONDS = 120  # for a client to take its whole answer
BETWEEN_LOOKS = 2
GRACE_SECONDS = 20  # for requests under way when the server ends
# A connection kept alive may just be sending its next request when the end begins.
LINGER_SECONDS = 0.5
BACKLOG = 1_024


class _Parser(HTTPRequestParser):
    """Waitress gives an application chunked bodies as if they had a length; the webhook door wants to know."""

    def __init__(self, adjustments: Any) -> None:
        super().__init__(adjustments)
        self.began_at = time.monotonic()

    def parse_header(self, header_plus: bytes) -> None:
        super().parse_header(header_plus)
        if self.chunked:
            headers: dict[str, str] = self.headers  # type: ignore[assignment]  # the stub calls it read-only
            headers["X_REFERHUB_CHUNKED"] = "1"


class _Task(WSGITask):
    """Tells connections that are kept alive to close once the server is about to end."""

    def build_response_header(self) -> bytes:
        server: Any = self.channel.server
        if server.is_ending:
            self.set_close_on_finish()
        return super().build_response_header()


class _Refusal(ErrorTask):
    """What is wrong with a request is not explained to whoever sent it: the status says enough."""

    def execute(self) -> None:
        request: Any = self.request
        request.error.body = ""
        super().execute()


class _Channel(HTTPChannel):
    parser_class = _Parser
    task_class = _Task
    error_task_class = _Refusal
    answered_at = 0.0

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.opened_at = time.monotonic()

    def service(self) -> None:
        super().service()
        self.answered_at = time.monotonic()

    @property
    def is_busy(self) -> bool:
        """True while a request arrives, is worked on, or is being answered."""
        return bool(self.requests or self.request is not None or self.total_outbufs_len or self.close_when_flushed)

    def is_too_slow(self, now: float) -> bool:
        """True when nothing is under way, or a request has been arriving or an answer leaving for too long."""
        if self.requests:
            return False
        if self.total_outbufs_len:
            return now - self.answered_at > READING_SECONDS
        arriving: Any = self.request
        if arriving is not None:
            return bool(now - arriving.began_at > ARRIVAL_SECONDS)
        return bool(now - max(self.answered_at, self.opened_at) > IDLE_SECONDS)


class Server:
    """Serves until it is told to end; requests that have begun to arrive are answered first."""

    def __init__(self, application: Callable[..., Any], *, host: str, port: int, threads: int) -> None:
        self._sockets: dict[int, Any] = {}
        create_waitress(
            application,
            map=self._sockets,
            host=host,
            port=port,
            threads=threads,
            ident=None,
            backlog=BACKLOG,
            connection_limit=CONNECTIONS,
            recv_bytes=64 * 1024,  # a whole webhook at once
            inbuf_overflow=BODY_IN_MEMORY,
            asyncore_use_poll=True,  # select() cannot see file descriptors above 1,023
            max_request_body_size=LARGEST_BODY + 1,  # waitress refuses this very size, too
            max_request_header_size=LARGEST_HEADERS,
            clear_untrusted_proxy_headers=False,  # nothing believes them, but the pages refuse who brings them
        )
        # More than one where a name such as localhost has several addresses.
        self._listeners: list[Any] = [one for one in self._sockets.values() if isinstance(one, BaseWSGIServer)]
        for listener in self._listeners:
            listener.channel_class = _Channel
            listener.is_ending = False
            listener.maintenance = lambda _now: None  # it never closes who does not read; `_hang_up` does
        # It warns of every request that waits for a thread, which here is how many come to share one commit.
        logging.getLogger("waitress.queue").setLevel(logging.ERROR)
        self._is_ending = threading.Event()
        self.port: int = self._listeners[0].effective_port

    @property
    def connections(self) -> int:
        """How many connections are open now."""
        return len(self._channels())

    def run(self, *, until: threading.Event | None = None) -> None:
        """Serve until `end()` is called or `until` is set; what has begun by then is answered before this returns."""
        if until is not None:
            threading.Thread(target=self._end_when, args=(until,), daemon=True).start()
        looked_at = time.monotonic()
        while not self._is_ending.is_set():
            wasyncore.loop(timeout=1, use_poll=True, map=self._sockets, count=1)
            if time.monotonic() - looked_at >= BETWEEN_LOOKS:
                looked_at = time.monotonic()
                self._hang_up(looked_at)
        self._finish()
        self.close()

    def end(self) -> None:
        """Asks `run` to return soon; from any thread, or from a signal."""
        self._is_ending.set()
        with contextlib.suppress(OSError):  # it is over already
            self._listeners[0].pull_trigger()

    def end_on_signals(self) -> None:
        """SIGTERM and Ctrl-C end the server in good order; a second one ends the process at once."""

        def end(name: int, _frame: object) -> None:
            signal.signal(name, signal.SIG_DFL)
            self.end()

        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, end)

    def close(self) -> None:
        """No thread works for this server any more, and nothing of it is open. May be said twice."""
        self._listeners[0].task_dispatcher.shutdown(cancel_pending=True, timeout=GRACE_SECONDS / 4)
        wasyncore.close_all(self._sockets)

    def _finish(self) -> None:
        """Who has come is let in and answered, then nobody is left."""
        for listener in self._listeners:
            listener.is_ending = True
            for _ in range(BACKLOG):  # the system has accepted these already: to the client they are begun
                before = len(self._sockets)
                listener.handle_accept()
                if len(self._sockets) == before:
                    break
            wasyncore.dispatcher.close(listener)
        began = time.monotonic()
        while self._channels() and time.monotonic() < began + GRACE_SECONDS:
            if time.monotonic() > began + LINGER_SECONDS:
                self._let_go()
            wasyncore.loop(timeout=0.05, use_poll=True, map=self._sockets, count=1)

    def _channels(self) -> list[_Channel]:
        return [one for one in list(self._sockets.values()) if isinstance(one, _Channel)]

    def _let_go(self) -> None:
        for channel in self._channels():
            if not channel.is_busy:
                channel.will_close = True

    def _hang_up(self, now: float) -> None:
        for channel in self._channels():
            if channel.is_too_slow(now):
                channel.handle_close()

    def _end_when(self, until: threading.Event) -> None:
        until.wait()
        self.end()


def end_on_signals() -> None:
    """SIGTERM ends the process like Ctrl-C does, so that `finally` blocks run."""

    def end(_signal: int, _frame: object) -> None:
        raise SystemExit(0)

    signal.signal(signal.SIGTERM, end)
