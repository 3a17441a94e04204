"""What is wrong with a document: each problem with its place, all at once, and never so many that nobody reads them."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any

MOST_TOLD = 50
LONGEST_SHOWN = 40
MOST_DIGITS = 10**60


class Problems:
    """Collects what a reader finds; after fifty it only counts."""

    def __init__(self) -> None:
        self._told: list[str] = []
        self._untold = 0

    def __bool__(self) -> bool:
        return bool(self._told)

    @property
    def count(self) -> int:
        """How many problems were found."""
        return len(self._told) + self._untold

    def add(self, place: str, words: str) -> None:
        """One more problem, and where it is."""
        if len(self._told) < MOST_TOLD:
            self._told.append(f"{place}: {words}")
        else:
            self._untold += 1

    def wrong(self, place: str, found: Any, expected: str) -> None:
        """What stands there does not fit, or is missing; `expected` says what to write."""
        shown = repr(brief(found)) if isinstance(found, (str, int, float)) else brief(found)
        self.add(place, f"{'missing' if found is None else f'{shown} does not fit'}; write {expected}")

    def unknown(self, place: str, name: str, known: Iterable[str]) -> None:
        """A key that means nothing here, with the nearest one that does."""
        if len(self._told) >= MOST_TOLD:
            self._untold += 1
            return
        near = get_close_matches(brief(name).lower(), known, n=1, cutoff=0.6)
        hint = f"did you mean {near[0]}?" if near else f"known here are {', '.join(known)}"
        self.add(f"{place}.{brief(name)}" if place else brief(name), f"unknown; {hint}")

    def all(self) -> list[str]:
        """The problems in the order in which they were found."""
        more = [f"and {self._untold} more problems like these"] if self._untold else []
        return [*self._told, *more]


def brief(found: Any) -> str:
    """The beginning of a value, enough to recognise it. A deep one is not spelt out."""
    if isinstance(found, int) and abs(found) >= MOST_DIGITS:  # which Python may refuse to spell
        return "a huge number"
    if isinstance(found, (str, int, float)):
        return str(found)[:LONGEST_SHOWN]
    kind = "table" if isinstance(found, Mapping) else "list" if isinstance(found, list) else type(found).__name__
    return f"a {kind} of {len(found)}" if kind in ("table", "list") and found else f"an empty {kind}"
