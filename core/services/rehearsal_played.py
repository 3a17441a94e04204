"""What is played and was played: the roles that these terms and places allow, who they are there, what they bought."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast as cast_to

from core.contract.events import OrderKind
from core.contract.money import Money
from core.gateway.ground import Place, Shop, Stage
from core.rules.rehearsal import Fitting, Role, fit
from core.rules.rehearsal.cast import LOYAL_FRIENDS, Need
from core.rules.terms import Terms

# Stories whose people are shown in the CRMs, too.
EVERYWHERE = frozenset({"honest-friend", "a-deal", "deal-and-order"})


@dataclass(frozen=True, slots=True)
class Purchase:
    """One purchase as it was played."""

    role: Role
    who: str
    place: Place
    order: str
    base: Money


@dataclass
class Played:
    """What was done on the stage, and by whom: what the facts are gathered by."""

    stage: Stage
    terms: Terms
    fitting: Fitting
    roles: list[Role]
    copies: dict[str, Terms] = field(default_factory=dict)  # by role
    accounts: dict[tuple[str, str, str], str] = field(default_factory=dict)  # by role, who and place
    people: dict[str, tuple[Role, str]] = field(default_factory=dict)
    codes: dict[tuple[str, str], str] = field(default_factory=dict)
    purchases: list[Purchase] = field(default_factory=list)
    given_early: int = 0

    @property
    def shops(self) -> list[Shop]:
        """The places that sell."""
        return [cast_to(Shop, place) for place in self.stage.places.values() if place.sells]

    @property
    def has_orders(self) -> bool:
        """True when somebody's order can count."""
        return bool(self.shops) and OrderKind.ORDER in self.terms.kinds

    @property
    def has_deals(self) -> bool:
        """True when somebody's deal can count."""
        return bool(self.crms) and OrderKind.DEAL in self.terms.kinds

    def is_known_at(self, role: Role, place: Place) -> bool:
        """True when the people of that role are known there: in shops, which pay, and where they buy or are shown."""
        return place.sells or role.key in EVERYWHERE or not self.has_orders

    @property
    def crms(self) -> list[Place]:
        """The places that tell of deals and show fields."""
        return [place for place in self.stage.places.values() if not place.sells]


def to_be_played(stage: Stage, terms: Terms, cast: Sequence[Role]) -> Played:
    """Nothing was played yet, of the roles of the cast that can be."""
    played = Played(stage, terms, fit(terms), [])
    played.roles = [role for role in cast if all(_is_there(played, need) for need in role.needs)]
    return played


def _is_there(played: Played, need: Need) -> bool:
    terms = played.terms
    is_there: Mapping[Need, bool] = {
        Need.BUYING: played.has_orders or played.has_deals,
        Need.ORDERS: played.has_orders,
        Need.DEALS: played.has_deals,
        Need.HOLD: bool(terms.hold),
        Need.MINIMUM: bool(terms.minimum.get(terms.currency)),
        Need.BUDGET: terms.budget is not None,
        Need.CAP: terms.limits.rewards_per_advocate is not None,
        Need.STEPS: any(number <= LOYAL_FRIENDS for number in _steps_of(terms)),
    }
    return is_there[need]


def _steps_of(terms: Terms) -> list[int]:
    """The numbers of the friends with whom something changes."""
    rewards = terms.rewards.values()
    tiers = [tier.from_number for reward in rewards for tier in reward.tiers if tier.from_number > 1]
    return tiers + [milestone.at for reward in rewards for milestone in reward.milestones]
