"""Room: how much more a limit would have had to allow for a reward that it refused, judged by the limits themselves."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from core.contract.money import Money
from core.rules.limits import Asked, Counter, refusal
from core.rules.what_if.otherwise import Otherwise

# Where a counter's name says it: the currency and the days, by what is counted.
CURRENCY = {"budget": 1, "amount": 2}
DAYS = {"advocate": 2, "amount": 3}
Said = Callable[[Asked], str]


def more_room(side: str, then: str, asked: Sequence[Asked]) -> list[Otherwise]:
    """Each limit that alone would have had to be wider; where no single one is enough, all that refused together."""
    if has_room(asked):
        return []
    tight = [one for one in asked if _what(one) in WIDER and not has_room([one])]
    single = [one for one in tight if has_room(_widened(asked, [one]))]
    ways = [[one] for one in single] or ([tight] if has_room(_widened(asked, tight)) else [])
    return [Otherwise(side, then, tuple(map(_what, way)), tuple(WIDER[_what(one)](one) for one in way)) for way in ways]


def has_room(asked: Sequence[Asked]) -> bool:
    """What the limits say of a reward that asks these counters as they stood."""
    used = {one.name: one.used for one in asked}
    return not refusal([Counter(one.name, one.takes, one.ceiling, one.name) for one in asked], used.__getitem__)


def _widened(asked: Sequence[Asked], wider: Sequence[Asked]) -> list[Asked]:
    """The same counters, of which some allow just as much as was asked for."""
    return [replace(one, ceiling=one.used + one.takes) if one in wider else one for one in asked]


def _what(one: Asked) -> str:
    return one.name.partition(":")[0]


def _word(one: Asked, places: Mapping[str, int]) -> str:
    return one.name.split(":")[places[_what(one)]]


def _budget(one: Asked) -> str:
    used, most, more = (Money(minor, _word(one, CURRENCY)) for minor in (one.used, one.ceiling, _short(one)))
    return f"the campaign's budget had been {more} more; {used} of {most} were promised"


def _advocate(one: Asked) -> str:
    most = one.used + one.takes
    return f"one advocate could have {most} rewards in {_word(one, DAYS)} days; the most are {one.ceiling}"


def _amount(one: Asked) -> str:
    used, most, more = (Money(minor, _word(one, CURRENCY)) for minor in (one.used, one.ceiling, _short(one)))
    days = _word(one, DAYS)
    return f"one advocate could get {more} more than {most} in {days} days; {used} were promised"


def _friend(one: Asked) -> str:
    most = one.used + one.takes
    return f"the orders of one friend could bring {most} rewards for one side; the most are {one.ceiling}"


def _short(one: Asked) -> int:
    return one.used + one.takes - one.ceiling


# That a milestone is given once is no limit that could be wider.
WIDER: Mapping[str, Said] = {"budget": _budget, "advocate": _advocate, "amount": _amount, "friend": _friend}
