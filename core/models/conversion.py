"""Referrals, the conversions they brought, and what is owed for them."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.contract.money import Money
from core.models.base import Base, Id, Json, Minor, OfMerchant, reference


class Referral(OfMerchant, Base):
    """This advocate brought this friend; once per campaign, whoever else brought them too."""

    __tablename__ = "referrals"
    __table_args__ = (UniqueConstraint("campaign_id", "friend_id", "advocate_id"),)

    id: Mapped[Id]
    campaign_id: Mapped[str] = reference("campaigns.id")
    advocate_id: Mapped[str] = reference("people.id", index=True)
    friend_id: Mapped[str] = reference("people.id", index=True)
    code_id: Mapped[str] = reference("codes.id")
    evidence: Mapped[str]
    referred_at: Mapped[datetime]


class Conversion(OfMerchant, Base):
    """An order, contact or deal that counts for a referral, once per campaign.

    `number` says the how-many-th that stands it is of its advocate, where the campaign's terms ask for that.
    """

    __tablename__ = "conversions"
    __table_args__ = (UniqueConstraint("connection_id", "order_source_id", "campaign_id"),)

    id: Mapped[Id]
    campaign_id: Mapped[str] = reference("campaigns.id")
    terms_id: Mapped[str] = reference("terms.id")
    connection_id: Mapped[str] = reference("connections.id")
    order_id: Mapped[str] = reference("orders.id", index=True)
    order_source_id: Mapped[str]
    referral_id: Mapped[str] = reference("referrals.id", index=True)
    state: Mapped[str]
    currency: Mapped[str]
    base_minor: Mapped[Minor]
    reversed_minor: Mapped[Minor] = mapped_column(default=0)
    number: Mapped[int | None]
    reasons: Mapped[list[Any]] = mapped_column(Json)
    converted_at: Mapped[datetime]
    release_at: Mapped[datetime]
    verified_at: Mapped[datetime | None]


class Reversal(OfMerchant, Base):
    """The share of a conversion's base that one refund (or the cancellation) took back, once."""

    __tablename__ = "reversals"
    __table_args__ = (UniqueConstraint("conversion_id", "cause"),)

    id: Mapped[Id]
    conversion_id: Mapped[str] = reference("conversions.id")
    cause: Mapped[str]
    base_minor: Mapped[Minor]
    reversed_at: Mapped[datetime]


class Reward(OfMerchant, Base):
    """What is owed to one person for one conversion; without a conversion it was granted by hand.

    `turn` counts how often an operator's word passed this side's reward on after it had been paid: from 0. `milestone`
    is the number of friends that the reward of this side is for. `refused_by` are the counters that were asked when
    there was no room for it, as they stood.
    """

    __tablename__ = "rewards"
    __table_args__ = (
        UniqueConstraint("conversion_id", "side", "turn"),
        UniqueConstraint("merchant_id", "grant_key"),
        Index("ix_rewards_due", "connection_id", "state", "due_at"),
        CheckConstraint("reversed_minor <= granted_minor", name="never_reversed_beyond_the_grant"),
    )

    id: Mapped[Id]
    campaign_id: Mapped[str] = reference("campaigns.id")
    conversion_id: Mapped[str | None] = reference("conversions.id")
    connection_id: Mapped[str] = reference("connections.id")
    side: Mapped[str]
    turn: Mapped[int] = mapped_column(default=0)
    milestone: Mapped[int | None]
    # Under which an operator asked for it: the same key again grants nothing more.
    grant_key: Mapped[str | None]
    person_id: Mapped[str] = reference("people.id", index=True)
    kind: Mapped[str]
    currency: Mapped[str]
    granted_minor: Mapped[Minor]
    reversed_minor: Mapped[Minor] = mapped_column(default=0)
    netted_minor: Mapped[Minor] = mapped_column(default=0)
    revision: Mapped[int] = mapped_column(default=0)
    state: Mapped[str]
    reason: Mapped[str | None]
    recipient: Mapped[str | None]
    expires_days: Mapped[int | None]
    due_at: Mapped[datetime]
    is_approved: Mapped[bool] = mapped_column(default=False)
    refused_by: Mapped[list[Any]] = mapped_column(Json, default=list)
    attempts: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]

    @property
    def granted(self) -> Money:
        """What was promised, before reversals."""
        return Money(self.granted_minor, self.currency)

    @property
    def net(self) -> Money:
        """What is still owed or given after reversals."""
        return Money(self.granted_minor - self.reversed_minor, self.currency)

    @property
    def owed(self) -> Money:
        """What a push has to give: the net, less what was set off against an earlier claw-back."""
        return Money(self.granted_minor - self.reversed_minor - self.netted_minor, self.currency)
