"""The way to the network, against servers that take their time."""

import contextlib
import gzip
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from core.contract.http import AnswerLost
from core.gateway.http_client import HttpClient

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


@contextlib.contextmanager
def answering(*pieces: bytes, pause: float = 0.0) -> Iterator[tuple[str, list[int]]]:
    """A server that sends these pieces to each request, and the number of connections it took."""
    listener = socket.create_server(("127.0.0.1", 0))
    taken: list[int] = []

    def serve() -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listener.accept()
                taken.append(1)
                threading.Thread(target=talk, args=(connection,), daemon=True).start()

    def talk(connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection:
            while connection.recv(65536):
                for piece in pieces:
                    connection.sendall(piece)
                    time.sleep(pause)

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/", taken
    finally:
        listener.close()


def test_a_body_that_trickles_in_is_given_up_when_the_time_is_over() -> None:
    trickle = [HEAD + b"Content-Length: 500\r\n\r\n", *[b"x"] * 500]
    with answering(*trickle, pause=0.05) as (url, _):
        began = time.monotonic()
        with pytest.raises(AnswerLost, match="in time"):
            HttpClient(answer_seconds=0.5).request("GET", url)
        assert time.monotonic() - began < 10  # byte by byte it would take 25


def test_a_body_that_ends_early_is_a_lost_answer() -> None:
    with answering(HEAD + b"Content-Length: 500\r\nConnection: close\r\n\r\n{") as (url, _), pytest.raises(AnswerLost):
        HttpClient(answer_seconds=0.5).request("GET", url)


@pytest.mark.parametrize(
    "body",
    [
        b"Content-Length: 4\r\n\r\n[42]",
        b"Transfer-Encoding: chunked\r\n\r\n1\r\n[\r\n3\r\n42]\r\n0\r\n\r\n",
        b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%s"
        % (len(gzip.compress(b"[42]", mtime=0)), gzip.compress(b"[42]", mtime=0)),
    ],
    ids=["with a length", "in chunks", "compressed"],
)
def test_a_whole_answer_is_read_and_its_connection_used_again(body: bytes) -> None:
    with answering(HEAD + body) as (url, taken):
        client = HttpClient(answer_seconds=5)
        assert [client.request("GET", url).body for _ in range(3)] == [b"[42]"] * 3
        assert len(taken) == 1
