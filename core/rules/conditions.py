"""Conditions: what must be true of an order, a deal or a person, composed of single tests."""

from dataclasses import dataclass
from typing import TypeAlias

# What a test compares with; dates and decimal numbers are written as text.
Operand: TypeAlias = str | int | bool | tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Test:
    """One comparison of one field."""

    field: str
    op: str
    value: Operand


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every part holds."""

    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """One part at least holds."""

    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class NoneOf:
    """No part holds."""

    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class SomeLine:
    """One line at least of the order fulfils it."""

    condition: "Condition"


@dataclass(frozen=True, slots=True)
class EveryLine:
    """The order has lines, and each fulfils it."""

    condition: "Condition"


Condition: TypeAlias = Test | AllOf | AnyOf | NoneOf | SomeLine | EveryLine
