"""What the ledger says about a reward, line by line."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.contract.money import Money
from core.models import Balance, LedgerEntry, LedgerTransaction
from core.queries.totals import by_currency

POSTINGS = {
    "grant": "promised",
    "adjust": "of difference, after a refund or for another tier",
    "release": "due, the hold is over",
    "push": "pushed",
    "claim_back": "pushed too much, to be given back",
    "take_back": "taken back",
    "set_off": "set off against what had to be given back",
    "set_off_undone": "not set off after all, since it was not paid",
    "hold_again": "waits again, refused by the source",
    "take_over": "waits again, another shop pays it",
    "withdraw": "withdrawn, it is not owed any more",
    "void": "void",
}
RECEIVABLE = "receivable"  # one account for each person who was given too much


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """One side of a transaction."""

    account: str
    amount: Money


@dataclass(frozen=True, slots=True)
class LedgerPosting:
    """One transaction; its lines sum to zero. `number` counts the merchant's transactions from the first."""

    id: str
    reward_id: str
    number: int
    key: str
    what: str
    words: str
    posted_at: datetime
    hash: str
    lines: tuple[LedgerLine, ...]


def postings_of(session: Session, reward_ids: Iterable[str]) -> dict[str, tuple[LedgerPosting, ...]]:
    """The transactions that touch some rewards, oldest first, each with all of its lines. Two statements."""
    wanted = list(reward_ids)
    touched = select(LedgerEntry.transaction_id).where(LedgerEntry.reward_id.in_(wanted))
    entries: dict[str, list[LedgerEntry]] = {}
    for entry in session.scalars(select(LedgerEntry).where(LedgerEntry.transaction_id.in_(touched))):
        entries.setdefault(entry.transaction_id, []).append(entry)
    statement = select(LedgerTransaction).where(LedgerTransaction.id.in_(entries)).order_by(LedgerTransaction.number)
    found: dict[str, tuple[LedgerPosting, ...]] = {}
    for row in session.scalars(statement.order_by(LedgerTransaction.number)):
        for reward_id in sorted({entry.reward_id for entry in entries[row.id]}.intersection(wanted)):
            found[reward_id] = (*found.get(reward_id, ()), _posting(row, entries[row.id]))
    return found


def _posting(row: LedgerTransaction, entries: Iterable[LedgerEntry]) -> LedgerPosting:
    ordered = sorted(entries, key=lambda entry: (entry.amount_minor, entry.account))
    return LedgerPosting(
        id=row.id,
        reward_id=row.reward_id,
        number=row.number,
        key=row.key,
        what=row.what,
        words=POSTINGS.get(row.what, row.what.replace("_", " ")),
        posted_at=row.posted_at,
        hash=row.hash,
        lines=tuple(LedgerLine(one.account, Money(one.amount_minor, one.currency)) for one in ordered),
    )


def receivable(session: Session) -> tuple[Money, ...]:
    """What people have to give back, per currency, over all merchants, from the cached balances."""
    statement = (
        select(Balance.currency, func.sum(Balance.amount_minor))
        .where(Balance.account.startswith(f"{RECEIVABLE}:"))
        .group_by(Balance.currency)
    )
    return by_currency(session.execute(statement))
