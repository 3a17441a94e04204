"""A hub with an app in the store, on loopback, and a town of sandbox shops that may install it."""

import re
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any

import requests
from sqlalchemy import select
from werkzeug.serving import make_server

from app import create_app, create_hub
from config.settings import Settings
from core.gateway.hub import Hub
from core.models import Base, Connection
from core.services.inbox import Inbox
from core.worker import run_until_idle
from sandbox.shopify import App, SandboxShop, ShopControl
from tests.support.markers import secret
from tests.support.places import ROOT

NORTH, SOUTH = "north.myshopify.com", "south.myshopify.com"
TOML = ROOT / "connectors/shopify/shopify.app.toml.example"
SECRET = secret("the-apps-client-secret-of-the-tests")


class Door:
    """A server that can be reached before what it serves is there."""

    def __init__(self) -> None:
        self.behind: Callable[..., Iterable[bytes]] = lambda _environ, _start: []
        self._server = make_server("127.0.0.1", 0, lambda *asked: self.behind(*asked), threaded=True)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=[0.02], daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@dataclass
class House:
    """The hub, its address, and the town."""

    hub: Hub
    url: str
    town: SandboxShop

    def desk(self, shop: str = NORTH) -> ShopControl:
        return self.town.control(shop)

    def install(self, shop: str = NORTH) -> None:
        """The merchant says yes on the store's permission screen; the hub hears nothing of it."""
        self._admin(shop, f"/oauth/install?client_id={self.town.client_id}", "POST")

    def framed_address(self, shop: str = NORTH) -> str:
        """Where the admin's frame leads, proof and all."""
        page = self._admin(shop, f"/apps/{self.town.town.app.handle}", "GET").text
        found = re.search(r'data-source="([^"]+)"', page)
        assert found, page
        return unescape(found[1])

    def open(self, shop: str = NORTH) -> requests.Response:
        """The page that the merchant sees in the frame."""
        return self.get(self.framed_address(shop))

    def get(self, address: str, **headers: str) -> requests.Response:
        """One request of a browser that opens a document; nothing is followed."""
        page = {"Accept": "text/html", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"} | headers
        full = address if address.startswith("http") else f"{self.url}{address}"
        return requests.get(full, headers=page, timeout=10, allow_redirects=False)

    def fetch(self, path: str, token: str | None = None, method: str = "GET", **given: Any) -> requests.Response:
        """One request of a script in the page, with a fresh proof unless another is given."""
        bearer = self.desk().id_token() if token is None else token
        headers = {"Accept": "text/html", "Sec-Fetch-Mode": "cors"}
        headers |= {"Authorization": f"Bearer {bearer}"} if bearer else {}
        asked = {"headers": headers, "timeout": 10, "allow_redirects": False, **given}
        return requests.request(method, f"{self.url}{path}", **asked)

    def connection(self, shop: str = NORTH) -> Connection:
        """The shop's connection as the table has it."""
        with self.hub.database.reading() as session:
            return session.scalars(select(Connection).where(Connection.label == shop)).one()

    def count(self, table: type[Base]) -> int:
        with self.hub.database.reading() as session:
            return len(session.scalars(select(table)).all())

    def work(self) -> None:
        """Everything that is due is done."""
        run_until_idle(self.hub)

    def grants(self, shop: str = NORTH) -> int:
        """How often a shop's token endpoint was asked."""
        return len(self.desk(shop).calls("access_token"))

    def _admin(self, shop: str, path: str, method: str) -> requests.Response:
        handle = shop.removesuffix(".myshopify.com")
        address = f"{self.town.base_url}/admin.shopify.com/store/{handle}{path}"
        return requests.request(method, address, timeout=10, allow_redirects=False)


def app_settings(town: SandboxShop, **more: str) -> dict[str, str]:
    """`[connectors.shopify.app]` for that town."""
    return {
        "client_id": town.client_id,
        "client_secret": town.client_secret,
        "shop_address": f"{town.base_url}/{{shop}}",
        "admin_address": f"{town.base_url}/admin.shopify.com",
        "bridge": f"{town.base_url}/cdn.shopify.com/shopifycloud/app-bridge.js",
        **more,
    }


@contextmanager
def house_with_a_store_app(url: str, folder: Path, *, previous_secret: str = "", **app: Any) -> Iterator[House]:
    """The hub serves its pages and hears webhooks; the sandbox has two shops, and neither has the app yet."""
    door = Door()
    registered = App.from_toml(TOML, door.url, client_secret=SECRET, **app)
    with SandboxShop(NORTH, app=registered, others=[SOUTH], points=100_000, points_per_second=10_000) as town:
        settings = Settings(
            database_url=url,
            secret_key_file=folder / "key",
            environment="sandbox",
            base_url=door.url,
            connectors={"shopify": {"app": app_settings(town, previous_client_secret=previous_secret)}},
        )
        hub = create_hub(settings)
        inbox = Inbox(hub)
        door.behind = create_app(settings, hub, inbox)
        try:
            yield House(hub, door.url, town)
        finally:
            door.close()
            inbox.close()
            hub.database.close()
