"""The vendor's scalars: how each is written and read."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import urlsplit

from graphql import (
    ConstValueNode,
    FloatValueNode,
    GraphQLError,
    GraphQLScalarType,
    GraphQLSchema,
    IntValueNode,
    StringValueNode,
)

from sandbox.shopify.money import graph_text


def read_decimal(value: Any) -> Decimal:
    try:
        number = Decimal(str(value))
    except InvalidOperation as error:
        raise GraphQLError(f"Decimal cannot represent value {value!r}.") from error
    if not number.is_finite():
        raise GraphQLError(f"Decimal cannot represent value {value!r}.")
    return number


def read_time(value: Any) -> datetime:
    """Aware, in UTC; a time without zone is refused."""
    try:
        at = datetime.fromisoformat(str(value))
    except ValueError as error:
        raise GraphQLError(f"DateTime cannot represent value {value!r}.") from error
    if at.tzinfo is None:
        raise GraphQLError(f"DateTime cannot represent value {value!r} without a time zone.")
    return at.astimezone(UTC)


def read_date(value: Any) -> str:
    try:
        return datetime.strptime(str(value), "%Y-%m-%d").replace(tzinfo=UTC).date().isoformat()
    except ValueError as error:
        raise GraphQLError(f"Date cannot represent value {value!r}.") from error


def read_url(value: Any) -> str:
    if not urlsplit(str(value)).scheme:
        raise GraphQLError(f"URL cannot represent value {value!r}.")
    return str(value)


def read_integer(value: Any) -> int:
    if not str(value).isdecimal():
        raise GraphQLError(f"UnsignedInt64 cannot represent value {value!r}.")
    return int(str(value))


def write_time(at: datetime) -> str:
    """Whole seconds, UTC, with a Z: what the API answers."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


READ: dict[str, Callable[[Any], Any]] = {
    "Decimal": read_decimal,
    "DateTime": read_time,
    "Date": read_date,
    "URL": read_url,
    "UnsignedInt64": read_integer,
}
WRITE: dict[str, Callable[[Any], Any]] = {
    "Decimal": graph_text,
    "DateTime": write_time,
    "Date": str,
    "URL": str,
    "UnsignedInt64": str,
}


def give_scalars(schema: GraphQLSchema) -> None:
    """The schema's own scalars read and write as the vendor's do."""
    for name, read in READ.items():
        scalar = schema.type_map[name]
        if isinstance(scalar, GraphQLScalarType):
            scalar.coerce_input_value = read
            scalar.coerce_output_value = WRITE[name]
            scalar.coerce_input_literal = _literal(read)


def _literal(read: Callable[[Any], Any]) -> Callable[[ConstValueNode], Any]:
    def read_node(node: ConstValueNode) -> Any:
        if not isinstance(node, (IntValueNode, FloatValueNode, StringValueNode)):
            raise GraphQLError("A list or an object cannot stand here.")
        return read(node.value)  # as it was written, so that no digit is lost

    return read_node
