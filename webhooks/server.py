"""The server we ship: waitress, which buffers slow bodies before a thread sees them and finishes what it began."""

import logging
import signal
import threading
from collections.abc import Callable
from typing import Any

from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.server import create_server as create_waitress

from webhooks.routes import LARGEST_BODY

CONNECTIONS = 1_000
SLOW_SECONDS = 30


class _Parser(HTTPRequestParser):
    """Waitress gives an application chunked bodies as if they had a length; the webhook door wants to know."""

    def parse_header(self, header_plus: bytes) -> None:
        super().parse_header(header_plus)
        if self.chunked:
            headers: dict[str, str] = self.headers  # type: ignore[assignment]  # the stub calls it read-only
            headers["X_REFERHUB_CHUNKED"] = "1"


class _Channel(HTTPChannel):
    parser_class = _Parser


class Server:
    """Serves until `close()`; requests under way are answered first."""

    def __init__(self, application: Callable[..., Any], *, host: str, port: int, threads: int) -> None:
        server: Any = create_waitress(
            application,
            host=host,
            port=port,
            threads=threads,
            ident=None,
            connection_limit=CONNECTIONS,
            channel_timeout=SLOW_SECONDS,
            recv_bytes=64 * 1024,  # a whole webhook at once
            asyncore_use_poll=True,  # select() cannot see file descriptors above 1,023
            max_request_body_size=LARGEST_BODY + 1,  # waitress refuses this very size, too
            max_request_header_size=32 * 1024,
            clear_untrusted_proxy_headers=False,  # nothing believes them, but the dashboard refuses who brings them
        )
        server.channel_class = _Channel
        # It warns of every request that waits for a thread, which here is how many come to share one commit.
        logging.getLogger("waitress.queue").setLevel(logging.ERROR)
        self._server = server
        self.port: int = server.effective_port

    def run(self, *, until: threading.Event | None = None) -> None:
        """Serve until the process is asked to end (SIGTERM, SIGINT) or `until` is set."""
        if until is not None:
            threading.Thread(target=self._close_when, args=(until,), daemon=True).start()
        self._server.run()

    def close(self) -> None:
        """No new connection is taken; requests under way are answered."""
        self._server.task_dispatcher.shutdown(cancel_pending=False, timeout=20)
        self._server.close()

    def _close_when(self, until: threading.Event) -> None:
        until.wait()
        # Closed by the loop's own thread, which would otherwise sleep out its second.
        self._server.trigger.pull_trigger(self._server.close)


def end_on_signals() -> None:
    """SIGTERM ends the process like Ctrl-C does, so that `finally` blocks run."""

    def end(_signal: int, _frame: object) -> None:
        raise SystemExit(0)

    signal.signal(signal.SIGTERM, end)
