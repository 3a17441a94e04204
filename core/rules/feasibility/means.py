"""Means: what the connected sources can pay, sell in and tell, as far as terms depend on it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from core.contract.events import OrderKind
from core.contract.facts import KNOWN_FACTS, FactField, is_declared

# What the beginning of a field's name says about the things that its source tells of.
TELLS: Mapping[str, frozenset[OrderKind]] = {
    "order": frozenset({OrderKind.ORDER}),
    "line": frozenset({OrderKind.ORDER}),
    "customer": frozenset(OrderKind),
    "deal": frozenset({OrderKind.DEAL}),
    "contact": frozenset({OrderKind.DEAL, OrderKind.LEAD, OrderKind.CONTACT}),
}


@dataclass(frozen=True)
class Means:
    """Everything that is connected, together.

    `payable` are the kinds of reward somebody can pay; `currencies` those that the sources sell in (none: nobody says);
    `facts` the fields that somebody tells; `kinds` what somebody tells of.
    """

    payable: frozenset[str] = frozenset()
    currencies: frozenset[str] = frozenset()
    facts: Mapping[str, FactField] = field(default_factory=dict)
    kinds: frozenset[OrderKind] = frozenset(OrderKind)

    def tells(self, name: str) -> bool:
        """True when a source tells this field, or the hub knows it of everything."""
        return name in KNOWN_FACTS or is_declared(name, self.facts)

    def fact(self, name: str) -> FactField | None:
        """What is known of a field by its own name; None where only a wildcard stands for it."""
        return KNOWN_FACTS.get(name) or self.facts.get(name)

    def known(self) -> list[str]:
        """The names of all fields that can be asked for."""
        return sorted({*KNOWN_FACTS, *self.facts})


def kinds_told(facts: Iterable[str]) -> frozenset[OrderKind]:
    """What a source tells of that declares these facts; one that declares none may tell of anything."""
    owners = {name.partition(".")[0] for name in facts}
    return frozenset().union(*(TELLS.get(owner, frozenset()) for owner in owners)) if owners else frozenset(OrderKind)
