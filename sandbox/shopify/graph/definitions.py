"""Metafield definitions: which types there are, and which key has which."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from sandbox.shopify.graph.context import Info, View
from sandbox.shopify.graph.ids import kind_of
from sandbox.shopify.nouns import MetafieldDefinition
from sandbox.shopify.shop import APP_ID, Shop

OWNER_TYPES = {"Customer": "CUSTOMER", "Order": "ORDER", "DiscountCodeNode": "DISCOUNT", "Shop": "SHOP"}
# The types this shop checks, each with the form its value must have.
TYPES: dict[str, str] = {
    "single_line_text_field": r"[^\n]+",
    "multi_line_text_field": r"(?s).+",
    "number_integer": r"-?\d+",
    "number_decimal": r"-?\d+(\.\d+)?",
    "boolean": r"true|false",
    "date": r"\d{4}-\d{2}-\d{2}",
    "date_time": r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?.*",
    "url": r"https?://.+",
    "json": r"(?s).+",
    "money": r"(?s)\{.+\}",
}


def full_namespace(namespace: str | None) -> str:
    """$app is the app's own corner; the API answers with its long name."""
    given = namespace or "$app"
    return re.sub(r"^\$app(:|$)", lambda found: f"app--{APP_ID}" + ("--" if found[1] else ""), given)


def defined_type(shop: Shop, asked: View) -> str | None:
    owner_type = OWNER_TYPES.get(kind_of(asked["owner_id"]) or "")
    key = f"{owner_type}/{full_namespace(asked.get('namespace'))}/{asked['key']}"
    found = shop.truth.with_key(MetafieldDefinition, key)
    return found[0].type if found else None


def metafield_definition_create(info: Info, definition: View) -> View:
    shop = info.context
    namespace = full_namespace(definition.get("namespace"))
    made = MetafieldDefinition(
        id=0,
        owner_type=definition["owner_type"],
        namespace=namespace,
        name=definition["key"],
        type=definition["type"],
        title=definition["name"],
    )
    wrong = _definition_refusal(shop, made)
    if wrong:
        return {"createdDefinition": None, "userErrors": [wrong]}
    made.id = shop.new_id("MetafieldDefinition")
    shop.truth.keep(made)
    return {"createdDefinition": _definition_view(made, definition.get("description")), "userErrors": []}


def _definition_refusal(shop: Shop, made: MetafieldDefinition) -> View | None:
    if made.type not in TYPES:
        return {
            "code": "INCLUSION",
            "field": ["definition", "type"],
            "message": f"Type {made.type} is not known.",
        }
    if shop.truth.with_key(MetafieldDefinition, made.key()):
        owner = made.owner_type.capitalize()
        message = f"Key is in use for {owner} metafields on the '{made.namespace}' namespace."
        return {"code": "TAKEN", "field": ["definition", "key"], "message": message}
    return None


def _definition_view(made: MetafieldDefinition, description: str | None) -> View:
    return {
        "id": made.gid,
        "name": made.title,
        "namespace": made.namespace,
        "key": made.name,
        "ownerType": made.owner_type,
        "type": {"name": made.type, "category": made.type.split("_", 1)[0].upper()},
        "description": description,
    }


MUTATIONS: dict[str, Callable[..., Any]] = {"metafieldDefinitionCreate": metafield_definition_create}
