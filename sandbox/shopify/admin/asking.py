"""A request for one of the vendor's pages, and how it finds its page."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl

from sandbox.ground.answers import Answer
from sandbox.ground.server import Request
from sandbox.shopify.admin.pages import failure
from sandbox.shopify.registration import App
from sandbox.shopify.shop import Shop
from sandbox.shopify.town import Town

HANDLE = r"([a-z0-9-]+)"


@dataclass
class Ask:
    """rest is what the path says after the parts that were asked for by name."""

    town: Town
    request: Request
    shop: Shop
    rest: str = ""

    @property
    def app(self) -> App:
        return self.town.app

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.request.body.decode(errors="replace"), keep_blank_values=True))


Act = Callable[[Ask], Answer]
Route = tuple[str, str, Act]


def answered(town: Town, request: Request, routes: Sequence[Route]) -> Answer:
    """The page of a path; its first group names the shop by its handle."""
    for method, pattern, act in routes:
        found = re.fullmatch(pattern, request.path)
        if not found or method != request.method:
            continue
        shop = town.by_handle(found[1])
        if shop is None:
            return failure(404, "There is no such store")
        return act(Ask(town, request, shop, found[2] if found.re.groups > 1 else ""))
    return failure(404, "There is no such page")
