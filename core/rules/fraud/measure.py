"""Measure: how well the rules tell cheats from honest people, on a labelled population that knows nothing of them."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Protocol, TypeVar

from core.contract.events import IdentityKind
from core.contract.signals import SignalKind
from core.rules.fraud.facts import Bought, Case, Sign, Somebody
from core.rules.fraud.signs import NAME, spelt
from core.rules.fraud.strictness import Strictness
from core.rules.fraud.weigh import Opinion, Outcome, weigh

K = TypeVar("K")
STRONG = (SignalKind.PAYMENT, SignalKind.BROWSER)
ADDRESSES = (IdentityKind.EMAIL, IdentityKind.PHONE)
STEPS = 3
WEEK, DAY, HOLD = timedelta(days=7), timedelta(days=1), timedelta(days=14)


class Human(Protocol):
    """Somebody of a population."""

    @property
    def key(self) -> str: ...
    @property
    def mail(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def phone(self) -> str: ...
    @property
    def is_trusted(self) -> bool: ...


class Sale(Protocol):
    """A purchase of a population; `advocate` is empty where nobody recommended it."""

    @property
    def key(self) -> str: ...
    @property
    def human(self) -> str: ...
    @property
    def at(self) -> datetime: ...
    @property
    def label(self) -> str: ...
    @property
    def traces(self) -> Mapping[str, str]: ...
    @property
    def advocate(self) -> str: ...
    @property
    def code(self) -> str: ...
    @property
    def by_link(self) -> bool: ...
    @property
    def went_back(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Judged:
    """One recommended purchase, its label, and what the rules say."""

    label: str
    people: tuple[str, str]
    opinion: Opinion


@dataclass
class World:
    """A population as the rules see it: each case is gathered as the hub gathers it before it pays, after two weeks."""

    humans: Sequence[Human]
    sales: Sequence[Sale]
    strictness: Strictness

    def judge(self) -> list[Judged]:
        """Every recommended purchase is judged."""
        return [self._judged(sale) for sale in self.sales if sale.advocate]

    def _judged(self, sale: Sale) -> Judged:
        return Judged(sale.label, (sale.advocate, sale.human), weigh(self._case(sale), self.strictness))

    def _case(self, sale: Sale) -> Case:
        own = self._bought[sale.key]
        friend, advocate = self._somebodies[sale.human], self._somebodies[sale.advocate]
        known = own.at + HOLD
        keys = {one.order_id for one in self._around(own, sale) if one.at <= known} | {own.order_id}
        return Case(own, advocate, friend, tuple(self._bought[key] for key in keys), key_of)

    def _around(self, own: Bought, sale: Sale) -> Iterable[Bought]:
        yield from self._of[sale.human]
        yield from self._of[sale.advocate]
        yield from self._brought_by[sale.advocate]
        yield from (one for one in self._with_code[sale.code] if own.at - DAY < one.at <= own.at)
        network = (one for sign in own.of(SignalKind.IP) for one in self._with_sign[sign])
        yield from (one for one in network if own.at - WEEK < one.at <= own.at)
        addresses = self._somebodies[sale.human].signs | own.signs
        yield from (one for sign in addresses if sign[0] in ADDRESSES for one in self._with_sign[sign])
        yield from self._linked(own)
        yield from self._above(sale.advocate)

    def _linked(self, own: Bought) -> set[Bought]:
        found, edge = {own}, {own}
        for _ in range(STEPS):
            near = {one for bought in edge for sign in bought.of(*STRONG) for one in self._with_sign[sign]}
            edge = {one for bought in near for one in self._of[bought.person_id]} - found
            found |= edge
        return found

    def _above(self, advocate: str) -> Iterable[Bought]:
        people = {advocate}
        for _ in range(STEPS):
            above = [one for person in people for one in self._of[person] if one.advocate_id]
            yield from above
            people = {one.advocate_id for one in above if one.advocate_id} - {advocate}

    @cached_property
    def _somebodies(self) -> Mapping[str, Somebody]:
        return {one.key: _somebody(one) for one in self.humans}

    @cached_property
    def _bought(self) -> Mapping[str, Bought]:
        return {one.key: _bought(one, self._somebodies[one.human]) for one in self.sales}

    @cached_property
    def _of(self) -> Mapping[str, list[Bought]]:
        return _grouped((one.person_id, one) for one in self._bought.values())

    @cached_property
    def _brought_by(self) -> Mapping[str, list[Bought]]:
        return _grouped((one.advocate_id or "", one) for one in self._bought.values())

    @cached_property
    def _with_code(self) -> Mapping[str, list[Bought]]:
        return _grouped((one.code_id or "", one) for one in self._bought.values())

    @cached_property
    def _with_sign(self) -> Mapping[Sign, list[Bought]]:
        return _grouped((sign, one) for one in self._bought.values() for sign in one.signs)


@dataclass(frozen=True, slots=True)
class Figures:
    """Of one archetype, one rule or all: how many purchases there were, and how many were stopped, or found by it."""

    name: str
    all: int
    held: int
    blocked: int

    @property
    def stopped(self) -> int:
        """Held or blocked."""
        return self.held + self.blocked

    @property
    def share(self) -> float:
        """The share that was stopped: of cheats that is the recall."""
        return self.stopped / self.all if self.all else 0.0


@dataclass(frozen=True, slots=True)
class RuleFigures:
    """What one rule found, and how much of that was cheating: its precision."""

    name: str
    cheats: int
    honest: int

    @property
    def precision(self) -> float:
        """The share of what it found that was cheating."""
        return self.cheats / (self.cheats + self.honest) if self.cheats + self.honest else 0.0


@dataclass(frozen=True, slots=True)
class Report:
    """How well the rules did. `cheats` are the labels that cheat, `beyond` those of them that no rule could see."""

    judged: Sequence[Judged]
    cheats: Collection[str]
    beyond: Collection[str] = field(default_factory=frozenset)

    def by_label(self) -> list[Figures]:
        """Each archetype's figures."""
        labels = dict.fromkeys(one.label for one in self.judged)
        return [_figures(label, [one for one in self.judged if one.label == label]) for label in labels]

    def by_rule(self) -> list[RuleFigures]:
        """What each rule found by itself, whatever followed from it."""
        found = {True: Counter[str](), False: Counter[str]()}
        for one in self.judged:
            found[one.label in self.cheats].update(finding.rule for finding in one.opinion.findings if finding.points)
        return [RuleFigures(rule, found[True][rule], found[False][rule]) for rule in sorted(found[True] | found[False])]

    @property
    def recall(self) -> float:
        """Of the cheating that rules can be expected to see, the share that was stopped."""
        seen = [one for one in self.judged if one.label in self.cheats and one.label not in self.beyond]
        return _figures("", seen).share

    @property
    def precision(self) -> float:
        """Of all that was stopped, the share that was cheating."""
        stopped = [one for one in self.judged if one.opinion.stops]
        return sum(one.label in self.cheats for one in stopped) / len(stopped) if stopped else 0.0

    def innocent(self, outcome: Outcome) -> float:
        """The share of honest people of whom a purchase, as advocate or friend, met with that outcome."""
        cheated = {person for one in self.judged if one.label in self.cheats for person in one.people}
        honest = [one for one in self.judged if one.label not in self.cheats]
        everybody = {person for one in honest for person in one.people} - cheated
        met = {person for one in honest if one.opinion.outcome is outcome for person in one.people} - cheated
        return len(met) / len(everybody) if everybody else 0.0


def key_of(kind: str, value: str) -> str:
    """In a population nothing is secret: the spelling stands for its hash."""
    return next(spelt(kind, value), "")


def _signs(traces: Mapping[str, str]) -> frozenset[Sign]:
    return frozenset((kind, spelling) for kind, value in traces.items() for spelling in spelt(kind, value))


def _somebody(one: Human) -> Somebody:
    signs = _signs({IdentityKind.EMAIL: one.mail, IdentityKind.PHONE: one.phone, NAME: one.name})
    return Somebody(one.key, (key_of(IdentityKind.EMAIL, one.mail),), signs, is_trusted=one.is_trusted)


def _bought(one: Sale, buyer: Somebody) -> Bought:
    addresses = {sign for sign in buyer.signs if sign[0] in ADDRESSES}
    return Bought(
        one.key,
        one.human,
        one.at,
        _signs(one.traces) | addresses,
        advocate_id=one.advocate or None,
        code_id=one.code or None,
        came_by_link=one.by_link,
        went_back=one.went_back,
    )


def _grouped(pairs: Iterable[tuple[K, Bought]]) -> Mapping[K, list[Bought]]:
    found: dict[K, list[Bought]] = defaultdict(list)
    for key, one in pairs:
        found[key].append(one)
    return found


def _figures(name: str, judged: Sequence[Judged]) -> Figures:
    outcomes = Counter(one.opinion.outcome for one in judged)
    return Figures(name, len(judged), outcomes[Outcome.HELD], outcomes[Outcome.BLOCKED])
