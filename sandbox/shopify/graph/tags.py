"""Tags on customers and orders: a set that ignores letter case."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sandbox.shopify.graph import customers, orders
from sandbox.shopify.graph.context import Info, View
from sandbox.shopify.graph.ids import number
from sandbox.shopify.nouns import Customer, Order
from sandbox.shopify.shop import Shop
from sandbox.shopify.trade import people
from sandbox.shopify.trade.orders import save_tags


def tags_add(info: Info, id: str, tags: list[str]) -> View:
    return _changed(info.context, id, lambda had: had + _new(had, tags))


def tags_remove(info: Info, id: str, tags: list[str]) -> View:
    gone = {tag.strip().casefold() for tag in tags}
    return _changed(info.context, id, lambda had: [tag for tag in had if tag.casefold() not in gone])


def _new(had: list[str], tags: list[str]) -> list[str]:
    known, new = {tag.casefold() for tag in had}, []
    for tag in (part.strip() for given in tags for part in given.split(",")):
        if tag and tag.casefold() not in known:
            known.add(tag.casefold())
            new.append(tag)
    return new


def _changed(shop: Shop, gid: str, change: Callable[[list[str]], list[str]]) -> View:
    """Only a real change is kept and echoes as a webhook."""
    who = shop.truth.find(Customer, number(gid, "Customer"))
    if who:
        before, who.tags = who.tags, change(who.tags)
        if before != who.tags:
            people.changed(shop, who)
        return {"node": customers.view(shop, who), "userErrors": []}
    order = shop.truth.find(Order, number(gid, "Order"))
    if order:
        before, order.tags = order.tags, change(order.tags)
        if before != order.tags:
            save_tags(shop, order)
        return {"node": orders.view(shop, order), "userErrors": []}
    return {"node": None, "userErrors": [{"field": ["id"], "message": "Resource does not exist"}]}


MUTATIONS: dict[str, Callable[..., Any]] = {"tagsAdd": tags_add, "tagsRemove": tags_remove}
