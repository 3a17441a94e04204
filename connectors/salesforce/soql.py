"""Queries: what is asked is a table of fields, what is given is quoted.

https://developer.salesforce.com/docs/atlas.en-us.soql_sosl.meta/soql_sosl/
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from simple_salesforce.format import quote_soql_value


def quoted(value: str) -> str:
    """A text literal; whatever is in it stays in it."""
    return str(quote_soql_value(value))


def listed(values: Iterable[str]) -> str:
    """What follows IN."""
    return f"({','.join(map(quoted, values))})"


def literal(at: datetime) -> str:
    """A time literal, to the second, which is as exact as a SystemModstamp is."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def select(fields: Sequence[str], source: str, where: str = "", rest: str = "") -> str:
    """One query; every part is ours, or was quoted."""
    parts = ["SELECT", ", ".join(fields), "FROM", source, *(["WHERE", where] if where else []), rest]
    return " ".join(filter(None, parts))
