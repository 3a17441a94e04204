"""Reverse: refunds and cancellations take their share of a conversion back, each once."""

from collections.abc import Iterable
from datetime import datetime

from core.contract.money import Money
from core.models import Conversion, Reversal, StoredOrder, StoredRefund, new_id
from core.rules.reversing import Refunded, shares
from core.rules.reversing import Share as Share
from core.rules.reversing import shares_elsewhere as _elsewhere
from core.services.book import Book


def shares_elsewhere(order: StoredOrder, refunds: Iterable[StoredRefund], conversion: Conversion) -> list[Share]:
    """The refunds of `order`, which tells of the same purchase, as shares of the conversion."""
    return list(_elsewhere(order.base, refunds, Money(conversion.base_minor, conversion.currency)))


def reverse(book: Book, conversion: Conversion, refunds: Iterable[Refunded], cancelled_at: datetime | None) -> None:
    """`conversion.reversed_minor` is what all refunds together (or the cancellation) take of its base, never more.

    Nothing depends on how often or in which order the refunds were told: shares go by the refunds' own time.
    """
    found = shares(Money(conversion.base_minor, conversion.currency), refunds, cancelled_at)
    if not found and not conversion.reversed_minor:
        return
    known = {row.cause: row for row in book.rows(Reversal.conversion_id, [conversion.id])}
    for share in found:
        row = known.get(share.source_id)
        if row is None:
            row = Reversal(
                id=new_id(), conversion_id=conversion.id, cause=share.source_id, reversed_at=share.refunded_at
            )
            row.merchant_id = conversion.merchant_id
            book.session.add(row)
        row.base_minor = share.amount_minor
    for cause in known.keys() - {share.source_id for share in found}:
        known[cause].base_minor = 0  # a deal that was lost is won again
    book.session.flush()
    conversion.reversed_minor = sum(share.amount_minor for share in found)
