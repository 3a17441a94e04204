"""Room: the counters of one course of terms in memory: the budget and everybody's caps."""

from collections import defaultdict

from core.rules.limits import Claim, Counter, counters, refusal
from core.rules.terms import Limits

# What belongs to a person in the names of counters, which says whose it is next.
OWNED = ("advocate", "friend", "milestone", "amount")


class Room:
    """What of the budget and the caps is used. That a campaign stops by itself is not tried: see docs/backtest.md."""

    def __init__(self) -> None:
        self.used: dict[str, int] = defaultdict(int)
        self._owned: dict[str, set[str]] = defaultdict(set)
        self._by_hand: dict[str, int] = {}

    def take(self, claim: Claim, limits: Limits, in_force: Limits, *, takes_place: bool) -> str:
        """Room for the claim is taken; if there is none, the words say why."""
        asked = counters(claim, limits, in_force, takes_place=takes_place)
        why = refusal(asked, self._used)
        if not why:
            for counter in asked:
                self._add(counter)
        return why

    def release(self, claim: Claim, limits: Limits, *, frees_place: bool) -> None:
        """The claim's room is free again, and its place where it frees one."""
        for counter in counters(claim, limits, limits, takes_place=frees_place):
            used = self._used(counter.name)
            self.used[counter.name] = used - min(counter.takes, used)

    def has_given(self, name: str) -> bool:
        """True when that counter is used."""
        return self._used(name) > 0

    def grant_by_hand(self, reward_id: str, name: str, minor: int) -> None:
        """Of the budget so much is used for what an operator granted by hand."""
        self.used[name] = max(0, self._used(name) + minor - self._by_hand.get(reward_id, 0))
        self._by_hand[reward_id] = minor

    def join(self, gone: str, kept: str) -> None:
        """Two people are one from now on, and so are the places that they took."""
        for name in self._owned.pop(gone, set()):
            joined = name.replace(gone, kept, 1)
            self.used[joined] += self.used.pop(name, 0)
            self._owned[kept].add(joined)

    def _used(self, name: str) -> int:
        return self.used.get(name, 0)

    def _add(self, counter: Counter) -> None:
        self.used[counter.name] += counter.takes
        what, _, rest = counter.name.partition(":")
        if what in OWNED:
            self._owned[rest.partition(":")[0]].add(counter.name)
