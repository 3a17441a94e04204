"""The world of a replay: which versions of terms were known at each decision, and whose orders belong together."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from core.rules.counting import TermsInForce

PROPOSED = "proposed"
Versions = tuple[TermsInForce, ...]


@dataclass(frozen=True, slots=True)
class Published:
    """A version of terms, known to all decisions from `number` on."""

    number: int
    version: TermsInForce


class Course:
    """The versions of terms that decisions know: as they were published, or with others in their place."""

    def __init__(self, published: Iterable[Published]) -> None:
        self._numbers: list[int] = []
        self._versions: list[Versions] = [()]
        known: Versions = ()
        for one in sorted(published, key=lambda one: one.number):
            known = tuple(sorted((*known, one.version), key=lambda version: version.effective_at))
            self._numbers.append(one.number)
            self._versions.append(known)

    def at(self, number: int) -> Versions:
        """The versions that the decision of that number knew, by the time from which they hold."""
        return self._versions[bisect_right(self._numbers, number)]

    def instead(self, proposed: TermsInForce, until: datetime) -> "Course":
        """The same course, but that the proposed terms hold from when they take effect until `until`."""
        other = Course(())
        other._numbers, other._versions = self._numbers, [_spliced(known, proposed, until) for known in self._versions]
        return other


def _spliced(known: Versions, proposed: TermsInForce, until: datetime) -> Versions:
    """Who held before holds before, and who held at the end holds again from then on."""
    since = proposed.effective_at
    before = [one for one in known if one.effective_at < since]
    held = [one for one in known if one.effective_at <= until]
    after = [one for one in known if one.effective_at > until]
    again = [TermsInForce(held[-1].terms_id, held[-1].terms, until)] if held else []
    return (*before, proposed, *again, *after)


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
