"""Owing: what is owed for each order after each step, where there was room for it.

It follows `core/services/reward.py` step by step; a test replays made-up histories and compares both.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from core.contract.money import Money
from core.rules.counting import terms_at
from core.rules.limits import Claim
from core.rules.replay.room import Room
from core.rules.replay.steps import VOID, Ask, Step
from core.rules.replay.telling import moment
from core.rules.replay.world import Course
from core.rules.reversing import taken_back
from core.rules.rewarding import ADVOCATE, FRIEND, MILESTONE, milestone_lost, milestone_reached
from core.rules.terms import Limits, Terms

HELD, WITHDRAWN, PAID, LEAVING = "held", "withdrawn", "paid", "leaving"
EMPTIED = "the order was refunded or cancelled"
TOO_FEW = "fewer friends stand by now than this milestone is for, so it was taken back"
RULED_AWAY = "an operator decided who brought the order, so this was taken back"
UNFULFILLED = "the order does not fulfil what this reward asks for"


@dataclass(slots=True)
class Owed:
    """One side's reward: `state` is held (and everything until it leaves the hub), leaving, paid, void or withdrawn."""

    side: str
    person: str
    currency: str
    granted: int
    reversed: int = 0
    state: str = HELD
    reason: str = ""
    milestone: int | None = None

    @property
    def net(self) -> int:
        """What is owed, or was given and not taken back: minor units."""
        return self.granted - self.reversed

    @property
    def stands(self) -> bool:
        """True while something is owed or given."""
        return self.net > 0 and self.state not in (VOID, WITHDRAWN)

    @property
    def has_left(self) -> bool:
        """True once it left the hub, or is leaving it."""
        return self.state in (PAID, LEAVING)


@dataclass(slots=True)
class Standing:
    """One order under one course of terms: its conversion, whose it is, and what is owed for it."""

    state: str = ""
    base_minor: int = 0
    reversed_minor: int = 0
    currency: str = ""
    terms_id: str = ""
    advocate: str = ""
    friend: str = ""
    number: int | None = None
    is_refused: bool = False
    rewards: dict[str, Owed] = field(default_factory=dict)
    passed_on: list[Owed] = field(default_factory=list)

    @property
    def stands(self) -> bool:
        """True while it makes a number of its advocate's: it did not go back, and nobody refused it as fraud."""
        return self.state == "qualified" and not self.is_refused

    @property
    def is_paid(self) -> bool:
        """True once a reward of it left the hub, or is leaving it."""
        return any(owed.has_left for owed in self.rewards.values())


class _Due(NamedTuple):
    """What one side is promised now, and which milestone it is for."""

    side: str
    person: str
    granted: Money
    milestone: int | None = None


class Owing:
    """The rewards under one course of terms, and the room there is for them."""

    def __init__(self, course: Course, terms: Mapping[str, Terms]) -> None:
        self._course = course
        self.terms = terms
        self.room = Room()
        self._merged: dict[str, str] = {}

    def join(self, gone: str, kept: str) -> None:
        """Two people are one from now on."""
        self._merged[gone] = kept
        self.room.join(gone, kept)

    def settle(self, standing: Standing, step: Step, ask: Ask) -> None:
        """All sides are owed what the terms promise for the order as it stands."""
        people = {ADVOCATE: self.living(standing.advocate), FRIEND: self.living(standing.friend)}
        promised = _promised(ask, standing.number)
        reached = _reached(self.terms[standing.terms_id], standing.number)
        sides = (*self.terms[standing.terms_id].rewards, MILESTONE)
        for side in [one for one in sides if one in promised or one in standing.rewards]:
            granted = Money(promised.get(side, 0), ask.currency)
            person = people[ADVOCATE if side == MILESTONE else side]
            due = _Due(side, person, granted, reached if side == MILESTONE else None)
            self._settle_side(standing, step, due, is_ruled=ask.is_ruled)

    def drop_milestone(self, standing: Standing, step: Step, advocate: str, count: int) -> None:
        """A milestone that has not left the hub goes where it is reached now; one that has goes where too few stand."""
        owed = standing.rewards.get(MILESTONE)
        if owed is None:
            return
        person, reached = self.living(owed.person), _reached(self.terms[standing.terms_id], standing.number)
        if owed.state == HELD and (owed.milestone, person) != (reached, advocate):
            self._take_out(
                owed, standing, step, milestone_lost(owed.milestone or 0, count, is_theirs=person == advocate)
            )
        elif person == advocate and count < (owed.milestone or 0):
            self._claim_back(owed, standing, step, owed.granted, TOO_FEW)

    def follow(self, standing: Standing, step: Step) -> None:
        """What went back is taken from the rewards as they are."""
        for owed in standing.rewards.values():
            if owed.state in (HELD, PAID):
                due = _Due(owed.side, self.living(owed.person), Money(owed.granted, owed.currency))
                self._adjust(owed, standing, step, due)

    def withdraw(self, standing: Standing, step: Step, *, is_ruled: bool) -> None:
        """Nothing is owed any more; by an operator's word what was paid is claimed back as well."""
        for owed in standing.rewards.values():
            if owed.state == HELD:
                self._take_out(owed, standing, step, "the order does not count after all")
            elif is_ruled and owed.state == PAID:
                self._claim_back(owed, standing, step, owed.granted, RULED_AWAY)

    def void(self, standing: Standing, step: Step, ask: Ask) -> None:
        """One side's reward was made void by somebody's word."""
        owed = standing.rewards.get(ask.people[0][0])
        if owed is None:
            return
        if owed.state == PAID and owed.net:
            self._claim_back(owed, standing, step, owed.granted, ask.why)
        elif owed.state in (HELD, LEAVING):
            self._release(owed, standing, step, owed.net, frees_place=True)
            owed.state, owed.reversed, owed.reason = VOID, owed.granted, ask.why
        elif owed.state == VOID:
            owed.reason = ask.why  # an appeal was heard: the next decision may revive it

    def living(self, person: str) -> str:
        """The one whom this person has become."""
        while (kept := self._merged.get(person)) is not None:
            person = kept
        return person

    def _settle_side(self, standing: Standing, step: Step, due: _Due, *, is_ruled: bool) -> None:
        owed = standing.rewards.get(due.side)
        if due.milestone and not _is_standing(owed) and self._is_given(due):
            return
        if owed is None:
            self._grant(standing, step, due)
        elif (is_ruled and self._is_passed_on(owed, due.person)) or _is_regained(owed, due):
            self._claim_back(owed, standing, step, owed.granted, RULED_AWAY)
            self._grant(standing, step, due)
            if standing.rewards[due.side] is not owed:  # where nothing is left to grant, the old one stays
                standing.passed_on.append(owed)
        elif not due.granted and owed.state == HELD:
            self._take_out(owed, standing, step, UNFULFILLED)
        elif due.granted or owed.state == PAID:
            self._adjust(owed, standing, step, due)

    def _is_given(self, due: _Due) -> bool:
        return self.room.has_given(f"milestone:{due.person}:{due.milestone}")

    def _grant(self, standing: Standing, step: Step, due: _Due) -> None:
        taken = _taken(due.granted, standing, due.side)
        if due.granted.minor <= taken:
            return
        owed = Owed(due.side, due.person, due.granted.currency, due.granted.minor, taken, milestone=due.milestone)
        standing.rewards[due.side] = owed
        refusal = self._reserve(owed, standing, step, owed.net, takes_place=True)
        if refusal:
            owed.state, owed.reason, owed.reversed = VOID, refusal, owed.granted

    def _adjust(self, owed: Owed, standing: Standing, step: Step, due: _Due) -> None:
        if owed.state == HELD and self.living(owed.person) != due.person:
            self._take_out(owed, standing, step, "the order was brought by somebody else")
        if owed.state == WITHDRAWN or (owed.state, owed.reason) == (VOID, EMPTIED):
            self._revive(owed, standing, step, due)
        elif owed.state == HELD:
            self._change(owed, standing, step, due.granted)
        elif owed.state == PAID:
            self._claim_back(owed, standing, step, _taken(Money(owed.granted, owed.currency), standing, owed.side))

    def _revive(self, owed: Owed, standing: Standing, step: Step, due: _Due) -> None:
        owed.person, owed.granted, owed.milestone = due.person, due.granted.minor, due.milestone
        owed.reversed = _taken(due.granted, standing, due.side)
        if not owed.net:
            return
        refusal = self._reserve(owed, standing, step, owed.net, takes_place=True)
        if refusal:
            owed.reversed, owed.reason = owed.granted, refusal
        else:
            owed.state, owed.reason = HELD, ""

    def _change(self, owed: Owed, standing: Standing, step: Step, granted: Money) -> None:
        after = granted.minor - _taken(granted, standing, owed.side)
        more = after - owed.net
        if more > 0 and self._reserve(owed, standing, step, more):
            return  # no room for the increase: what was promised before stays
        owed.granted, owed.reversed = granted.minor, granted.minor - after
        if more < 0:
            self._release(owed, standing, step, -more, frees_place=not after)
        if not owed.net:
            owed.state, owed.reason = VOID, EMPTIED

    def _claim_back(self, owed: Owed, standing: Standing, step: Step, taken: int, why: str = "") -> None:
        more = taken - owed.reversed
        if more > 0 and owed.state == PAID:
            owed.reversed = taken
            is_milestone_lost = owed.side == MILESTONE and not owed.net
            self._release(owed, standing, step, more, frees_place=bool(why) or is_milestone_lost)
            owed.reason = why or owed.reason

    def _take_out(self, owed: Owed, standing: Standing, step: Step, why: str) -> None:
        self._release(owed, standing, step, owed.net, frees_place=True)
        owed.state, owed.reason = WITHDRAWN, why

    def _is_passed_on(self, owed: Owed, person: str) -> bool:
        is_anothers = self.living(owed.person) != person
        if owed.state == VOID and owed.reason != EMPTIED:
            return is_anothers
        return owed.state == PAID and (is_anothers or owed.reason == RULED_AWAY)

    def _reserve(self, owed: Owed, standing: Standing, step: Step, minor: int, *, takes_place: bool = False) -> str:
        limits = self.terms[standing.terms_id].limits
        claim = self._claim(owed, standing, step, minor)
        return self.room.take(claim, limits, self._in_force(step, limits), takes_place=takes_place)

    def _release(self, owed: Owed, standing: Standing, step: Step, minor: int, *, frees_place: bool = False) -> None:
        limits = self.terms[standing.terms_id].limits
        self.room.release(self._claim(owed, standing, step, minor), limits, frees_place=frees_place)

    def _claim(self, owed: Owed, standing: Standing, step: Step, minor: int) -> Claim:
        person, friend = self.living(owed.person), self.living(standing.friend)
        return Claim(owed.side, person, friend, Money(minor, owed.currency), moment(step.placed_at), owed.milestone)

    def _in_force(self, step: Step, limits: Limits) -> Limits:
        found = terms_at(self._course.at(step.number), moment(step.at))
        return found.terms.limits if found else limits


def _is_standing(owed: Owed | None) -> bool:
    return owed is not None and owed.state not in (VOID, WITHDRAWN) and not (owed.state == PAID and not owed.net)


def _is_regained(owed: Owed, due: _Due) -> bool:
    return due.milestone is not None and owed.state == PAID and owed.reason == TOO_FEW


def mark(standing: Standing, marks: Mapping[str, str]) -> None:
    """What left the hub, or is leaving, did so; what was refused on its way is held again."""
    for side, owed in standing.rewards.items():
        told = marks.get(side)
        if owed.state == LEAVING or (told is not None and owed.state == HELD):
            owed.state = PAID if told == PAID else LEAVING if told else HELD


def _promised(ask: Ask, number: int | None) -> Mapping[str, int]:
    """What that number of the advocate's conversions is granted on each side."""
    if number is None:
        return {side: minor for side, minor in ask.promised[0][1] if side != MILESTONE}
    return dict([granted for since, granted in ask.promised if since <= number][-1])


def _reached(terms: Terms, number: int | None) -> int | None:
    return milestone_reached(terms, number) if number is not None else None


def _taken(granted: Money, standing: Standing, side: str) -> int:
    """What went back of it; a milestone is reached, or it is not."""
    is_reversed = standing.state == "reversed"
    if not is_reversed and not standing.reversed_minor:
        return 0
    base = 0 if side == MILESTONE else standing.base_minor
    return taken_back(granted, base, standing.reversed_minor, is_reversed=is_reversed).minor
