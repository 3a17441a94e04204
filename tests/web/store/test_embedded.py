"""A merchant opens the app in the shop's admin: proven without a cookie, framed by that shop alone."""

import re
import threading
import time
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import pytest
import requests
from sqlalchemy import select

from core.models import AppInstallation, AuditEntry, Merchant
from tests.support.store import NORTH, SOUTH, House

RETRY = "X-Shopify-Retry-Invalid-Session-Request"
HOME = "/store/shopify/"
PAGE = "/store/shopify/dashboard/connections"


def ancestors(answer: requests.Response) -> str:
    found = re.search(r"frame-ancestors ([^;]+)", answer.headers["Content-Security-Policy"])
    assert found
    return found[1]


def kept(house: House, shop: str = NORTH) -> str:
    row = house.connection(shop)
    return house.hub.within(row.merchant_id).keep_of(row.id).get("tokens") or ""


def without(address: str, *names: str) -> str:
    """The address without these words."""
    parts = urlsplit(address)
    return f"{parts.path}?{urlencode([(name, value) for name, value in parse_qsl(parts.query) if name not in names])}"


def test_the_first_page_makes_a_merchant_with_a_working_connection(house: House) -> None:
    """SH-01, SH-60"""
    house.install()
    page = house.open()
    assert page.status_code == 200
    assert "Overview" in page.text
    row = house.connection()
    assert (row.status, row.is_enabled, bool(row.source_id)) == ("active", True, True)
    assert re.search(r'"refresh":"[^"]+","ends_at":[1-9].*"refresh_ends_at":[1-9]', kept(house))
    assert house.grants() == 1
    with house.hub.database.reading() as session:
        assert session.scalars(select(Merchant.name)).all() == [NORTH]
        acts = session.scalars(select(AuditEntry).where(AuditEntry.verb == "install")).all()
    assert [(act.actor, act.merchant_id) for act in acts] == [(f"staff 70000000042 of {NORTH}", row.merchant_id)]


def test_every_page_is_framed_by_the_shop_and_runs_the_bridge_first(lived_in: House) -> None:
    """SH-01"""
    page = lived_in.open()
    assert ancestors(page) == lived_in.town.base_url  # in the sandbox the shop and the admin are one origin
    assert "X-Frame-Options" not in page.headers
    bridge = f"{lived_in.town.base_url}/cdn.shopify.com/shopifycloud/app-bridge.js"
    assert (
        re.search(r"<script[^>]*>", page.text)[0] == f'<script src="{bridge}" data-api-key="{lived_in.town.client_id}">'
    )  # type: ignore[index]
    assert f"script-src 'self' {bridge.rpartition('/')[0]}/;" in page.headers["Content-Security-Policy"]
    assert "unsafe" not in page.headers["Content-Security-Policy"]
    assert page.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in page.headers


def test_links_of_the_page_stay_inside_the_app(lived_in: House) -> None:
    links = set(re.findall(r'(?:href|src|action)="(/[^"]*)"', lived_in.open().text))
    assert f"{HOME}dashboard/orders" in links
    assert {link for link in links if not link.startswith(HOME)} == set()


def test_the_houses_own_pages_stay_in_nobodys_frame(lived_in: House) -> None:
    page = lived_in.get("/dashboard/")
    assert ancestors(page) == "'none'"
    assert page.headers["X-Frame-Options"] == "DENY"
    assert "app-bridge" not in page.text


def test_later_pages_ask_for_no_more_tokens(house: House) -> None:
    house.install()
    assert [house.open().status_code for _ in range(3)] == [200] * 3
    assert house.fetch(PAGE).status_code == 200
    assert house.grants() == 1


@pytest.mark.parametrize("missing", [("id_token",), ("id_token", "hmac")])
def test_a_document_without_a_proof_is_sent_by_way_of_the_bounce_page(
    lived_in: House, missing: tuple[str, ...]
) -> None:
    """SH-02"""
    asked = without(lived_in.framed_address(), *missing)
    sent = lived_in.get(asked)
    assert sent.status_code == 302
    bounce = sent.headers["Location"]
    assert bounce.startswith("/store/shopify/bounce?")
    page = lived_in.get(bounce)
    assert page.status_code == 200
    assert re.findall(r"<(\w+)", page.text.partition("<head>")[2]) == ["script", "title", "body"]
    assert ancestors(page) == lived_in.town.base_url
    back = parse_qs(urlsplit(bounce).query)["shopify-reload"][0]
    assert back.startswith(f"{HOME}dashboard/?")
    assert lived_in.get(f"{back}&id_token={lived_in.desk().id_token()}").status_code == 200


def test_a_proof_that_does_not_come_is_asked_for_once(lived_in: House) -> None:
    bounce = lived_in.get(f"{HOME}?shop={NORTH}").headers["Location"]
    back = parse_qs(urlsplit(bounce).query)["shopify-reload"][0]
    stuck = lived_in.get(back)
    assert stuck.status_code == 401
    assert ancestors(stuck) == lived_in.town.base_url
    long_ago = re.sub(r"proof_asked_at=\d+", f"proof_asked_at={int(time.time()) - 60}", back)
    assert lived_in.get(long_ago).status_code == 302


@pytest.mark.parametrize(
    "place",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example/",
        "/store/shopify/../../x",
        "/store/shopify/%2e%2e/",
        "/dashboard/",
        "/store/shopifyevil/",
        "javascript:alert(1)",
        "/store/shopify/\r\nX-Evil: 1",
        "",
    ],
)
def test_the_bounce_page_leads_nowhere_else(lived_in: House, place: str) -> None:
    """SH-02"""
    words = urlencode({"shop": NORTH, "shopify-reload": place})
    assert lived_in.get(f"/store/shopify/bounce?{words}").status_code == 400


def test_two_places_to_go_to_are_none(lived_in: House) -> None:
    """SH-02"""
    words = f"shop={NORTH}&shopify-reload=/store/shopify/&shopify-reload=//evil.example/"
    assert lived_in.get(f"/store/shopify/bounce?{words}").status_code == 400


@pytest.mark.parametrize(
    "shop",
    [
        "x.myshopify.com; script-src *",
        "evil.com",
        "x.myshopify.com.evil.com",
        "x.myshopify.com\n",
        "X.myshopify.com",
        "https://x.myshopify.com",
        "",
        "north",
    ],
)
def test_a_shop_that_is_none_gets_into_no_header(lived_in: House, shop: str) -> None:
    """SH-03"""
    for path in ("/store/shopify/bounce", HOME):
        words = urlencode({"shop": shop, "shopify-reload": HOME})
        answer = lived_in.get(f"{path}?{words}")
        assert answer.status_code in (400, 401)
        assert ancestors(answer) == "'none'"
        assert "evil" not in str(answer.headers)
        assert shop == "" or shop not in answer.text


OUTSIDE: dict[str, Any] = {
    "another app's": {"aud": "another-app"},
    "another shop's issuer": {"iss": f"https://{SOUTH}/admin"},
    "a lookalike": {"iss": "https://x.myshopify.com.evil.com/admin", "dest": "https://x.myshopify.com.evil.com"},
    "without a session": {"sid": None},
    "a customer's": {"sub": "gid://shopify/Customer/1"},
    "without an end": {"exp": None},
    "not begun for a while": {"nbf": int(time.time()) + 3600},
}


@pytest.mark.parametrize("claims", OUTSIDE.values(), ids=OUTSIDE)
def test_a_token_that_proves_nobody_is_refused(lived_in: House, claims: dict[str, Any]) -> None:
    """SH-04, SH-05"""
    refused = lived_in.fetch(PAGE, lived_in.desk().id_token(**claims))
    assert (refused.status_code, refused.headers[RETRY]) == (401, "1")
    page = lived_in.get(f"{HOME}?shop={NORTH}&id_token={lived_in.desk().id_token(**claims)}")
    assert (page.status_code, ancestors(page)) == (401, "'none'")
    assert lived_in.grants() == 1  # the one of the installation


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "ä", "x" * 5000], ids=["none", "word", "dots", "umlaut", "long"])
def test_what_is_no_token_is_refused(lived_in: House, token: str) -> None:
    """SH-04: also without a header at all"""
    refused = lived_in.fetch(PAGE, token) if token.isascii() else lived_in.fetch(f"{PAGE}?id_token={token}", "")
    assert (refused.status_code, refused.headers[RETRY]) == (401, "1")


def test_a_buyers_token_opens_nothing(house: House) -> None:
    """SH-05"""
    house.install()
    customer = house.desk().create_customer(email="b@example.com")["id"]
    for token in (house.desk().buyer_token(), house.desk().buyer_token(customer)):
        assert house.fetch(PAGE, token).status_code == 401
    assert house.count(Merchant) == 0


def test_a_token_is_good_for_a_minute_and_ten_seconds_more(lived_in: House) -> None:
    """SH-04"""
    assert lived_in.fetch(PAGE, lived_in.desk().id_token(-5)).status_code == 200
    late = lived_in.desk().id_token(-60)
    assert lived_in.fetch(PAGE, late).status_code == 401
    again = lived_in.get(f"{HOME}?shop={NORTH}&id_token={late}")
    assert (again.status_code, again.headers["Location"].startswith("/store/shopify/bounce?")) == (302, True)
    assert late not in again.headers["Location"]
    early = lived_in.desk().id_token(60, nbf=int(time.time()) + 5)
    assert lived_in.fetch(PAGE, early).status_code == 200


def test_two_proofs_in_one_address_are_none(lived_in: House) -> None:
    token = lived_in.desk().id_token()
    assert lived_in.get(f"{HOME}?shop={NORTH}&id_token={token}&id_token={token}").status_code == 401


def test_an_exchange_that_is_refused_asks_for_another_proof(house: House) -> None:
    """SH-01: 400 invalid_subject_token"""
    house.install()
    house.desk().fate("invalid_subject_token", "access_token")
    assert house.open().status_code == 302
    assert house.open().status_code == 200


def test_a_shop_that_cannot_be_connected_is_told_why(house: House) -> None:
    house.install()
    house.desk().fate("invalid_client", "access_token")
    page = house.open()
    assert page.status_code == 503
    assert "client ID and secret" in page.text
    assert ancestors(page) == house.town.base_url
    assert house.open().status_code == 200
    assert (house.count(Merchant), house.connection().status) == (1, "active")


def test_tabs_that_are_opened_at_once_make_one_merchant_with_tokens_that_work(house: House) -> None:
    house.install()
    addresses = [house.framed_address() for _ in range(4)]
    at_once, seen = threading.Barrier(4), []

    def look(address: str) -> None:
        at_once.wait()
        seen.append(house.get(address).status_code)

    tabs = [threading.Thread(target=look, args=[address]) for address in addresses]
    for tab in tabs:
        tab.start()
    for tab in tabs:
        tab.join()
    assert seen == [200] * 4
    assert (house.count(Merchant), house.count(AppInstallation)) == (1, 1)
    row = house.connection()
    assert row.status == "active"
    own = house.hub.within(row.merchant_id)
    # As another process would: with the tokens that were kept last, whoever got them.
    before = house.grants()
    assert own.opened("shopify", own.config_of(row), own.keep_of(row.id)).ping().source_id == row.source_id
    assert house.grants() == before


def test_shops_do_not_see_each_other(house: House) -> None:
    for shop in (NORTH, SOUTH):
        house.install(shop)
        assert house.open(shop).status_code == 200
    page = house.fetch(PAGE, house.desk(SOUTH).id_token())
    assert SOUTH in page.text
    assert NORTH not in page.text
    theirs = house.connection(NORTH).id
    assert house.fetch(f"{PAGE}/{theirs}").status_code == 200
    assert house.fetch(f"{PAGE}/{theirs}", house.desk(SOUTH).id_token()).status_code == 404


def test_a_form_is_proven_by_its_header_alone(house: House) -> None:
    house.install()
    house.open()
    button = f"{PAGE}/{house.connection().id}/retry"
    inside = house.fetch(button, method="POST")
    assert (inside.status_code, urlsplit(inside.headers["Location"]).path) == (303, f"{PAGE}/{house.connection().id}")
    token = house.desk().id_token()
    assert house.fetch(f"{button}?id_token={token}", "", method="POST").status_code == 401
    assert house.fetch(button, "", method="POST").status_code == 401


def test_an_unknown_app_has_no_pages(lived_in: House) -> None:
    for path in ("/store/hubspot/", "/store/hubspot/bounce", "/store/hubspot/proxy", "/store/x/dashboard/"):
        assert lived_in.get(path).status_code == 404


def test_every_link_of_every_page_can_be_followed_inside_the_app(lived_in: House) -> None:
    """The dashboard is mounted: what stands outside of it, such as an operator's account, is not offered here."""
    todo, seen = [f"{HOME}dashboard/"], set()
    while todo:
        path = todo.pop()
        if path in seen:
            continue
        seen.add(path)
        page = lived_in.fetch(path)
        assert page.status_code == 200, path
        if page.headers["Content-Type"].startswith("text/html"):
            assert ancestors(page) == lived_in.town.base_url
            found = re.findall(r'<a[^>]* href="([^"#?]+)[^"]*"', page.text)
            todo += [link for link in found if link.startswith("/")]
            assert {link for link in found if not link.startswith((HOME, "https://"))} == set(), path
    assert len(seen) > 10
