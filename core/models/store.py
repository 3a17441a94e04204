"""Shops that have the app of a store."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from core.models.base import Base, OfMerchant, reference


class AppInstallation(OfMerchant, Base):
    """One shop that has the app, as the store names it: its merchant and its one connection."""

    __tablename__ = "app_installations"

    connector: Mapped[str] = mapped_column(primary_key=True)
    shop: Mapped[str] = mapped_column(primary_key=True)
    connection_id: Mapped[str] = reference("connections.id", unique=True)
    first_seen_at: Mapped[datetime]
