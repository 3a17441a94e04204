"""Copies: each role plays in a copy of the campaign, the same terms but for its name and how far a limit is."""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from core.contract.money import Money
from core.rules.rehearsal.cast import FRIENDS_AT_THE_LIMIT, Need, Role
from core.rules.rehearsal.fitting import fit, promised
from core.rules.terms import Terms

CAP = FRIENDS_AT_THE_LIMIT - 1
LONGEST_SLUG = 63


def body_for(role: Role, body: Mapping[str, Any], terms: Terms) -> dict[str, Any]:
    """The document of the copy for this role.

    A limit that a handful of orders would never reach is brought near, so that it can be seen at work. Milestones are
    left out there: so few friends would never reach them.
    """
    copy = deepcopy(dict(body))
    copy["campaign"] = {**copy["campaign"], "slug": slug_for(role)}
    if {Need.BUDGET, Need.CAP} & set(role.needs):
        copy.get("advocate", {}).pop("milestones", None)
    limits = dict(copy.get("limits", {}))
    if Need.BUDGET in role.needs and terms.budget:
        limits["budget"] = _near(terms, limits["budget"])
    if Need.CAP in role.needs and (terms.limits.rewards_per_advocate or 0) > CAP:
        limits["rewards_per_advocate"] = CAP
    return {**copy, "limits": limits} if limits else copy


def slug_for(role: Role) -> str:
    """The short name of the copy."""
    return f"as-{role.key}"[:LONGEST_SLUG]


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
