"""An app that is not embedded: the shop's admin agrees, comes back with a code, and the shop is installed, once."""

import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import requests

from core.models import HubState, Merchant
from sandbox.shopify.admin.signing import query_hmac
from tests.support.store import NORTH, SECRET, SOUTH, House, house_with_a_store_app

START = "/store/shopify/install"
BACK = "/store/shopify/back"


@pytest.fixture
def house(sqlite_url: str, tmp_path: Path) -> Iterator[House]:
    with house_with_a_store_app(sqlite_url, tmp_path, embedded=False, legacy_install=True) as running:
        yield running


def signed(path: str, **words: str) -> str:
    told = {"timestamp": str(int(time.time())), "shop": NORTH, **words}
    return f"{path}?{urlencode({**told, 'hmac': query_hmac(SECRET, told)})}"


class Browser:
    """Somebody's browser on the way through the shop's admin."""

    def __init__(self, house: House) -> None:
        self.house, self.session = house, requests.Session()

    def get(self, address: str) -> requests.Response:
        full = address if address.startswith("http") else f"{self.house.url}{address}"
        return self.session.get(full, timeout=10, allow_redirects=False)

    def leave(self) -> str:
        """Sent by the store to the hub and by the hub to the shop: the address where the merchant is asked."""
        sent = self.get(signed(START))
        assert sent.status_code == 302
        return sent.headers["Location"]

    def agree(self) -> str:
        """The address at which the merchant comes back."""
        answer = self.session.post(self.leave(), timeout=10, allow_redirects=False)
        return answer.headers["Location"]


def refused(house: House, answer: requests.Response) -> bool:
    return answer.status_code == 400 and house.grants() == 0 and house.count(Merchant) == 0


def test_the_merchant_is_asked_for_the_rights_and_comes_back_installed(house: House) -> None:
    """SH-06"""
    browser = Browser(house)
    asked = urlsplit(browser.leave())
    words = {name: values[0] for name, values in parse_qs(asked.query).items()}
    assert asked.path == f"/{NORTH}/admin/oauth/authorize"
    assert words["redirect_uri"] == f"{house.url}{BACK}"
    assert "write_discounts" in words["scope"].split(",")
    answer = browser.get(browser.agree())
    assert answer.status_code == 302
    assert (
        answer.headers["Location"] == f"{house.town.base_url}/admin.shopify.com/store/north/apps/{house.town.client_id}"
    )
    row = house.connection()
    assert (row.status, row.label, house.grants()) == ("active", NORTH, 1)
    assert '"refresh":"shprt_' in (house.hub.within(row.merchant_id).keep_of(row.id).get("tokens") or "")
    assert house.fetch("/store/shopify/dashboard/").status_code == 200


def test_a_return_is_good_once(house: House) -> None:
    """SH-06: replayed"""
    browser = Browser(house)
    back = browser.agree()
    browser.session.cookies.set("kept", "1")
    cookies = dict(browser.session.cookies)
    assert browser.get(back).status_code == 302
    browser.session.cookies.update(cookies)
    assert browser.get(back).status_code == 400
    assert house.grants() == 1


def test_a_return_belongs_to_the_browser_that_left(house: House) -> None:
    """SH-06"""
    back = Browser(house).agree()
    assert refused(house, Browser(house).get(back))


def test_a_return_that_took_too_long_is_none(house: House) -> None:
    """SH-06: expired"""
    browser = Browser(house)
    back = browser.agree()
    with house.hub.database.transaction() as session:
        row = session.query(HubState).filter(HubState.name.startswith("store return")).one()
        row.value = f"2020-01-01T00:00:00Z {NORTH}"
    assert refused(house, browser.get(back))


def test_a_state_of_another_shop_is_none(house: House) -> None:
    """SH-06: tampered shop, signed or not"""
    browser = Browser(house)
    words = {name: values[0] for name, values in parse_qs(urlsplit(browser.agree()).query).items()}
    assert refused(house, browser.get(signed(BACK, state=words["state"], code=words["code"], shop=SOUTH)))
    unsigned = urlencode({**words, "shop": SOUTH})
    browser = Browser(house)
    browser.agree()
    assert refused(house, browser.get(f"{BACK}?{unsigned}"))


@pytest.mark.parametrize(
    "timestamp", ["abc", str(int(time.time()) + 10 * 365 * 86_400), "1"], ids=["no number", "in ten years", "in 1970"]
)
def test_a_time_that_is_none_is_refused(house: House, timestamp: str) -> None:
    """SH-06"""
    browser = Browser(house)
    words = {name: values[0] for name, values in parse_qs(urlsplit(browser.agree()).query).items()}
    told = {"state": words["state"], "code": words["code"], "timestamp": timestamp}
    assert refused(house, browser.get(signed(BACK, **told)))
    assert browser.get(signed(START, timestamp=timestamp)).status_code == 400


def test_a_word_twice_is_refused(house: House) -> None:
    """SH-06: duplicate shop"""
    browser = Browser(house)
    assert refused(house, browser.get(f"{browser.agree()}&shop={NORTH}"))


def test_nobody_begins_whom_the_store_did_not_send(house: House) -> None:
    """No shop name is typed in anywhere"""
    for query in (f"shop={NORTH}", "", f"shop={NORTH}&hmac={'0' * 64}&timestamp={int(time.time())}"):
        assert Browser(house).get(f"{START}?{query}").status_code == 400
    with house.hub.database.reading() as session:
        assert session.query(HubState).filter(HubState.name.startswith("store return")).count() == 0


def test_old_states_do_not_pile_up(house: House) -> None:
    browser = Browser(house)
    browser.leave()
    with house.hub.database.transaction() as session:
        row = session.query(HubState).filter(HubState.name.startswith("store return")).one()
        row.value = f"2020-01-01T00:00:00Z {NORTH}"
    browser.leave()
    with house.hub.database.reading() as session:
        assert session.query(HubState).filter(HubState.name.startswith("store return")).count() == 1
