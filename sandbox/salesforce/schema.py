"""What kinds of records an org keeps and which fields they have, read from the tables beside this module."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
LINE = re.compile(r"(\w+)\s+(\w+)(?:\((\d+)(?:,(\d+))?\))?\s*(.*)")
NUMBERS = ("double", "currency", "percent")
TEXTS = ("string", "picklist", "textarea", "url", "email", "phone")


@dataclass(frozen=True)
class Field:
    """One field; length is of characters, or of digits where it is a number."""

    name: str
    type: str
    length: int = 0
    scale: int = 0
    required: bool = False
    readonly: bool = False
    fixed: bool = False
    external: bool = False
    unique: bool = False
    exact: bool = False
    reference: str | None = None
    feature: str | None = None

    @property
    def custom(self) -> bool:
        return self.name.endswith(("__c", "__pc"))

    @property
    def label(self) -> str:
        plain = self.name.removesuffix("__c").removesuffix("__pc").replace("_", " ")
        return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", plain)

    @property
    def relation(self) -> str | None:
        """By which name a query walks to the record that this field refers to."""
        if not self.reference:
            return None
        return self.name[:-3] + "__r" if self.name.endswith("__c") else self.name.removesuffix("Id")


@dataclass(frozen=True)
class Kind:
    """A kind of record: how its ids begin, its fields by name, and its children by the name of the relation."""

    name: str
    prefix: str
    fields: dict[str, Field]
    children: dict[str, tuple[str, str]] = field(default_factory=dict)
    feature: str | None = None

    def named(self, name: str) -> Field | None:
        """The field of this name, however its letters are cased."""
        found = self.fields.get(name)
        if found or not name:
            return found
        return next((each for each in self.fields.values() if each.name.lower() == name.lower()), None)

    def walked(self, relation: str) -> Field | None:
        wanted = relation.lower()
        return next((each for each in self.fields.values() if (each.relation or "").lower() == wanted), None)

    def child(self, relation: str) -> tuple[str, str] | None:
        wanted = relation.lower()
        return next((pair for name, pair in self.children.items() if name.lower() == wanted), None)


def read_field(line: str) -> Field:
    """One line of a table; raises ValueError for one that cannot be read."""
    found = LINE.fullmatch(line.strip())
    if not found:
        raise ValueError(f"no field is described by {line!r}")
    name, type_, length, scale, rest = found.groups()
    given: dict[str, Any] = {"length": int(length or 0), "scale": int(scale or 0)}
    for word in rest.split():
        given |= _remark(word)
    return Field(name, type_, **given)


def _remark(word: str) -> dict[str, Any]:
    if word.startswith(">"):
        return {"reference": word[1:]}
    return {"feature": word[1:]} if word.startswith("@") else {word: True}


def _lines(text: str) -> list[Field]:
    return [read_field(line) for line in text.strip().splitlines()]


@cache
def standard_kinds() -> dict[str, Kind]:
    """Every standard object by its name, with all the fields that any feature brings."""
    tables = tomllib.loads((HERE / "objects.toml").read_text(encoding="utf-8"))
    system = _lines(tables.pop("system"))
    return {name: _kind(name, table, system) for name, table in tables.items()}


def _kind(name: str, table: dict[str, Any], system: list[Field]) -> Kind:
    fields = {each.name: each for each in system + _lines(table["fields"])}
    pairs = {relation: tuple(place.split(".")) for relation, place in table.get("children", {}).items()}
    return Kind(name, table["prefix"], fields, pairs, table.get("feature"))


@cache
def kit() -> dict[str, list[Field]]:
    """The referral fields by the object that holds them."""
    table = tomllib.loads((HERE / "kit.toml").read_text(encoding="utf-8"))
    return {name: _lines(table["fields"]) for name in table["objects"]}


def kinds(features: set[str], custom: dict[str, list[Field]]) -> dict[str, Kind]:
    """The kinds of an org with these features and these custom fields."""
    there = [kind for kind in standard_kinds().values() if kind.feature is None or kind.feature in features]
    return {kind.name: _furnished(kind, features, custom) for kind in there}


def _furnished(kind: Kind, features: set[str], custom: dict[str, list[Field]]) -> Kind:
    fields = [each for each in kind.fields.values() if each.feature is None or each.feature in features]
    fields += custom.get(kind.name, [])
    if kind.name == "Account" and "persons" in features:
        fields += [person_field(each) for each in custom.get("Contact", [])]
    children = {
        relation: pair for relation, pair in kind.children.items() if pair[0] != "Order" or "orders" in features
    }
    return replace(kind, fields={each.name: each for each in fields}, children=children)


def person_field(field: Field) -> Field:
    """A contact's custom field as it shows on the account of a person."""
    return replace(field, name=field.name.removesuffix("__c") + "__pc")
