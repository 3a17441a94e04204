"""Answering: the changes that turn the outcome round, one by one, or together where no single one is enough."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.rules.purchases import OrderFacts
from core.rules.terms import Terms
from core.rules.what_if.breaks import BREAKS
from core.rules.what_if.case import Case
from core.rules.what_if.changes import FIXES, Change, Imagine
from core.rules.what_if.wishes import meets, misses

TO_COUNT: tuple[Imagine, ...] = (*FIXES, meets)
NOT_TO_COUNT: tuple[Imagine, ...] = (*BREAKS, misses)
# A way that takes more than this many changes at once explains nothing any more.
MOST_TOGETHER = 4


@dataclass(frozen=True, slots=True)
class WhatIf:
    """With these changes, all at once, the order would have counted (or, where it counts, would not have).

    `changes` name what is different, for programs; `words` say it, each to go on after "if".
    """

    counts: bool
    changes: tuple[str, ...]
    words: tuple[str, ...]


def what_if(case: Case, order_id: str) -> tuple[WhatIf, ...]:
    """Every single change that turns the outcome; where none does, a set of few that does together, if there is one."""
    order = case.order(order_id)
    terms = case.terms(order)
    if terms is None:
        return ()
    counts = case.counts(order_id)
    imagined = _imagined(case, order, terms, NOT_TO_COUNT if counts else TO_COUNT)
    single = [change for change in imagined if change.case.counts(order_id) is not counts]
    if single:
        words = dict.fromkeys((change.name, change.words) for change in single if not _says_more(change, single))
        return tuple(WhatIf(not counts, (name,), (said,)) for name, said in words)
    together = [] if counts else _together(case, order_id)
    return (
        (WhatIf(True, tuple(one.name for one in together), tuple(one.words for one in together)),) if together else ()
    )


def _imagined(case: Case, order: OrderFacts, terms: Terms, ways: Sequence[Imagine]) -> list[Change]:
    return [change for imagine in ways for change in imagine(case, order, terms)]


def _says_more(change: Change, turning: Sequence[Change]) -> bool:
    """Whether some of its facts alone would turn the outcome as well."""
    return any(other.facts and other.facts < change.facts for other in turning)


def _together(case: Case, order_id: str) -> list[Change]:
    """Each kind of change is made on top of the ones before; then those that turn out not to be needed are left out."""
    ways = list(TO_COUNT)
    if not _counts(case, order_id, _chain(case, order_id, ways)):
        return []
    for way in TO_COUNT:
        without = [one for one in ways if one is not way]
        if _counts(case, order_id, _chain(case, order_id, without)):
            ways = without
    needed = _chain(case, order_id, ways)
    return needed if len(needed) <= MOST_TOGETHER else []


def _chain(case: Case, order_id: str, ways: Sequence[Imagine]) -> list[Change]:
    made: list[Change] = []
    for imagine in ways:
        order = case.order(order_id)
        terms = case.terms(order)
        change = next(iter(imagine(case, order, terms)), None) if terms else None
        if change is not None:
            made.append(change)
            case = change.case
    return made


def _counts(case: Case, order_id: str, made: Sequence[Change]) -> bool:
    return (made[-1].case if made else case).counts(order_id)
