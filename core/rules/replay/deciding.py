"""Deciding: the steps of everybody in turn, and whatever one decision moves in others' rewards.

It follows `core/services/numbering.py`: where terms ask which of an advocate's conversions one is, rewards are settled
after all that was decided together.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from core.rules.replay.owing import Owing, Standing, mark
from core.rules.replay.steps import MARKED, REFUSED, VOID, WITH_MARKS, Ask, Step
from core.rules.replay.world import Course, Versions
from core.rules.rewarding import ADVOCATE, FRIEND, are_numbered
from core.rules.terms import Terms


@dataclass(slots=True)
class _Entry:
    """One order that may be numbered, with its newest step that asked for something."""

    standing: Standing
    step: Step
    ask: Ask


class Deciding:
    """One course of terms. Where they ask for numbers, and only there, orders move others and all are remembered."""

    def __init__(self, course: Course, terms: Mapping[str, Terms]) -> None:
        self._course = course
        self.owing = Owing(course, terms)
        self._entries: dict[str, dict[str, _Entry]] = defaultdict(dict)
        self._waiting: dict[str, _Entry] = {}
        self._advocates: set[str] = set()
        self._numbered = course.asked(_ask_for_numbers)
        self.is_ever_numbered = any(self._numbered.all())

    def join(self, gone: str, kept: str) -> None:
        """Two people are one from now on."""
        self.owing.join(gone, kept)
        self._entries[kept] |= self._entries.pop(gone, {})

    def take(self, standing: Standing, step: Step, ask: Ask) -> None:
        """The order stands as it does after that step."""
        if standing.rewards:
            mark(standing, dict(step.marks))
        if ask.what == VOID:
            self.owing.void(standing, step, ask)
            return
        is_numbered = self.is_ever_numbered and self._numbered.at(step.number)
        if is_numbered and standing.advocate:
            self._advocates.add(self.owing.living(standing.advocate))
        if ask.what not in WITH_MARKS:
            self._follow(standing, step, ask, is_numbered=is_numbered)
        elif ask.what != MARKED:
            standing.is_refused = ask.what == REFUSED

    def finish(self) -> None:
        """The decision is over: numbers are as the orders stand, and so is every reward that a number decides."""
        if not self._advocates:
            return
        moved, counts = self._number()
        for one in moved:
            advocate = self.owing.living(one.standing.advocate)
            self.owing.drop_milestone(one.standing, one.step, advocate, counts[advocate])
        for one in moved:
            if not self._is_own(one.standing):
                self.owing.settle(one.standing, one.step, one.ask)
        self._waiting, self._advocates = {}, set()

    def _follow(self, standing: Standing, step: Step, ask: Ask, *, is_numbered: bool) -> None:
        standing.state, standing.base_minor, standing.reversed_minor = ask.state, ask.base_minor, ask.reversed_minor
        standing.currency, standing.terms_id = ask.currency, ask.terms_id
        if ask.is_ruled or not standing.is_paid:
            self._give(standing, step, ask)
        is_own = self._is_own(standing)
        if ask.what == "settle" and not is_own:
            self._promise(_Entry(standing, step, ask), is_numbered=is_numbered)
            return
        if ask.what != "withdraw":
            self.owing.follow(standing, step)
        if ask.what != "follow" or is_own:
            self.owing.withdraw(standing, step, is_ruled=ask.is_ruled)

    def _promise(self, entry: _Entry, *, is_numbered: bool) -> None:
        """Its rewards are settled, or will be once it is numbered."""
        if not is_numbered:
            self.owing.settle(entry.standing, entry.step, entry.ask)
            return
        advocate = self.owing.living(entry.standing.advocate)
        self._entries[advocate][entry.step.order_id] = self._waiting[entry.step.order_id] = entry
        self._advocates.add(advocate)

    def _is_own(self, standing: Standing) -> bool:
        """True where advocate and friend have become one person."""
        return self.owing.living(standing.advocate) == self.owing.living(standing.friend)

    def _give(self, standing: Standing, step: Step, ask: Ask) -> None:
        """The order is that advocate's from now on, who brought that friend."""
        people, before = dict(ask.people), self.owing.living(standing.advocate)
        friend = people.get(FRIEND, standing.friend)
        if self.owing.living(friend) != self.owing.living(standing.friend):
            self.owing.withdraw(standing, step, is_ruled=ask.is_ruled)
        standing.advocate = brought = self.owing.living(people.get(ADVOCATE, before))
        standing.friend = friend
        if before != brought and step.order_id in self._entries.get(before, {}):
            self._entries[brought][step.order_id] = self._entries[before].pop(step.order_id)

    def _number(self) -> tuple[list[_Entry], Mapping[str, int]]:
        """Those whose rewards are to be settled, by when their orders were placed; how many each advocate has."""
        found = {
            order_id: entry
            for advocate in self._advocates
            for order_id, entry in self._entries.get(advocate, {}).items()
            if entry.standing.state == "qualified" or entry.standing.number is not None
        }
        found = {order_id: _as_it_stands(entry) for order_id, entry in found.items()} | self._waiting
        counts: dict[str, int] = defaultdict(int)
        moved: list[_Entry] = []
        for order_id, entry in sorted(found.items(), key=lambda item: _key(item[1].step)):
            number, advocate = None, self.owing.living(entry.standing.advocate)
            if entry.standing.stands and not self._is_own(entry.standing):
                counts[advocate] += 1
                number = counts[advocate]
            if number != entry.standing.number or order_id in self._waiting:
                entry.standing.number = number
                moved.append(entry)
        return [one for one in moved if one.standing.state in ("qualified", "reversed")], counts


def _as_it_stands(entry: _Entry) -> _Entry:
    """An order that this decision moves, but was not about: without an operator's word."""
    return _Entry(entry.standing, entry.step, entry.ask._replace(is_ruled=False))


def _key(step: Step) -> tuple[object, ...]:
    return (step.placed_at, *step.source, step.order_id)


def _ask_for_numbers(versions: Versions) -> bool:
    return any(are_numbered(one.terms) for one in versions)
