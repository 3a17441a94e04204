"""The outbox: attempts to give a credit or to take one back."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from core.contract.money import Money
from core.models.base import Base, Id, Json, Minor, OfMerchant, reference

# A parked push keeps its account: nothing else may go there until a person has decided.
IN_FLIGHT_STATES = ("intended", "sent", "unknown", "parked")
IN_FLIGHT = f"state IN {IN_FLIGHT_STATES}"


class Push(OfMerchant, Base):
    """One attempt to move value at a source, written and committed before anything is sent.

    At most one is in flight per receiving account, and one remote transaction satisfies at most one push:
    both are unique indexes.
    """

    __tablename__ = "pushes"
    __table_args__ = (
        UniqueConstraint("connection_id", "remote_id"),
        UniqueConstraint("connection_id", "recipient", "expires_at"),
        Index(
            "uq_pushes_in_flight",
            "connection_id",
            "recipient",
            unique=True,
            sqlite_where=text(IN_FLIGHT),
            postgresql_where=text(IN_FLIGHT),
        ),
        Index("ix_pushes_due", "connection_id", "state", "due_at"),
    )

    id: Mapped[Id]
    connection_id: Mapped[str] = reference("connections.id")
    reward_id: Mapped[str] = reference("rewards.id", index=True)
    gives: Mapped[bool]
    kind: Mapped[str]
    amount_minor: Mapped[Minor]
    currency: Mapped[str]
    recipient: Mapped[str]
    note: Mapped[str]
    # What the code of a gift card or discount is derived from: the code itself is money and is not stored.
    code_seed: Mapped[str]
    expires_at: Mapped[datetime | None]
    watermark: Mapped[str | None]
    state: Mapped[str] = mapped_column(default="intended")
    fence: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    sent_at: Mapped[datetime | None]
    absent_at: Mapped[datetime | None]
    confirmed_at: Mapped[datetime | None]
    remote_id: Mapped[str | None]
    undoes: Mapped[str | None]
    moved_minor: Mapped[int | None]
    shown: Mapped[bytes | None]
    story: Mapped[list[Any]] = mapped_column(Json, default=list)
    created_at: Mapped[datetime]

    @property
    def amount(self) -> Money:
        """What is to move."""
        return Money(self.amount_minor, self.currency)
