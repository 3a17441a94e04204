"""The store app from its page in the app store to the dashboard in the shop's admin: a browser, a hub and a sandbox."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import requests
from playwright.sync_api import expect

from sandbox.shopify import ShopControl
from tests.support.places import ROOT
from tests.support.processes import Process, free_port, started, wait_for_line, wait_until

if TYPE_CHECKING:
    from playwright.sync_api import FrameLocator, Locator, Page

SETTINGS = ROOT / "examples/store-app/config/referhub.toml"
APP_FILE = ROOT / "connectors/shopify/shopify.app.toml.example"
NORTH, BOOKS, LAMPS = (f"{name}.myshopify.com" for name in ("north-tea", "harbour-books", "old-town-lamps"))
SECRET = "the-sandbox-has-no-secret-worth-keeping"
CODE = "ALICE-8F2K"


@dataclass
class Place:
    """Both servers, as the documentation starts them, on free ports."""

    folder: Path
    hub_port: int
    shop_port: int

    @property
    def store(self) -> str:
        return f"http://127.0.0.1:{self.shop_port}"

    def desk(self, shop: str) -> ShopControl:
        return ShopControl(f"{self.store}/{shop}")

    def read(self, shop: str, page: str) -> str:
        """A page of the app as staff of that shop fetch it."""
        headers = {"Authorization": f"Bearer {self.desk(shop).id_token()}", "Accept": "text/html"}
        address = f"http://127.0.0.1:{self.hub_port}/store/shopify/dashboard/{page}"
        return requests.get(address, headers=headers, timeout=10).text

    def type(self, merchant: str, *words: str) -> None:
        """`referhub --merchant MERCHANT …`, which does what it is told."""
        with started(["--merchant", merchant, *words], {}, self.folder) as process:
            assert process.ended() == 0, process.output


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A hub with an app in the store, and shops that have not heard of it."""
    folder = tmp_path_factory.mktemp("store_app")
    made = Place(folder, free_port(), free_port())
    written = SETTINGS.read_text().replace(":8001", f":{made.shop_port}").replace("= 8000", f"= {made.hub_port}")
    (folder / "config").mkdir()
    (folder / "config/referhub.toml").write_text(written)
    address = f"http://127.0.0.1:{made.hub_port}"
    words = ["sandbox", "shopify", "--port", str(made.shop_port), "--client-secret", SECRET, "--domain", NORTH]
    words += ["--shop", BOOKS, "--shop", LAMPS, "--app", str(APP_FILE), "--app-address", address]
    with started(["serve"], {}, folder) as hub, started(words, {}, folder) as shops:
        _up(hub, "referhub listens")
        _up(shops, "Install referhub from ")
        yield made


def _up(process: Process, line: str) -> None:
    wait_for_line(process, line, 60)


@dataclass
class Merchant:
    """Somebody at a browser: counts clicks, and remembers what the browser complained about."""

    page: "Page"
    clicks: int = 0
    complaints: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", lambda said: self._note(said.type, said.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _note(self, kind: str, text: str) -> None:
        if kind in ("error", "warning"):
            self.complaints.append(text)

    @property
    def frame(self) -> "FrameLocator":
        return self.page.frame_locator("iframe")

    def click(self, what: "Locator") -> None:
        what.click()
        self.clicks += 1

    def install(self, place: Place, name: str) -> None:
        """From the app's page in the store to the inside of the app."""
        self.page.goto(f"{place.store}/apps.shopify.com/referhub")
        self.click(self.page.get_by_role("link", name=f"Install in {name}"))
        self.click(self.page.get_by_role("button", name="Install"))
        expect(self.frame.get_by_role("heading", name="Overview")).to_be_visible()

    def visit(self, name: str) -> None:
        """One of the dashboard's pages, by its link in the frame."""
        self.click(self.frame.get_by_role("navigation").get_by_role("link", name=name, exact=True))
        expect(self.frame.get_by_role("heading", name=name, level=1)).to_be_visible()


def _order(place: Place, shop: str, **given: Any) -> str:
    """Somebody buys with Alice's code; the order's name, once the hub has heard of it."""
    desk = place.desk(shop)
    buyer = desk.create_customer(email=f"buyer@{shop}")
    order = desk.create_order(
        customer=buyer["id"],
        paid=True,
        lines=[{"title": "Teapot", "price": "119.00", "quantity": 1}],
        discount_codes=[{"code": CODE, "amount": "12.00"}],
        **given,
    )
    name = str(order["name"])
    wait_until(lambda: f"<bdi>{name}</bdi>" in place.read(shop, "orders"), f"{shop} heard of {name}", 15)
    return name


def test_two_shops_install_the_app_and_see_nothing_of_each_other(page: "Page", place: Place) -> None:
    """SH-01 and SH-02 in a browser, under ten clicks; X-02: what one merchant has, the other never sees."""
    merchant = Merchant(page)
    merchant.install(place, "North tea")
    assert merchant.clicks < 10
    merchant.visit("Connections")
    expect(merchant.frame.get_by_text(NORTH).first).to_be_visible()

    place.type(NORTH, "campaigns", "create", str(ROOT / "examples/campaigns/friends.toml"))
    place.type(NORTH, "campaigns", "publish", "friends")
    alice = ("--email", "alice@example.com", "--name", "Alice", "--code", CODE)
    place.type(NORTH, "advocates", "add", "friends", *alice)
    name = _order(place, NORTH)
    merchant.visit("Orders")
    expect(merchant.frame.get_by_text(name).first).to_be_visible()
    merchant.visit("Overview")
    expect(merchant.frame.get_by_text("of 1 order heard")).to_be_visible()
    expect(merchant.frame.locator(".card", has_text="Orders that count").locator(".stat").first).to_have_text("1")

    merchant.install(place, "Harbour books")
    for name_of_page in ("Orders", "Advocates", "People", "Campaigns", "Connections"):
        merchant.visit(name_of_page)
        said = merchant.frame.locator("body").inner_text()
        assert not re.search(f"{name}|{CODE}|alice@|{NORTH}|Friends bring", said), name_of_page
    expect(merchant.frame.get_by_text(BOOKS).first).to_be_visible()
    assert merchant.complaints == []


def test_a_shop_that_leaves_and_comes_back_is_let_in_again(page: "Page", place: Place) -> None:
    """No stale "installed": the app works at once after a reinstall, though its notice of the uninstall comes late."""
    merchant, desk = Merchant(page), place.desk(LAMPS)
    merchant.install(place, "Old town lamps")
    desk.hold()
    page.get_by_role("link", name="Apps in this store").click()
    page.get_by_role("button", name="Uninstall referhub").click()
    expect(page.get_by_text("No app is installed.")).to_be_visible()
    merchant.install(place, "Old town lamps")
    desk.release()
    assert desk.settle()
    assert _order(place, LAMPS)
    merchant.visit("Connections")
    expect(merchant.frame.get_by_text("healthy")).to_be_visible()

    page.wait_for_url("**/store/old-town-lamps/apps/referhub/dashboard/connections")
    page.reload()  # the admin's address followed the app's, and a fresh load there proves itself anew
    expect(merchant.frame.get_by_role("heading", name="Connections", level=1)).to_be_visible()
    assert merchant.complaints == []
