"""Merchants, their connections to sources, and the leases under which workers serve them."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String, UniqueConstraint, select, text
from sqlalchemy.orm import Mapped, mapped_column

from core.models.base import Base, Id, Json, OfMerchant, reference

LEDGER_START = "0" * 64
# Who has left an account, or was let out by its source, stands in nobody's way.
IN_USE = "disconnected_at IS NULL AND status <> 'removed'"


class Merchant(Base):
    """The tenant: everything belongs to exactly one. Its row is the lock under which money is decided.

    One that is `leaving_at` is being erased, within one transaction. `decisions` counts what was decided so far.
    """

    __tablename__ = "merchants"

    id: Mapped[Id]
    name: Mapped[str] = mapped_column(unique=True)
    ledger_length: Mapped[int] = mapped_column(default=0)
    ledger_hash: Mapped[str] = mapped_column(String(64), default=LEDGER_START)
    decisions: Mapped[int] = mapped_column(default=0)
    leaving_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class ConnectionStatus:
    """How a connection is doing."""

    ACTIVE = "active"
    NEEDS_ATTENTION = "needs_attention"
    REMOVED = "removed"


class Connection(OfMerchant, Base):
    """One configured, credentialed source. Its id is part of the webhook address.

    One that was disconnected here has no credentials any more; one that its source removed may still be told things.
    """

    __tablename__ = "connections"
    __table_args__ = (
        UniqueConstraint("merchant_id", "connector", "label"),
        UniqueConstraint("merchant_id", "connector", "source_id"),  # twice connected, every order would count twice
        Index(  # and in the whole house: else two merchants would reward one order, and neither could know
            "uq_connections_in_use",
            "connector",
            "source_id",
            unique=True,
            sqlite_where=text(IN_USE),
            postgresql_where=text(IN_USE),
        ),
    )

    id: Mapped[Id]
    connector: Mapped[str]
    label: Mapped[str]
    config: Mapped[bytes]
    source_id: Mapped[str | None]
    is_enabled: Mapped[bool] = mapped_column(default=True)
    status: Mapped[str] = mapped_column(default=ConnectionStatus.ACTIVE)
    hint: Mapped[str | None]
    connected_at: Mapped[datetime]
    disconnected_at: Mapped[datetime | None]
    cursor: Mapped[str | None]
    next_poll_at: Mapped[datetime | None]
    blocked_until: Mapped[datetime | None]
    failures: Mapped[int] = mapped_column(default=0)
    last_poll_at: Mapped[datetime | None]
    prepared_at: Mapped[datetime | None]
    renewed_at: Mapped[datetime | None]
    people_due_at: Mapped[datetime | None]
    last_push_at: Mapped[datetime | None]
    last_write_at: Mapped[datetime | None]
    account: Mapped[dict[str, Any] | None] = mapped_column(Json)
    usage: Mapped[dict[str, Any] | None] = mapped_column(Json)
    refused_count: Mapped[int] = mapped_column(default=0)
    refused_at: Mapped[datetime | None]
    refused_reason: Mapped[str | None]

    @property
    def is_working(self) -> bool:
        """True when workers may call the source."""
        return self.is_enabled and self.status == ConnectionStatus.ACTIVE


class Lease(OfMerchant, Base):
    """The right to clear one lane of one connection, until a time; `fence` grows with every holder."""

    __tablename__ = "leases"

    connection_id: Mapped[str] = reference("connections.id", primary_key=True)
    lane: Mapped[str] = mapped_column(primary_key=True)
    owner: Mapped[str] = mapped_column(default="")
    fence: Mapped[int] = mapped_column(default=0)
    until_at: Mapped[datetime]


class KeptText(OfMerchant, Base):
    """A small sealed text that a connector keeps, such as its tokens; `owner` changes it alone until a time."""

    __tablename__ = "kept_texts"

    connection_id: Mapped[str] = reference("connections.id", primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    text: Mapped[bytes | None]
    owner: Mapped[str] = mapped_column(default="")
    until_at: Mapped[datetime]


def owner_of(connection_id: str) -> Any:
    """The merchant of that connection, as an expression for a row that is about to be written."""
    return select(Connection.merchant_id).where(Connection.id == connection_id).scalar_subquery()


class HubState(Base):
    """A few facts about the hub itself, by name (the sandbox clock, the last check)."""

    __tablename__ = "hub_state"

    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str]
