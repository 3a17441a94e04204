"""Metafields: typed values on customers, orders, discounts and the shop, set all together or not at all."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from typing import Any

from sandbox.shopify.graph.connection import connection
from sandbox.shopify.graph.context import Info, View
from sandbox.shopify.graph.definitions import TYPES, defined_type, full_namespace
from sandbox.shopify.graph.ids import kind_of, number
from sandbox.shopify.nouns import Customer, DiscountCodeNode, Metafield, Noun, Order
from sandbox.shopify.shop import Shop
from sandbox.shopify.trade import people

AT_ONCE = 25
OWNERS: dict[str, type[Noun]] = {"Customer": Customer, "Order": Order, "DiscountCodeNode": DiscountCodeNode}


def digest(field: Metafield) -> str:
    return hashlib.sha256(field.value.encode()).hexdigest()


def on(shop: Shop, owner: str) -> View:
    """The two fields through which every owner shows its metafields."""
    return {
        "metafield": lambda info, key, namespace=None: _one(shop, owner, namespace, key),
        "metafields": lambda info, **args: _page(shop, owner, args),
    }


def _find(shop: Shop, owner: str, namespace: str | None, key: str) -> Metafield | None:
    wanted = full_namespace(namespace)
    theirs = shop.truth.with_key(Metafield, owner)
    return next((each for each in theirs if (each.namespace, each.name) == (wanted, key)), None)


def _one(shop: Shop, owner: str, namespace: str | None, key: str) -> View | None:
    found = _find(shop, owner, namespace, key)
    return view(found) if found else None


def _page(shop: Shop, owner: str, args: View) -> View:
    theirs = shop.truth.with_key(Metafield, owner)
    if args.get("namespace"):
        theirs = [each for each in theirs if each.namespace == full_namespace(args["namespace"])]
    if args.get("keys"):
        theirs = [
            each for each in theirs if f"{each.namespace}.{each.name}" in args["keys"] or each.name in args["keys"]
        ]
    return connection(theirs, view, args)


def view(field: Metafield) -> View:
    return {
        "id": field.gid,
        "namespace": field.namespace,
        "key": field.name,
        "type": field.type,
        "value": field.value,
        "compareDigest": digest(field),
        "createdAt": field.created_at,
        "updatedAt": field.updated_at,
    }


def metafields_set(info: Info, metafields: list[View]) -> View:
    """All of them or none; a compareDigest that no longer fits refuses the whole call."""
    shop = info.context
    wrong = refusals(shop, metafields)
    if wrong:
        return {"metafields": None, "userErrors": wrong}
    before = {owner: _values(shop, owner) for owner in {each["owner_id"] for each in metafields}}
    kept = [put(shop, each) for each in metafields]
    for owner, values in before.items():
        if values != _values(shop, owner):
            _echo(shop, owner)
    return {"metafields": [view(each) for each in kept], "userErrors": []}


def _values(shop: Shop, owner: str) -> list[tuple[int, str]]:
    return [(each.id, each.value) for each in shop.truth.with_key(Metafield, owner)]


def _echo(shop: Shop, owner: str) -> None:
    """The vendor tells every subscriber that the customer changed, the app that did it included."""
    who = shop.truth.find(Customer, number(owner, "Customer"))
    if who:
        people.changed(shop, who)


def refusals(shop: Shop, asked: list[View]) -> list[View]:
    if len(asked) > AT_ONCE:
        message = f"Exceeded the maximum metafields input limit of {AT_ONCE}."
        return [_error("LESS_THAN_OR_EQUAL_TO", ["metafields"], message, None)]
    checked = (_refusal(shop, each, place) for place, each in enumerate(asked))
    return [wrong for wrong in checked if wrong]


def _refusal(shop: Shop, asked: View, place: int) -> View | None:
    def wrong(code: str, name: str, message: str) -> View:
        return _error(code, ["metafields", str(place), name], message, place)

    known = _find(shop, asked["owner_id"], asked.get("namespace"), asked["key"])
    kind = asked.get("type") or (known.type if known else defined_type(shop, asked))
    if not _owner_exists(shop, asked["owner_id"]):
        return wrong("INVALID", "ownerId", "Owner does not exist.")
    if not kind:
        return wrong("BLANK", "type", "Type can't be blank.")
    if kind not in TYPES:
        return wrong("INCLUSION", "type", f"Type must be one of: {', '.join(TYPES)}.")
    if known and known.type != kind:
        return wrong("INVALID_TYPE", "type", f"Type must be {known.type}, as it is already.")
    if not asked["value"]:
        return wrong("BLANK", "value", "Value can't be blank.")
    if not _fits(kind, asked["value"]):
        return wrong("INVALID_VALUE", "value", f"Value is not of type {kind}.")
    if "compare_digest" in asked and asked["compare_digest"] != (digest(known) if known else None):
        return wrong("STALE_OBJECT", "compareDigest", "The resource has been updated since it was loaded.")
    return None


def _error(code: str, field: list[str], message: str, place: int | None) -> View:
    return {"code": code, "field": field, "message": message, "elementIndex": place}


def _owner_exists(shop: Shop, gid: str) -> bool:
    kind = kind_of(gid)
    if kind == "Shop":
        return number(gid, "Shop") == shop.shop_id
    noun = OWNERS.get(kind or "")
    return noun is not None and shop.truth.find(noun, number(gid, kind or "")) is not None


def _fits(kind: str, value: str) -> bool:
    if not re.fullmatch(TYPES[kind], value):
        return False
    if kind in ("json", "money"):
        try:
            json.loads(value)
        except ValueError:
            return False
    return True


def put(shop: Shop, asked: View) -> Metafield:
    """The value stands, whatever stood there before."""
    now, owner = shop.truth.now(), asked["owner_id"]
    known = _find(shop, owner, asked.get("namespace"), asked["key"])
    if known is None:
        kind = asked.get("type") or defined_type(shop, asked) or ""
        namespace = full_namespace(asked.get("namespace"))
        known = Metafield(shop.new_id("Metafield"), owner, namespace, asked["key"], kind, "", now, now)
    if known.value != asked["value"]:
        known.value, known.updated_at = asked["value"], now
    shop.truth.keep(known)
    return known


def metafields_delete(info: Info, metafields: list[View]) -> View:
    shop = info.context
    gone: list[View | None] = []
    for each in metafields:
        found = _find(shop, each["owner_id"], each["namespace"], each["key"])
        if found:
            shop.truth.forget(found)
            _echo(shop, each["owner_id"])
        shown = {"ownerId": each["owner_id"], "namespace": each["namespace"], "key": each["key"]}
        gone.append(shown if found else None)
    return {"deletedMetafields": gone, "userErrors": []}


MUTATIONS: dict[str, Callable[..., Any]] = {
    "metafieldsSet": metafields_set,
    "metafieldsDelete": metafields_delete,
}
