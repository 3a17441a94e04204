"""Switches: who says whether a connection is on: the places of the settings, strongest first, and then the people."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Lock:
    """A place of the settings has said so, and nobody at a page or a command line says otherwise."""

    is_on: bool
    by: str


@dataclass(frozen=True, slots=True)
class Place:
    """What one place of the settings says, of kinds of connectors and, by `plain` label, of single connections."""

    kinds: Mapping[str, Lock] = field(default_factory=dict)
    labels: Mapping[str, Lock] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Switches:
    """The places, strongest first; within one of them, what it says of a connection goes before what of its kind."""

    places: tuple[Place, ...] = ()

    def lock(self, connector: str, label: str) -> Lock | None:
        """What the settings say of that connection; None when it is left to the people."""
        for place in self.places:
            found = place.labels.get(plain(label)) or place.kinds.get(connector)
            if found is not None:
                return found
        return None

    def is_on(self, connector: str, label: str, *, wanted: bool) -> bool:
        """True when the connection is on, given what the people want."""
        lock = self.lock(connector, label)
        return wanted if lock is None else lock.is_on

    def off_kinds(self) -> frozenset[str]:
        """The kinds of which no connection is on unless a setting says so of that one."""
        kinds = {kind for place in self.places for kind in place.kinds}
        first = {kind: next(place.kinds[kind] for place in self.places if kind in place.kinds) for kind in kinds}
        return frozenset(kind for kind, lock in first.items() if not lock.is_on)


LEFT_TO_PEOPLE = Switches()


def plain(label: str) -> str:
    """How a label is written where only small letters, digits and underscores can be: in a variable's name."""
    return "".join(letter if letter.isalnum() else "_" for letter in label.casefold())
