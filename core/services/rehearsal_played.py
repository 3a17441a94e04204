"""What is played and was played: the roles that these terms and places allow, who they are there, what they bought."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast as cast_to

from core.contract.events import WITHOUT_MONEY, OrderKind
from core.contract.money import Money
from core.gateway.ground import Place, Shop, Stage
from core.rules.rehearsal import Fitting, Possible, Role, fit, misfit
from core.rules.rehearsal.cast import LOYAL_FRIENDS
from core.rules.rehearsal.role import Need
from core.rules.terms import Terms

# Stories whose people are shown in the CRMs, too.
EVERYWHERE = frozenset({"honest-friend", "a-deal", "deal-and-order", "a-lead", "a-contact"})


@dataclass(frozen=True, slots=True)
class Spot:
    """Where purchases of one kind are made, and what they have to be so that they count, or (`misfit`) do not."""

    kind: OrderKind
    place: Place
    fitting: Fitting
    misfit: Fitting | None
    can_be_taken_back: bool


@dataclass(frozen=True, slots=True)
class Purchase:
    """One purchase as it was played."""

    role: Role
    who: str
    place: Place
    kind: OrderKind
    order: str
    base: Money


@dataclass
class Played:
    """What was done on the stage, and by whom: what the facts are gathered by."""

    stage: Stage
    terms: Terms
    spots: Mapping[OrderKind, Spot]
    roles: list[Role] = field(default_factory=list)
    lacking: dict[str, str] = field(default_factory=dict)  # by role
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
    def spot(self) -> Spot | None:
        """Where somebody buys of whom nothing else is said: what counts first."""
        return next(iter(self.spots.values()), None)

    def is_known_at(self, role: Role, place: Place) -> bool:
        """True when the people of that role are known there: in shops, which pay, and where they buy or are shown."""
        is_of_crm = role.key in EVERYWHERE or OrderKind.ORDER not in self.spots or Need.LEADS in role.needs
        return place.sells or is_of_crm

    @property
    def crms(self) -> list[Place]:
        """The places that tell of deals and show fields."""
        return [place for place in self.stage.places.values() if not place.sells]


def to_be_played(stage: Stage, terms: Terms, cast: Sequence[Role]) -> Played:
    """Nothing was played yet, of the roles of the cast that can be."""
    played = Played(stage, terms, spots_for(stage, terms))
    there = _there(played)
    for role in cast:
        missed = [need.value for need in role.needs if not there[need]]
        if missed:
            played.lacking[role.key] = missed[0]
        else:
            played.roles.append(role)
    return played


def spots_for(stage: Stage, terms: Terms) -> dict[OrderKind, Spot]:
    """By kind of what counts where it can be made up as the terms want it.

    Where nothing can, it is tried nevertheless with what comes first, so that this is seen.
    """
    found = every_spot(stage, terms)
    first = {spot.kind: spot for spot in reversed([one for one in found if not one.fitting.missing] or found[:1])}
    return {kind: first[kind] for kind in OrderKind if kind in first}


def every_spot(stage: Stage, terms: Terms) -> list[Spot]:
    """Wherever something that counts is told of, as it would be made up there."""
    places = stage.places.values()
    return [
        _spot(stage, terms, kind, place)
        for kind in OrderKind
        for place in places
        if kind in terms.kinds and kind in place.repertoire
    ]


def _spot(stage: Stage, terms: Terms, kind: OrderKind, place: Place) -> Spot:
    told = place.repertoire[kind]
    now = {"order.placed_at": (stage.hub.now().isoformat(),)}
    possible = Possible(kind, told.plays, {**told.usual, **now})
    return Spot(kind, place, fit(terms, possible), misfit(terms, possible), told.can_be_taken_back)


def _there(played: Played) -> Mapping[Need, bool]:
    terms, spots, spot = played.terms, played.spots, played.spot
    return {
        Need.BUYING: spot is not None,
        Need.ORDERS: OrderKind.ORDER in spots,
        Need.DEALS: OrderKind.DEAL in spots,
        Need.LEADS: OrderKind.LEAD in spots,
        Need.CONTACTS: OrderKind.CONTACT in spots,
        Need.PAYING: spot is not None and spot.kind is not OrderKind.CONTACT,
        Need.TAKING_BACK: spot is not None and spot.can_be_taken_back,
        Need.HOLD: bool(terms.hold),
        Need.MINIMUM: spot is not None and spot.kind not in WITHOUT_MONEY and bool(terms.minimum.get(terms.currency)),
        Need.MISSING: spot is not None and spot.misfit is not None,
        Need.BUDGET: terms.budget is not None,
        Need.CAP: terms.limits.rewards_per_advocate is not None,
        Need.STEPS: any(number <= LOYAL_FRIENDS for number in _steps_of(terms)),
    }


def _steps_of(terms: Terms) -> list[int]:
    """The numbers of the friends with whom something changes."""
    rewards = terms.rewards.values()
    tiers = [tier.from_number for reward in rewards for tier in reward.tiers if tier.from_number > 1]
    return tiers + [milestone.at for reward in rewards for milestone in reward.milestones]
