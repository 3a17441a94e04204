"""Orders and their refunds as the sources last told us: state, from which everything else is decided."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.contract.money import Money
from core.models.base import Base, Id, Json, Minor, reference


class StoredOrder(Base):
    """The newest state of one order, deal or opportunity. `reasons` says, by campaign, why it counts or not."""

    __tablename__ = "orders"
    __table_args__ = (
        UniqueConstraint("connection_id", "source_id"),
        Index("ix_orders_friend", "friend_id", "placed_at"),
    )

    id: Mapped[Id]
    merchant_id: Mapped[str] = reference("merchants.id")
    connection_id: Mapped[str] = reference("connections.id")
    source_id: Mapped[str]
    name: Mapped[str] = mapped_column(index=True)
    friend_id: Mapped[str | None] = reference("people.id")
    base_minor: Mapped[Minor]
    currency: Mapped[str]
    is_paid: Mapped[bool]
    is_test: Mapped[bool]
    placed_at: Mapped[datetime]
    updated_at: Mapped[datetime] = mapped_column(index=True)
    cancelled_at: Mapped[datetime | None]
    channel: Mapped[str] = mapped_column(default="")
    evidence: Mapped[list[Any]] = mapped_column(Json)
    reasons: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    delivery_id: Mapped[str | None] = reference("deliveries.id", index=True)

    @property
    def base(self) -> Money:
        """What counts for a reward, before refunds."""
        return Money(self.base_minor, self.currency)


class StoredRefund(Base):
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
