"""Each scripted fate does to the effect and to the answer what it says, and the truth can tell."""

from __future__ import annotations

import time
from typing import Any

import pytest
import requests

from sandbox.ground.control import DeskRefused
from sandbox.shopify import SandboxShop, ShopControl
from sandbox.shopify.fates import KINDS
from tests.sandbox.shopify.conftest import Api
from tests.sandbox.shopify.test_store_credit import CREDIT, HISTORY, credit, history

FIELD = "storeCreditAccountCredit"
INPUT = {"creditAmount": {"amount": "5", "currencyCode": "EUR"}}
LOST = (requests.ConnectionError, requests.exceptions.ChunkedEncodingError)


def send(api: Api, who: dict[str, Any]) -> requests.Response:
    return api.post(CREDIT, id=who["gid"], input=INPUT)


def balance(desk: ShopControl) -> str:
    return next(iter(desk.balances().values()), "0.00")


@pytest.mark.parametrize(
    ("kind", "effect"),
    [
        ("effect_then_drop", "5.00"),
        ("drop_before_effect", "0.00"),
        ("effect_then_timeout", "5.00"),
        ("timeout_before_effect", "0.00"),
        ("reset", "5.00"),
        ("truncated", "5.00"),
    ],
)
def test_a_lost_answer_says_nothing_about_the_effect(
    api: Api, desk: ShopControl, alice: dict[str, Any], kind: str, effect: str
) -> None:
    desk.fate(kind, FIELD, seconds=0.05)
    with pytest.raises(LOST):
        send(api, alice)
    assert balance(desk) == effect
    call = desk.calls(FIELD)[0]
    assert (call["fate"], call["effect"]) == (kind, effect == "5.00")
    assert send(api, alice).status_code == 200, "the fate was for one request only"


@pytest.mark.parametrize("status", [401, 402, 403, 404, 423, 429, 500, 502, 503, 504])
def test_a_status_comes_without_an_effect(api: Api, desk: ShopControl, alice: dict[str, Any], status: int) -> None:
    desk.fate(str(status), FIELD, retry_after="2")
    answer = send(api, alice)
    assert (answer.status_code, answer.headers["Retry-After"]) == (status, "2")
    assert balance(desk) == "0.00"


def test_a_500_after_the_effect_leaves_the_effect(api: Api, desk: ShopControl, alice: dict[str, Any]) -> None:
    desk.fate("effect_then_500", FIELD)
    assert send(api, alice).status_code == 500
    assert balance(desk) == "5.00"


def test_an_effect_can_come_after_everybody_stopped_waiting(api: Api, desk: ShopControl, alice: dict[str, Any]) -> None:
    desk.fate("late_effect", FIELD, seconds=600)
    with pytest.raises(LOST):
        send(api, alice)
    assert balance(desk) == "0.00"
    desk.advance(601)
    assert balance(desk) == "5.00"


def test_a_late_effect_needs_nobody_to_move_the_clock(api: Api, desk: ShopControl, alice: dict[str, Any]) -> None:
    desk.fate("late_effect", FIELD, seconds=0.1)
    with pytest.raises(LOST):
        send(api, alice)
    ends = time.monotonic() + 3
    while balance(desk) == "0.00" and time.monotonic() < ends:
        time.sleep(0.02)
    assert balance(desk) == "5.00"


def test_throttled_is_a_200_without_data(api: Api, desk: ShopControl, alice: dict[str, Any]) -> None:
    """SH-44: the wait can be computed from what the answer says."""
    desk.fate("throttled", FIELD)
    answer = send(api, alice)
    told = answer.json()
    assert answer.status_code == 200
    assert "data" not in told
    assert told["errors"][0]["extensions"]["code"] == "THROTTLED"
    assert told["extensions"]["cost"]["actualQueryCost"] is None
    assert balance(desk) == "0.00"


def test_user_errors_carry_the_asked_code(api: Api, desk: ShopControl, alice: dict[str, Any]) -> None:
    desk.fate("user_errors", FIELD, code="CREDIT_LIMIT_EXCEEDED", field="creditInput.creditAmount")
    payload = send(api, alice).json()["data"][FIELD]
    assert payload["storeCreditAccountTransaction"] is None
    assert payload["userErrors"] == [{"code": "CREDIT_LIMIT_EXCEEDED", "field": ["creditInput", "creditAmount"]}]
    assert balance(desk) == "0.00"


def test_a_code_the_mutation_does_not_know_cannot_be_scripted(desk: ShopControl) -> None:
    with pytest.raises(DeskRefused, match="CREDIT_LIMIT_EXCEEDED"):
        desk.fate("user_errors", FIELD, code="TAKEN")


def test_partial_data_loses_one_root_field_that_did_have_its_effect(
    api: Api, desk: ShopControl, alice: dict[str, Any]
) -> None:
    desk.fate("partial", FIELD)
    told = send(api, alice).json()
    assert told["data"] == {FIELD: None}
    assert told["errors"][0]["path"] == [FIELD]
    assert balance(desk) == "5.00"


def test_ok_but_nothing_claims_an_effect_that_is_not_there(api: Api, desk: ShopControl, alice: dict[str, Any]) -> None:
    desk.fate("ok_but_nothing", FIELD)
    claimed = credit(api, alice["gid"], "5")["storeCreditAccountTransaction"]
    assert balance(desk) == "0.00"
    assert not desk.calls(FIELD)[0]["effect"]
    real = credit(api, alice["gid"], "5")["storeCreditAccountTransaction"]
    assert real["id"] != claimed["id"], "an id is never given twice"


def test_a_stale_read_shows_the_truth_of_when_it_was_scripted(
    api: Api, desk: ShopControl, alice: dict[str, Any]
) -> None:
    credit(api, alice["gid"], "1")
    desk.fate("stale_read", "History", count=2)
    credit(api, alice["gid"], "2")
    assert [len(history(api, alice["gid"])) for _ in range(3)] == [1, 1, 2]


def test_a_redirect_names_another_host(api: Api, desk: ShopControl, alice: dict[str, Any]) -> None:
    """SH-14 needs a place to go to that a test can watch."""
    desk.fate("redirect", FIELD, location="http://127.0.0.1:1/x", status=308)
    answer = send(api, alice)
    assert (answer.status_code, answer.headers["Location"]) == (308, "http://127.0.0.1:1/x")
    assert balance(desk) == "0.00"


@pytest.mark.parametrize(("kind", "effect"), [("html", "0.00"), ("wrong_json", "5.00")])
def test_a_200_can_hold_something_else_than_the_answer(
    api: Api, desk: ShopControl, alice: dict[str, Any], kind: str, effect: str
) -> None:
    desk.fate(kind, FIELD)
    answer = send(api, alice)
    assert answer.status_code == 200
    assert "data" not in answer.text
    assert balance(desk) == effect


def test_effect_true_lets_the_shop_act_before_a_bad_answer(api: Api, desk: ShopControl, alice: dict[str, Any]) -> None:
    desk.fate("html", FIELD, effect=True)
    assert send(api, alice).text.startswith("<!DOCTYPE html>")
    assert balance(desk) == "5.00"


def test_a_gzip_bomb_is_small_on_the_wire(api: Api, desk: ShopControl, alice: dict[str, Any]) -> None:
    desk.fate("gzip_bomb", FIELD)
    body = {"query": CREDIT, "variables": {"id": alice["gid"], "input": INPUT}}
    headers = {"X-Shopify-Access-Token": api.token}
    answer = requests.post(api.address, json=body, headers=headers, stream=True, timeout=10)
    assert answer.headers["Content-Encoding"] == "gzip"
    assert len(answer.raw.read(decode_content=False)) < 200_000
    answer.close()


def test_slow_bytes_arrive_one_by_one_and_whole(api: Api, desk: ShopControl, alice: dict[str, Any]) -> None:
    desk.fate("slow", FIELD, seconds=0.0005)
    began = time.monotonic()
    answer = send(api, alice)
    assert answer.json()["data"][FIELD]["userErrors"] == []
    assert time.monotonic() - began > len(answer.content) * 0.0005


def test_a_fate_waits_for_its_request_and_counts(api: Api, desk: ShopControl, alice: dict[str, Any]) -> None:
    desk.fate("500", "Credit", skip=1, count=2)
    api.ask(HISTORY, id=alice["gid"])
    assert [send(api, alice).status_code for _ in range(4)] == [200, 500, 500, 200]
    desk.fate("500", "Credit")
    desk.clear_fates()
    assert send(api, alice).status_code == 200


def test_a_fate_without_match_leaves_the_token_endpoint_alone(
    shop: SandboxShop, api: Api, desk: ShopControl, alice: dict[str, Any]
) -> None:
    desk.fate("500")
    grant = {"client_id": shop.client_id, "client_secret": "hush", "grant_type": "client_credentials"}
    assert requests.post(f"{shop.base_url}/admin/oauth/access_token", json=grant, timeout=5).status_code == 200
    assert send(api, alice).status_code == 500


def test_an_unknown_fate_is_refused_with_all_their_names(desk: ShopControl) -> None:
    with pytest.raises(DeskRefused) as refused:
        desk.fate("meteor")
    assert all(name in str(refused.value) for name in KINDS)
