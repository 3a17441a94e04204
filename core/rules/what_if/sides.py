"""Sides: what would have given one side's reward, taken it away, or made it another amount, granted again each time."""

from collections.abc import Iterator
from dataclasses import replace

from core.contract.money import Money
from core.rules.rewarding import MILESTONE, Counted, grants
from core.rules.terms import Terms
from core.rules.what_if.otherwise import Otherwise
from core.rules.what_if.wishes import wished

WHOSE = {"advocate": "the advocate", "friend": "the friend"}


def other_grants(terms: Terms, counted: Counted) -> list[Otherwise]:
    """What facts decided of each side's reward, and what the most of an order that rewards may take has cut."""
    return [*_by_facts(terms, counted), *_uncut(terms, counted)]


def _by_facts(terms: Terms, counted: Counted) -> Iterator[Otherwise]:
    given = grants(terms, counted)
    for side, promised in terms.rewards.items():
        if promised.when is None:
            continue
        is_given = side in given
        ways = list(wished(promised.when, counted.facts, wanted=not is_given))
        turning = [
            (wishes, words)
            for facts, wishes, words in ways
            if (side in grants(terms, replace(counted, facts=facts))) is not is_given
        ]
        then = f"there would have been {'no' if is_given else 'a'} reward for {WHOSE[side]}"
        for words in dict.fromkeys(words for wishes, words in turning if not any(few < wishes for few, _ in turning)):
            yield Otherwise(side, then, (f"{side}.when",), (words,))


def _uncut(terms: Terms, counted: Counted) -> Iterator[Otherwise]:
    percent = terms.limits.most_of_order
    if percent is None:
        return
    cut = grants(terms, counted)
    whole = grants(replace(terms, limits=replace(terms.limits, most_of_order=None)), counted)
    for side in [side for side in whole if side != MILESTONE and whole[side] != cut.get(side)]:
        was = cut.get(side, Money.zero(whole[side].currency))
        then = f"the reward for {WHOSE[side]} would have been {whole[side]} instead of {was}"
        words = f"rewards could take more than {percent.normalize():f} % of what counts of an order"
        yield Otherwise(side, then, ("most_of_order",), (words,))
