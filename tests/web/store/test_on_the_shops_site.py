"""A customer looks at their own referrals on the shop's own site: signed by the shop, and nobody else's."""

import time
from typing import Any
from urllib.parse import urlencode

import pytest
import requests

from core.services.campaigns import create_campaign, publish
from core.services.enroll import enroll
from sandbox.shopify.proxy import signature
from tests.support.store import NORTH, SECRET, SOUTH, House
from tests.support.story import TERMS

HERE = "/store/shopify/proxy"


@pytest.fixture
def alice(house: House) -> Any:
    """An advocate of the north shop, by her number there."""
    for shop in (NORTH, SOUTH):
        house.install(shop)
        house.open(shop)
    own = house.hub.within(house.connection().merchant_id)
    create_campaign(own, TERMS)
    publish(own, "friends")
    customer = house.desk().create_customer(email="alice@example.com", first_name="Alice")
    account = f"gid://shopify/Customer/{customer['id']}"
    enroll(
        own, "friends", customer=account, connection=NORTH, email="alice@example.com", name="Alice", code="ALICE-8F2K"
    )
    return customer["id"]


def visit(house: House, shop: str = NORTH, customer: Any = "", accept: str = "application/json") -> requests.Response:
    """The page on the shop's site, as its storefront forwards it."""
    session = requests.Session()
    if customer:
        session.get(f"{house.town.address(shop)}/account/login?customer={customer}", timeout=10)
    return session.get(f"{house.town.address(shop)}/apps/referrals", headers={"Accept": accept}, timeout=10)


def ask(house: House, **words: str) -> requests.Response:
    told = {
        "shop": NORTH,
        "logged_in_customer_id": "",
        "path_prefix": "/apps/referrals",
        "timestamp": str(int(time.time())),
    }
    pairs = list({**told, **words}.items())
    query = urlencode([*pairs, ("signature", signature(SECRET, pairs))])
    return requests.get(f"{house.url}{HERE}?{query}", headers={"Accept": "application/json"}, timeout=10)


def test_a_customer_sees_their_own_code_and_link(house: House, alice: int) -> None:
    """SH-55"""
    told = visit(house, customer=alice).json()
    assert told["signed_in"] is True
    link = "https://tea.example/welcome?ref=ALICE-8F2K"
    assert told["codes"] == [{"code": "ALICE-8F2K", "link": link, "campaign": "Bring a friend"}]
    assert (told["friends"], told["earned"], told["pending"]) == (0, [], [])
    page = visit(house, customer=alice, accept="text/html")
    assert link in page.text
    assert "Alice" not in page.text.replace("ALICE-8F2K", "")
    assert "alice@example.com" not in page.text


def test_a_guest_and_somebody_else_see_nothing_of_her(house: House, alice: int) -> None:
    """SH-55"""
    nothing = {"codes": [], "friends": 0, "earned": [], "pending": []}
    assert visit(house).json() == {"signed_in": False, **nothing}
    assert visit(house, customer=alice + 1).json() == {"signed_in": True, **nothing}
    assert visit(house, SOUTH, alice).json() == {"signed_in": True, **nothing}
    assert "ALICE" not in visit(house, accept="text/html").text
    assert ask(house, shop="stranger.myshopify.com", logged_in_customer_id=str(alice)).json()["codes"] == []


def test_what_the_shop_did_not_sign_is_refused(house: House, alice: int) -> None:
    """SH-55"""
    assert ask(house, logged_in_customer_id=str(alice)).json()["codes"]
    assert ask(house, logged_in_customer_id=str(alice), timestamp=str(int(time.time()) - 95)).status_code == 401
    for query in ("", f"shop={NORTH}&logged_in_customer_id={alice}", "signature=0&shop=x"):
        answer = requests.get(f"{house.url}{HERE}?{query}", timeout=10)
        assert (answer.status_code, "ALICE" in answer.text) == (401, False)


def test_nobody_keeps_the_page_and_no_script_runs_in_it(house: House, alice: int) -> None:
    for accept in ("application/json", "text/html"):
        page = visit(house, customer=alice, accept=accept)
        assert page.headers["Cache-Control"] == "no-store"
        assert "<script" not in page.text
    assert "X-Evil" not in ask(house, path_prefix="/a\r\nX-Evil: 1").headers
