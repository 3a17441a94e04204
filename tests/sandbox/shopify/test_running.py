"""A shop starts, serves many callers at once, and is really gone when it is stopped."""

from __future__ import annotations

import http.client
import json
import socket
import threading
import time
from contextlib import suppress

import pytest
import requests

from sandbox.shopify import SandboxShop, ShopControl
from sandbox.shopify.control import DeskRefused
from tests.sandbox.shopify.conftest import Api


def test_a_stopped_shop_answers_nobody_not_even_on_a_kept_connection() -> None:
    shop = SandboxShop().start()
    api = Api(shop)
    api.ask("{ shop { name } }")
    shop.stop()
    for _ in "kept", "new":
        with pytest.raises(requests.ConnectionError):
            api.post("{ shop { name } }")


def test_a_shop_that_never_started_can_be_stopped() -> None:
    SandboxShop().stop()


def test_callers_are_served_at_the_same_time(shop: SandboxShop, desk: ShopControl) -> None:
    desk.fate("effect_then_timeout", "Slow", seconds=60)
    waiting = threading.Thread(target=ask_in_vain, args=[Api(shop)], daemon=True)
    waiting.start()
    while not desk.calls("shop"):
        time.sleep(0.01)
    Api(shop).ask("query Quick { shop { name } }")
    assert waiting.is_alive()


def ask_in_vain(api: Api) -> None:
    with suppress(requests.RequestException):
        api.post("query Slow { shop { name } }")


def test_a_connection_is_kept_for_the_next_request(shop: SandboxShop) -> None:
    line = http.client.HTTPConnection(shop.base_url.removeprefix("http://"), timeout=5)
    line.connect()
    kept = line.sock
    for _ in range(2):
        line.request("GET", "/_sandbox/")
        assert line.getresponse().read().startswith(b'{"domain"')
    assert line.sock is kept
    line.close()


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"Transfer-Encoding: chunked\r\n", b"411"),
        (b"Content-Length: many\r\n", b"411"),
        (b"Content-Length: 99999999999\r\n", b"413"),
    ],
)
def test_a_body_of_unknown_or_absurd_length_is_not_read(shop: SandboxShop, head: bytes, status: bytes) -> None:
    port = int(shop.base_url.rsplit(":", 1)[1])
    with socket.create_connection(("127.0.0.1", port), timeout=5) as line:
        line.sendall(b"POST /admin/api/2026-10/graphql.json HTTP/1.1\r\nHost: x\r\n" + head + b"\r\n")
        assert line.recv(64).split()[1] == status


def test_the_desk_says_what_it_does_not_have(shop: SandboxShop, desk: ShopControl) -> None:
    answer = requests.get(f"{shop.base_url}/_sandbox/nothing", timeout=5)
    assert (answer.status_code, answer.json()["error"]) == (404, "the desk has no GET /_sandbox/nothing")
    assert requests.get(f"{shop.base_url}/elsewhere", timeout=5).status_code == 404
    bad = requests.post(f"{shop.base_url}/_sandbox/orders", data=b"{", timeout=5)
    assert (bad.status_code, bad.json()) == (422, {"error": "the body is not JSON"})
    with pytest.raises(DeskRefused, match="the settings are"):
        desk.settings(colour="blue")


def test_the_truth_is_plain_json_with_exact_amounts(shop: SandboxShop, desk: ShopControl) -> None:
    desk.create_order(lines=[{"price": "0.10", "quantity": 3}])
    told = requests.get(f"{shop.base_url}/_sandbox/truth", timeout=5).text
    assert '"total":"0.30"' in told
    assert json.loads(told)["installed"] is True
