"""The vendor's search syntax, as far as it is used here: field:value, field:>=value, AND, OR."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TypeVar

from graphql import GraphQLError

from sandbox.shopify.graph.scalars import read_time

N = TypeVar("N")
TERM = re.compile(r"""(?:(\w+):(>=|<=|>|<)?)?('[^']*'|"[^"]*"|[^\s]+)""")
COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
    "": operator.eq,
}


def search(things: list[N], query: str | None, fields: Mapping[str, Callable[[N], Any]]) -> list[N]:
    """
    The things that match every term, or every term of one of the parts between ORs.

    A term without field is looked up in fields[""]. The vendor ignores a filter it does not know; here it is
    refused, because a typo must not pass a test.
    """
    found = {id(each) for part in re.split(r"\sOR\s", query or "") for each in _matching(things, part, fields)}
    return [each for each in things if id(each) in found]


def _matching(things: list[N], part: str, fields: Mapping[str, Callable[[N], Any]]) -> list[N]:
    for name, sign, value in TERM.findall(part):
        if not name and value == "AND":
            continue
        if name not in fields:
            raise GraphQLError(f"this shop knows no search filter {name or value!r}")
        wanted, read = value.strip("'\""), fields[name]
        things = [each for each in things if _matches(read(each), sign, wanted)]
    return things


def _matches(found: Any, sign: str, wanted: str) -> bool:
    if found is None:
        return False
    if isinstance(found, list):
        return any(_matches(each, sign, wanted) for each in found)
    if isinstance(found, datetime):
        # The API knows whole seconds only, in what it shows and in what it compares.
        return COMPARE[sign](found.replace(microsecond=0), read_time(wanted).replace(microsecond=0))
    if isinstance(found, int):
        return COMPARE[sign](found, _number(wanted))
    return COMPARE[sign](str(found).casefold(), wanted.casefold())


def _number(text: str) -> int:
    last = text.rsplit("/", 1)[-1]
    if not last.isdecimal():
        raise GraphQLError(f"{text!r} is not a number")
    return int(last)
