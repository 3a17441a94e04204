"""The shop's own desk: it knows the shop and its courier."""

from __future__ import annotations

from collections.abc import Sequence

from sandbox.ground import desk
from sandbox.ground.desk import Route
from sandbox.shopify.shop import Shop
from sandbox.shopify.webhooks.courier import Courier


class Desk(desk.Desk):
    """The desk of one shop; every id in its paths is a number."""

    WORD = int

    def __init__(self, shop: Shop, courier: Courier, routes: Sequence[Route]) -> None:
        super().__init__(shop, courier, routes)
        self.shop, self.courier = shop, courier
