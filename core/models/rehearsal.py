"""Rehearsals: that one version of terms was played through, what came of it, and who was invited to try it."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from core.models.base import Base, Id, Json, OfMerchant, reference


class RehearsalKind:
    """Who plays."""

    CAST = "cast"
    ROOM = "room"


class RehearsalState:
    """How a rehearsal stands: the cast passes or fails, a room is open to its guests until it is closed."""

    RUNNING = "running"
    PASSED = "passed"
    FAILED = "failed"
    OPEN = "open"
    CLOSED = "closed"


class Rehearsal(OfMerchant, Base):
    """One rehearsal of one version of terms. What happened in it stands in a database of its own, until `removed_at`.

    `summary` is the report: promises, who played what, and what to mend. `heard_until` is up to when a room has heard
    of its guests' test orders.
    """

    __tablename__ = "rehearsals"
    __table_args__ = (Index("ix_rehearsals_terms", "terms_id", "state"),)

    id: Mapped[Id]
    campaign_id: Mapped[str] = reference("campaigns.id")
    terms_id: Mapped[str] = reference("terms.id")
    kind: Mapped[str]
    state: Mapped[str]
    note: Mapped[str] = mapped_column(default="")
    summary: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    began_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    heard_until: Mapped[datetime | None]
    removed_at: Mapped[datetime | None]


class Guest(OfMerchant, Base):
    """Somebody who was invited into a room, with the code they pass on there, and nowhere else."""

    __tablename__ = "guests"

    id: Mapped[Id]
    rehearsal_id: Mapped[str] = reference("rehearsals.id", index=True)
    name: Mapped[bytes]
    email: Mapped[bytes]
    code: Mapped[str]
    invited_at: Mapped[datetime]


class Feedback(OfMerchant, Base):
    """What a guest said of a rehearsal."""

    __tablename__ = "feedback"

    id: Mapped[Id]
    rehearsal_id: Mapped[str] = reference("rehearsals.id", index=True)
    guest_id: Mapped[str | None] = reference("guests.id")
    words: Mapped[bytes]
    said_at: Mapped[datetime]
