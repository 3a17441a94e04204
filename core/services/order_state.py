"""Order state: which of two states of one order holds, and what is stored of it."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from core.contract.events import WITHOUT_MONEY, EvidenceKind, Order, OrderKind
from core.models import StoredOrder
from core.queries.order_facts import facts_to_store
from core.rules.storable import storable

STATED = frozenset({EvidenceKind.DEAL_FIELD, EvidenceKind.CONTACT_FIELD, EvidenceKind.OTHER_CONTACT_FIELD})


def as_it_counts(order: Order) -> Order:
    """A deal that is not won counts like a cancelled order, however its source says so."""
    if order.kind is OrderKind.DEAL and not order.is_paid and order.cancelled_at is None:
        return replace(order, cancelled_at=order.updated_at)
    return order


def is_newer(order: Order, asked_at: datetime | None, row: StoredOrder) -> bool:
    """Newer by the source's own time; within one instant, which may be a whole second, the state asked for later.

    What was delivered may have been on its way for any time: there the further state wins, whichever was heard first.
    """
    if order.updated_at != row.updated_at:
        return order.updated_at > row.updated_at
    if asked_at and row.asked_at and asked_at != row.asked_at:
        return asked_at > row.asked_at
    told = (order.cancelled_at is not None, order.is_paid, -order.base.minor)
    return told >= (row.cancelled_at is not None, row.is_paid, -row.base_minor)


def describe(row: StoredOrder, order: Order, asked_at: datetime | None) -> None:
    """The row says what the order says and when it was asked for; whose it is and what brought it, others decide."""
    # A lead is called like a person, so is a contact, and names of people are kept nowhere in the clear.
    row.name = order.source_id if order.kind in WITHOUT_MONEY else storable(order.name)
    row.kind, row.references = order.kind, _references(order)
    row.base_minor, row.currency = order.base.minor, order.base.currency
    # A total in another currency could not be compared with anything here.
    is_known = order.total is not None and order.total.currency == order.base.currency
    row.total_minor = order.total.minor if order.total and is_known else None
    row.is_paid, row.is_test = order.is_paid, order.is_test
    row.placed_at, row.updated_at, row.cancelled_at = order.placed_at, order.updated_at, order.cancelled_at
    row.asked_at = asked_at
    row.channel, row.facts = storable(order.channel), facts_to_store(order)


def joined(stored: list[Any], order: Order, is_newest: bool) -> list[Any]:
    """All traces ever seen on the order: a later telling may know less, and nothing is forgotten.

    A field of a CRM is no trace but a statement, which somebody may correct: there the newest telling holds, if it
    knows anybody at all (of a deal that was deleted nothing is known any more).
    """
    told = {(one.kind.value, storable(one.value)) for one in order.evidence}
    before = {(one["kind"], one["value"]) for one in stored}
    corrects = is_newest and bool(order.friend.identities or told)
    outdated = {one for one in (before - told if corrects else told - before) if one[0] in STATED}
    known = (before | told) - outdated
    return stored if known == before else [{"kind": kind, "value": value} for kind, value in sorted(known)]


def _references(order: Order) -> list[str]:
    """Each once; one that no database could keep names nothing."""
    return sorted({one for one in order.references if one and storable(one) == one})
