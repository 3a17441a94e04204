"""Comparing: what the orders of a period came to under two courses of terms, in figures and in words."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from core.contract.money import Money
from core.rules.replay.owing import PAID, Owed, Standing

COUNTING = ("pending", "qualified")
SIDE_WORDS = {"advocate": "the advocate", "friend": "the friend", "milestone": "the advocate's milestone"}


@dataclass(slots=True)
class Figures:
    """What orders came to: `cost` is all that is owed or was given, `liability` what of it has not left the hub yet.

    Money is minor units by currency. `refused` counts rewards for which the budget or a cap had no room.
    """

    conversions: int = 0
    reversed: int = 0
    rewards: int = 0
    refused: int = 0
    cost: Counter[str] = field(default_factory=Counter)
    liability: Counter[str] = field(default_factory=Counter)

    def add(self, standing: Standing) -> None:
        """One order more."""
        self.conversions += standing.state in COUNTING
        self.reversed += standing.state == "reversed"
        for owed in _all(standing):
            self.refused += owed.state == "void" and _is_refusal(owed.reason)
            if owed.stands:
                self.rewards += 1
                self.cost[owed.currency] += owed.net
                self.liability[owed.currency] += owed.net if owed.state != PAID else 0

    def stored(self) -> dict[str, object]:
        """The figures as the table keeps them."""
        counts: dict[str, object] = {
            "conversions": self.conversions,
            "reversed": self.reversed,
            "rewards": self.rewards,
            "refused": self.refused,
        }
        return counts | {"cost": dict(self.cost), "liability": dict(self.liability)}


@dataclass(frozen=True, slots=True)
class Difference:
    """One order that came to something else, and why in words."""

    order_id: str
    name: str
    placed_at: datetime
    before: str
    after: str
    words: str


@dataclass(slots=True)
class Comparison:
    """Both courses side by side, order by order."""

    orders: int = 0
    differ: int = 0
    before: Figures = field(default_factory=Figures)
    after: Figures = field(default_factory=Figures)

    def add(
        self, order_id: str, name: str, placed_at: datetime, both: Sequence[Standing], whys: Sequence[str]
    ) -> Difference | None:
        """One order is counted on both sides; what is different about it, if anything."""
        self.orders += 1
        self.before.add(both[0])
        self.after.add(both[1])
        told = [_outcome(standing) for standing in both]
        if told[0] == told[1]:
            return None
        self.differ += 1
        return Difference(order_id, name, placed_at, _shown(both[0]), _shown(both[1]), _because(both, whys))


def in_words(comparison: Comparison, days: int) -> list[str]:
    """What would have been different, in sentences."""
    before, after = comparison.before, comparison.after
    rewards, conversions = after.rewards - before.rewards, after.conversions - before.conversions
    if not comparison.differ:
        return [f"With these terms the {days} days would have come to the same: no order differs."]
    money = sorted({*before.cost, *after.cost})
    costs = [_cost_words(currency, after.cost[currency] - before.cost[currency]) for currency in money]
    told = [_more(conversions, "conversion"), _more(rewards, "reward"), *filter(None, costs)]
    lines = [f"With these terms the {days} days would have had {', '.join(told)}."]
    differ = "differs" if comparison.differ == 1 else "differ"
    lines.append(f"{comparison.differ} of {comparison.orders} recommended orders {differ}.")
    if after.refused or before.refused:
        lines.append(f"Rewards for which there was no room: {before.refused} then, {after.refused} with these terms.")
    return lines


def _more(number: int, what: str) -> str:
    if not number:
        return f"as many {what}s"
    return f"{abs(number)} {'more' if number > 0 else 'fewer'} {what}{'' if abs(number) == 1 else 's'}"


def _cost_words(currency: str, minor: int) -> str:
    return f"{Money(abs(minor), currency)} {'more' if minor > 0 else 'less'} cost" if minor else ""


def _all(standing: Standing) -> Iterable[Owed]:
    return (*standing.rewards.values(), *standing.passed_on)


def _is_refusal(reason: str) -> bool:
    return ": " in reason and reason.partition(":")[0].isidentifier()


def _outcome(standing: Standing) -> tuple[object, ...]:
    """What matters of an order: whether it counts, and who is owed how much."""
    owed = sorted((one.side, one.person, one.currency, one.net) for one in _all(standing) if one.stands)
    return (standing.state in COUNTING, standing.state == "reversed", *owed)


def _amounts(standing: Standing) -> Mapping[str, Money]:
    return {one.side: Money(one.net, one.currency) for one in standing.rewards.values() if one.stands}


def _shown(standing: Standing) -> str:
    if standing.state == "reversed":
        return "counted, and went back"
    if standing.state not in COUNTING:
        return "does not count"
    told = [f"{SIDE_WORDS.get(side, side)} {amount}" for side, amount in _amounts(standing).items()]
    return f"counts: {', '.join(told)}" if told else "counts, without a reward"


def _because(both: Sequence[Standing], whys: Sequence[str]) -> str:
    """Why the order came to something else."""
    before, after = both
    if before.state in COUNTING and after.state not in COUNTING:
        return f"would not have counted: {whys[1] or 'it went back'}"
    if after.state in COUNTING and before.state not in COUNTING:
        return f"would have counted, and did not: {whys[0] or 'it went back'}"
    old, new = _amounts(before), _amounts(after)
    told = [_change(side, old.get(side), new.get(side), after) for side in dict.fromkeys((*old, *new))]
    return "; ".join(filter(None, told)) or "the reward would have gone to somebody else"


def _change(side: str, old: Money | None, new: Money | None, after: Standing) -> str:
    who = SIDE_WORDS.get(side, side)
    if old == new:
        return ""
    if new is None:
        owed = after.rewards.get(side)
        why = f" ({owed.reason.partition(': ')[2] or owed.reason})" if owed and owed.reason else ""
        return f"{who} would have got nothing{why}"
    return f"{who} would have got {new} instead of {old}" if old else f"{who} would have got {new}"
