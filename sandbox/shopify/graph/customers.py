"""Customers as the API shows and changes them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from graphql import GraphQLError

from sandbox.shopify.graph import credit, metafields
from sandbox.shopify.graph.access import protected, require
from sandbox.shopify.graph.connection import connection
from sandbox.shopify.graph.context import Info, View
from sandbox.shopify.graph.ids import number
from sandbox.shopify.graph.search import search
from sandbox.shopify.nouns import Customer, Order
from sandbox.shopify.shop import Shop
from sandbox.shopify.trade import people

FILTERS: dict[str, Callable[[Customer], Any]] = {
    "id": lambda who: who.id,
    "email": lambda who: who.email,
    "phone": lambda who: who.phone,
    "tag": lambda who: who.tags,
    "updated_at": lambda who: who.updated_at,
    "state": lambda who: who.state,
}


def by_number(shop: Shop, customer_id: int | None) -> View | None:
    require(shop, "customer")
    found = shop.truth.find(Customer, customer_id)
    return view(shop, found) if found else None


def customer(info: Info, id: str) -> View | None:
    return by_number(info.context, number(id, "Customer"))


def customers(info: Info, **args: Any) -> View:
    shop = info.context
    found = search(shop.truth.all(Customer), args.get("query"), FILTERS)
    return connection(found, lambda each: view(shop, each), args)


def customer_by_identifier(info: Info, identifier: View) -> View | None:
    """By id, email or phone; a custom id needs a unique metafield definition, and this shop has none."""
    shop = info.context
    if "custom_id" in identifier:
        raise GraphQLError("Metafield definition of type 'id' is required when using custom ids.")
    if "id" in identifier:
        return by_number(shop, number(identifier["id"], "Customer"))
    if "email_address" in identifier:
        found = shop.truth.with_key(Customer, identifier["email_address"].lower())
    else:
        found = [each for each in shop.truth.all(Customer) if each.phone == identifier["phone_number"]]
    return view(shop, found[0]) if found else None


def view(shop: Shop, who: Customer) -> View:
    name = " ".join(part for part in (who.first_name, who.last_name) if part) or who.email or ""
    email = {"emailAddress": who.email} if who.email else None
    return {
        "__typename": "Customer",
        "id": who.gid,
        "legacyResourceId": who.id,
        "state": who.state,
        "createdAt": who.created_at,
        "updatedAt": who.updated_at,
        "displayName": f"Customer {who.id}" if shop.redacts() else name,
        "firstName": protected(shop, "firstName", who.first_name),
        "lastName": protected(shop, "lastName", who.last_name),
        "defaultEmailAddress": protected(shop, "defaultEmailAddress", email),
        "defaultPhoneNumber": protected(shop, "defaultPhoneNumber", {"phoneNumber": who.phone} if who.phone else None),
        "note": who.note,
        "tags": sorted(who.tags),
        "verifiedEmail": True,
        "numberOfOrders": lambda info: len(shop.truth.with_key(Order, str(who.id))),
        "storeCreditAccounts": lambda info, **args: credit.accounts_of(shop, who, args),
        **metafields.on(shop, who.gid),
    }


def customer_update(info: Info, input: View) -> View:
    """Tags given here replace all tags (https://shopify.dev/docs/api/admin-graphql/latest/mutations/customerUpdate)."""
    shop = info.context
    who = shop.truth.find(Customer, number(input.get("id") or "", "Customer"))
    if not who:
        return {"customer": None, "userErrors": [{"field": ["id"], "message": "Customer does not exist"}]}
    wrong = metafields.refusals(shop, [each | {"owner_id": who.gid} for each in input.get("metafields") or []])
    if wrong:
        return {
            "customer": None,
            "userErrors": [{"field": each["field"], "message": each["message"]} for each in wrong],
        }
    for name in ("email", "first_name", "last_name", "phone", "note"):
        if name in input:
            setattr(who, name, input[name])
    if "tags" in input:
        who.tags = list(input["tags"] or [])
    for each in input.get("metafields") or []:
        metafields.put(shop, each | {"owner_id": who.gid})
    people.changed(shop, who)
    return {"customer": view(shop, who), "userErrors": []}


QUERIES: dict[str, Callable[..., Any]] = {
    "customer": customer,
    "customers": customers,
    "customerByIdentifier": customer_by_identifier,
}
MUTATIONS: dict[str, Callable[..., Any]] = {"customerUpdate": customer_update}
