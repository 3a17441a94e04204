"""Owing: what is owed for each order after each step, where there was room for it.

It follows `core/services/reward.py` step by step; a test replays made-up histories and compares both.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from core.contract.money import Money
from core.rules.counting import TermsInForce, terms_at
from core.rules.limits import Claim
from core.rules.replay.room import Room
from core.rules.replay.steps import VOID, Ask, Step
from core.rules.replay.telling import moment
from core.rules.replay.world import Course
from core.rules.reversing import taken_back
from core.rules.terms import Limits, Terms

HELD, WITHDRAWN, PAID, LEAVING = "held", "withdrawn", "paid", "leaving"
EMPTIED = "the order was refunded or cancelled"
RULED_AWAY = "an operator decided who brought the order, so this was taken back"


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

    @property
    def net(self) -> int:
        """What is owed, or was given and not taken back: minor units."""
        return self.granted - self.reversed

    @property
    def stands(self) -> bool:
        """True while something is owed or given."""
        return self.net > 0 and self.state not in (VOID, WITHDRAWN)


@dataclass(slots=True)
class Standing:
    """One order under one course of terms: its conversion, and what is owed for it."""

    state: str = ""
    base_minor: int = 0
    reversed_minor: int = 0
    currency: str = ""
    terms_id: str = ""
    rewards: dict[str, Owed] = field(default_factory=dict)
    passed_on: list[Owed] = field(default_factory=list)


class Owing:
    """One course of terms: its room, and the steps in the order in which the decisions were made."""

    def __init__(self, course: Course, terms: Mapping[str, Terms]) -> None:
        self._course = course
        self._terms = terms
        self.room = Room()
        self._merged: dict[str, str] = {}

    def join(self, gone: str, kept: str) -> None:
        """Two people are one from now on."""
        self._merged[gone] = kept
        self.room.join(gone, kept)

    def take(self, standing: Standing, step: Step, ask: Ask) -> None:
        """The order stands as it does after that step."""
        for side, owed in standing.rewards.items():
            _mark(owed, dict(step.marks).get(side))
        if ask.what == VOID:
            self._void(standing, step, ask)
            return
        standing.state, standing.base_minor, standing.reversed_minor = ask.state, ask.base_minor, ask.reversed_minor
        standing.currency, standing.terms_id = ask.currency, ask.terms_id
        if ask.what == "settle":
            self._settle(standing, step, ask)
        if ask.what.startswith("follow"):
            self._follow(standing, step)
        if ask.what.endswith("withdraw"):
            self._withdraw(standing, step, is_ruled=ask.is_ruled)

    def _settle(self, standing: Standing, step: Step, ask: Ask) -> None:
        people = {side: self._living(person) for side, person in ask.people}
        promised = dict(ask.promised[0][1])
        for side in [side for side in people if side in promised or side in standing.rewards]:
            owed, granted = standing.rewards.get(side), Money(promised.get(side, 0), ask.currency)
            if owed is None:
                self._grant(standing, step, side, people[side], granted)
            elif ask.is_ruled and self._is_passed_on(owed, people[side]):
                self._claim_back(owed, standing, step, owed.granted, RULED_AWAY)
                standing.passed_on.append(owed)
                del standing.rewards[side]
                self._grant(standing, step, side, people[side], granted)
            else:
                self._adjust(owed, standing, step, people[side], granted)

    def _follow(self, standing: Standing, step: Step) -> None:
        for owed in standing.rewards.values():
            if owed.state in (HELD, PAID):
                self._adjust(owed, standing, step, owed.person, Money(owed.granted, owed.currency))

    def _withdraw(self, standing: Standing, step: Step, *, is_ruled: bool) -> None:
        for owed in standing.rewards.values():
            if owed.state == HELD:
                self._take_out(owed, standing, step, "the order does not count after all")
            elif is_ruled and owed.state == PAID:
                self._claim_back(owed, standing, step, owed.granted, RULED_AWAY)

    def _void(self, standing: Standing, step: Step, ask: Ask) -> None:
        owed = standing.rewards.get(ask.people[0][0])
        if owed is None:
            return
        if owed.state == PAID and owed.net:
            self._claim_back(owed, standing, step, owed.granted, ask.why)
        elif owed.state in (HELD, LEAVING):
            self._release(owed, standing, step, owed.net, frees_place=True)
            owed.state, owed.reversed, owed.reason = VOID, owed.granted, ask.why

    def _grant(self, standing: Standing, step: Step, side: str, person: str, granted: Money) -> None:
        taken = _taken(granted, standing)
        if granted.minor <= taken:
            return
        owed = Owed(side, person, granted.currency, granted.minor, taken)
        standing.rewards[side] = owed
        refusal = self._reserve(owed, standing, step, owed.net, takes_place=True)
        if refusal:
            owed.state, owed.reason, owed.reversed = VOID, refusal, owed.granted

    def _adjust(self, owed: Owed, standing: Standing, step: Step, person: str, granted: Money) -> None:
        if owed.state == HELD and self._living(owed.person) != person:
            self._take_out(owed, standing, step, "the order was brought by somebody else")
        if owed.state == WITHDRAWN or (owed.state, owed.reason) == (VOID, EMPTIED):
            self._revive(owed, standing, step, person, granted)
        elif owed.state == HELD:
            self._change(owed, standing, step, granted)
        elif owed.state == PAID:
            self._claim_back(owed, standing, step, _taken(Money(owed.granted, owed.currency), standing))

    def _revive(self, owed: Owed, standing: Standing, step: Step, person: str, granted: Money) -> None:
        owed.person, owed.granted = person, granted.minor
        owed.reversed = _taken(granted, standing)
        if not owed.net:
            return
        refusal = self._reserve(owed, standing, step, owed.net, takes_place=True)
        if refusal:
            owed.reversed, owed.reason = owed.granted, refusal
        else:
            owed.state, owed.reason = HELD, ""

    def _change(self, owed: Owed, standing: Standing, step: Step, granted: Money) -> None:
        after = granted.minor - _taken(granted, standing)
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
            self._release(owed, standing, step, more, frees_place=bool(why))
            owed.reason = why or owed.reason

    def _take_out(self, owed: Owed, standing: Standing, step: Step, why: str) -> None:
        self._release(owed, standing, step, owed.net, frees_place=True)
        owed.state, owed.reason = WITHDRAWN, why

    def _is_passed_on(self, owed: Owed, person: str) -> bool:
        is_anothers = self._living(owed.person) != person
        if owed.state == VOID and owed.reason != EMPTIED:
            return is_anothers
        return owed.state == PAID and (is_anothers or owed.reason == RULED_AWAY)

    def _reserve(self, owed: Owed, standing: Standing, step: Step, minor: int, *, takes_place: bool = False) -> str:
        limits = self._terms[standing.terms_id].limits
        claim = self._claim(owed, step, minor)
        return self.room.take(claim, limits, self._in_force(step, limits), step.at, takes_place=takes_place)

    def _release(self, owed: Owed, standing: Standing, step: Step, minor: int, *, frees_place: bool = False) -> None:
        limits = self._terms[standing.terms_id].limits
        self.room.release(self._claim(owed, step, minor), limits, frees_place=frees_place)

    def _claim(self, owed: Owed, step: Step, minor: int) -> Claim:
        person, friend = self._living(owed.person), self._living(step.friend_id)
        return Claim(owed.side, person, friend, Money(minor, owed.currency), moment(step.placed_at))

    def _in_force(self, step: Step, limits: Limits) -> Limits:
        found: TermsInForce | None = terms_at(self._course.at(step.number), moment(step.at))
        return found.terms.limits if found else limits

    def _living(self, person: str) -> str:
        while (kept := self._merged.get(person)) is not None:
            person = kept
        return person


def _mark(owed: Owed, mark: str | None) -> None:
    """What left the hub, or is leaving, did so; what was refused on its way is held again."""
    if mark is not None and owed.state == HELD:
        owed.state = PAID if mark == PAID else LEAVING
    elif owed.state == LEAVING:
        owed.state = PAID if mark == PAID else LEAVING if mark else HELD


def _taken(granted: Money, standing: Standing) -> int:
    is_reversed = standing.state == "reversed"
    return taken_back(granted, standing.base_minor, standing.reversed_minor, is_reversed=is_reversed).minor
