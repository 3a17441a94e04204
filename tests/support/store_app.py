"""The store app as the documentation starts it: a hub and a town of shops as processes, a merchant at a browser."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import requests
from click.testing import CliRunner
from playwright.sync_api import expect

from app import create_hub, serve
from config.settings import Settings, load_settings
from core.commands import cli
from core.commands.office import Office
from core.gateway.hub import Hub
from sandbox.shopify import ShopControl
from tests.support.markers import OF_THE_EXAMPLE
from tests.support.places import ROOT
from tests.support.processes import free_port, started, wait_for_line, wait_until

if TYPE_CHECKING:
    from playwright.sync_api import FrameLocator, Locator, Page

SETTINGS = ROOT / "examples/store-app/config/referhub.toml"
APP_FILE = ROOT / "connectors/shopify/shopify.app.toml.example"
CAMPAIGN = ROOT / "examples/campaigns/friends.toml"
NAMES = ("north-tea", "harbour-books", "old-town-lamps", "blue-toys")
NORTH, BOOKS, LAMPS, TOYS = (f"{name}.myshopify.com" for name in NAMES)
SECRET = OF_THE_EXAMPLE
CODE = "ALICE-8F2K"
PATIENCE_MS = 30_000  # a busy machine is no defect


@dataclass
class Place:
    """Both servers, on free ports."""

    folder: Path
    hub_port: int
    shop_port: int

    @cached_property
    def settings(self) -> Settings:
        """Where the hub keeps what it knows."""
        kept = self.folder / "data"
        places = {"secret_key_file": str(kept / "secret.key"), "erasure_journal": str(kept / "erasures.log")}
        return load_settings(database_url=f"sqlite:///{kept / 'referhub.db'}", environment="sandbox", **places)

    @cached_property
    def hub(self) -> Hub:
        """Beside the process that serves: a second one at the same table."""
        return create_hub(self.settings)

    @property
    def app_page(self) -> str:
        """The app in the app store."""
        return f"http://127.0.0.1:{self.shop_port}/apps.shopify.com/referhub"

    def desk(self, shop: str) -> ShopControl:
        """Where things happen in one shop."""
        return ShopControl(f"http://127.0.0.1:{self.shop_port}/{shop}")

    def read(self, shop: str, page: str) -> str:
        """A page of the app as staff of that shop fetch it."""
        headers = {"Authorization": f"Bearer {self.desk(shop).id_token()}", "Accept": "text/html"}
        address = f"http://127.0.0.1:{self.hub_port}/store/shopify/dashboard/{page}"
        return requests.get(address, headers=headers, timeout=10).text

    def visit_shop(self, shop: str, customer: int | None = None) -> str:
        """The app's page on the shop's own site, as a guest or as that customer."""
        with requests.Session() as browser:
            query: dict[str, str | int] = {"then": "/apps/referrals", "customer": customer or ""}
            return browser.get(f"{self.desk(shop).base_url}/account/login", params=query, timeout=20).text

    def type(self, merchant: str, *words: str) -> str:
        """What `referhub --merchant MERCHANT …`, in this process, says when it has done what it was told."""
        office = Office(lambda: self.settings, lambda _settings: self.hub, lambda _settings: self.hub, serve)
        result = CliRunner().invoke(cli, ["--merchant", merchant, *words], obj=office, catch_exceptions=False)
        assert result.exit_code == 0, result.output
        return str(result.output)

    def offer(self, shop: str) -> None:
        """The shop has a campaign, and Alice a code of it."""
        self.type(shop, "campaigns", "create", str(CAMPAIGN))
        self.type(shop, "campaigns", "publish", "friends")
        self.type(shop, *"advocates add friends --email alice@example.com --name Alice --code".split(), CODE)

    def sell(self, shop: str) -> str:
        """Somebody buys with Alice's code; the order's name, once the hub shows it."""
        desk = self.desk(shop)
        buyer = desk.create_customer(email=f"buyer@{shop}")
        order = desk.create_order(
            customer=buyer["id"],
            paid=True,
            lines=[{"title": "Teapot", "price": "131.00", "quantity": 1}],
            discount_codes=[{"code": CODE, "amount": "12.00"}],
        )
        name = str(order["name"])
        wait_until(lambda: f"<bdi>{name}</bdi>" in self.read(shop, "orders"), f"{shop} heard of {name}")
        return name


@contextlib.contextmanager
def store_app(folder: Path) -> Iterator[Place]:
    """A hub with an app in the store, and shops that have not heard of it."""
    place = Place(folder, free_port(), free_port())
    written = SETTINGS.read_text(encoding="utf-8")
    written = written.replace(":8001", f":{place.shop_port}").replace("= 8000", f"= {place.hub_port}")
    (folder / "config").mkdir()
    (folder / "config/referhub.toml").write_text(written, encoding="utf-8")
    words = ["sandbox", "shopify", "--port", str(place.shop_port), "--client-secret", SECRET, "--domain", NORTH]
    words += ["--shop", BOOKS, "--shop", LAMPS, "--shop", TOYS, "--app", str(APP_FILE)]
    words += ["--app-address", f"http://127.0.0.1:{place.hub_port}"]
    # A busy machine may miss the five seconds of a webhook, and one that is not repeated is news that never comes.
    words += ["--retry-scale", "0.01"]
    with started(["serve"], {}, folder) as hub, started(words, {}, folder) as shops:
        wait_for_line(hub, "referhub listens", 60)
        wait_for_line(shops, "Install referhub from ", 60)
        yield place
    place.hub.database.close()


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
        """The app inside the admin."""
        return self.page.frame_locator("iframe")

    def click(self, what: "Locator") -> None:
        """One more click."""
        what.click()
        self.clicks += 1

    def install(self, place: Place, name: str) -> None:
        """From the app's page in the store to the inside of the app."""
        self.page.goto(place.app_page)
        self.click(self.page.get_by_role("link", name=f"Install in {name}"))
        self.click(self.page.get_by_role("button", name="Install"))
        expect(self.frame.get_by_role("heading", name="Overview")).to_be_visible(timeout=PATIENCE_MS)

    def visit(self, name: str) -> None:
        """One of the dashboard's pages, by its link in the frame."""
        self.click(self.frame.get_by_role("navigation").get_by_role("link", name=name, exact=True))
        expect(self.frame.get_by_role("heading", name=name, level=1)).to_be_visible(timeout=PATIENCE_MS)
