"""Which host a path means: the shops, the admin, the app store and the script's place share one port."""

from __future__ import annotations

from dataclasses import replace

from sandbox.ground.answers import Answer, json_answer
from sandbox.ground.desk import PREFIX
from sandbox.ground.server import Request
from sandbox.shopify import proxy, vendor
from sandbox.shopify.admin import desks, files, frame, granting, listing
from sandbox.shopify.admin.asking import Ask, answered
from sandbox.shopify.admin.authorizing import authorize
from sandbox.shopify.desk import Desk
from sandbox.shopify.shop import Shop
from sandbox.shopify.town import ADMIN, CDN, STORE, Town

ADMIN_ROUTES = [*frame.ROUTES, *granting.ROUTES, *desks.ROUTES]


class Hosts:
    """
    The first part of a path is the host that it would be in the real world; without one, the first shop answers.

    /north.myshopify.com/admin/oauth/access_token, /admin.shopify.com/store/north/apps/referhub, and so on.
    """

    def __init__(self, town: Town, desks: dict[str, Desk]) -> None:
        self.town, self.desks = town, desks
        self.first = next(iter(town.shops.values()))

    def respond(self, request: Request) -> Answer:
        host, _, rest = request.path.removeprefix("/").partition("/")
        inside = replace(request, path=f"/{rest}")
        if host == ADMIN:
            return _guarded(inside) or answered(self.town, inside, ADMIN_ROUTES)
        if host == STORE:
            return listing.listing(self.town, inside)
        if host == CDN:
            return files.serve(inside)
        if host in self.town.shops:
            return self._shop(self.town.shops[host], inside)
        return self._shop(self.first, request)

    def _shop(self, shop: Shop, request: Request) -> Answer:
        if request.path.startswith(PREFIX):
            return self.desks[shop.domain].respond(request)
        if request.path == "/admin/oauth/authorize" and request.method in ("GET", "POST"):
            return _guarded(request) or authorize(Ask(self.town, request, shop))
        return proxy.respond(shop, request) or vendor.respond(shop, request)


def _guarded(request: Request) -> Answer | None:
    """No page of another origin posts the merchant's yes."""
    origin, here = request.header("origin"), request.header("host")
    if request.method != "POST" or origin is None or origin.partition("://")[2] == here:
        return None
    return json_answer(403, {"error": "posted from another origin"})
