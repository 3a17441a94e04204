"""A case: all that a campaign's decision about one friend's orders looks at, to be judged again with a change."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from core.rules.attribution import CodeFacts
from core.rules.counting import TermsInForce, Verdict, judge, terms_at
from core.rules.order_rules import PauseFacts
from core.rules.purchases import OrderFacts
from core.rules.terms import Terms


@dataclass(frozen=True, slots=True)
class Case:
    """What `judge` is given about one friend in one campaign."""

    orders: tuple[OrderFacts, ...]
    friend_id: str
    versions: tuple[TermsInForce, ...]
    codes: Mapping[str, CodeFacts]
    key: bytes
    paid: frozenset[str] = frozenset()
    is_returning: bool = False
    pauses: tuple[PauseFacts, ...] = ()

    def verdict(self, order_id: str) -> Verdict:
        """What is decided of that order."""
        told = (self.orders, self.friend_id, self.versions, self.codes, self.key, self.paid)
        verdicts = judge(*told, is_returning=self.is_returning, pauses=self.pauses)
        return next(verdict for verdict in verdicts if verdict.order_id == order_id)

    def counts(self, order_id: str) -> bool:
        """True when the order earns its rewards: it counts, is paid, and was not taken back."""
        verdict = self.verdict(order_id)
        return verdict.counts and verdict.order.is_paid and not verdict.order.is_cancelled

    def order(self, order_id: str) -> OrderFacts:
        """That order as it is told."""
        return next(order for order in self.orders if order.order_id == order_id)

    def terms(self, order: OrderFacts) -> Terms | None:
        """The terms that hold for the order; the first ones for an order from before the campaign."""
        version = terms_at(self.versions, order.placed_at) or next(iter(self.versions), None)
        return version.terms if version else None

    def with_order(self, order: OrderFacts, **changes: Any) -> "Case":
        """The same, but for this order."""
        changed = replace(order, **changes)
        return replace(self, orders=tuple(changed if one.order_id == order.order_id else one for one in self.orders))

    def with_others(self, order: OrderFacts, change: Callable[[OrderFacts], OrderFacts]) -> "Case":
        """The same, but for all other orders of the friend."""
        return replace(
            self, orders=tuple(one if one.order_id == order.order_id else change(one) for one in self.orders)
        )

    def with_terms(self, **changes: Any) -> "Case":
        """The same under terms that differ in this, in every version."""
        return replace(self, versions=tuple(replace(one, terms=replace(one.terms, **changes)) for one in self.versions))
