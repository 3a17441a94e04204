"""How far the hub reaches: the open internet and what its admin has named, whatever an address looks like."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import create_hub
from config.settings import load_settings
from core.contract.http import AnswerLost, NotSent
from core.gateway.http_client import HttpClient
from core.gateway.reach import OutOfReach, Reach, is_public

ADDRESSES = Path(__file__).with_name("addresses")
PUBLIC = "8.8.8.8"


def lines(name: str) -> list[str]:
    written = (ADDRESSES / name).read_text(encoding="utf-8").splitlines()
    return [line for line in written if line and not line.startswith("#")]


@dataclass
class Canary:
    """Listens on this computer; whoever connects has been led here."""

    listener: socket.socket
    visits: list[str] = field(default_factory=list)

    @property
    def port(self) -> int:
        port: int = self.listener.getsockname()[1]
        return port

    def serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, address = self.listener.accept()
                self.visits.append(str(address))
                connection.close()


@pytest.fixture
def canary() -> Iterator[Canary]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        made = Canary(listener)
        threading.Thread(target=made.serve, daemon=True).start()
        yield made


@dataclass
class Resolver:
    """A name server that says one thing after the other, and counts how often it is asked."""

    answers: list[list[str]]
    asked: list[str] = field(default_factory=list)

    def __call__(self, host: str, port: int, *_kind: Any) -> list[tuple[Any, ...]]:
        self.asked.append(host)
        found = self.answers[min(len(self.asked), len(self.answers)) - 1]
        return [
            (socket.AF_INET6 if ":" in one else socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in found
        ]


@pytest.mark.parametrize("url", lines("refused.txt"))
def test_nothing_but_the_open_internet_is_asked_for_and_nobody_is_connected_to(url: str, canary: Canary) -> None:
    """S13: the table; a port of the canary's is tried wherever the address leaves it open."""
    client = HttpClient(reach=Reach(), answer_seconds=2)
    for address in {url, url.replace("127.0.0.1/", f"127.0.0.1:{canary.port}/")}:
        with pytest.raises(NotSent):
            client.request("GET", address, headers={"Authorization": "Bearer secret"})
    assert canary.visits == []


@pytest.mark.parametrize("url", lines("allowed.txt"))
def test_what_looks_like_the_open_internet_may_be_looked_up(url: str) -> None:
    Reach().check(url)


def test_the_table_is_as_long_as_the_rule_wants_it() -> None:
    """S13."""
    assert len(lines("refused.txt")) >= 60


@pytest.mark.parametrize(
    "answer", [["127.0.0.1"], ["::1"], ["169.254.169.254"], ["10.1.2.3"], ["::ffff:10.1.2.3"], [PUBLIC, "192.168.0.9"]]
)
def test_a_good_name_that_leads_inside_is_not_followed(answer: list[str], canary: Canary) -> None:
    """S13: the name says nothing; one bad address among good ones is one too many."""
    client = HttpClient(reach=Reach(resolve=Resolver([answer])), answer_seconds=2)
    with pytest.raises(NotSent, match="open internet"):
        client.request("GET", f"https://inside.example.com:{canary.port}/")
    assert canary.visits == []


def test_a_name_that_changes_its_mind_is_asked_once_and_held_to_its_word(
    canary: Canary, monkeypatch: pytest.MonkeyPatch
) -> None:
    """S13, the rebinding resolver: what was checked is what is connected to; nobody asks a second time."""
    names = Resolver([[PUBLIC], ["127.0.0.1"]])
    connected: list[Any] = []

    def connect(_self: socket.socket, address: Any) -> None:
        connected.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket.socket, "connect", connect)
    with pytest.raises(NotSent):
        HttpClient(reach=Reach(resolve=names), answer_seconds=2).request("GET", f"https://evil.example:{canary.port}/")
    assert (names.asked, connected) == (["evil.example"], [(PUBLIC, canary.port)])
    assert canary.visits == []
    with pytest.raises(NotSent, match="open internet"):  # a new connection, a new question, a new check
        HttpClient(reach=Reach(resolve=names)).request("GET", f"https://evil.example:{canary.port}/")
    assert len(connected) == 1


def test_http_is_for_a_sandbox_on_this_computer_only(canary: Canary) -> None:
    """A live hub has no business with a port of its own machine."""
    url = f"http://127.0.0.1:{canary.port}/"
    with pytest.raises(NotSent, match="https"):
        HttpClient(reach=Reach()).request("GET", url)
    assert canary.visits == []
    with pytest.raises(AnswerLost):  # the canary hangs up, but it was connected to
        HttpClient(reach=Reach(allows_this_computer=True)).request("GET", url)
    assert len(canary.visits) == 1


def test_a_sandbox_reaches_this_computer_and_nobody_elses() -> None:
    sandbox = Reach(allows_this_computer=True)
    for url in ("https://169.254.169.254/", "https://10.0.0.1/", "http://192.168.0.1/", "http://8.8.8.8/"):
        with pytest.raises(OutOfReach):
            sandbox.check(url)
    with pytest.raises(OutOfReach, match="https"):
        Reach(allows_this_computer=True, resolve=Resolver([[PUBLIC]])).addresses("x.example", 80, is_plain=True)


def test_what_the_admin_has_named_is_reached_by_https_and_nothing_beside_it() -> None:
    """On-premise: a CRM behind the firewall, by name or by address."""
    reach = Reach(private_hosts=frozenset({"crm.corp.example", "10.1.2.3"}), resolve=Resolver([["10.9.9.9"]]))
    reach.check("https://10.1.2.3/")
    assert reach.addresses("CRM.corp.example", 443, is_plain=False)
    for url in ("https://10.1.2.4/", "http://10.1.2.3/"):
        with pytest.raises(OutOfReach):
            reach.check(url)
    with pytest.raises(OutOfReach):
        reach.addresses("shop.corp.example", 443, is_plain=False)


def test_a_refusal_repeats_no_secret_of_the_address() -> None:
    for url in ("https://user:hush@127.0.0.1/hush?hush", "https://10.0.0.1/hush?hush=hush", "https://[hush"):
        with pytest.raises(OutOfReach) as told:
            Reach().check(url)
        assert "hush" not in str(told.value)


@given(st.ip_addresses(v=4))
def test_an_address_inside_another_is_as_public_as_by_itself(address: Any) -> None:
    """S13: mapped and translated forms hide nothing."""
    for written in (f"::ffff:{address}", f"64:ff9b::{address}"):
        assert is_public(ip_address(written)) == is_public(address)
    assert not is_public(address) or address.is_global


@given(st.ip_addresses(v=6))
def test_what_python_calls_private_is_never_public(address: Any) -> None:
    assert not is_public(address) or address.is_global


@contextlib.contextmanager
def proxy(answer: bytes) -> Iterator[tuple[str, list[bytes]]]:
    """An egress proxy that answers every CONNECT like this, and what it was asked."""
    heard: list[bytes] = []

    def serve() -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listener.accept()
                with connection:
                    request = b""
                    while b"\r\n\r\n" not in request and (part := connection.recv(65536)):
                        request += part
                    heard.append(request)
                    connection.sendall(answer)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=serve, daemon=True).start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", heard


def test_through_a_proxy_everything_goes_by_name_and_no_credential_with_it() -> None:
    """The tunnel is asked for first; a refused one means that nothing was sent."""
    with proxy(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n") as (address, heard):
        client = HttpClient(reach=Reach(resolve=Resolver([[]])), proxy=address, answer_seconds=2)
        with pytest.raises(NotSent):
            client.request("POST", "https://api.hubapi.com/x", headers={"Authorization": "Bearer hush"}, body=b"hush")
    assert [request.split(b" HTTP/")[0] for request in heard] == [b"CONNECT api.hubapi.com:443"]
    assert b"hush" not in b"".join(heard)


@pytest.mark.parametrize(
    "host", ["localhost", "metadata", "metadata.google.internal", "10.0.0.1", "[::1]", "nas.local"]
)
def test_a_proxy_is_not_asked_for_what_lies_inside(host: str) -> None:
    with proxy(b"HTTP/1.1 200 OK\r\n\r\n") as (address, heard), pytest.raises(NotSent):
        HttpClient(reach=Reach(), proxy=address).request("GET", f"https://{host}/")
    assert heard == []


def test_a_proxy_that_is_not_there_means_not_sent() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        client = HttpClient(reach=Reach(), proxy=f"http://127.0.0.1:{taken.getsockname()[1]}")
        with pytest.raises(NotSent):
            client.request("POST", "https://api.hubapi.com/x", body=b"x")


def test_headers_that_trickle_in_are_given_up_when_the_time_is_over() -> None:
    """S14: a byte now and then buys no more time, neither in the headers nor in the body."""
    stop = threading.Event()

    def serve() -> None:
        with contextlib.suppress(OSError):
            connection, _ = listener.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(b"HTTP/1.1 200 OK\r\nX-Long: ")
                while not stop.wait(0.05):
                    connection.sendall(b"x")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=serve, daemon=True).start()
        patient = threading.Thread(target=stop.wait, args=(20,), daemon=True)  # without the rule: 20 s of headers
        patient.start()
        with pytest.raises(AnswerLost):
            HttpClient(answer_seconds=0.5).request("GET", f"http://127.0.0.1:{listener.getsockname()[1]}/")
        assert patient.is_alive()
        stop.set()


@pytest.mark.parametrize(("environment", "is_reached"), [("sandbox", True), ("live", False)])
def test_only_a_sandbox_hub_has_business_on_its_own_computer(
    environment: str, is_reached: bool, canary: Canary, sqlite_url: str, tmp_path: Path
) -> None:
    """S13: what the program is told decides for every connector that it opens."""
    settings = load_settings(
        database_url=sqlite_url,
        secret_key_file=tmp_path / "secret.key",
        environment=environment,
        allowed_private_hosts=["10.1.2.3"],
    )
    hub = create_hub(settings)
    with contextlib.closing(hub.database):
        with pytest.raises((NotSent, AnswerLost)) as told:
            hub.http_factory().request("GET", f"http://127.0.0.1:{canary.port}/")
        assert isinstance(told.value, AnswerLost) == is_reached == bool(canary.visits)
        for refused in ("https://10.1.2.4/", "http://10.1.2.3/", "https://169.254.169.254/"):
            with pytest.raises(NotSent, match=r"address|internet"):
                hub.http_factory().request("GET", refused)


def test_a_rehearsal_reaches_this_computer_and_nothing_else(canary: Canary) -> None:
    """Neither what the admin has named, nor any host of the open internet, written or looked up."""
    own = frozenset({"10.0.0.7", "shop.example"})
    reach = Reach(
        allows_this_computer=True, leaves_this_computer=False, private_hosts=own, resolve=Resolver([[PUBLIC]])
    )
    assert reach.check(f"http://127.0.0.1:{canary.port}/") == "127.0.0.1"
    for url in (f"https://{PUBLIC}/", "https://10.0.0.7/"):
        with pytest.raises(OutOfReach, match="a rehearsal reaches nothing else"):
            reach.check(url)
    with pytest.raises(OutOfReach, match="a rehearsal reaches nothing else"):
        reach.addresses("shop.example", 443, is_plain=False)
