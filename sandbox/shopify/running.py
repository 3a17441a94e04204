"""A running town of shops: one server and one app for all, a truth and a courier for each, begun and ended together."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from pathlib import Path

from sandbox.ground.running import Running
from sandbox.ground.server import Server
from sandbox.shopify import desk
from sandbox.shopify.bucket import Bucket
from sandbox.shopify.control import ShopControl
from sandbox.shopify.graph.engine import currencies
from sandbox.shopify.hosts import Hosts
from sandbox.shopify.registration import App
from sandbox.shopify.shop import Shop
from sandbox.shopify.topics import COMPLIANCE, TOPICS
from sandbox.shopify.town import STORE, Town
from sandbox.shopify.trade.app import come_due
from sandbox.shopify.truth import Truth
from sandbox.shopify.webhooks.announce import configure, subscribe
from sandbox.shopify.webhooks.courier import Courier


class SandboxShop(Running):
    """
    A fake Shopify shop on loopback, used as `with SandboxShop(...) as shop: ... shop.base_url`.

    data is the file of its truth (None keeps it in memory); retry_scale shortens the four hours of webhook
    retries (0: a test asks for each retry); webhook_url hears every topic, as if configured with the app.
    app is one of the app store, which no shop has installed yet; others are the domains of more shops in the town.
    """

    def __init__(
        self,
        domain: str = "demo.myshopify.com",
        client_id: str | None = None,
        client_secret: str | None = None,
        access_token: str | None = None,
        data: Path | str | None = None,
        port: int = 0,
        currency: str = "EUR",
        webhook_url: str | None = None,
        retry_scale: float = 0.0,
        large_ids: bool = False,
        points: int = 1000,
        points_per_second: int = 100,
        app: App | None = None,
        others: Sequence[str] = (),
    ) -> None:
        if currency not in currencies():
            raise ValueError(f"currency {currency!r} is none the shop can sell in: {', '.join(currencies())}")
        app = app or App()
        app.client_id = client_id or app.client_id
        app.client_secret = client_secret or app.client_secret or secrets.token_hex(16)
        names = {each: _name(each) for each in (domain, *others)} | (
            {} if app.is_in_store else {domain: "Sandbox shop"}
        )
        shops = [
            Shop(
                truth=Truth(_file(data, each, domain)),
                domain=each,
                currency=currency,
                app=app,
                access_token=(access_token if each == domain else None) or f"shpat_{secrets.token_hex(16)}",
                large_ids=large_ids,
                retry_scale=retry_scale,
                name=name,
                bucket=Bucket(points, points_per_second),
            )
            for each, name in names.items()
        ]
        self.shop = shops[0]
        for shop in shops if app.is_in_store else ():
            configure(shop)
        if webhook_url:
            subscribe(self.shop, webhook_url, [*TOPICS, *COMPLIANCE], "app")
        self.town = Town(app, shops)
        couriers = [Courier(shop, come_due) for shop in shops]
        desks = {each.shop.domain: desk.Desk(each.shop, each, desk.ROUTES) for each in couriers}
        server = Server(port, Hosts(self.town, desks).respond)
        super().__init__("sandbox-shop", server, couriers, [shop.truth for shop in shops])

    @property
    def app_page(self) -> str:
        """The app in the app store: from here a merchant installs it."""
        return f"{self.base_url}/{STORE}/{self.town.app.handle}"

    def address(self, domain: str) -> str:
        """Where one shop of the town answers."""
        return f"{self.base_url}/{self.town.shops[domain].domain}"

    def control(self, domain: str) -> ShopControl:
        """The desk of one shop of the town."""
        return ShopControl(self.address(domain))

    @property
    def domain(self) -> str:
        return self.shop.domain

    @property
    def client_id(self) -> str:
        return self.shop.client_id

    @property
    def client_secret(self) -> str:
        return self.shop.client_secret

    @property
    def access_token(self) -> str:
        return self.shop.access_token


def _file(data: Path | str | None, domain: str, first: str) -> Path | None:
    """The first shop's truth is in the file itself, every other's beside it."""
    if data is None:
        return None
    return Path(data) if domain == first else Path(f"{data}.{domain.removesuffix('.myshopify.com')}")


def _name(domain: str) -> str:
    return domain.removesuffix(".myshopify.com").replace("-", " ").capitalize()
