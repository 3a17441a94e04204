"""The world of a replay: which versions of terms were known at each decision, and whose orders belong together."""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from core.rules.counting import TermsInForce
from core.rules.order_rules import PauseFacts
from core.rules.terms import FraudTerms, Limits, Terms

PROPOSED = "proposed"
NO_HOLD, NO_FRAUD = timedelta(), FraudTerms()
Versions = tuple[TermsInForce, ...]
Known = TypeVar("Known")
Asked = TypeVar("Asked")


class Timeline(Generic[Known]):
    """What was known from which number on."""

    def __init__(self, first: Known) -> None:
        self._numbers: list[int] = []
        self._known = [first]

    def add(self, number: int, known: Known) -> None:
        """From that number on this is known; numbers are added in order."""
        self._numbers.append(number)
        self._known.append(known)

    def at(self, number: int) -> Known:
        """What was known at that number."""
        return self._known[bisect_right(self._numbers, number)]

    def all(self) -> Iterable[Known]:
        """Everything that was known at one time or another."""
        return tuple(self._known)

    def changed(self, change: Callable[[Known], Asked]) -> "Timeline[Asked]":
        """The same line with everything on it changed."""
        other = Timeline(change(self._known[0]))
        for number, known in zip(self._numbers, self._known[1:], strict=True):
            other.add(number, change(known))
        return other


@dataclass(frozen=True, slots=True)
class Published:
    """A version of terms, known to all decisions from `number` on."""

    number: int
    version: TermsInForce


@dataclass(frozen=True, slots=True)
class Paused:
    """A pause as all decisions from `number` on know it; told again when it ends. `is_own` where the hub began it."""

    number: int
    pause_id: str
    facts: PauseFacts
    is_own: bool = False


class Course:
    """The versions of terms and the pauses that decisions know: as they were, or with other terms in their place."""

    def __init__(self, published: Iterable[Published], paused: Iterable[Paused] = ()) -> None:
        self._versions: Timeline[Versions] = Timeline(())
        known: Versions = ()
        for one in sorted(published, key=lambda one: one.number):
            known = tuple(sorted((*known, one.version), key=lambda version: version.effective_at))
            self._versions.add(one.number, known)
        self._paused = sorted(paused, key=lambda one: one.number)
        self._pauses = _pauses(self._paused)

    def at(self, number: int) -> Versions:
        """The versions that the decision of that number knew, by the time from which they hold."""
        return self._versions.at(number)

    def asked(self, question: Callable[[Versions], Asked]) -> Timeline[Asked]:
        """The answer to a question about the versions, as it was at each time."""
        return self._versions.changed(question)

    def pauses_at(self, number: int) -> tuple[PauseFacts, ...]:
        """The pauses that the decision of that number knew."""
        return self._pauses.at(number)

    def instead(self, proposed: TermsInForce, until: datetime) -> "Course":
        """The same course, but that the proposed terms hold from when they take effect until `until`.

        A pause that the campaign made by itself under its own terms is not made under others.
        """
        other = Course((), [one for one in self._paused if not one.is_own])
        other._versions = self._versions.changed(lambda known: _spliced(known, proposed, until))
        return other


def _pauses(paused: Sequence[Paused]) -> "Timeline[tuple[PauseFacts, ...]]":
    line: Timeline[tuple[PauseFacts, ...]] = Timeline(())
    known: dict[str, PauseFacts] = {}
    for one in paused:
        known[one.pause_id] = one.facts
        line.add(one.number, tuple(known.values()))
    return line


def _spliced(known: Versions, proposed: TermsInForce, until: datetime) -> Versions:
    """Who held before holds before, and who held at the end holds again from then on."""
    since = proposed.effective_at
    before = [one for one in known if one.effective_at < since]
    held = [one for one in known if one.effective_at <= until]
    after = [one for one in known if one.effective_at > until]
    again = [TermsInForce(held[-1].terms_id, held[-1].terms, until)] if held else []
    return (*before, proposed, *again, *after)


class Alike:
    """Tells which terms decide alike whether an order counts, whatever they give for it: those have one number."""

    def __init__(self) -> None:
        self._kinds: list[Terms] = []

    def kind(self, terms: Terms) -> int:
        """The number of what these terms ask of an order."""
        asked = replace(terms, slug="", name="", destination="", hold=NO_HOLD, fraud=NO_FRAUD)
        asked = replace(asked, rewards={}, limits=Limits())
        if asked not in self._kinds:
            self._kinds.append(asked)
        return self._kinds.index(asked)


class Kin:
    """Who became one with whom, and between whom orders moved: their orders are looked at together."""

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        self._above: dict[str, str] = {}
        for one, other in pairs:
            first, second = sorted((self.head(one), self.head(other)))
            if first != second:
                self._above[second] = first

    def head(self, person_id: str) -> str:
        """The one under whose id all kin are gathered; anybody without kin is alone."""
        while (above := self._above.get(person_id)) is not None:
            person_id = above
        return person_id

    def families(self) -> Mapping[str, Sequence[str]]:
        """Everybody who has kin, by head."""
        found: dict[str, list[str]] = {}
        for person_id in {*self._above, *self._above.values()}:
            found.setdefault(self.head(person_id), []).append(person_id)
        return found
