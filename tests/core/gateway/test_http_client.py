"""The way to the network: what certainly was not sent is told apart from what may have taken effect."""

import contextlib
import datetime
import gzip
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from core.contract.http import AnswerLost, NotSent
from core.gateway.http_client import LARGEST_ANSWER, HttpClient

Talk = Callable[[socket.socket, bytes], None]
Wrap = Callable[[socket.socket], socket.socket]


@contextlib.contextmanager
def server(
    talk: Talk, wrap: Callable[[socket.socket], socket.socket] | None = None
) -> Iterator[tuple[int, list[bytes]]]:
    """A server that reads one request and then does as it is told; its port, and the requests it got."""
    listener = socket.create_server(("127.0.0.1", 0))
    requests: list[bytes] = []

    def serve_one(raw: socket.socket) -> None:
        with contextlib.suppress(OSError), raw:
            connection = wrap(raw) if wrap else raw
            request = b""
            while not _is_whole(request):
                part = connection.recv(65536)
                if not part:
                    return
                request += part
            requests.append(request)
            with contextlib.closing(connection):
                talk(connection, request)

    def serve() -> None:
        with contextlib.suppress(OSError):
            while True:
                raw, _ = listener.accept()
                threading.Thread(target=serve_one, args=(raw,), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield listener.getsockname()[1], requests
    finally:
        listener.close()


def _is_whole(request: bytes) -> bool:
    """Head and body may come in parts of their own."""
    head, ends, body = request.partition(b"\r\n\r\n")
    sizes = [line.split(b":")[1] for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")]
    return bool(ends) and len(body) >= int(sizes[0] if sizes else 0)


def saying(*parts: bytes) -> Talk:
    """It says this and hangs up."""

    def talk(connection: socket.socket, request: bytes) -> None:
        for part in parts:
            connection.sendall(part)

    return talk


def url(port: int, host: str = "127.0.0.1", scheme: str = "http") -> str:
    """The address of a local server."""
    return f"{scheme}://{host}:{port}/x"


def test_a_whole_answer_comes_back_whatever_its_status() -> None:
    body = b"HTTP/1.1 503 Busy\r\nContent-Length: 4\r\nRetry-After: 2\r\n\r\nlater"
    with server(saying(body)) as (port, requests):
        answer = HttpClient().request("POST", url(port), headers={"X-Token": "t"}, body=b"the end")
    assert (answer.status, answer.body, answer.headers["retry-after"]) == (503, b"late", "2")
    assert b"X-Token: t" in requests[0]
    assert requests[0].endswith(b"the end")


def test_nobody_listening_means_not_sent() -> None:
    """F40."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(NotSent):
            HttpClient().request("POST", url(taken.getsockname()[1]))


@pytest.mark.parametrize(
    "address", ["http://no-such-host.invalid/", "not an address", "http://", "ftp://x/", "http://[/"]
)
def test_no_such_place_means_not_sent(address: str) -> None:
    """F40."""
    with pytest.raises(NotSent):
        HttpClient().request("POST", address)


@pytest.mark.parametrize(
    "talk",
    [
        saying(),
        saying(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"),
        saying(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel"),
        saying(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nnot a number\r\nhello\r\n"),
        saying(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\nhello"),
        saying(b"this is no HTTP at all\r\n\r\n"),
        saying(b"HTTP/1.1 " + b"9" * 70_000),
    ],
    ids=["hung up", "half a body", "half a chunk", "a mad chunk", "no gzip", "no HTTP", "an endless line"],
)
def test_an_answer_that_does_not_arrive_whole_is_lost(talk: Talk) -> None:
    """F39: the request may have taken effect."""
    with server(talk) as (port, requests):
        with pytest.raises(AnswerLost):
            HttpClient(answer_seconds=5).request("POST", url(port), body=b"the end")
        assert len(requests) == 1


def test_a_connection_reset_after_the_request_is_a_lost_answer() -> None:
    def reset(connection: socket.socket, request: bytes) -> None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")

    with server(reset) as (port, _), pytest.raises(AnswerLost):
        HttpClient(answer_seconds=5).request("POST", url(port), body=b"the end")


def test_a_server_that_says_nothing_is_given_up_in_time() -> None:
    with server(lambda connection, request: time.sleep(3)) as (port, _):
        began = time.monotonic()
        with pytest.raises(AnswerLost):
            HttpClient(answer_seconds=0.3).request("GET", url(port))
        assert time.monotonic() - began < 2


def test_the_callers_own_patience_counts() -> None:
    with server(lambda connection, request: time.sleep(3)) as (port, _):
        began = time.monotonic()
        with pytest.raises(AnswerLost):
            HttpClient(answer_seconds=30).request("GET", url(port), timeout=0.3)
        assert time.monotonic() - began < 2


def test_a_connection_that_the_server_closed_meanwhile_never_sends_twice() -> None:
    """A pooled connection may die between two requests: one request, one effect, or an honest doubt."""
    with server(saying(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")) as (port, requests):
        client = HttpClient(answer_seconds=5)
        client.request("POST", url(port), body=b"the end")
        time.sleep(0.1)
        assert client.request("POST", url(port), body=b"the end").body == b"ok"
        assert len(requests) == 2


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_an_answer_and_is_never_followed(status: int) -> None:
    """S15: it would carry the token to another host."""
    with server(saying(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")) as (elsewhere, followed):
        said = f"HTTP/1.1 {status} Moved\r\nLocation: {url(elsewhere)}\r\nContent-Length: 0\r\n\r\n".encode()
        with server(saying(said)) as (port, _):
            answer = HttpClient().request("GET", url(port), headers={"X-Token": "t"})
    assert (answer.status, followed) == (status, [])


def test_an_answer_beyond_five_mebibytes_is_not_read_on() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n"
    more = pytest.raises(AnswerLost, match="larger than")
    with server(saying(head % LARGEST_ANSWER, b"x" * LARGEST_ANSWER)) as (port, _):
        assert len(HttpClient().request("GET", url(port)).body) == LARGEST_ANSWER
    with server(saying(head % (LARGEST_ANSWER + 1), b"x" * (LARGEST_ANSWER + 1))) as (port, _), more:
        HttpClient().request("GET", url(port))


def test_a_small_body_that_unpacks_to_a_large_one_is_not_unpacked() -> None:
    """S8, S14."""
    bomb = gzip.compress(b"\0" * (40 * 1024 * 1024))
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(bomb)
    assert len(bomb) < 100_000
    with server(saying(head, bomb)) as (port, _), pytest.raises(AnswerLost, match="larger than"):
        HttpClient().request("GET", url(port))


def test_no_proxy_of_the_environment_sees_the_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with server(saying(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")) as (port, _):
        assert HttpClient().request("GET", url(port)).body == b"ok"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key and a certificate for localhost that nobody trusts by himself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("tls") / "localhost.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return file


def with_tls(certificate: Path) -> Wrap:
    """The server's side of the handshake."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return lambda raw: context.wrap_socket(raw, server_side=True, do_handshake_on_connect=True)


def trusting(certificate: Path) -> HttpClient:
    """A client that trusts this one certificate."""
    client = HttpClient(answer_seconds=5)
    client.session.verify = str(certificate)
    return client


def test_a_server_that_cannot_prove_itself_gets_nothing(certificate: Path) -> None:
    """F40, S14."""
    with server(saying(), with_tls(certificate)) as (port, requests):
        with pytest.raises(NotSent):
            HttpClient(answer_seconds=5).request("POST", url(port, "localhost", "https"), body=b"the end")
        with pytest.raises(NotSent):
            trusting(certificate).request("POST", url(port, "127.0.0.1", "https"), body=b"the end")
        assert requests == []


def test_a_server_without_tls_gets_nothing() -> None:
    def speaks_plainly(raw: socket.socket) -> socket.socket:
        raw.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        return raw

    with server(saying(), speaks_plainly) as (port, _), pytest.raises(NotSent):
        HttpClient(answer_seconds=5).request("POST", url(port, "localhost", "https"), body=b"the end")


def test_an_answer_over_tls_comes_back(certificate: Path) -> None:
    with server(saying(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"), with_tls(certificate)) as (port, _):
        assert trusting(certificate).request("GET", url(port, "localhost", "https")).body == b"ok"


def test_tls_that_breaks_after_the_request_is_a_lost_answer(certificate: Path) -> None:
    """The handshake was long over: the request may have taken effect, so it must never look as if it was not sent."""

    def garble(connection: socket.socket, request: bytes) -> None:
        with socket.socket(fileno=connection.detach()) as raw:
            raw.sendall(b"\x17\x03\x03\x00\x20" + b"x" * 32)

    with server(garble, with_tls(certificate)) as (port, requests):
        with pytest.raises(AnswerLost):
            trusting(certificate).request("POST", url(port, "localhost", "https"), body=b"the end")
        assert len(requests) == 1
