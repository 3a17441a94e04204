"""The inbox: what sources handed to us, raw, once."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.models.base import Base, Id, Json, OfMerchant, reference


class StoredDelivery(OfMerchant, Base):
    """A delivery laid on the table. The body is sealed; state changes follow `core/rules/states.py`.

    `subject` is the source's id of the record it speaks of; it was asked for when a poll found it, not a webhook.
    """

    __tablename__ = "deliveries"
    __table_args__ = (
        UniqueConstraint("connection_id", "key"),
        Index("ix_deliveries_due", "connection_id", "state", "due_at"),
        Index("ix_deliveries_received", "connection_id", "received_at"),
        Index("ix_deliveries_subject", "connection_id", "subject"),
    )

    id: Mapped[Id]
    connection_id: Mapped[str] = reference("connections.id")
    key: Mapped[str]
    topic: Mapped[str]
    subject: Mapped[str] = mapped_column(default="")
    was_asked_for: Mapped[bool] = mapped_column(default=False)
    headers: Mapped[dict[str, Any]] = mapped_column(Json)
    body: Mapped[bytes]
    size: Mapped[int]
    triggered_at: Mapped[datetime | None]
    received_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(default="stored")
    due_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    read_at: Mapped[datetime | None]
    reason: Mapped[str | None]
