"""Asking: conditions that ask for what nobody tells, in a way that makes no sense, or for what can never be true."""

from collections.abc import Iterator, Mapping
from difflib import get_close_matches

from core.contract.events import WITHOUT_MONEY
from core.contract.facts import KNOWN_FACTS, FactField, FactKind
from core.rules.conditions import AllOf, Condition, EveryLine, SomeLine, Test
from core.rules.feasibility.contradictions import contradiction
from core.rules.feasibility.means import TELLS, Means
from core.rules.promise.english import ENGLISH
from core.rules.promise.spelling import condition_words
from core.rules.terms.model import Terms

Found = Iterator[str]
# Which operators make sense of which kind of fact; a kind that is not here is compared with anything.
COMPARABLE: Mapping[FactKind, frozenset[str]] = {
    FactKind.TEXT: frozenset(
        {"is", "is_not", "is_one_of", "is_none_of", "contains", "starts_with", "ends_with", "is_known"}
    ),
    FactKind.LIST: frozenset({"is", "is_not", "is_one_of", "is_none_of", "contains", "is_known"}),
    FactKind.FLAG: frozenset({"is", "is_not", "is_known"}),
    FactKind.TIME: frozenset({"since", "before", "is_known"}),
    FactKind.NUMBER: frozenset(
        {"is", "is_not", "is_one_of", "is_none_of", "at_least", "at_most", "more_than", "less_than", "is_known"}
    ),
}
COMPARED = {**COMPARABLE, FactKind.AMOUNT: COMPARABLE[FactKind.NUMBER]}


def impossible(terms: Terms, means: Means) -> Found:
    """What is wrong with the conditions, each with its place."""
    facts = {**means.facts, **KNOWN_FACTS}
    for place, condition in conditions_of(terms):
        asked = dict.fromkeys(tests_in(condition))
        senseless = [words for test in asked for words in (*_asked(test, means), *_uncounted(test, terms))]
        yield from (f"{place}: {words}" for words in senseless or _never(place, condition, terms, facts))


def conditions_of(terms: Terms) -> Iterator[tuple[str, Condition]]:
    """Every condition of the terms, with its place."""
    if terms.when:
        yield "counts.when", terms.when
    for side, promised in terms.rewards.items():
        if promised.when:
            yield f"{side}.when", promised.when
        if promised.of_lines:
            yield f"{side}.of_lines", promised.of_lines


def _never(place: str, condition: Condition, terms: Terms, facts: Mapping[str, FactField]) -> Found:
    is_of_line = place.endswith(".of_lines")
    if parts := contradiction(condition, facts, is_of_line=is_of_line):
        yield f"{_together(parts)} can never be true; change one of them"
    elif not is_of_line:
        yield from _beside(place, condition, terms, facts)


def _beside(place: str, condition: Condition, terms: Terms, facts: Mapping[str, FactField]) -> Found:
    """What is asked here must be possible beside what is asked elsewhere."""
    others = [("counts.minimum", one) for one in _least(terms)]
    if terms.when and place != "counts.when":
        others.append(("counts.when", terms.when))
    for other, asked in others:
        if never := contradiction(AllOf((asked, condition)), facts):
            yield f"{_together(never)} can never be true, because of {other}; change one of them"


def _least(terms: Terms) -> Iterator[Condition]:
    """The minimum as a condition, where everything that counts must reach one and the same."""
    if len(terms.currencies) == 1 and not WITHOUT_MONEY.intersection(terms.kinds):
        yield Test("order.base", "at_least", terms.minimum[terms.currency].text())


def _uncounted(test: Test, terms: Terms) -> Found:
    owner = test.field.partition(".")[0]
    if test.field not in KNOWN_FACTS and not TELLS[owner].intersection(terms.kinds):
        yield f"{test.field} is never known of what counts here ({', '.join(terms.kinds)}); see counts.kinds"


def _together(parts: tuple[Condition, ...]) -> str:
    return " and ".join(condition_words(part, ENGLISH) for part in parts)


def tests_in(condition: Condition) -> Iterator[Test]:
    """Every single test of a condition."""
    if isinstance(condition, Test):
        yield condition
    elif isinstance(condition, SomeLine | EveryLine):
        yield from tests_in(condition.condition)
    else:
        for part in condition.parts:
            yield from tests_in(part)


def _asked(test: Test, means: Means) -> Found:
    """What is wrong with asking for this field in this way."""
    if not means.tells(test.field):
        near = get_close_matches(test.field, means.known(), n=1, cutoff=0.75)
        hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(means.known())}"
        yield f"no connected source tells {test.field}; {hint}"
        return
    fact = means.fact(test.field)
    allowed = COMPARED.get(fact.kind) if fact else None
    if fact and allowed and test.op not in allowed:
        others = ", ".join(sorted(allowed))
        yield f"{test.field} is of the kind {fact.kind} and cannot be compared with {test.op}; write one of {others}"
    elif fact and fact.kind is FactKind.FLAG and not isinstance(test.value, bool):
        yield f"{test.field} is true or false, without quotes"
