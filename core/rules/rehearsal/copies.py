"""Copies: which stories share a copy of the campaign and which have their own, so that none disturbs another."""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any

from core.contract.money import Money
from core.rules.rehearsal.cast import FRIENDS_AT_THE_LIMIT
from core.rules.rehearsal.fitting import fit, promised, worth_of
from core.rules.rehearsal.role import Buys, Need, Role
from core.rules.terms import Terms

CAP = FRIENDS_AT_THE_LIMIT // 2
LONGEST_SLUG = 63
LIMITED = frozenset({Need.BUDGET, Need.CAP})


def copies_for(roles: Sequence[Role], body: Mapping[str, Any], terms: Terms) -> dict[str, dict[str, Any]]:
    """By role the document of the copy in which it is played: roles with the same short name share one.

    All share that can: who does not play at a limit, as long as the budget is enough for everybody.
    """
    together = [role for role in roles if not LIMITED & set(role.needs)]
    do_share = _is_room_for(together, terms)
    return {role.key: dict(body) if do_share and role in together else _own_copy(role, body, terms) for role in roles}


def _is_room_for(roles: Sequence[Role], terms: Terms) -> bool:
    if terms.limits.pause_when_burning is not None:
        return False
    friends = sum(isinstance(step, Buys) for role in roles for step in role.steps)
    most = _most_for_one(terms)
    return terms.budget is None or most.minor * friends <= terms.budget.minor


def _most_for_one(terms: Terms) -> Money:
    """More than all sides together are ever owed for one friend."""
    base = fit(terms).base
    worths = [[reward.worth, *(tier.worth for tier in reward.tiers)] for reward in terms.rewards.values()]
    worths += [[milestone.worth] for reward in terms.rewards.values() for milestone in reward.milestones]
    return Money(sum(max(worth_of(one, base).minor for one in of_side) for of_side in worths), base.currency)


def _own_copy(role: Role, body: Mapping[str, Any], terms: Terms) -> dict[str, Any]:
    """The document of a copy for this role alone.

    A limit that a handful of orders would never reach is brought near, so that it can be seen at work. Milestones are
    left out there: so few friends would never reach them.
    """
    copy = deepcopy(dict(body))
    copy["campaign"] = {**copy["campaign"], "slug": f"as-{role.key}"[:LONGEST_SLUG]}
    limits = dict(copy.get("limits", {}))
    if LIMITED & set(role.needs):
        copy.get("advocate", {}).pop("milestones", None)
    if Need.BUDGET in role.needs and terms.budget:
        limits["budget"] = _near(terms, limits["budget"])
    if Need.CAP in role.needs and (terms.limits.rewards_per_advocate or 0) > CAP:
        limits["rewards_per_advocate"] = CAP
    return {**copy, "limits": limits} if limits else copy


def _near(terms: Terms, told: Any) -> Any:
    """A budget that ends in the middle of what the role's friends would be owed, or the real one if that is less."""
    assert terms.budget is not None
    pair = pair_of(terms)
    near = Money(pair.minor * FRIENDS_AT_THE_LIMIT - pair.minor // 2, pair.currency)
    least = min(near, terms.budget, key=lambda money: money.minor).text()
    return {**told, terms.currency: least} if isinstance(told, Mapping) else least


def pair_of(terms: Terms) -> Money:
    """What both sides together are owed for the first friend."""
    base = fit(terms).base
    return sum((promised(reward, 1, base) for reward in terms.rewards.values()), Money.zero(base.currency))
