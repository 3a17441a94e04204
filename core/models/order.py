"""Orders and their refunds as the sources last told us: state, from which everything else is decided."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.contract.money import Money
from core.models.base import Base, Id, Json, Minor, OfMerchant, reference


class StoredOrder(OfMerchant, Base):
    """The newest state of one order, deal or lead. `reasons` says, by campaign, why it counts or not.

    `identity_id` is the account (or, without one, the address) by which its friend was found, unless that link was
    erased when its source was disconnected; `same_as_id` the order that tells of the same purchase and counts in its
    place. `asked_at` is when the source was asked for this state, where it was not delivered. `told` is the digest of
    its newest telling, and `told_of_id` whose order it was then.
    """

    __tablename__ = "orders"
    __table_args__ = (
        UniqueConstraint("connection_id", "source_id"),
        Index("ix_orders_friend", "friend_id", "placed_at"),
        Index("ix_orders_identity", "identity_id"),
    )

    id: Mapped[Id]
    connection_id: Mapped[str] = reference("connections.id")
    source_id: Mapped[str]
    name: Mapped[str] = mapped_column(index=True)
    kind: Mapped[str] = mapped_column(default="order")
    references: Mapped[list[Any]] = mapped_column(Json, default=list)
    friend_id: Mapped[str | None] = reference("people.id")
    identity_id: Mapped[str | None] = reference("identities.id")
    same_as_id: Mapped[str | None] = reference("orders.id")
    base_minor: Mapped[Minor]
    total_minor: Mapped[int | None] = mapped_column(BigInteger)
    currency: Mapped[str]
    is_paid: Mapped[bool]
    is_test: Mapped[bool]
    placed_at: Mapped[datetime]
    updated_at: Mapped[datetime] = mapped_column(index=True)
    asked_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
    channel: Mapped[str] = mapped_column(default="")
    evidence: Mapped[list[Any]] = mapped_column(Json)
    facts: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    reasons: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    delivery_id: Mapped[str | None] = reference("deliveries.id", index=True)
    told: Mapped[str] = mapped_column(default="")
    told_of_id: Mapped[str | None] = reference("people.id")

    @property
    def base(self) -> Money:
        """What counts for a reward, before refunds."""
        return Money(self.base_minor, self.currency)

    @property
    def total(self) -> Money | None:
        """What was paid in all, if the source says so: only to recognise the purchase elsewhere."""
        return None if self.total_minor is None else Money(self.total_minor, self.currency)


class StoredRefund(OfMerchant, Base):
    """One refund, known by its own id, whether or not its order is known yet."""

    __tablename__ = "refunds"
    __table_args__ = (
        UniqueConstraint("connection_id", "source_id"),
        Index("ix_refunds_order", "connection_id", "order_source_id"),
    )

    id: Mapped[Id]
    connection_id: Mapped[str] = reference("connections.id")
    source_id: Mapped[str]
    order_source_id: Mapped[str]
    amount_minor: Mapped[Minor]
    currency: Mapped[str]
    refunded_at: Mapped[datetime]
