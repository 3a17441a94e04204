"""The town: the shops that one app can be installed in."""

from __future__ import annotations

from collections.abc import Sequence

from sandbox.shopify.registration import App
from sandbox.shopify.shop import Shop

ADMIN, STORE, CDN = "admin.shopify.com", "apps.shopify.com", "cdn.shopify.com"


class Town:
    """Shops by their domain; they share the app, and nothing else."""

    def __init__(self, app: App, shops: Sequence[Shop]) -> None:
        self.app = app
        self.shops = {shop.domain: shop for shop in shops}

    def by_handle(self, handle: str) -> Shop | None:
        return self.shops.get(f"{handle}.myshopify.com")
