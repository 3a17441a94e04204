"""A request that found its endpoint: who asks, where, and what was sent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sandbox.ground.answers import Answer
from sandbox.hubspot.cloud import Cloud
from sandbox.hubspot.complaints import invalid, unreadable
from sandbox.hubspot.kinds import Kind, kind_of
from sandbox.hubspot.nouns import Portal

VERSIONS = ("2026-03", "2026-09")


@dataclass
class Ask:
    """`words` are the changing parts of the path, `query` its parameters, each as often as it was sent."""

    cloud: Cloud
    portal: Portal
    version: str
    words: tuple[str, ...]
    query: list[tuple[str, str]]
    body: Any

    @property
    def where(self) -> int:
        return self.portal.portal

    @property
    def kind(self) -> Kind:
        """The object type that the path begins with."""
        return kind_of(self.words[0])

    def one(self, name: str, default: str = "") -> str:
        return next((value for key, value in self.query if key == name), default)

    def many(self, name: str) -> list[str]:
        """A list, sent with commas or as a repeated parameter."""
        return [each for key, value in self.query if key == name for each in value.split(",") if each]

    def flag(self, name: str) -> bool:
        return self.one(name).lower() == "true"

    def mapping(self) -> dict[str, Any]:
        if not isinstance(self.body, dict):
            raise unreadable("an object is expected")
        return self.body

    def inputs(self, most: int, known: frozenset[str]) -> list[dict[str, Any]]:
        """The rows of a batch; raises Complaint for none, too many, or rows of another shape."""
        rows = self.mapping().get("inputs")
        if not isinstance(rows, list) or not rows:
            raise invalid("Some required fields were not set: [inputs]")
        if len(rows) > most:
            raise invalid(
                f"The maximum number of inputs supported in a batch request is {most}; {len(rows)} were given"
            )
        for row in rows:
            if not isinstance(row, dict) or not set(row) <= known:
                raise unreadable(f"an input has other fields than {', '.join(sorted(known))}")
        return rows


Act = Callable[[Ask], Answer]
# Which scopes an act needs, one of them being enough.
Needs = Callable[[Ask], list[str]]
Route = tuple[str, str, Act, Needs]


def reading(ask: Ask) -> list[str]:
    return [ask.kind.read]


def writing(ask: Ask) -> list[str]:
    return [ask.kind.write]


def nothing(ask: Ask) -> list[str]:
    return []


def schema_reading(ask: Ask) -> list[str]:
    plural = ask.kind.plural
    return [f"crm.schemas.{plural}.read", ask.kind.read]


def schema_writing(ask: Ask) -> list[str]:
    return [f"crm.schemas.{ask.kind.plural}.write"]
