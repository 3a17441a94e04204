"""Objectives: what a campaign shall reach by a day."""

from datetime import datetime

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.models.base import Base, Id, Minor, OfMerchant, reference


class Objective(OfMerchant, Base):
    """One measurable goal of a campaign, one per measure and currency; `target` is in the measure's own unit.

    Purchases from `starts_at` on count, and those at `due_at` or later do not any more.
    """

    __tablename__ = "objectives"
    __table_args__ = (
        UniqueConstraint("campaign_id", "measure", "currency"),
        CheckConstraint("target > 0", name="more_than_nothing"),
        CheckConstraint("starts_at < due_at", name="begins_before_it_ends"),
    )

    id: Mapped[Id]
    campaign_id: Mapped[str] = reference("campaigns.id")
    measure: Mapped[str]
    target: Mapped[Minor]
    currency: Mapped[str] = mapped_column(default="")
    starts_at: Mapped[datetime]
    due_at: Mapped[datetime]
    created_at: Mapped[datetime]
