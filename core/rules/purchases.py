"""Purchases: which orders, deals and leads of one friend tell of the same purchase, in whatever systems they stand.

See docs/decisions/one-purchase.md. Nothing here depends on the order in which they are given.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import combinations
from typing import Any

from core.contract.events import WITHOUT_MONEY, Evidence, OrderKind
from core.contract.money import Money
from core.rules.attribution import RulingFacts
from core.rules.conditions import Facts

KIND_RANK = {kind: rank for rank, kind in enumerate(OrderKind)}
Reach = Callable[[datetime], timedelta]
Rank = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class OrderFacts:
    """One order, deal or lead of a friend, as the decision sees it; `place` is the connection's name for people.

    `shop_kind` says of an order what kind of shop it stands in: one purchase never stands in two shops of a kind.
    """

    order_id: str
    source_id: str
    placed_at: datetime
    base: Money
    is_paid: bool
    is_test: bool
    is_cancelled: bool
    evidence: tuple[Evidence, ...]
    kind: OrderKind = OrderKind.ORDER
    connection_id: str = ""
    place: str = ""
    name: str = ""
    references: tuple[str, ...] = ()
    total: Money | None = None
    shop_kind: str = ""
    channel: str = ""
    facts: Facts = field(default_factory=Facts, hash=False)
    ruling: RulingFacts | None = None

    @property
    def is_purchase(self) -> bool:
        """True when the friend bought by it, and did not give it back whole."""
        return self.is_paid and not self.is_test and not self.is_cancelled and self.kind not in WITHOUT_MONEY

    @property
    def key(self) -> tuple[datetime, str, str, str]:
        """By when it was placed; two of one moment by their names."""
        return (self.placed_at, self.source_id, self.place, self.order_id)


Pair = tuple[OrderFacts, OrderFacts]


@dataclass(frozen=True, slots=True)
class Twin:
    """What a duplicate is a duplicate of, and by what it was recognised."""

    order: OrderFacts
    why: str


@dataclass(frozen=True, slots=True)
class Purchases:
    """By order id: what each duplicate repeats, and all evidence of the purchase that a counting one stands for."""

    twins: Mapping[str, Twin]
    evidence: Mapping[str, tuple[Evidence, ...]]


def purchases(orders: Sequence[OrderFacts], reach: Reach, rank: Callable[[OrderFacts], Rank]) -> Purchases:
    """What is told twice among these orders of one friend.

    `reach` says how far apart two of the same amount may be placed (zero: they are never the same);
    of one purchase the one with the least `rank` counts.
    """
    if len({one.connection_id for one in orders}) < 2:
        return Purchases({}, {})
    twins: dict[str, Twin] = {}
    evidence: dict[str, tuple[Evidence, ...]] = {}
    for group in _groups(orders, reach):
        counting = min(group, key=lambda one: (rank(one), KIND_RANK[one.kind], one.key))
        twins |= {one.order_id: Twin(counting, _why(one, counting)) for one in group if one is not counting}
        pooled = {piece for one in group for piece in one.evidence}
        evidence[counting.order_id] = tuple(sorted(pooled, key=lambda piece: (piece.kind, piece.value)))
    return Purchases(twins, evidence)


def _groups(orders: Sequence[OrderFacts], reach: Reach) -> list[list[OrderFacts]]:
    """The closest pairs join first; two orders of one source, or of two shops of a kind, are two purchases."""
    told = [one for one in orders if one.is_paid and not one.is_test]
    groups = {one.order_id: [one] for one in told}
    for _, pair in sorted(_matches(told, reach), key=lambda match: match[0]):
        one, other = (groups[member.order_id] for member in pair)
        if one is other or _sources(one) & _sources(other):
            continue
        one += other
        groups |= dict.fromkeys([member.order_id for member in other], one)
    return [group for key, group in groups.items() if len(group) > 1 and group[0].order_id == key]


def _sources(group: Iterable[OrderFacts]) -> set[str]:
    return {source for member in group for source in (member.connection_id, member.shop_kind) if source}


def _matches(orders: Iterable[OrderFacts], reach: Reach) -> Iterator[tuple[tuple[Any, ...], Pair]]:
    """Each pair that tells of one purchase, by how surely it does: by a name before an amount, then the closest."""
    for one, other in _candidates(orders):
        apart = abs(one.placed_at - other.placed_at)
        is_named = _is_named(one, other)
        within = reach(max(one.placed_at, other.placed_at))
        if is_named or (within and apart <= within and _is_alike(one, other)):
            yield (not is_named, apart, sorted((KIND_RANK[it.kind], it.key) for it in (one, other))), (one, other)


def _candidates(orders: Iterable[OrderFacts]) -> Iterable[Pair]:
    """Pairs of different sources that share a name or an amount; all others need not be looked at."""
    shelves: dict[object, list[OrderFacts]] = defaultdict(list)
    for one in orders:
        for mark in (*_names(one), *_amounts(one), *([one.kind] if one.kind in WITHOUT_MONEY else [])):
            shelves[mark].append(one)
    pairs = {
        (one.order_id, other.order_id): (one, other)
        for shelf in shelves.values()
        for one, other in combinations(shelf, 2)
        if one.connection_id != other.connection_id
    }
    return pairs.values()


def _is_named(one: OrderFacts, other: OrderFacts) -> bool:
    return _refers(one, other) or _refers(other, one)


def _refers(one: OrderFacts, other: OrderFacts) -> bool:
    return not _names(other).isdisjoint(filter(None, map(_spelt, one.references)))


def _names(order: OrderFacts) -> set[str]:
    """All under which another source may know it; the number at the end of a global id is one of them."""
    number = order.source_id.rpartition("/")[2] if order.source_id.startswith("gid://") else ""
    return set(filter(None, map(_spelt, (order.source_id, number, order.name, *order.references))))


def _spelt(reference: str) -> str:
    return reference.strip().removeprefix("#").casefold()


def _is_alike(one: OrderFacts, other: OrderFacts) -> bool:
    """The same amount, with tax and shipping or without; two leads have none and are alike as such, as are contacts."""
    is_unpaid = bool(WITHOUT_MONEY & {one.kind, other.kind})
    return one.kind is other.kind if is_unpaid else not _amounts(one).isdisjoint(_amounts(other))


def _amounts(order: OrderFacts) -> set[Money]:
    return {amount for amount in (order.base, order.total) if amount is not None and amount.minor > 0}


def _why(one: OrderFacts, other: OrderFacts) -> str:
    if _is_named(one, other):
        return "one names the other"
    if not _is_alike(one, other):
        return "a third one is the same as both"
    return "the same person in the same days" if one.kind in WITHOUT_MONEY else "the same amount in the same days"
