"""Campaigns, their versioned terms, the codes advocates pass on, and the counters of what may still be promised."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.models.base import Base, Id, Json, Minor, OfMerchant, reference


class Campaign(OfMerchant, Base):
    """An offer: a draft, or published."""

    __tablename__ = "campaigns"
    __table_args__ = (UniqueConstraint("merchant_id", "slug"),)

    id: Mapped[Id]
    slug: Mapped[str]
    name: Mapped[str]
    state: Mapped[str] = mapped_column(default="draft")
    created_at: Mapped[datetime]


class StoredTerms(OfMerchant, Base):
    """One immutable version of a campaign's rules, with the time from which it holds (None: not published)."""

    __tablename__ = "terms"
    __table_args__ = (UniqueConstraint("campaign_id", "version"),)

    id: Mapped[Id]
    campaign_id: Mapped[str] = reference("campaigns.id")
    version: Mapped[int] = mapped_column()
    body: Mapped[dict[str, Any]] = mapped_column(Json)
    effective_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class CampaignPause(OfMerchant, Base):
    """A time in which nothing that is ordered counts; it goes on while `until_at` is None. `actor` may be the hub."""

    __tablename__ = "campaign_pauses"

    id: Mapped[Id]
    campaign_id: Mapped[str] = reference("campaigns.id", index=True)
    from_at: Mapped[datetime]
    until_at: Mapped[datetime | None]
    because: Mapped[str]
    actor: Mapped[str]


class Code(OfMerchant, Base):
    """What an advocate passes on; `lookup` is the spelling that sources' spellings are compared with.

    One that had become public names nobody for orders placed from `ended_at` on; before, it counts as ever.
    """

    __tablename__ = "codes"
    __table_args__ = (UniqueConstraint("merchant_id", "lookup"),)

    id: Mapped[Id]
    campaign_id: Mapped[str] = reference("campaigns.id")
    advocate_id: Mapped[str] = reference("people.id", index=True)
    text: Mapped[str]
    lookup: Mapped[str]
    is_active: Mapped[bool] = mapped_column(default=True)
    ended_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class Allowance(OfMerchant, Base):
    """How much of something a campaign may still promise: the budget, or one advocate's share of a period.

    It exists before the first reward does, and every change is conditional on the `version` that was read.
    """

    __tablename__ = "allowances"
    __table_args__ = (UniqueConstraint("campaign_id", "name"), CheckConstraint("used >= 0", name="never_negative"))

    id: Mapped[Id]
    campaign_id: Mapped[str] = reference("campaigns.id")
    name: Mapped[str]
    ceiling: Mapped[Minor]
    used: Mapped[Minor] = mapped_column(default=0)
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - read by SQLAlchemy, never changed
