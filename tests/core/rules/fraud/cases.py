"""Made-up cases for the fraud rules: Mira recommends, Anna buys, and other orders stand around."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from core.rules.fraud.accounts import RewardFacts
from core.rules.fraud.checks import CHECKS
from core.rules.fraud.facts import Bought, Case, Found, Sign, Somebody
from core.rules.fraud.signs import spelt
from core.rules.fraud.strictness import strictness
from core.rules.terms.model import FraudTerms

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def signs(**told: str) -> frozenset[Sign]:
    """Signs by kind, as they would be compared: `signs(ip="198.51.100.7")`."""
    return frozenset((kind, value) for kind, written in told.items() for value in spelt(kind, written))


def key(kind: str, value: str) -> str:
    """The comparable spelling itself stands in for its hash."""
    return next(spelt(kind, value), "")


def bought(order_id: str = "own", person: str = "mira", at: timedelta = -DAY, **told: Any) -> Bought:
    """An order of that person; what is no fact of an order is a sign of it."""
    facts = {name: told.pop(name) for name in tuple(told) if name in Bought.__dataclass_fields__}
    return Bought(order_id, person, START + at, signs(**told), **facts)


def recommended(order_id: str = "1001", person: str = "anna", at: timedelta = timedelta(), **told: Any) -> Bought:
    """An order that Mira brought, with her code."""
    return bought(order_id, person, at, **{"advocate_id": "mira", "code_id": "MIRA", **told})


def case(
    order: Bought | None = None,
    *around: Bought,
    advocate: Somebody | None = None,
    friend: Somebody | None = None,
    receiving: RewardFacts | None = None,
) -> Case:
    """Anna's order with Mira's code, and what stands around it."""
    order = order or recommended()
    mira, anna = advocate or Somebody("mira"), friend or Somebody(order.person_id)
    return Case(order, mira, anna, (*around, order), key, receiving)


def somebody(person: str, *mails: str, **told: Any) -> Somebody:
    """A side with these addresses; what is no fact of a person is a sign of it."""
    facts = {name: told.pop(name) for name in tuple(told) if name in Somebody.__dataclass_fields__}
    known = signs(**told).union(*(signs(email=mail) for mail in mails))
    return Somebody(person, tuple(key("email", mail) for mail in mails), known, **facts)


def found(rule: str, told: Case, **settings: int | tuple[str, ...]) -> Found | None:
    """What that rule finds, with its shipped thresholds but for these."""
    terms = FraudTerms(settings={rule: settings})
    in_force = {one.rule: one for one in strictness([(terms, START)], START).rules}
    return CHECKS[rule](told, in_force[rule].settings)


def in_any_order(told: Case) -> Iterable[Case]:
    """The case with the orders around it heard in other orders."""
    yield told
    yield replace(told, orders=tuple(reversed(told.orders)))
    yield replace(told, orders=tuple(sorted(told.orders, key=lambda one: one.order_id)))
