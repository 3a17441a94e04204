"""The currencies of a terms file: they are read first, because every amount in it has one."""

from collections.abc import Mapping
from typing import Any

from core.contract.money import CURRENCY
from core.rules.terms.shapes import Reading

EXAMPLE = 'the shop\'s currency, such as "EUR"'


def read_currencies(counts: Any, reading: Reading) -> tuple[str, ...]:
    """The campaign's currencies, the main one first; none where something is wrong with them.

    A wrong word is told by the shape of its key; here, only that none is there, or both keys are.
    """
    table = counts if isinstance(counts, Mapping) else {}
    one, several = table.get("currency"), table.get("currencies")
    if one is not None and several is not None:
        reading.problems.add("counts", "says currency and currencies; write only one of them")
        return ()
    if one is None and several is None:
        reading.problems.wrong("counts.currency", None, EXAMPLE)
    found: list[Any] = several if isinstance(several, list) else [one]
    is_good = all(isinstance(word, str) and CURRENCY.fullmatch(word) for word in found)
    return tuple(found) if is_good else ()
