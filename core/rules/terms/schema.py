"""The JSON Schema of terms, made from the same table that the reader uses."""

from typing import Any

from core.rules.terms.table import SECTIONS
from core.rules.terms.when import condition_schema

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema() -> dict[str, Any]:
    """What editors and other tools need to help with a terms file (TOML, or JSON).

    Whatever it refuses the reader refuses too; the reader also knows what a schema cannot say.
    """
    return {
        "$schema": DIALECT,
        "title": "Terms of a referhub campaign",
        "type": "object",
        "properties": {name: table.schema() for name, table in SECTIONS.items()},
        "required": ["campaign", "counts"],
        "anyOf": [{"required": ["advocate"]}, {"required": ["friend"]}],
        "additionalProperties": False,
        "$defs": {"condition": condition_schema()},
    }
