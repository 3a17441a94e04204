"""Queries: what is asked is a table of fields, what is given is quoted.

https://developer.salesforce.com/docs/atlas.en-us.soql_sosl.meta/soql_sosl/
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from urllib.parse import quote

from simple_salesforce.format import quote_soql_value

MOST_ENCODED = 12_000  # an address may have 16,384 characters in all
SEPARATOR = len("%2C")


def quoted(value: str) -> str:
    """A text literal; whatever is in it stays in it, and what is no text at all matches nothing."""
    return str(quote_soql_value(value.encode("utf-8", "replace").decode()))


def listed(values: Iterable[str]) -> str:
    """What follows IN."""
    return f"({','.join(map(quoted, values))})"


def portions(values: Iterable[str]) -> Iterator[list[str]]:
    """The values in as many lists as it takes to keep each query's address short enough for Salesforce's door."""
    some: list[str] = []
    length = 0
    for value in values:
        size = len(quote(quoted(value))) + SEPARATOR
        if some and length + size > MOST_ENCODED:
            yield some
            some, length = [], 0
        some.append(value)
        length += size
    if some:
        yield some


def literal(at: datetime) -> str:
    """A time literal, to the second, which is as exact as a SystemModstamp is."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def select(fields: Sequence[str], source: str, where: str = "", rest: str = "") -> str:
    """One query; every part is ours, or was quoted."""
    parts = ["SELECT", ", ".join(fields), "FROM", source, *(["WHERE", where] if where else []), rest]
    return " ".join(filter(None, parts))
