"""A sandbox shop, its desk, and a connector that speaks with it over a real network."""

from collections.abc import Iterator

import pytest

from connectors.shopify.config import ShopifyConfig
from connectors.shopify.connector import Shopify
from core.gateway.http_client import HttpClient
from sandbox.shopify import SandboxShop, ShopControl


@pytest.fixture
def shop() -> Iterator[SandboxShop]:
    """A shop with room for many requests; its rate limit is tested on its own."""
    with SandboxShop(points=20_000, points_per_second=2_000) as running:
        yield running


@pytest.fixture
def desk(shop: SandboxShop) -> ShopControl:
    return ShopControl(shop.base_url)


@pytest.fixture
def shopify(shop: SandboxShop) -> Shopify:
    return connect(shop)


def connect(shop: SandboxShop, **settings: str) -> Shopify:
    """A connector opened on the sandbox shop with its permanent token."""
    given = {
        "shop": shop.domain,
        "client_id": shop.client_id,
        "client_secret": shop.client_secret,
        "access_token": shop.access_token,
        "api_base": shop.base_url,
    }
    return Shopify(ShopifyConfig(**(given | settings)), HttpClient(answer_seconds=2))


@pytest.fixture
def customer(desk: ShopControl) -> str:
    """The GID of a customer of the shop."""
    return str(desk.create_customer(email="alice@example.com", first_name="Alice")["gid"])
