"""Reverse: refunds and cancellations take their share of a conversion back, each once."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from core.models import Conversion, Reversal, StoredOrder, StoredRefund, new_id
from core.services.book import Book

CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Share:
    """What a refund of the same purchase in another system comes to here."""

    source_id: str
    amount_minor: int
    currency: str
    refunded_at: datetime


def shares_elsewhere(order: StoredOrder, refunds: Iterable[StoredRefund], conversion: Conversion) -> Iterator[Share]:
    """The refunds of `order`, which tells of the same purchase, as shares of the conversion: all of it is all of it."""
    before = given_back = 0
    for refund in sorted(refunds, key=lambda refund: (refund.refunded_at, refund.source_id)):
        if refund.currency == order.currency and order.base_minor > 0:
            given_back = min(given_back + refund.amount_minor, order.base_minor)
            after = given_back * conversion.base_minor // order.base_minor
            yield Share(refund.source_id, after - before, conversion.currency, refund.refunded_at)
            before = after


def reverse(
    book: Book, conversion: Conversion, refunds: Iterable[StoredRefund | Share], cancelled_at: datetime | None
) -> None:
    """`conversion.reversed_minor` is what all refunds together (or the cancellation) take of its base, never more.

    Nothing depends on how often or in which order the refunds were told: shares go by the refunds' own time.
    """
    shares = _shares(conversion, refunds, cancelled_at)
    total = sum(minor for _, minor, _ in shares)
    if not shares and not conversion.reversed_minor:
        return
    known = {row.cause: row for row in book.rows(Reversal.conversion_id, [conversion.id])}
    for cause, minor, reversed_at in shares:
        row = known.get(cause)
        if row is None:
            row = Reversal(id=new_id(), conversion_id=conversion.id, cause=cause, reversed_at=reversed_at)
            row.merchant_id = conversion.merchant_id
            book.session.add(row)
        row.base_minor = minor
    for cause in known.keys() - {cause for cause, _, _ in shares}:
        known[cause].base_minor = 0  # a deal that was lost is won again
    book.session.flush()
    conversion.reversed_minor = total


def _shares(
    conversion: Conversion, refunds: Iterable[StoredRefund | Share], cancelled_at: datetime | None
) -> list[tuple[str, int, datetime]]:
    left = conversion.base_minor
    shares: list[tuple[str, int, datetime]] = []
    for refund in sorted(refunds, key=lambda refund: (refund.refunded_at, refund.source_id)):
        if refund.currency == conversion.currency and refund.amount_minor > 0:
            minor = min(refund.amount_minor, left)
            left -= minor
            shares.append((refund.source_id, minor, refund.refunded_at))
    if cancelled_at is not None:
        shares.append((CANCELLED, left, cancelled_at))
    return shares
