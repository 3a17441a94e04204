"""Friends: what was told of one friend, or of several who are kin, is judged again, decision by decision.

What comes of it are steps. Whether there was room for the rewards they ask for depends on everybody else's.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby
from operator import attrgetter

from core.rules.replay.judging import Judging
from core.rules.replay.steps import VOID, WITH_MARKS, Ask, Row, Step
from core.rules.replay.telling import Marks, Telling, ticks

NO_MARKS: Marks = {}
_by_decision = attrgetter("number")


def steps_of(rows: Sequence[Row], judging: Judging) -> list[Step]:
    """The steps of these rows, which are all rows of one friend or of kin, in any order."""
    return _Replay(judging).run(sorted(rows, key=_by_decision))


class _Replay:
    """One family of friends, as each decision knew them."""

    def __init__(self, judging: Judging) -> None:
        self._judging = judging
        self._campaign_id = judging.campaign_id
        self._cases = judging.cases()
        self._known: dict[str, tuple[str, Telling]] = {}
        self._steps: list[Step] = []

    def run(self, rows: Sequence[Row]) -> list[Step]:
        for _, decision in groupby(rows, key=_by_decision):
            self._decide(list(decision))
        last = {step.order_id: place for place, step in enumerate(self._steps)}
        for place in last.values():
            self._steps[place] = self._steps[place]._replace(is_last=True)
        return self._steps

    def _decide(self, rows: Sequence[Row]) -> None:
        """All that one decision was told is known before the first of its friends is judged."""
        friends: set[str] = set()
        for row in rows:
            if row.telling is not None:
                self._known[row.order_id] = (row.friend_id, row.telling)
            if row.what == VOID:
                self._void(row)
            elif row.what in WITH_MARKS:
                self._mark(row)
            else:
                friends.add(row.friend_id)
        for friend in sorted(friends):
            self._judge(rows[0], friend)

    def _void(self, row: Row) -> None:
        known = self._known.get(row.order_id)
        if known is not None:
            ask = Ask(VOID, people=((row.side, row.friend_id),), why=row.because)
            self._step(row, row.friend_id, 0, known[1], *self._same(ask))

    def _mark(self, row: Row) -> None:
        known = self._known.get(row.order_id)
        if known is not None:
            friend, telling = known
            telling = replace(telling, marks={self._campaign_id: row.marks or NO_MARKS})
            self._known[row.order_id] = (friend, telling)
            self._step(row, row.friend_id, 0, telling, *self._same(Ask(row.what)))

    def _same(self, ask: Ask) -> tuple[tuple[Ask, ...], tuple[str, ...]]:
        """What is asked by every course alike."""
        return (ask,) * len(self._cases), ("",) * len(self._cases)

    def _judge(self, row: Row, friend: str) -> None:
        tellings = [telling for owner, telling in self._known.values() if owner == friend]
        if not tellings:
            return
        tellings.sort(key=lambda one: one.order.key)
        asked = self._judging.decide(row.number, friend, tellings, self._cases)
        for place, telling in enumerate(tellings):
            found = [one.get(telling.order.order_id, NOTHING) for one in asked]
            asks = tuple(ask for ask, _ in found)
            if any(asks):
                self._step(row, friend, place, telling, asks, tuple(why for _, why in found))

    def _step(
        self,
        row: Row,
        friend: str,
        place: int,
        telling: Telling,
        asks: tuple[Ask | None, ...],
        whys: tuple[str, ...],
    ) -> None:
        order = telling.order
        marks = tuple(telling.marks.get(self._campaign_id, NO_MARKS).items())
        source, times = (order.source_id, order.place), (ticks(row.at), ticks(order.placed_at))
        name = order.name or order.source_id
        self._steps.append(Step(row.number, friend, place, order.order_id, source, *times, name, marks, asks, whys))


NOTHING: tuple[None, str] = (None, "")
