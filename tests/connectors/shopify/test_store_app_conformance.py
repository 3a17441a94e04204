"""The app in Shopify's store keeps the contract, and each of the kit's rules catches an app that breaks it."""

import time
from collections.abc import Mapping
from inspect import signature
from typing import Any

import jwt
import pytest

from connectors.shopify.store_app import ShopifyApp
from referhub import Agreement, Buyer, Delivery, Frame, Reception, Staff, TryLater, config_from
from referhub.testing import FaultyHttp, StoreAppContract
from tests.connectors.shopify.support import SHOP
from tests.support.markers import secret

SETTINGS = {"client_id": "the-app", "client_secret": secret("the-client-secret-of-the-app")}


def id_token(**claims: Any) -> str:
    """What App Bridge gives to a page in the shop's admin."""
    now = int(time.time())
    told: dict[str, Any] = {"iss": f"https://{SHOP}/admin", "dest": f"https://{SHOP}", "aud": "the-app", "sub": "42"}
    told |= {"exp": now + 60, "nbf": now, "iat": now, "jti": "1", "sid": "1"}
    return jwt.encode(told | claims, SETTINGS["client_secret"], "HS256")


class TestShopifyApp(StoreAppContract):
    app_class = ShopifyApp
    shop = SHOP

    @pytest.fixture
    def app_settings(self) -> Mapping[str, str]:
        return SETTINGS

    @pytest.fixture
    def arrival(self) -> tuple[str, str]:
        return "", f"Bearer {id_token()}"


def _believing(self: ShopifyApp, *_told: Any) -> Any:
    return Staff(SHOP, "42", "x")


def _keeps_at_once(self: ShopifyApp, staff: Staff, keep: Any) -> None:
    keep.change("tokens", lambda _known: "?")
    raise TryLater("no answer")


def _anywhere(self: ShopifyApp, shop: str) -> Frame:
    return Frame((f"https://{SHOP}", "https://admin.shopify.com"), "https://x")


def _leaking(self: ShopifyApp, shop: str, state: str, redirect_uri: str) -> str:
    return f"https://{shop}/agree?state={state}&key={SETTINGS['client_secret']}"


BUGS: list[tuple[str, str, dict[str, Any]]] = [
    ("test_whom_the_store_proves_is_of_that_shop", "in which shop", {"prove": lambda *_: Staff("other", "42", "x")}),
    ("test_nobody_is_believed_without_a_proof", "NotProven", {"prove": _believing}),
    ("test_nobody_is_believed_without_a_proof", "NotProven", {"agreed": lambda *_: Agreement(SHOP, "", "")}),
    ("test_nobody_is_believed_without_a_proof", "NotProven", {"asks_to_install": lambda *_: SHOP}),
    ("test_nobody_is_believed_without_a_proof", "NotProven", {"buyer": lambda *_: Buyer(SHOP)}),
    (
        "test_a_webhook_without_a_signature_is_refused",
        "signed with the app's secret",
        {"receive": lambda *_: Reception((Delivery(key="1", topic="x", body=b""),))},
    ),
    ("test_a_connection_stores_no_secret_of_the_app", "no secret", {"settings_for": lambda *_: SETTINGS}),
    ("test_a_connection_stores_no_secret_of_the_app", "all shops", {"completed": lambda _self, values: dict(values)}),
    (
        "test_a_shop_does_not_say_where_the_secret_is_sent",
        "refused",
        {"completed": lambda _self, values: {"api_base": "https://x"} | dict(values)},
    ),
    ("test_pages_stand_in_that_shop_and_nowhere_else", "another one", {"frame": _anywhere}),
    ("test_pages_stand_in_that_shop_and_nowhere_else", "in full", {"frame": lambda *_: Frame(("https://*.x",), "x")}),
    ("test_the_way_to_agree_carries_the_state_and_no_secret", "no secret", {"authorize_url": _leaking}),
    ("test_the_way_to_agree_carries_the_state_and_no_secret", "the state", {"authorize_url": lambda *_: "https://x"}),
    ("test_a_grant_in_trouble_keeps_nothing_and_says_who_acts", "keeps no token", {"grant": _keeps_at_once}),
    ("test_printing_it_shows_no_secret", "shows no secret", {"__repr__": lambda self: self.config.client_secret}),
]


@pytest.mark.parametrize(("rule", "says", "broken"), BUGS, ids=[f"{one[0]}-{at}" for at, one in enumerate(BUGS)])
def test_each_rule_catches_who_breaks_it(rule: str, says: str, broken: dict[str, Any]) -> None:
    kind: Any = type("Broken", (ShopifyApp,), broken)
    http = FaultyHttp()
    checks = type("Checks", (TestShopifyApp,), {"app_class": kind})()
    given: dict[str, Any] = {"app_settings": SETTINGS, "arrival": ("", f"Bearer {id_token()}"), "http": http}
    given["app"] = kind(config_from(kind.config_class, SETTINGS), http)
    check = getattr(checks, rule)
    with pytest.raises(pytest.fail.Exception, match=says):
        check(**{name: given[name] for name in signature(check).parameters})


def test_every_rule_has_a_bug() -> None:
    rules = {name for name in vars(StoreAppContract) if name.startswith("test_")}
    assert rules == {rule for rule, *_ in BUGS}
