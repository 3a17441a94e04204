"""Limits: which counters a reward takes room in, and what refuses it where there is none.

Pure: whoever decides keeps the counters in a table, whoever decides again keeps them in memory.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from core.contract.money import Money
from core.rules.rewarding import ADVOCATE, MILESTONE
from core.rules.terms.model import Limits

# A campaign without a budget still counts what it promised.
UNBOUNDED = 2**62
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
BUDGET = "budget"
BUDGET_REFUSED = "budget_exhausted"


@dataclass(frozen=True, slots=True)
class Claim:
    """One reward that asks for room: whose it is, for whose order, placed when, and which milestone it is."""

    side: str
    person_id: str
    friend_id: str
    amount: Money
    placed_at: datetime
    milestone: int | None = None


@dataclass(frozen=True, slots=True)
class Counter:
    """Room under one ceiling: `takes` more are used once the reward stands, and `refusal` says why they cannot be."""

    name: str
    takes: int
    ceiling: int
    refusal: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A counter as it stood when a reward asked it for room and was refused."""

    name: str
    takes: int
    ceiling: int
    used: int

    def stored(self) -> dict[str, Any]:
        """The same as the tables keep it."""
        return {"name": self.name, "takes": self.takes, "ceiling": self.ceiling, "used": self.used}


def budget_name(currency: str) -> str:
    """The counter of what a campaign has promised in one currency."""
    return f"{BUDGET}:{currency}"


def budget_ceiling(limits: Limits, currency: str) -> int:
    """The most that may be promised in that currency, minor units."""
    budget = limits.budget.get(currency)
    return budget.minor if budget else UNBOUNDED


def counters(claim: Claim, limits: Limits, in_force: Limits, *, takes_place: bool = True) -> list[Counter]:
    """Every counter the claim takes room in, in the order in which they refuse.

    `limits` are those of the terms under which its order counts; the budget is that of the terms `in_force` now. A
    reward that only grows takes room for the rest, but no place.
    """
    found = [_budget(claim, in_force), *_amounts(claim, limits)]
    return [*found[:1], *(_places(claim, limits) if takes_place else []), *found[1:]]


def refusal(asked: Sequence[Counter], used: Callable[[str], int]) -> str:
    """Why the claim cannot have its room; empty when it can."""
    return next((one.refusal for one in asked if used(one.name) + one.takes > one.ceiling), "")


def _budget(claim: Claim, in_force: Limits) -> Counter:
    currency = claim.amount.currency
    words = f"{BUDGET_REFUSED}: the campaign's budget has no room for this reward"
    return Counter(budget_name(currency), claim.amount.minor, budget_ceiling(in_force, currency), words)


def _places(claim: Claim, limits: Limits) -> list[Counter]:
    found: list[Counter] = []
    if claim.side == ADVOCATE and limits.rewards_per_advocate is not None:
        most, days = limits.rewards_per_advocate, limits.per_days
        name = f"advocate:{claim.person_id}:{days}:{_period(claim.placed_at, days)}"
        found.append(
            Counter(name, 1, most, f"cap_reached: the advocate has {most} rewards in these {days} days already")
        )
    if claim.side != MILESTONE and limits.rewards_per_friend is not None:
        most = limits.rewards_per_friend
        words = f"friend_cap_reached: orders of this friend have brought {most} rewards already"
        found.append(Counter(f"friend:{claim.friend_id}:{claim.side}", 1, most, words))
    if claim.side == MILESTONE:
        words = f"milestone_given: the reward for {claim.milestone} friends was given already"
        found.append(Counter(f"milestone:{claim.person_id}:{claim.milestone}", 1, 1, words))
    return found


def _amounts(claim: Claim, limits: Limits) -> list[Counter]:
    most = limits.amount_per_advocate.get(claim.amount.currency)
    if most is None or claim.side not in (ADVOCATE, MILESTONE):
        return []
    days = limits.amount_days
    name = f"amount:{claim.person_id}:{claim.amount.currency}:{days}:{_period(claim.placed_at, days)}"
    words = f"amount_reached: rewards of {most} in {days} days are the most for one advocate"
    return [Counter(name, claim.amount.minor, most.minor, words)]


def _period(moment: datetime, days: int) -> int:
    """Periods follow one another without a gap, the same for everybody."""
    return (moment - EPOCH).days // days


def pace_name(currency: str, now: datetime) -> str:
    """The counter of what was promised within one clock hour."""
    return f"pace:{currency}:{int((now - EPOCH).total_seconds()) // 3600}"


def why_pause(in_force: Limits, currency: str, promised_in_hour: int, *, is_refused: bool) -> str:
    """Why the campaign stops by itself after a reward; empty when it goes on.

    `promised_in_hour` counts minor units with that reward; `is_refused` says that the budget had no room for it.
    """
    if is_refused and in_force.pause_at_budget:
        return "the budget is used up"
    percent, ceiling = in_force.pause_when_burning, budget_ceiling(in_force, currency)
    if percent is not None and ceiling < UNBOUNDED and promised_in_hour * 100 > ceiling * percent:
        promised = Money(promised_in_hour, currency)
        return f"{promised} were promised within one hour, which is more than {percent.normalize():f} % of the budget"
    return ""
