"""Settings that cannot work are refused in one clear sentence."""

import pytest

from connectors.shopify.config import ShopifyConfig
from connectors.shopify.connector import Shopify
from referhub import WrongSetting, abilities, config_from, settings_of
from tests.connectors.shopify.support import config


@pytest.mark.parametrize(
    ("written", "shop"),
    [
        ("demo.myshopify.com", "demo.myshopify.com"),
        ("Demo.MyShopify.com", "demo.myshopify.com"),
        ("https://demo.myshopify.com/admin", "demo.myshopify.com"),
        ("demo", "demo.myshopify.com"),
    ],
)
def test_a_shop_is_known_by_its_own_address(written: str, shop: str) -> None:
    assert config(shop=written).shop == shop
    assert config(shop=written).api_base == f"https://{shop}"


@pytest.mark.parametrize(
    "written",
    [
        "",
        "demo.myshopify.com\n",
        " demo.myshopify.com",
        "demo.myshopify.com.evil.example",
        "evil.example",
        "https://evil.example/?demo.myshopify.com",
        "demo.myshopify.com@evil.example",
        "user:pass@demo.myshopify.com",
        "demo.myshopify.com:8080",
        "de_mo.myshopify.com",
        "-demo.myshopify.com",
        "demo.myshopify.com; script-src *",
        "démo.myshopify.com",
    ],
)
def test_what_is_no_shop_address_is_refused(written: str) -> None:
    with pytest.raises(WrongSetting, match="shop"):
        config(shop=written)


@pytest.mark.parametrize(
    "written",
    [
        "https://proxy.example",
        "http://127.0.0.1:8080",
        "http://localhost:1",
        "http://[::1]:9",
        "https://x.example/",
    ],
)
def test_the_api_may_answer_elsewhere_over_tls_or_on_this_computer(written: str) -> None:
    assert config(api_base=written).api_base == written.rstrip("/")


@pytest.mark.parametrize(
    "written",
    [
        "http://shop.example",
        "http://127.0.0.1.evil.example",
        "http://localhost@evil.example",
        "ftp://127.0.0.1",
        "https://",
        "https://user:pass@shop.example",
        "https://shop.example/?a=1",
        "https://shop.example:port",
        "127.0.0.1:80",
        "https://[",
    ],
)
def test_any_other_address_of_the_api_is_refused(written: str) -> None:
    with pytest.raises(WrongSetting, match="api_base") as caught:
        config(api_base=written)
    assert "user:pass" not in str(caught.value)


@pytest.mark.parametrize("version", ["2026-13", "2026-1", "latest", "unstable", "2026-10\n", "1999-01"])
def test_a_version_that_shopify_never_had_is_refused(version: str) -> None:
    with pytest.raises(WrongSetting, match="api_version"):
        config(api_version=version)


def test_whether_test_orders_count_is_yes_or_no() -> None:
    assert config(count_test_orders="yes").counts_test_orders
    assert not config().counts_test_orders
    with pytest.raises(WrongSetting, match="count_test_orders"):
        config(count_test_orders="maybe")


def test_the_connect_form_hides_secrets_and_asks_for_what_is_needed() -> None:
    specs = {spec.name: spec for spec in settings_of(ShopifyConfig)}
    secrets = {"client_secret", "previous_client_secret", "access_token"}
    assert {name for name, spec in specs.items() if spec.is_secret} == secrets
    required = {"shop", "client_id", "client_secret"}
    assert {name for name, spec in specs.items() if spec.is_required} == required
    assert all(spec.help for spec in specs.values())
    made = config_from(ShopifyConfig, {"shop": "demo", "client_id": "a", "client_secret": "b"})
    assert made.api_version == "2026-10"


def test_the_connector_declares_all_it_can_do() -> None:
    assert set(abilities(Shopify)) == {
        "polls",
        "verifies",
        "locates",
        "pushes",
        "marks",
        "finds",
        "writes",
        "prepares",
        "installs",
        "proves_returns",
        "renews",
        "revokes",
    }
    assert Shopify.reward_kinds == {"store_credit", "gift_card", "discount_code"}
    assert Shopify.batch_size == 1
