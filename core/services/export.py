"""Export: all rows of one kind, streamed as JSON lines."""

import json
from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.models import Conversion, LedgerEntry, LedgerTransaction, Push, Reward
from core.queries.plain import plain

QUERIES: dict[str, Any] = {
    "conversions": select(Conversion).order_by(Conversion.id),
    "rewards": select(Reward).order_by(Reward.id),
    "pushes": select(Push).order_by(Push.id),
    "ledger": select(
        LedgerTransaction.number,
        LedgerTransaction.key,
        LedgerTransaction.what,
        LedgerTransaction.posted_at,
        LedgerTransaction.hash,
        LedgerEntry.reward_id,
        LedgerEntry.account,
        LedgerEntry.currency,
        LedgerEntry.amount_minor,
    )
    .join(LedgerEntry, LedgerEntry.transaction_id == LedgerTransaction.id)
    .order_by(LedgerTransaction.number, LedgerEntry.account),
}
# What a receipt shows may be a gift card's code, which is money: it leaves only through the page of one reward.
HIDDEN = frozenset({"shown", "code_seed"})


def export_rows(session: Session, what: str, open_sealed: Callable[[bytes, str], bytes]) -> Iterator[str]:
    """One JSON object per row, in the order in which they were made."""
    for row in session.execute(QUERIES[what].execution_options(yield_per=500)):
        yield json.dumps(plain(_columns(row), open_sealed), ensure_ascii=False)


def _columns(row: Any) -> dict[str, Any]:
    if len(row) > 1:
        return dict(row._mapping)
    return {column.key: getattr(row[0], column.key) for column in row[0].__table__.columns if column.key not in HIDDEN}
