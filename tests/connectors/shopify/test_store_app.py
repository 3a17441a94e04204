"""The app in the store: its settings, the tokens it is given, and what it never lets out."""

import threading
from typing import Any

import pytest

from connectors.shopify.config import ShopifyConfig
from connectors.shopify.store_app import ShopifyApp, ShopifyAppConfig
from referhub import HttpResponse, Memory, NeedsAttention, NotProven, Staff, WrongSetting, config_from
from tests.connectors.shopify.support import SHOP, ScriptedHttp, answer

SETTINGS = {"client_id": "the-app", "client_secret": "the-secret"}
STAFF = Staff(SHOP, "42", "an.id.token")


def app(*answers: Any, **more: str) -> tuple[ShopifyApp, ScriptedHttp]:
    http = ScriptedHttp(*answers)
    return ShopifyApp(config_from(ShopifyAppConfig, {**SETTINGS, **more}), http, lambda: 1_000.0), http


def pair(name: str) -> HttpResponse:
    return answer({"access_token": name, "expires_in": 3600, "refresh_token": f"r-{name}", "scope": "read_orders"})


def test_an_id_token_is_exchanged_for_tokens_that_expire() -> None:
    """SH-01"""
    shopify, http = app(pair("one"))
    keep = Memory()
    shopify.grant(STAFF, keep)
    (call,) = http.asked
    assert call["url"] == f"https://{SHOP}/admin/oauth/access_token"
    assert call["json"] == {
        "client_id": "the-app",
        "client_secret": "the-secret",
        "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
        "subject_token": "an.id.token",
        "subject_token_type": "urn:ietf:params:oauth:token-type:id_token",
        "requested_token_type": "urn:shopify:params:oauth:token-type:offline-access-token",
        "expiring": "1",
    }
    assert '"access":"one"' in (keep.get("tokens") or "")


def test_who_waits_for_another_page_takes_what_that_one_was_given() -> None:
    keep, is_asking, may_answer = Memory(), threading.Event(), threading.Event()

    def slowly(_: Any) -> HttpResponse:
        is_asking.set()
        assert may_answer.wait(10)
        return pair("one")

    shopify, http = app(slowly, pair("two"))
    tabs = [threading.Thread(target=shopify.grant, args=[STAFF, keep]) for _ in range(2)]
    tabs[0].start()
    assert is_asking.wait(10)
    reads = keep.get
    waits = threading.Event()

    def noted(name: str) -> str | None:
        text = reads(name)
        waits.set()
        return text

    keep.get = noted  # type: ignore[method-assign]  # tells when the second has looked
    tabs[1].start()
    assert waits.wait(10)
    may_answer.set()
    for tab in tabs:
        tab.join()
    assert len(http.asked) == 1


def test_tokens_that_were_there_before_are_exchanged_anew() -> None:
    """No stale "already installed" shortcut"""
    shopify, http = app(pair("one"), pair("two"))
    keep = Memory()
    for _ in range(2):
        shopify.grant(STAFF, keep)
    assert len(http.asked) == 2
    assert '"access":"two"' in (keep.get("tokens") or "")


def test_a_refused_exchange_keeps_nothing_and_says_whether_a_fresh_proof_helps() -> None:
    keep = Memory()
    shopify, _ = app(answer({"error": "invalid_subject_token"}, 400), answer({"error": "invalid_client"}, 400))
    with pytest.raises(NotProven) as problem:
        shopify.grant(STAFF, keep)
    assert problem.value.renewable
    with pytest.raises(NeedsAttention, match="client ID and secret"):
        shopify.grant(STAFF, keep)
    assert keep.texts() == {}


def test_a_connection_of_the_app_stores_no_secret() -> None:
    shopify, _ = app(previous_client_secret="the-former", webhooks="app")
    stored = shopify.settings_for(SHOP)
    assert stored == {"shop": SHOP, "grant": "store_app"}
    filled = config_from(ShopifyConfig, shopify.completed(stored))
    assert filled.secrets == (b"the-secret", b"the-former")
    assert (filled.api_base, filled.webhooks) == (f"https://{SHOP}", "app")
    own = {"shop": SHOP, "client_id": "another", "client_secret": "own"}
    assert shopify.completed(own) == own
    assert "the-secret" not in repr(shopify.config)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("shop_address", "https://one-shop.example"),
        ("shop_address", "http://{shop}"),
        ("admin_address", "http://admin.example"),
        ("bridge", "ftp://cdn.example/x.js"),
        ("webhooks", "post"),
        ("api_version", "newest"),
        ("client_id", ""),
    ],
)
def test_settings_that_cannot_work_are_named(name: str, value: str) -> None:
    with pytest.raises(WrongSetting, match=name):
        app(**{name: value})


def test_the_admin_and_the_shop_may_frame_a_page_and_nobody_else() -> None:
    """SH-01"""
    shopify, _ = app()
    assert shopify.frame(SHOP).ancestors == (f"https://{SHOP}", "https://admin.shopify.com")
    assert shopify.home(SHOP) == "https://admin.shopify.com/store/demo/apps/the-app"
