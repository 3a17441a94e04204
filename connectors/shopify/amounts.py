"""What an order is worth to a referral, and what a refund takes from it: arithmetic on exact shop amounts.

Everything is `Decimal` in major units of the shop's currency; rounding to minor units comes once, at the end.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from referhub import Money

ZERO = Decimal(0)


class Line(NamedTuple):
    """A sold line: `gross` is price times `quantity` after all discounts, `tax` what was charged on that."""

    id: str
    gross: Decimal
    tax: Decimal
    quantity: int
    current_quantity: int | None
    counts: bool


class RefundedLine(NamedTuple):
    """A refunded line: `subtotal` contains the tax when the order's prices do."""

    subtotal: Decimal
    tax: Decimal
    counts: bool


class Adjustment(NamedTuple):
    """A difference between what the refunded lines come to and what was refunded.

    It is signed from the order's side: above zero, less was given back than the lines come to.
    """

    amount: Decimal
    tax: Decimal


def base(lines: Sequence[Line], refunded: Mapping[str, int], *, taxes_included: bool, currency: str) -> Money:
    """The order's base before refunds: counting lines, net of tax, without what an edit took away.

    `current_quantity` leaves out edited and refunded units alike, so refunded ones are added again.
    """
    total = sum((worth(line, refunded, taxes_included=taxes_included) for line in lines), ZERO)
    return Money.from_decimal(max(total, ZERO), currency)


def worth(line: Line, refunded: Mapping[str, int], *, taxes_included: bool) -> Decimal:
    """What counts of a line, exact; nothing of a gift card or a tip."""
    if not line.counts or line.quantity <= 0:
        return ZERO
    net = line.gross - line.tax if taxes_included else line.gross
    left = kept(line, refunded)
    return net if left == line.quantity else net * left / line.quantity


def kept(line: Line, refunded: Mapping[str, int]) -> int:
    """How many pieces were sold, without what an edit took away."""
    if line.current_quantity is None:
        return line.quantity
    return max(0, min(line.quantity, line.current_quantity + refunded.get(line.id, 0)))


def refund_share(
    lines: Sequence[RefundedLine], adjustments: Sequence[Adjustment], *, taxes_included: bool, currency: str
) -> Money:
    """How much of the order's base a refund takes back, zero or more.

    With lines, the adjustments scale them: of 79.00 in lines with a discrepancy of 39.00, 40/79 went back.
    Without lines there is nothing to scale, and the amount given back counts as it stands, less its own tax.
    """
    adjusted = sum((_gross(item, taxes_included) for item in adjustments), ZERO)
    lines_gross = sum((line.subtotal if taxes_included else line.subtotal + line.tax for line in lines), ZERO)
    if lines_gross > 0:
        net = sum((_net(line, taxes_included) for line in lines if line.counts), ZERO)
        share = net * (lines_gross - adjusted) / lines_gross
    else:
        share = -sum((item.amount - item.tax if taxes_included else item.amount for item in adjustments), ZERO)
    return Money.from_decimal(max(share, ZERO), currency)


def _net(line: RefundedLine, taxes_included: bool) -> Decimal:
    return line.subtotal - line.tax if taxes_included else line.subtotal


def _gross(item: Adjustment, taxes_included: bool) -> Decimal:
    return item.amount if taxes_included else item.amount + item.tax


def capped(amounts: Sequence[Money], limit: Money) -> list[Money]:
    """The same amounts in order, cut off where together they would exceed `limit`."""
    left, result = limit, []
    for amount in amounts:
        result.append(min(amount, left))
        left -= result[-1]
    return result
