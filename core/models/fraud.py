"""What fraud rules compare, what they found of a conversion, and what a person decided."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.models.base import Base, Id, Json, OfMerchant, reference


class StoredSignal(OfMerchant, Base):
    """One sign of an order: how or by whom it was bought, as a keyed hash that can be compared and nothing else."""

    __tablename__ = "signals"
    __table_args__ = (Index("ix_signals_digest", "digest", "seen_at"),)

    order_id: Mapped[str] = reference("orders.id", primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(primary_key=True)
    seen_at: Mapped[datetime] = mapped_column(index=True)


class Assessment(OfMerchant, Base):
    """What the fraud rules found of one conversion: new, clear, observed, open, approved or voided.

    An open one waits for a person; its rewards are in review. `findings` name rules and other orders, nobody's address
    or name; who decided, why, and what an appeal said stands in the audit trail. One that `is_of_paid` was found when
    its reward had left already: nothing is held, a person has to know.
    """

    __tablename__ = "assessments"
    __table_args__ = (UniqueConstraint("conversion_id"), Index("ix_assessments_state", "merchant_id", "state"))

    id: Mapped[Id]
    campaign_id: Mapped[str] = reference("campaigns.id")
    conversion_id: Mapped[str] = reference("conversions.id")
    state: Mapped[str] = mapped_column(default="new")
    outcome: Mapped[str] = mapped_column(default="clear")
    points: Mapped[int] = mapped_column(default=0)
    findings: Mapped[list[Any]] = mapped_column(Json, default=list)
    is_of_paid: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    assessed_at: Mapped[datetime | None]
    opened_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]
    appealed_at: Mapped[datetime | None]


class TrustedAdvocate(OfMerchant, Base):
    """An advocate whose pace is measured by their own usual day alone."""

    __tablename__ = "trusted_advocates"

    person_id: Mapped[str] = reference("people.id", primary_key=True)
    since: Mapped[datetime]
