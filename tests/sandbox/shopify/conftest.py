"""A running shop, its desk, an app that listens, and a way to ask the Admin API."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from sandbox.shopify import App, SandboxShop, ShopControl
from tests.sandbox.shopify.listening import Listener
from tests.sandbox.shopify.tea_club import TeaClub


class Api:
    """The Admin API as the app sees it."""

    def __init__(self, shop: SandboxShop) -> None:
        self.address = f"{shop.base_url}/admin/api/2026-10/graphql.json"
        self.token = shop.access_token
        self.session = requests.Session()

    def post(self, query: str, **variables: Any) -> requests.Response:
        body = {"query": query, "variables": variables}
        headers = {"X-Shopify-Access-Token": self.token}
        return self.session.post(self.address, json=body, headers=headers, timeout=10, allow_redirects=False)

    def ask(self, query: str, **variables: Any) -> Any:
        """The data; any error fails the test."""
        told = self.post(query, **variables).json()
        assert "errors" not in told, told
        return told["data"]

    def errors(self, query: str, **variables: Any) -> list[dict[str, Any]]:
        return list(self.post(query, **variables).json().get("errors", []))


@pytest.fixture
def listener() -> Iterator[Listener]:
    heard = Listener()
    yield heard
    heard.stop()


@pytest.fixture
def shop(listener: Listener) -> Iterator[SandboxShop]:
    """A shop in euros; its app hears every topic and is asked for each retry."""
    with SandboxShop(webhook_url=listener.url, client_secret="hush", points=1000000) as running:
        yield running


@pytest.fixture
def desk(shop: SandboxShop) -> ShopControl:
    return ShopControl(shop.base_url)


@pytest.fixture
def api(shop: SandboxShop) -> Api:
    return Api(shop)


NORTH, SOUTH = "north.myshopify.com", "south.myshopify.com"


@pytest.fixture
def club() -> Iterator[TeaClub]:
    """A store app on a port of its own."""
    app = TeaClub()
    yield app
    app.stop()


@pytest.fixture
def town(club: TeaClub) -> Iterator[SandboxShop]:
    """Two shops that have not installed the tea club yet."""
    app = App.from_toml(Path(__file__).parent / "store_app.toml", club.url, client_secret="hush")
    with SandboxShop(NORTH, app=app, others=[SOUTH]) as running:
        club.bridge = f"{running.base_url}/cdn.shopify.com/shopifycloud/app-bridge.js"
        yield running


@pytest.fixture
def alice(desk: ShopControl) -> dict[str, Any]:
    return desk.create_customer(email="alice@example.com", first_name="Alice")
