"""Staff of a shop who turn against the hub: the app's secret is no shop's, and operators' accounts are none of it."""

import base64
import json
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest
import requests

from core.models import StoredDelivery
from core.services.accounts import find_account
from core.services.invitations import make_welcome
from core.services.secretary import owner_link
from tests.support.operators import EMAIL, OWNER, PASSWORD, TOKEN
from tests.support.store import NORTH, SECRET, SOUTH, Door, House

INSIDE = "/store/shopify"


@pytest.fixture
def thief() -> Iterator[tuple[str, list[bytes]]]:
    """The address of somebody who notes whatever is sent, and answers like a shop."""
    door, heard = Door(), []

    def note(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        heard.append(environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)))
        start("200 OK", [("Content-Type", "application/json")])
        return [json.dumps({"access_token": "shpat_thief", "data": {}}).encode()]

    door.behind = note
    yield door.url, heard
    door.close()


@pytest.mark.parametrize(("label", "shop"), [("mine", NORTH), (NORTH, NORTH), ("theirs", SOUTH)])
def test_the_apps_secret_goes_to_no_address_that_a_shop_names(
    house: House, thief: tuple[str, list[bytes]], label: str, shop: str
) -> None:
    """S33: whoever has it can speak for every shop that has the app."""
    house.install()
    assert house.open().status_code == 200
    address, heard = thief
    before = house.connection().config
    form = {"shop": shop, "grant": "store_app", "api_base": address, "access_token": "shpat_old"}
    told = {"label": label, **{f"setting-{name}": value for name, value in form.items()}}
    answer = house.fetch(f"{INSIDE}/dashboard/connect/shopify", method="POST", data=told)
    assert answer.status_code == 400
    assert heard == []
    assert SECRET not in answer.text
    assert house.connection().config == before


def owner_of(house: House) -> requests.Session:
    """A browser in which the owner of the house is signed in."""
    browser, secret = requests.Session(), make_welcome(house.hub)
    assert secret is not None
    link = owner_link(house.hub, secret)
    found = TOKEN.search(browser.get(link, timeout=10).text)
    assert found is not None
    form = {"token": found[1], "email": EMAIL, "name": OWNER, "password": PASSWORD, "again": PASSWORD}
    answer = browser.post(link, form, headers={"Origin": house.url}, timeout=10, allow_redirects=False)
    assert answer.status_code == 303
    return browser


def test_a_shops_proof_opens_no_page_of_operators(house: House) -> None:
    """S18, S19: it is always fresh, and would stand for the operator's own proof wherever that has to be fresh."""
    house.install()
    assert house.open().status_code == 200
    browser = owner_of(house)
    rules = ("account/", "account/forgot", "account/sign-in", "account/passkeys", "account/recovery-codes", "operators")
    proven = {"Authorization": f"Bearer {house.desk().id_token()}", "Accept": "text/html"}
    asked: dict[str, Any] = {"headers": proven, "timeout": 10, "allow_redirects": False}
    for page in rules:
        assert browser.get(f"{house.url}{INSIDE}/dashboard/{page}", **asked).status_code == 404, page
    for button, told in {
        "account/email": {"email": "thief@elsewhere.example"},
        "account/passkeys/remove": {"name": "mine"},
        "account/everywhere": {},
        "merchant": {"merchant": "0" * 32},
    }.items():
        answer = browser.post(f"{house.url}{INSIDE}/dashboard/{button}", told, **asked)
        assert answer.status_code == 404, button
    assert find_account(house.hub, email="thief@elsewhere.example") is None
    assert re.search("Olga", browser.get(f"{house.url}/dashboard/account/", timeout=10).text)


def test_an_id_token_is_no_webhook_although_the_same_secret_signed_it(house: House) -> None:
    """S1, S29: its signature fits its own text, and the headers that name shop and topic are signed by nobody."""
    for shop in (NORTH, SOUTH):
        house.install(shop)
        assert house.open(shop).status_code == 200
    body, _, mac = house.desk().id_token().rpartition(".")
    signature = base64.b64encode(base64.urlsafe_b64decode(mac + "=")).decode()
    told = {"X-Shopify-Hmac-Sha256": signature, "X-Shopify-Topic": "shop/redact", "X-Shopify-Shop-Domain": SOUTH}
    before = house.count(StoredDelivery)
    answer = requests.post(f"{house.url}/hooks/app/shopify", body.encode(), headers=told, timeout=10)
    assert answer.status_code == 401
    assert house.count(StoredDelivery) == before
