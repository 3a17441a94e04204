"""Comparing: the operators of conditions, each with the words for what it found."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import TypeAlias, TypeGuard, TypeVar

from core.contract.facts import FieldValue

# What a test compares with; dates and decimal numbers are written as text.
Operand: TypeAlias = str | int | bool | tuple[str | int, ...]
Bound = TypeVar("Bound")
Compare: TypeAlias = Callable[[FieldValue], tuple[bool, str]]

# A strict pattern first: Decimal accepts "1e1000000" and "NaN".
NUMBER = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,18})?", re.ASCII)
LONGEST_SHOWN, MOST_SHOWN = 60, 8


def is_told(value: FieldValue | None) -> TypeGuard[FieldValue]:
    """True for anything but nothing and an empty text."""
    return value is not None and value != ""


def spelt(value: FieldValue | Operand) -> str:
    """The value as it is shown to people."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if not isinstance(value, tuple):
        return str(value)[:LONGEST_SHOWN]
    shown = ", ".join(spelt(part) for part in value[:MOST_SHOWN])
    return shown + (", …" if len(value) > MOST_SHOWN else "")


def number(value: object) -> Decimal | None:
    """The exact number that a value is or spells; None if it is none."""
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        return None
    text = str(value).strip()
    return Decimal(text) if NUMBER.fullmatch(text) else None


def moment(value: object) -> datetime | None:
    """The time that a text spells, UTC where it says nothing else; None if it is none."""
    try:
        at = datetime.fromisoformat(value.strip()) if isinstance(value, str) else None
        if at is None:
            return None
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _folded(value: object) -> str:
    return str(value).strip().casefold()


def _is_same(told: object, wanted: object) -> bool:
    """Texts are the same in any case; 10 and "10.00" are the same number, the texts "007" and "7" are two."""
    if _folded(told) == _folded(wanted):
        return True
    is_number = isinstance(told, int) or isinstance(wanted, int) or "." in f"{told}{wanted}"
    one, other = (number(told), number(wanted)) if is_number else (None, None)
    return one is not None and one == other


def _parts(value: FieldValue | Operand) -> tuple[str | int, ...]:
    """A list is looked at part by part."""
    return value if isinstance(value, tuple) else (value,)


def _shares(told: FieldValue, wanted: Operand) -> bool:
    return any(_is_same(one, other) for one in _parts(told) for other in _parts(wanted))


@dataclass(frozen=True, slots=True)
class Words:
    """What is said where a test is met, and where it failed; `of_lists` the same of several values at once."""

    met: str
    failed: str
    of_lists: tuple[str, str]

    def of(self, told: FieldValue, wanted: Operand, *, is_met: bool) -> str:
        """The words that go on after the value that was found."""
        met, failed = self.of_lists if isinstance(told, tuple) else (self.met, self.failed)
        return (met if is_met else failed).format(spelt(wanted))


def _named(words: Words, *, shares: bool) -> Callable[[Operand], Compare]:
    """Holds when what was told and what is wanted have something in common (or, for not `shares`, nothing)."""

    def compiled(wanted: Operand) -> Compare:
        def compare(told: FieldValue) -> tuple[bool, str]:
            is_met = _shares(told, wanted) is shares
            return is_met, words.of(told, wanted, is_met=is_met)

        return compare

    return compiled


def _bounded(
    read: Callable[[object], Bound | None], what: str, test: Callable[[Bound, Bound], bool], met: str, failed: str
) -> Callable[[Operand], Compare]:
    """Holds when what was told, read as a `what`, stands to what is wanted as the test says."""

    def compiled(wanted: Operand) -> Compare:
        bound = read(wanted)

        def compare(told: FieldValue) -> tuple[bool, str]:
            found = read(told)
            if found is None or bound is None:
                return False, f", which {'are' if isinstance(told, tuple) else 'is'} no {what}"
            is_met = test(found, bound)
            return is_met, f", {met if is_met else failed} {spelt(wanted)}"

        return compare

    return compiled


def _sized(test: Callable[[Decimal, Decimal], bool], met: str, failed: str) -> Callable[[Operand], Compare]:
    return _bounded(number, "number", test, met, failed)


def _timed(test: Callable[[datetime, datetime], bool], met: str, failed: str) -> Callable[[Operand], Compare]:
    return _bounded(moment, "time", test, met, failed)


def _holds_piece(told: FieldValue, piece: str) -> bool:
    """A text contains a piece of it; a list one of its entries, whole."""
    return piece in map(_folded, told) if isinstance(told, tuple) else piece in _folded(told)


def _begins(told: FieldValue, piece: str) -> bool:
    return any(_folded(part).startswith(piece) for part in _parts(told))


def _ends(told: FieldValue, piece: str) -> bool:
    return any(_folded(part).endswith(piece) for part in _parts(told))


def _written(test: Callable[[FieldValue, str], bool], words: Words) -> Callable[[Operand], Compare]:
    def compiled(wanted: Operand) -> Compare:
        pieces = [_folded(piece) for piece in _parts(wanted)]

        def compare(told: FieldValue) -> tuple[bool, str]:
            is_met = any(test(told, piece) for piece in pieces)
            return is_met, words.of(told, wanted, is_met=is_met)

        return compare

    return compiled


def _ending(verb: str) -> Words:
    of_lists = f", one of which {verb}s with {{}}", f", none of which {verb}s with {{}}"
    return Words(f", which {verb}s with {{}}", f", which does not {verb} with {{}}", of_lists)


AMONG, WITHOUT = ", with {} among them", ", without {}"
ONE_AMONG, NONE_AMONG = ", with one of {} among them", ", with none of {} among them"
COMPARISONS: Mapping[str, Callable[[Operand], Compare]] = {
    "is": _named(Words("", ", not {}", (AMONG, WITHOUT)), shares=True),
    "is_not": _named(Words(", not {}", "", (WITHOUT, AMONG)), shares=False),
    "is_one_of": _named(
        Words(", which is one of {}", ", which is not one of {}", (ONE_AMONG, NONE_AMONG)), shares=True
    ),
    "is_none_of": _named(Words(", which is none of {}", ", which is one of {}", (NONE_AMONG, ONE_AMONG)), shares=False),
    "at_least": _sized(lambda found, bound: found >= bound, "at least", "less than"),
    "at_most": _sized(lambda found, bound: found <= bound, "at most", "more than"),
    "more_than": _sized(lambda found, bound: found > bound, "more than", "not more than"),
    "less_than": _sized(lambda found, bound: found < bound, "less than", "not less than"),
    "contains": _written(_holds_piece, Words(", which contains {}", ", which does not contain {}", (AMONG, WITHOUT))),
    "starts_with": _written(_begins, _ending("begin")),
    "ends_with": _written(_ends, _ending("end")),
    "since": _timed(lambda at, bound: at >= bound, "not before", "before"),
    "before": _timed(lambda at, bound: at < bound, "before", "not before"),
}
OPERATORS = (*COMPARISONS, "is_known")
