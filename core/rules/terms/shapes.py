"""Shapes: what may stand at one place of a terms file. Each reads it, and says the same as JSON Schema."""

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from core.rules.terms.problems import Problems


@dataclass
class Reading:
    """One document being read: what is wrong with it so far, and the currencies that its amounts are in."""

    problems: Problems = field(default_factory=Problems)
    currencies: tuple[str, ...] = ()
    tests: int = 0


class Shape(Protocol):
    """One kind of value. `read` returns None where it noted a problem."""

    def read(self, found: Any, place: str, reading: Reading) -> Any:
        """The value that stands there, as the terms keep it."""
        ...

    def schema(self) -> dict[str, Any]:
        """What JSON Schema says of it: never stricter than `read`."""
        ...


@dataclass(frozen=True)
class Text:
    """A line of text; `pattern` fits the whole of it."""

    expected: str
    pattern: str = ""
    longest: int = 200
    is_empty_allowed: bool = False

    def read(self, found: Any, place: str, reading: Reading) -> str | None:
        """The text as it stands there."""
        if isinstance(found, str) and self._fits(found):
            return found
        reading.problems.wrong(place, found, self.expected)
        return None

    def _fits(self, found: str) -> bool:
        is_sized = (bool(found) or self.is_empty_allowed) and len(found) <= self.longest and found.isprintable()
        return is_sized and (not self.pattern or re.fullmatch(self.pattern, found) is not None)

    def schema(self) -> dict[str, Any]:
        """A string of that length, with that pattern."""
        pattern = {"pattern": f"^{self.pattern}$"} if self.pattern else {}
        return {"type": "string", "minLength": 0 if self.is_empty_allowed else 1, "maxLength": self.longest, **pattern}


@dataclass(frozen=True)
class Flag:
    """Yes or no."""

    def read(self, found: Any, place: str, reading: Reading) -> bool | None:
        """The flag."""
        if isinstance(found, bool):
            return found
        reading.problems.wrong(place, found, "true or false")
        return None

    def schema(self) -> dict[str, Any]:
        """A boolean."""
        return {"type": "boolean"}


@dataclass(frozen=True)
class Whole:
    """A whole number within bounds."""

    least: int
    most: int

    def read(self, found: Any, place: str, reading: Reading) -> int | None:
        """The number."""
        if isinstance(found, int) and not isinstance(found, bool) and self.least <= found <= self.most:
            return found
        reading.problems.wrong(place, found, f"a whole number from {self.least} to {self.most}")
        return None

    def schema(self) -> dict[str, Any]:
        """An integer within the same bounds."""
        return {"type": "integer", "minimum": self.least, "maximum": self.most}


@dataclass(frozen=True)
class Choice:
    """One of a few words."""

    words: tuple[str, ...]
    becomes: type[StrEnum] | None = None

    def read(self, found: Any, place: str, reading: Reading) -> str | None:
        """The word, as its kind of word where it has one."""
        if isinstance(found, str) and found in self.words:
            return self.becomes(found) if self.becomes else found
        reading.problems.wrong(place, found, " or ".join(f'"{word}"' for word in self.words))
        return None

    def schema(self) -> dict[str, Any]:
        """One of the same words."""
        return {"enum": list(self.words)}


@dataclass(frozen=True)
class Choices:
    """Some of a few words, each once; `order` says what their order means."""

    becomes: type[StrEnum]
    order: str = ""

    def read(self, found: Any, place: str, reading: Reading) -> tuple[StrEnum, ...] | None:
        """The words in the order in which they stand there."""
        known = {str(word) for word in self.becomes}
        told = found if isinstance(found, list) and all(isinstance(word, str) for word in found) else []
        if told and known.issuperset(told) and len(set(told)) == len(told):
            return tuple(self.becomes(word) for word in told)
        words = f"a list of some of {', '.join(self.becomes)}"
        strange = [word for word in told if word not in known]
        expected = f"{words}, {self.order}" if self.order else words
        reading.problems.wrong(place, strange[0] if strange else found, expected)
        return None

    def schema(self) -> dict[str, Any]:
        """An array of the same words, each once."""
        items = {"enum": [str(word) for word in self.becomes]}
        return {"type": "array", "items": items, "minItems": 1, "uniqueItems": True}


@dataclass(frozen=True)
class Texts:
    """A list of different words."""

    expected: str
    most: int = 200
    longest: int = 200
    pattern: str = ""
    is_empty_allowed: bool = False

    def read(self, found: Any, place: str, reading: Reading) -> tuple[str, ...] | None:
        """The words in the order in which they stand there."""
        if isinstance(found, list) and self._fits(found):
            return tuple(found)
        reading.problems.wrong(place, found, self.expected)
        return None

    def _fits(self, found: list[Any]) -> bool:
        if len(found) > self.most or not (found or self.is_empty_allowed):
            return False
        return all(self._fits_one(text) for text in found) and len(set(found)) == len(found)

    def _fits_one(self, text: Any) -> bool:
        is_line = isinstance(text, str) and 0 < len(text) <= self.longest and text.isprintable()
        return is_line and (not self.pattern or re.fullmatch(self.pattern, text) is not None)

    def schema(self) -> dict[str, Any]:
        """An array of such strings, each once."""
        pattern = {"pattern": f"^{self.pattern}$"} if self.pattern else {}
        items = {"type": "string", "minLength": 1, "maxLength": self.longest, **pattern}
        least = 0 if self.is_empty_allowed else 1
        return {"type": "array", "items": items, "minItems": least, "maxItems": self.most, "uniqueItems": True}
