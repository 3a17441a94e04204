"""The ledger: append-only, zero-sum per transaction and currency, hash-chained."""

from datetime import datetime

from sqlalchemy import Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.models.base import Base, Id, Minor, OfMerchant, reference


class LedgerTransaction(OfMerchant, Base):
    """One thing that happened to a reward. `hash` covers its entries and the transaction before it."""

    __tablename__ = "ledger_transactions"
    __table_args__ = (UniqueConstraint("merchant_id", "key"), UniqueConstraint("merchant_id", "number"))

    id: Mapped[Id]
    number: Mapped[int]
    key: Mapped[str]
    what: Mapped[str]
    reward_id: Mapped[str] = reference("rewards.id", index=True)
    posted_at: Mapped[datetime]
    previous_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))


class LedgerEntry(OfMerchant, Base):
    """One side of a transaction: so much more (or less) on an account, for one reward."""

    __tablename__ = "ledger_entries"
    __table_args__ = (Index("ix_ledger_entries_account", "merchant_id", "account", "currency"),)

    id: Mapped[Id]
    transaction_id: Mapped[str] = reference("ledger_transactions.id", index=True)
    reward_id: Mapped[str] = reference("rewards.id", index=True)
    account: Mapped[str]
    currency: Mapped[str]
    amount_minor: Mapped[Minor]


class Balance(OfMerchant, Base):
    """What an account holds: a cache of its entries, checked against them."""

    __tablename__ = "balances"
    __table_args__ = (UniqueConstraint("merchant_id", "account", "currency"),)

    id: Mapped[Id]
    account: Mapped[str]
    currency: Mapped[str]
    amount_minor: Mapped[Minor] = mapped_column(default=0)
