"""Access tokens: permanent ones, and ones fetched with the client secret."""

import threading
import time
from typing import Any

import pytest

from connectors.shopify.tokens import ClientCredentials, tokens_for
from referhub import AnswerLost, HttpResponse, Memory, NeedsAttention, NotSent, TryLater
from sandbox.shopify import SandboxShop, ShopControl
from tests.connectors.shopify.conftest import connect
from tests.connectors.shopify.support import ScriptedHttp, answer, config, connector


def granted(token: str, expires_in: object = 86_399) -> HttpResponse:
    return answer({"access_token": token, "scope": "read_orders", "expires_in": expires_in})


def fetching(*answers: Any) -> tuple[ClientCredentials, ScriptedHttp]:
    http = ScriptedHttp(*answers)
    return ClientCredentials(config(access_token=""), http), http


def test_a_permanent_token_is_used_as_given_and_cannot_be_replaced() -> None:
    tokens = tokens_for(config(), ScriptedHttp(), Memory)
    assert tokens.current() == "shpat_test"
    with pytest.raises(NeedsAttention):
        tokens.replace("shpat_test")


def test_a_fetched_token_is_kept() -> None:
    tokens, http = fetching(granted("one"))
    assert [tokens.current() for _ in range(5)] == ["one"] * 5
    assert http.asked[0]["url"] == "https://demo.myshopify.com/admin/oauth/access_token"
    assert http.asked[0]["json"]["grant_type"] == "client_credentials"


def test_a_token_with_less_than_five_minutes_left_is_replaced_before_it_is_used() -> None:
    clock = [0.0]
    http = ScriptedHttp(granted("one", 3600), granted("two", 3600))
    tokens = ClientCredentials(config(access_token=""), http, lambda: clock[0])
    seen = []
    for moment in (0.0, 3600 - 301, 3600 - 299):
        clock[0] = moment
        seen.append(tokens.current())
    assert seen == ["one", "one", "two"]


def test_ten_threads_make_one_request() -> None:
    """SH-09"""
    at_once = threading.Barrier(10)

    def slowly(_: object) -> HttpResponse:
        time.sleep(0.05)  # long enough for the other nine to come
        return granted("one")

    tokens, http = fetching(*[slowly] * 10)
    seen: list[str] = []

    def use() -> None:
        at_once.wait()
        seen.append(tokens.current())

    threads = [threading.Thread(target=use) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == ["one"] * 10
    assert len(http.asked) == 1


def test_a_refused_token_is_replaced_once_however_many_noticed() -> None:
    tokens, http = fetching(granted("one"), granted("two"))
    assert tokens.current() == "one"
    assert [tokens.replace("one"), tokens.replace("one")] == ["two", "two"]
    assert len(http.asked) == 2


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (NotSent("x"), TryLater),
        (AnswerLost("x"), TryLater),
        (answer({}, status=500), TryLater),
        (answer({}, status=429), TryLater),
        (answer(b"<html>"), TryLater),
        (answer({"access_token": None}), TryLater),
        (answer({"error": "invalid_client"}, status=400), NeedsAttention),
        (answer(b"no", status=401), NeedsAttention),
        (answer(b"", status=302), NeedsAttention),
    ],
)
def test_a_failed_request_says_what_to_do_next(reply: Any, error: type[Exception]) -> None:
    tokens, _http = fetching(reply)
    with pytest.raises(error) as caught:
        tokens.current()
    assert "test-secret" not in str(caught.value)


@pytest.mark.parametrize("expires_in", [None, "soon", -1, 0, 60])
def test_an_odd_lifetime_does_not_mean_a_token_per_request(expires_in: object) -> None:
    tokens, http = fetching(granted("one", expires_in))
    assert [tokens.current(), tokens.current()] == ["one", "one"]
    assert len(http.asked) == 1


def test_a_401_is_answered_with_one_new_token() -> None:
    http = ScriptedHttp(granted("old"), answer({}, status=401), granted("new"), answer({"data": {"order": None}}))
    connector(http, access_token="").verify("gid://shopify/Order/1")
    used = [asked["headers"].get("X-Shopify-Access-Token") for asked in http.asked]
    assert used == [None, "old", None, "new"]


def test_a_second_401_needs_attention() -> None:
    refused = answer({}, status=401)
    http = ScriptedHttp(granted("old"), refused, granted("new"), refused)
    with pytest.raises(NeedsAttention):
        connector(http, access_token="").verify("gid://shopify/Order/1")
    assert http.answers == []


def test_the_whole_exchange_works_with_the_sandbox(shop: SandboxShop, desk: ShopControl) -> None:
    """SH-60"""
    shopify = connect(shop, access_token="")
    assert shopify.ping().name == "Sandbox shop"
    desk.expire_tokens()
    assert shopify.ping().name == "Sandbox shop"
    with pytest.raises(NeedsAttention):
        connect(shop, access_token="", client_secret="wrong").ping()
