"""Breaks: what would have kept an order that counts from counting."""

from collections.abc import Iterator
from dataclasses import replace

from core.contract.money import Money
from core.rules.purchases import OrderFacts
from core.rules.terms import Terms
from core.rules.what_if.case import Case
from core.rules.what_if.changes import MOMENT, Change, Imagine


def _no_evidence(case: Case, order: OrderFacts, terms: Terms) -> Iterator[Change]:
    orders = tuple(replace(one, evidence=(), ruling=None) for one in case.orders)
    yield Change("code", "nothing had named an advocate", replace(case, orders=orders))


def _too_small(case: Case, order: OrderFacts, terms: Terms) -> Iterator[Change]:
    minimum = terms.minimum.get(order.base.currency)
    if minimum and minimum.minor > 0:
        less = Money(minimum.minor - 1, minimum.currency)
        yield Change("minimum", f"its base had been less than {minimum}", case.with_order(order, base=less))


def _bought_before(case: Case, order: OrderFacts, terms: Terms) -> Iterator[Change]:
    if terms.is_first_order_only:
        yield Change("first_order", "the friend had bought here before", replace(case, is_returning=True))


def _too_late(case: Case, order: OrderFacts, terms: Terms) -> Iterator[Change]:
    brought = case.verdict(order.order_id).brought
    if brought is not None:
        late = brought.referred_at + terms.window + MOMENT
        words = f"it had been placed more than {terms.window.days} days after the recommendation"
        yield Change("window", words, case.with_order(order, placed_at=late))


def _ended(case: Case, order: OrderFacts, terms: Terms) -> Iterator[Change]:
    if terms.ends_at is not None:
        words = f"it had been placed on {terms.ends_at:%Y-%m-%d %H:%M} UTC or later"
        yield Change("schedule", words, case.with_order(order, placed_at=terms.ends_at))


def _unruled(case: Case, order: OrderFacts, terms: Terms) -> Iterator[Change]:
    if any(one.ruling for one in case.orders):
        orders = tuple(replace(one, ruling=None) for one in case.orders)
        yield Change("ruling", "no operator had decided about it", replace(case, orders=orders))


BREAKS: tuple[Imagine, ...] = (_no_evidence, _unruled, _too_small, _bought_before, _too_late, _ended)
