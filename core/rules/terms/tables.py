"""Tables of keys as they stand in terms: each key with its shape and its words, and none that is not known."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.rules.terms.shapes import Choice, Reading, Shape


@dataclass(frozen=True)
class Key:
    """One key of a table: what may stand there, what holds where it is not written, and the words for people.

    `default` is as it would be written in the file; None means that nothing holds.
    """

    name: str
    shape: Shape
    meaning: str
    example: str
    default: str = ""
    is_needed: bool = False

    def schema(self) -> dict[str, Any]:
        """The shape's schema, with the meaning."""
        return {"description": self.meaning, **self.shape.schema()}


@dataclass(frozen=True)
class Table:
    """Keys with their values; what is not among `keys` is unknown."""

    keys: tuple[Key, ...]
    called: str = "a table"

    def read(self, found: Any, place: str, reading: Reading) -> dict[str, Any] | None:
        """What stands there by key; None where it is wrong, and nothing where it is not written."""
        if not isinstance(found, Mapping):
            reading.problems.wrong(place, found, self.called)
            return None
        names = [key.name for key in self.keys]
        for extra in [name for name in found if name not in names]:
            reading.problems.unknown(place, str(extra), names)
        return {
            key.name: key.shape.read(found.get(key.name), f"{place}.{key.name}", reading)
            for key in self.keys
            if key.name in found or key.is_needed
        }

    def schema(self) -> dict[str, Any]:
        """An object with these properties and no others."""
        needed = [key.name for key in self.keys if key.is_needed]
        properties = {key.name: key.schema() for key in self.keys}
        required = {"required": needed} if needed else {}
        return {"type": "object", "properties": properties, "additionalProperties": False, **required}


@dataclass(frozen=True)
class Tables:
    """A list of tables of the same keys."""

    table: Table
    expected: str
    most: int = 50

    def read(self, found: Any, place: str, reading: Reading) -> list[dict[str, Any]] | None:
        """What stands in each of them."""
        if not isinstance(found, list) or not 0 < len(found) <= self.most:
            reading.problems.wrong(place, found, f"{self.expected}, at most {self.most}")
            return None
        read = [self.table.read(one, f"{place}[{at}]", reading) for at, one in enumerate(found)]
        return [one for one in read if one is not None]

    def schema(self) -> dict[str, Any]:
        """An array of such objects."""
        return {"type": "array", "items": self.table.schema(), "minItems": 1, "maxItems": self.most}


@dataclass(frozen=True)
class Either:
    """A word alone, or a table."""

    word: Choice
    table: Table

    def read(self, found: Any, place: str, reading: Reading) -> dict[str, Any] | None:
        """The table; a word alone is its `mode`."""
        if isinstance(found, Mapping):
            return self.table.read(found, place, reading)
        mode = self.word.read(found, place, reading)
        return None if mode is None else {"mode": mode}

    def schema(self) -> dict[str, Any]:
        """One or the other."""
        return {"anyOf": [self.word.schema(), self.table.schema()]}
