"""Addresses that Shopify signs: of its admin, and of pages on a shop's own site."""

import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as some

from connectors.shopify.query_proof import admin_query, proxy_query, shop_of
from connectors.shopify.store_app import ShopifyApp, ShopifyAppConfig
from referhub import IdentityClaim, IdentityKind, NotProven
from sandbox.shopify.admin.signing import query_hmac
from sandbox.shopify.proxy import signature
from tests.connectors.shopify.support import NoNetwork

HUSH = (b"hush",)
# The published vectors: https://shopify.dev/docs/apps/build/authentication-authorization and .../app-proxies
OAUTH = (
    "code=0907a61c0c8d55e99db179b68161bc00&shop=some-shop.myshopify.com&timestamp=1337178173"
    "&hmac=4712bf92ffc2917d15a2f5a273e39f0116667419aa4b6ac0b3baaf26fa3c4d20"
)
THEN = datetime.fromtimestamp(1337178173, UTC)
PROXY = (
    "extra=1&extra=2&shop=shop-name.myshopify.com&logged_in_customer_id=1&path_prefix=/apps/awesome_reviews"
    "&timestamp=1317327555&signature=4c68c8624d737112c91818c11017d24d334b524cb5c2b8ba08daa056f7395ddb"
)
OLDER_PROXY = (
    "extra=1&extra=2&shop=shop-name.myshopify.com&path_prefix=/apps/awesome_reviews"
    "&timestamp=1317327555&signature=a9718877bea71c2484f91608a7eaea1532bdf71f5c56825065fa4ccabe549ef3"
)
THEN_IN_THE_SHOP = datetime.fromtimestamp(1317327555, UTC)


def signed(**words: str) -> str:
    return urlencode({**words, "hmac": query_hmac("hush", words)})


def test_the_published_vector_is_proven() -> None:
    """SH-06"""
    told = admin_query(OAUTH, HUSH, THEN)
    assert (told["shop"], told["code"]) == ("some-shop.myshopify.com", "0907a61c0c8d55e99db179b68161bc00")
    assert admin_query(OAUTH, (b"new", b"hush"), THEN) == told


SPOILT = {
    "another shop": OAUTH.replace("some-shop", "some-shoq"),
    "another code": OAUTH.replace("0907", "0908"),
    "a second shop": f"{OAUTH}&shop=some-shop.myshopify.com",
    "a second shop before": f"shop=evil.myshopify.com&{OAUTH}",
    "a word more": f"{OAUTH}&embedded=1",
    "no hmac": OAUTH.partition("&hmac")[0],
    "an empty hmac": OAUTH.partition("&hmac")[0] + "&hmac=",
    "capitals": OAUTH.replace("4712bf", "4712BF"),
    "an umlaut": OAUTH + "%C3%BC",
    "too many words": "&".join(f"a{number}=1" for number in range(99)),
    "too long": f"{OAUTH}&a={'x' * 9000}",
}


@pytest.mark.parametrize("query", SPOILT.values(), ids=SPOILT)
def test_an_address_that_was_changed_proves_nothing(query: str) -> None:
    """SH-06"""
    with pytest.raises(NotProven):
        admin_query(query, HUSH, THEN)


@pytest.mark.parametrize(
    "timestamp", ["abc", "", "-1", "1e9", "١٢٣", "1337178173.0", str(1337178173 + 10 * 365 * 86_400)]
)
def test_a_time_that_is_none_or_far_away_proves_nothing(timestamp: str) -> None:
    """SH-06"""
    with pytest.raises(NotProven):
        admin_query(signed(shop="a-shop.myshopify.com", timestamp=timestamp), HUSH, THEN)


def test_an_address_is_good_for_ninety_seconds() -> None:
    for late, is_good in ((90, True), (91, False), (-90, True), (-91, False)):
        if is_good:
            assert admin_query(OAUTH, HUSH, THEN + timedelta(seconds=late))
        else:
            with pytest.raises(NotProven):
                admin_query(OAUTH, HUSH, THEN + timedelta(seconds=late))


def test_a_signed_shop_that_is_none_is_refused_all_the_same() -> None:
    """SH-06: the pattern is anchored"""
    for shop in (
        "evil.com",
        "x.myshopify.com.evil.com",
        "evil.com/x.myshopify.com",
        "x.myshopify.com\n",
        "",
        "A.myshopify.com",
    ):
        with pytest.raises(NotProven):
            admin_query(signed(shop=shop, timestamp="1337178173"), HUSH, THEN)


def test_values_may_be_signed_as_they_stand_in_the_address() -> None:
    """Shopify's newer libraries sign `a%20b`, the SDK signs `a b`"""
    query = "note=a%20b%2Fc&shop=a-shop.myshopify.com&timestamp=1337178173"
    proof = hmac.new(b"hush", query.encode(), hashlib.sha256).hexdigest()
    assert admin_query(f"{query}&hmac={proof}", HUSH, THEN)["note"] == "a b/c"


def test_the_published_vectors_of_the_app_proxy_are_proven() -> None:
    """SH-55"""
    told = proxy_query(PROXY, HUSH, THEN_IN_THE_SHOP)
    assert told["logged_in_customer_id"] == "1"
    assert "extra" not in told  # what a visitor wrote is nobody's word
    assert "logged_in_customer_id" not in proxy_query(OLDER_PROXY, HUSH, THEN_IN_THE_SHOP)


SPOILT_IN_THE_SHOP = {
    "another customer": PROXY.replace("customer_id=1", "customer_id=2"),
    "a second shop": f"{PROXY}&shop=shop-name.myshopify.com",
    "a second customer": f"{PROXY}&logged_in_customer_id=2",
    "no signature": PROXY.partition("&signature")[0],
    "two signatures": f"{PROXY}&signature={'0' * 64}",
    "capitals": PROXY.replace("4c68c", "4C68C"),
}


@pytest.mark.parametrize("query", SPOILT_IN_THE_SHOP.values(), ids=SPOILT_IN_THE_SHOP)
def test_a_visit_to_the_shop_that_was_changed_proves_nothing(query: str) -> None:
    """SH-55"""
    with pytest.raises(NotProven):
        proxy_query(query, HUSH, THEN_IN_THE_SHOP)


@pytest.mark.parametrize("twice", ["shop", "timestamp", "logged_in_customer_id", "path_prefix", "hmac"])
def test_a_word_of_shopifys_own_stands_once_also_where_both_are_signed(twice: str) -> None:
    """SH-55"""
    told = {
        "shop": "a-shop.myshopify.com",
        "logged_in_customer_id": "1",
        "path_prefix": "/a",
        "timestamp": "1317327555",
    }
    words = [*{"hmac": "x", **told}.items(), (twice, told.get(twice, "x"))]
    with pytest.raises(NotProven, match="twice"):
        proxy_query(urlencode([*words, ("signature", signature("hush", words))]), HUSH, THEN_IN_THE_SHOP)


def test_a_visit_to_the_shop_is_good_for_ninety_seconds() -> None:
    """SH-55"""
    assert proxy_query(PROXY, HUSH, THEN_IN_THE_SHOP + timedelta(seconds=90))
    for late in (91, -91):
        with pytest.raises(NotProven):
            proxy_query(PROXY, HUSH, THEN_IN_THE_SHOP + timedelta(seconds=late))


def buyer_of(customer: str) -> IdentityClaim | None:
    app = ShopifyApp(ShopifyAppConfig(client_id="app", client_secret="hush"), NoNetwork())
    words = [("shop", "a-shop.myshopify.com"), ("logged_in_customer_id", customer), ("timestamp", "1317327555")]
    return app.buyer(urlencode([*words, ("signature", signature("hush", words))]), THEN_IN_THE_SHOP).customer


def test_a_guest_is_nobody() -> None:
    """SH-55"""
    assert buyer_of("7001") == IdentityClaim(IdentityKind.CUSTOMER, "gid://shopify/Customer/7001")
    for guest in ("", "0x1", "1,2", "-1", "٣", "9" * 30):
        assert buyer_of(guest) is None


@given(some.text())
def test_no_text_is_taken_for_a_shop_that_is_none(written: str) -> None:
    """SH-03"""
    try:
        assert shop_of(written).endswith(".myshopify.com")
    except NotProven:
        return
    assert written.replace("-", "").replace(".", "").isalnum()


@given(some.text(), some.binary(max_size=40).filter(bool))
def test_no_address_breaks_the_proof(query: str, secret: bytes) -> None:
    for proof in (admin_query, proxy_query):
        with pytest.raises(NotProven):
            proof(query, (secret.hex().encode(),), THEN)
