"""Slow, huge and endless senders and readers: they wait, they are hung up on, and nobody else notices."""

import contextlib
import http.client
import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.doors.knocking import BODY, Door, status_of
from tests.support.live import scene
from tests.support.processes import wait_until
from webhooks import server as serving
from webhooks.server import Server

MIB = 1024 * 1024
HUNG_UP = (ConnectionResetError, BrokenPipeError)
SLOW = 90
MUCH = 14 * MIB  # more than both ends of a connection keep for a reader who does not read


@pytest.fixture
def own_door(tmp_path: Path, sqlite_url: str) -> Iterator[Door]:
    """A server that this test alone may ill-treat."""
    with scene(tmp_path, sqlite_url) as stage, stage.serving() as process:
        yield Door(stage, process)


def is_open(connection: socket.socket) -> bool:
    """True while the other side has neither answered nor hung up."""
    connection.setblocking(False)
    try:
        connection.recv(1, socket.MSG_PEEK)
    except BlockingIOError:
        return True
    except OSError:
        return False
    finally:
        connection.settimeout(10)
    return False


def test_ninety_slow_senders_wait_and_a_signed_webhook_does_not(door: Door) -> None:
    """S11, F20: bodies and headers that trickle in hold buffers, not threads; all are still there at the end."""
    body = f"POST {door.path} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n".encode()
    headers = f"POST {door.path} HTTP/1.1\r\nHost: x\r\nX-Slow: ".encode()
    with contextlib.ExitStack() as stack:
        slow = []
        for number in range(SLOW):
            connection = stack.enter_context(socket.create_connection(("127.0.0.1", door.stage.port), timeout=10))
            connection.sendall(body if number % 2 else headers)
            slow.append(connection)
        for _ in range(3):
            for connection in slow:
                connection.sendall(b"x")
            key = str(uuid4())
            assert door.post(door.signed(key=key)) == 200
            assert key in door.stored()
        assert all(is_open(connection) for connection in slow)


def peak_kib(pid: int) -> int:
    """The most memory that the process has had."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux tells another process's memory")
def test_what_is_too_large_costs_no_memory(door: Door) -> None:
    """S7, F19: ten and two hundred megabytes, with a length, without one, with a wrong one, and forty at once."""
    assert door.is_alive()
    before = peak_kib(door.server.popen.pid)
    megabyte = b"x" * MIB
    for length in (10 * MIB, 200 * MIB):
        assert send_as_far_as_it_goes(door, f"Content-Length: {length}", [megabyte] * (length // MIB)) in (0, 413)
    chunks = [b"100000\r\n" + megabyte + b"\r\n"] * 200
    assert send_as_far_as_it_goes(door, "Transfer-Encoding: chunked", chunks) in (0, 413)
    assert send_as_far_as_it_goes(door, "Content-Length: 10", [megabyte] * 10) in (0, 401)
    with contextlib.ExitStack() as stack:
        for _ in range(40):
            connection = stack.enter_context(socket.create_connection(("127.0.0.1", door.stage.port), timeout=10))
            head = f"POST {door.path} HTTP/1.1\r\nHost: x\r\nContent-Length: {2 * MIB}\r\n\r\n"
            connection.sendall(head.encode() + megabyte)
        assert door.is_alive()
    assert peak_kib(door.server.popen.pid) - before < 20 * 1024


def send_as_far_as_it_goes(door: Door, header: str, parts: Iterable[bytes]) -> int:
    """The status, or 0 where the server hangs up before anybody can hear it."""
    head = f"POST {door.path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{header}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", door.stage.port), timeout=20) as connection:
        with contextlib.suppress(*HUNG_UP):
            connection.sendall(head.encode())
            for part in parts:
                connection.sendall(part)
        with contextlib.suppress(*HUNG_UP):
            return status_of(connection)
    return 0


@contextlib.contextmanager
def served(application: Callable[..., Any]) -> Iterator[Server]:
    """Our server with another application."""
    server = Server(application, host="127.0.0.1", port=0, threads=2)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.end()
        thread.join(30)
        assert not thread.is_alive()


def hello(_environ: Any, start_response: Any) -> list[bytes]:
    start_response("200 OK", [("Content-Length", "5")])
    return [b"hello"]


def much(_environ: Any, start_response: Any) -> list[bytes]:
    start_response("200 OK", [("Content-Length", str(MUCH))])
    return [b"x" * (MUCH)]


@pytest.mark.parametrize("begun", [b"", b"GET / HTTP/1.1\r\nX-Slow: ", b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\n"])
def test_who_never_ends_a_request_is_hung_up_on_however_steadily_it_comes(
    begun: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """S11: a byte now and then buys no more time, and nothing at all buys none."""
    monkeypatch.setattr(serving, "ARRIVAL_SECONDS", 0.3)
    monkeypatch.setattr(serving, "IDLE_SECONDS", 0.3)
    monkeypatch.setattr(serving, "BETWEEN_LOOKS", 0)
    ended = threading.Event()
    with served(hello) as server, knocking(server) as connection:
        connection.sendall(begun)

        def trickle() -> None:
            with contextlib.suppress(OSError):
                while begun and not ended.wait(0.1):
                    connection.sendall(b"x" * (b"X-Slow" in begun))

        threading.Thread(target=trickle, daemon=True).start()
        try:
            assert connection.recv(1) == b""
        except HUNG_UP:
            pass
        finally:
            ended.set()


def test_who_does_not_read_the_answer_holds_no_thread_and_is_hung_up_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "READING_SECONDS", 0.3)
    monkeypatch.setattr(serving, "BETWEEN_LOOKS", 0)
    with served(much) as server, contextlib.ExitStack() as stack:
        address = ("127.0.0.1", server.port)
        deaf = [stack.enter_context(socket.create_connection(address, timeout=20)) for _ in range(6)]
        for connection in deaf:  # three times as many as there are threads
            connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert status_of(stack.enter_context(asking(address))) == 200
        wait_until(lambda: server.connections == 0, "they are hung up on")
        assert all(read_to_the_end(connection) < MUCH for connection in deaf)


def knocking(server: Server) -> socket.socket:
    """A connection that has said nothing yet."""
    return socket.create_connection(("127.0.0.1", server.port), timeout=20)


def asking(address: tuple[str, int]) -> socket.socket:
    """A connection that has just asked."""
    connection = socket.create_connection(address, timeout=20)
    connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    return connection


def read_to_the_end(connection: socket.socket) -> int:
    read = 0
    with contextlib.suppress(*HUNG_UP):
        while part := connection.recv(MIB):
            read += len(part)
    return read


def test_a_quiet_connection_kept_alive_is_hung_up_on_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "IDLE_SECONDS", 0.3)
    monkeypatch.setattr(serving, "BETWEEN_LOOKS", 0)
    with served(hello) as server, knocking(server) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert read_to_the_end(connection) > 5


def test_a_flood_of_headers_is_refused(door: Door) -> None:
    """S7: sixteen KiB of headers are enough for everybody."""
    many = "".join(f"X-{number}: y\r\n" for number in range(5_000))
    raw = f"POST {door.path} HTTP/1.1\r\nHost: x\r\n{many}\r\n".encode()
    with contextlib.suppress(*HUNG_UP):
        assert door.say(raw) == 431
    assert door.is_alive()


def test_two_lengths_are_refused(door: Door) -> None:
    """S7: whoever could choose between them could smuggle a request."""
    key = str(uuid4())
    told = "".join(f"{name}: {value}\r\n" for name, value in door.signed(key=key).items())
    for second in (len(BODY), len(BODY) + 1, 0):
        head = f"POST {door.path} HTTP/1.1\r\nHost: x\r\n{told}Content-Length: {len(BODY)}\r\nContent-Length: {second}"
        assert door.say(f"{head}\r\n\r\n".encode() + BODY) == 400
    assert key not in door.stored()


def test_ending_under_load_answers_everything_that_has_begun(own_door: Door) -> None:
    """SIGTERM: each connection that is kept alive is told to close with an answer, and no acknowledged one is lost."""
    acknowledged: set[str] = set()
    unanswered: set[str] = set()
    told_to_close: list[int] = []

    def send_all(number: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", own_door.stage.port, timeout=30)
        while True:
            key = f"{number}-{uuid4()}"
            unanswered.add(key)
            connection.request("POST", own_door.path, BODY, own_door.signed(key=key))
            answer = connection.getresponse()
            answer.read()
            unanswered.discard(key)
            assert answer.status in (200, 503)
            if answer.status == 200:
                acknowledged.add(key)
            if answer.getheader("Connection") == "close":
                told_to_close.append(number)
                return

    def send(number: int) -> None:
        with contextlib.suppress(OSError, http.client.HTTPException):
            send_all(number)

    senders = [threading.Thread(target=send, args=(number,), daemon=True) for number in range(8)]
    for sender in senders:
        sender.start()
    wait_until(lambda: len(acknowledged) > 50, "webhooks are flowing")
    own_door.server.popen.terminate()
    for sender in senders:
        sender.join(30)
    assert own_door.server.ended(40) == 0, own_door.server.output
    stored = own_door.stored()
    assert acknowledged <= stored
    assert told_to_close
    assert not unanswered & stored  # nobody is left in doubt about what was taken


def test_ending_finishes_a_body_that_is_still_arriving(own_door: Door) -> None:
    key = str(uuid4())
    told = "".join(f"{name}: {value}\r\n" for name, value in own_door.signed(key=key).items())
    head = f"POST {own_door.path} HTTP/1.1\r\nHost: x\r\n{told}Content-Length: {len(BODY)}\r\n\r\n".encode()
    address = ("127.0.0.1", own_door.stage.port)
    with socket.create_connection(address, timeout=20) as connection:
        connection.sendall(head + BODY[:5])
        assert own_door.is_alive()  # so the server has seen the beginning of the other one, too
        own_door.server.popen.terminate()
        wait_until(lambda: refuses(address), "nobody new is let in")
        connection.sendall(BODY[5:])
        assert status_of(connection) == 200
    assert own_door.server.ended(20) == 0
    assert key in own_door.stored()


def refuses(address: tuple[str, int]) -> bool:
    try:
        socket.create_connection(address, timeout=2).close()
    except OSError:
        return True
    return False
