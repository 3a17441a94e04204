"""Errors of a request that was never executed, with the codes that the vendor's server gives them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from graphql import GraphQLError

# Left: how graphql-core words it; right: the code of the library the vendor runs (https://graphql-ruby.org).
CODES = {
    "Cannot query field": "undefinedField",
    "Unknown type": "undefinedType",
    "Unknown argument": "argumentNotAccepted",
    "Unknown fragment": "useAndDefineFragment",
    "is required, but it was not provided": "missingRequiredArguments",
    "used in position expecting type": "variableMismatch",
    "is not defined by": "variableNotDefined",
    "must have a selection of subfields": "selectionMismatch",
    "must not have a selection": "selectionMismatch",
    "Expected value of type": "argumentLiteralsIncompatible",
    "does not exist in": "argumentLiteralsIncompatible",
    "Variable ": "INVALID_VARIABLE",
}


def shown(errors: Iterable[GraphQLError]) -> list[dict[str, Any]]:
    """The errors as the API writes them; those without a code of their own get the vendor's."""
    return [_shown(error) for error in errors]


def _shown(error: GraphQLError) -> dict[str, Any]:
    told: dict[str, Any] = dict(error.formatted)
    code = next((code for words, code in CODES.items() if words in error.message), None)
    if code and not error.extensions and not error.path:
        told["extensions"] = {"code": code}
    return told


def were_executed(errors: Iterable[GraphQLError]) -> bool:
    """Whether they happened on the way through the data; only then the answer has the key data at all."""
    return any(error.path for error in errors)
