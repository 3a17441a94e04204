"""Reversing: which share of what counts each refund or a cancellation takes back, whenever it was told."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Protocol

from core.contract.money import Money
from core.rules.rewarding import reversed_part

CANCELLED = "cancelled"
_by_time = attrgetter("refunded_at", "source_id")


class Refunded(Protocol):
    """A refund, wherever it is kept."""

    @property
    def source_id(self) -> str:
        """The source's own id of it."""

    @property
    def amount_minor(self) -> int:
        """What went back."""

    @property
    def currency(self) -> str:
        """In which money."""

    @property
    def refunded_at(self) -> datetime:
        """When it went back."""


@dataclass(frozen=True, slots=True)
class Share:
    """What one refund, by its own id, or the cancellation takes: minor units of the base."""

    source_id: str
    amount_minor: int
    currency: str
    refunded_at: datetime


def shares(base: Money, refunds: Iterable[Refunded], cancelled_at: datetime | None) -> list[Share]:
    """What each refund of a base takes of it by the refunds' own time, together never more than all of it."""
    left = base.minor
    found: list[Share] = []
    for refund in sorted(refunds, key=_by_time):
        if refund.currency == base.currency and refund.amount_minor > 0:
            minor = min(refund.amount_minor, left)
            left -= minor
            found.append(Share(refund.source_id, minor, base.currency, refund.refunded_at))
    if cancelled_at is not None:
        found.append(Share(CANCELLED, left, base.currency, cancelled_at))
    return found


def shares_elsewhere(there: Money, refunds: Iterable[Refunded], here: Money) -> Iterator[Share]:
    """The refunds of `there`, which tells of the same purchase, as shares of `here`: all of it is all of it."""
    before = given_back = 0
    for refund in sorted(refunds, key=_by_time):
        if refund.currency == there.currency and there.minor > 0:
            given_back = min(given_back + refund.amount_minor, there.minor)
            after = given_back * here.minor // there.minor
            yield Share(refund.source_id, after - before, here.currency, refund.refunded_at)
            before = after


def taken_back(granted: Money, base_minor: int, reversed_minor: int, *, is_reversed: bool) -> Money:
    """The part of a grant that went back with what it was counted from; without a base it is all or nothing."""
    if not base_minor:
        return granted if is_reversed else Money.zero(granted.currency)
    return reversed_part(granted, base_minor, reversed_minor)
