"""What decisions rested on, told change by change, and what came of trying other terms on it."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from core.models.base import Base, Id, Json, OfMerchant, reference


class Telling(OfMerchant, Base):
    """What the hub knew of one order of one friend from that decision on; only ever added to.

    Decisions of a merchant are numbered as they were made, and all tellings of one decision have its number. `what` is
    told (the `body` says what), gone (the order is somebody else's now), again (nothing new, but it was decided
    differently), marked (news of others moved its rewards), refused or heard (as fraud; somebody objected) or void
    (a reward of it is owed no more). One friend's tellings lie side by side.
    """

    __tablename__ = "tellings"
    __table_args__ = ({"sqlite_with_rowid": False},)

    friend_id: Mapped[str] = reference("people.id", primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    order_id: Mapped[str] = reference("orders.id", primary_key=True)
    what: Mapped[str]
    body: Mapped[str] = mapped_column(Text, default="")
    told_at: Mapped[datetime]


class Turn(OfMerchant, Base):
    """What changed decisions without being told of one order, under the number of the next decision.

    `what` is terms (a version was published), merge (two people became one), grant or a pause; `body` says which.
    """

    __tablename__ = "turns"
    __table_args__ = (Index("ix_turns_number", "merchant_id", "number"),)

    id: Mapped[Id]
    number: Mapped[int] = mapped_column(BigInteger)
    what: Mapped[str]
    body: Mapped[dict[str, Any]] = mapped_column(Json)
    turned_at: Mapped[datetime]


class Backtest(OfMerchant, Base):
    """Proposed terms were tried on the orders placed from `since` until `until`: what would have been different.

    `version` is the campaign's version that was tried, None for terms that are not kept; `orders` are the first of
    those that differ.
    """

    __tablename__ = "backtests"
    __table_args__ = (Index("ix_backtests_campaign", "campaign_id", "ran_at"),)

    id: Mapped[Id]
    campaign_id: Mapped[str] = reference("campaigns.id")
    version: Mapped[int | None]
    terms: Mapped[dict[str, Any]] = mapped_column(Json)
    since: Mapped[datetime]
    until: Mapped[datetime]
    summary: Mapped[dict[str, Any]] = mapped_column(Json)
    orders: Mapped[list[Any]] = mapped_column(Json)
    ran_at: Mapped[datetime]
