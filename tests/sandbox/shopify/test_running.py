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

from sandbox.ground.control import DeskRefused
from sandbox.shopify import SandboxShop, ShopControl
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
    with pytest.raises(DeskRefused, match="settings has no key 'colour'; its keys are: credit_limit, gift_card_limit"):
        desk.settings(colour="blue")


@pytest.mark.parametrize(
    ("path", "body", "sentence"),
    [
        ("orders", {"linez": []}, "orders has no key 'linez'; its keys are: browser_ip, country, currency"),
        ("orders", {"lines": [{}, {"prize": "1.00"}]}, "orders.lines has no key 'prize'; its keys are: gift_card"),
        ("orders", {"discount_codes": [{"code": "A", "amout": "1"}]}, "orders.discount_codes has no key 'amout'"),
        ("orders", {"presentment": {"currency": "USD", "rate": "1", "rat": "2"}}, "orders.presentment has no key"),
        (
            "orders/5500000000001/pay",
            {"amount": "1"},
            "orders/5500000000001/pay has no key 'amount'; its keys are: none",
        ),
        ("orders?payed=true", {}, "orders has no key 'payed'"),
        ("customers", {"mail": "bob@example.com"}, "customers has no key 'mail'; its keys are: email"),
        ("fates", {"kind": "ok", "mach": "x"}, "fates has no key 'mach'; its keys are: code, count"),
        ("orders", [], "orders is described by a JSON object, not by list"),
    ],
)
def test_a_key_the_desk_does_not_know_changes_nothing_and_is_named(
    shop: SandboxShop, desk: ShopControl, path: str, body: object, sentence: str
) -> None:
    desk.create_order()
    before = desk.truth()
    answer = requests.post(f"{shop.base_url}/_sandbox/{path}", json=body, timeout=5)
    assert answer.status_code == 422
    assert answer.json()["error"].startswith(sentence)
    assert desk.truth() == before
    assert desk.fates() == []


def test_what_an_order_carries_by_itself_may_have_any_name(desk: ShopControl) -> None:
    order = desk.create_order(note_attributes={"_anything": "1"})
    assert order["attributes"] == [{"name": "_anything", "value": "1"}]


def test_the_desks_answers_end_their_line_and_the_vendors_do_not(shop: SandboxShop, api: Api) -> None:
    """In a terminal, one answer of curl must not run into the next."""
    for path in "", "truth", "nothing", "clock?colour=blue":
        said = requests.get(f"{shop.base_url}/_sandbox/{path}", timeout=5).text
        assert said.endswith("}\n")
        assert said.count("\n") == 1
    assert api.post("{ shop { name } }").text.endswith("}")


def test_the_truth_is_plain_json_with_exact_amounts(shop: SandboxShop, desk: ShopControl) -> None:
    desk.create_order(lines=[{"price": "0.10", "quantity": 3}])
    told = requests.get(f"{shop.base_url}/_sandbox/truth", timeout=5).text
    assert '"total":"0.30"' in told
    assert json.loads(told)["installed"] is True
