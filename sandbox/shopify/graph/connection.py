"""Connections: pages of things by cursor, forward or backward, as the vendor cuts them."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from graphql import GraphQLError

from sandbox.shopify.nouns import Noun

N = TypeVar("N", bound=Noun)
Place = tuple[str, int]


def by_id(thing: Noun) -> Place:
    return "", thing.id


def connection(
    things: Sequence[N],
    show: Callable[[N], dict[str, Any]],
    args: dict[str, Any],
    place: Callable[[N], Place] = by_id,
) -> dict[str, Any]:
    """One page; first or last is required, at most 250 (https://shopify.dev/docs/api/usage/limits)."""
    size = args.get("first") if args.get("first") is not None else args.get("last")
    if size is None:
        raise GraphQLError("you must provide one of first or last")
    if not 0 <= size <= 250:
        raise GraphQLError("first and last must be between 0 and 250")
    ordered = sorted(things, key=place, reverse=bool(args.get("reverse")))
    window = _between(ordered, args, place)
    page = window[:size] if args.get("first") is not None else window[len(window) - min(size, len(window)) :]
    shown = [show(thing) for thing in page]
    cursors = [cursor(place(thing)) for thing in page]
    return {
        "nodes": shown,
        "edges": [{"cursor": at, "node": node} for at, node in zip(cursors, shown, strict=True)],
        "pageInfo": {
            "startCursor": cursors[0] if cursors else None,
            "endCursor": cursors[-1] if cursors else None,
            "hasNextPage": bool(page) and page[-1] is not ordered[-1],
            "hasPreviousPage": bool(page) and page[0] is not ordered[0],
        },
    }


def cursor(place: Place) -> str:
    return base64.b64encode(json.dumps(place).encode()).decode()


def _place_of(text: str) -> Place:
    try:
        value, number = json.loads(base64.b64decode(text, validate=True))
        return str(value), int(number)
    except ValueError as error:
        raise GraphQLError("Invalid cursor for current pagination sort.") from error


def _between(ordered: list[N], args: dict[str, Any], place: Callable[[N], Place]) -> list[N]:
    """The cursor is a place in the order, so a page stays right when things before it move."""
    sign = -1 if args.get("reverse") else 1
    if args.get("after"):
        after = _place_of(args["after"])
        ordered = [each for each in ordered if (place(each) > after if sign > 0 else place(each) < after)]
    if args.get("before"):
        before = _place_of(args["before"])
        ordered = [each for each in ordered if (place(each) < before if sign > 0 else place(each) > before)]
    return ordered
