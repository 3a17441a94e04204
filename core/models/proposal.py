"""Proposals: what one person asked for, and a second one has to say yes to."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index
from sqlalchemy.orm import Mapped, mapped_column

from core.models.base import Base, Id, Json, OfMerchant


class Proposal(OfMerchant, Base):
    """An act on money that waits for a second person: open, done or refused.

    `asked_id` and `decided_id` say who it was beyond their names, which people can change. The words somebody typed are
    in `told` only while it is open: afterwards they stand in the audit trail, where they can be erased.
    """

    __tablename__ = "proposals"
    __table_args__ = (Index("ix_proposals_state", "merchant_id", "state"),)

    id: Mapped[Id]
    verb: Mapped[str]
    subject_id: Mapped[str]
    told: Mapped[dict[str, Any]] = mapped_column(Json)
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str]
    state: Mapped[str] = mapped_column(default="open")
    asked_by: Mapped[str]
    asked_id: Mapped[str]
    asked_at: Mapped[datetime]
    decided_by: Mapped[str | None]
    decided_id: Mapped[str | None]
    decided_at: Mapped[datetime | None]
