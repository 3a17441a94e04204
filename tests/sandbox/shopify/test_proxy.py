"""The storefront's app proxy signs what it forwards, and no cookie crosses it."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

import pytest
import requests

from sandbox.shopify import SandboxShop
from sandbox.shopify.proxy import signature
from tests.sandbox.shopify.conftest import NORTH, SOUTH
from tests.sandbox.shopify.tea_club import TeaClub

ASKED = "extra=1&extra=2&shop=shop-name.myshopify.com&path_prefix=/apps/awesome_reviews&timestamp=1317327555"


def forwarded(club: TeaClub) -> tuple[str, list[tuple[str, str]]]:
    """Where the last request went, and what it said."""
    parts = urlsplit(club.asked[-1])
    return parts.path, parse_qsl(parts.query, keep_blank_values=True)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (
            f"{ASKED}&logged_in_customer_id=1",
            "4c68c8624d737112c91818c11017d24d334b524cb5c2b8ba08daa056f7395ddb",
        ),
        (
            ASKED,
            "a9718877bea71c2484f91608a7eaea1532bdf71f5c56825065fa4ccabe549ef3",
        ),
    ],
)
def test_the_signature_is_the_published_one(query: str, expected: str) -> None:
    """SH-55's vector."""
    assert signature("hush", parse_qsl(query)) == expected


def test_a_request_under_the_apps_path_reaches_the_app_signed(town: SandboxShop, club: TeaClub) -> None:
    town.control(NORTH).install()
    answer = requests.get(f"{town.address(NORTH)}/apps/tea/r/ALICE?a=1&a=2", cookies={"visit": "7"}, timeout=5)
    assert answer.text == "proxied /proxy/r/ALICE"
    path, pairs = forwarded(club)
    told = dict(pairs)
    assert path == "/proxy/r/ALICE"
    assert [value for name, value in pairs if name == "a"] == ["1", "2"]
    assert (told["shop"], told["path_prefix"], told["logged_in_customer_id"]) == (NORTH, "/apps/tea", "")
    unsigned = [(name, value) for name, value in pairs if name != "signature"]
    assert told["signature"] == signature("hush", unsigned)
    assert "cookie" not in club.heads[-1]
    assert "Set-Cookie" not in answer.headers


def test_the_app_learns_which_customer_is_signed_in_and_in_which_shop(town: SandboxShop, club: TeaClub) -> None:
    for shop in (NORTH, SOUTH):
        town.control(shop).install()
    browser = requests.Session()
    browser.get(f"{town.address(NORTH)}/account/login?customer=7000000000001&then=/apps/tea", timeout=5)
    assert dict(forwarded(club)[1])["logged_in_customer_id"] == "7000000000001"
    browser.get(f"{town.address(SOUTH)}/apps/tea", timeout=5)
    assert dict(forwarded(club)[1])["logged_in_customer_id"] == ""
    browser.get(f"{town.address(NORTH)}/account/login", timeout=5)
    browser.get(f"{town.address(NORTH)}/apps/tea", timeout=5)
    assert dict(forwarded(club)[1])["logged_in_customer_id"] == ""


def test_nothing_is_forwarded_without_the_app_its_right_or_its_path(town: SandboxShop, club: TeaClub) -> None:
    desk = town.control(NORTH)

    def status(path: str) -> int:
        return requests.get(f"{town.address(NORTH)}{path}", timeout=5).status_code

    assert status("/apps/tea") == 404
    desk.install(["read_orders"])
    assert status("/apps/tea") == 404
    desk.set_scopes(["write_app_proxy"])
    assert status("/apps/tea") == 200
    assert status("/apps/teapot") == 404
    assert len(club.asked) == 1


def test_an_app_that_is_down_is_said_to_be(town: SandboxShop, club: TeaClub) -> None:
    town.control(NORTH).install()
    club.stop()
    answer = requests.get(f"{town.address(NORTH)}/apps/tea", timeout=5)
    assert answer.status_code == 502
    assert "third-party application" in answer.text
