"""The referral fields that sources carry: what goes where, what was seen and written, and how to undo it."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from core.models.base import Base, Id, Json, OfMerchant, reference


class FieldStage:
    """How far a connection has come: undecided, only looking, or writing."""

    NEW = "new"
    PREVIEW = "preview"
    LIVE = "live"


class FieldSync(OfMerchant, Base):
    """The fields of one connection: the admin's mapping, what stands in the way, and when they were last worked on.

    `mapped` says ours to theirs (None: off); `problems` says of one of theirs why it cannot be written, and `mended`
    since when it can be written again. `drift` is the last look at what the source shows.
    """

    __tablename__ = "field_syncs"

    connection_id: Mapped[str] = reference("connections.id", primary_key=True)
    stage: Mapped[str] = mapped_column(default=FieldStage.NEW)
    mapped: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    problems: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    mended: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    drift: Mapped[dict[str, Any] | None] = mapped_column(Json)
    live_at: Mapped[datetime | None]
    checked_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    hint: Mapped[str | None]


class SyncedRecord(OfMerchant, Base):
    """The referral fields of one of a source's people: what was last written, and whether that is still true.

    `seen` and `written` hold the source's own names and spelling. `is_gone` means that nothing is written any more:
    the source has nobody of that id, or knows them as `moved_to`.
    """

    __tablename__ = "synced_records"
    __table_args__ = (
        UniqueConstraint("connection_id", "source_id"),
        Index("ix_synced_records_due", "connection_id", "is_dirty", "due_at"),
        Index(
            "ix_synced_records_parked",
            "is_parked",
            sqlite_where=text("is_parked = 1"),
            postgresql_where=text("is_parked"),
        ),
    )

    id: Mapped[Id]
    connection_id: Mapped[str] = reference("connections.id")
    person_id: Mapped[str] = reference("people.id", index=True)
    source_id: Mapped[str]
    is_dirty: Mapped[bool] = mapped_column(default=True)
    is_parked: Mapped[bool] = mapped_column(default=False)
    is_gone: Mapped[bool] = mapped_column(default=False)
    moved_to: Mapped[str | None]
    revision: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    seen: Mapped[dict[str, Any] | None] = mapped_column(Json)
    written: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    refused: Mapped[dict[str, Any] | None] = mapped_column(Json)
    written_at: Mapped[datetime | None]
    write_times: Mapped[list[Any]] = mapped_column(Json, default=list)
    reason: Mapped[str | None]


class WriteRun(OfMerchant, Base):
    """One round of writing fields, until nothing was left to write; `kind` is sync or undo."""

    __tablename__ = "write_runs"
    __table_args__ = (Index("ix_write_runs_newest", "connection_id", "started_at"),)

    id: Mapped[Id]
    connection_id: Mapped[str] = reference("connections.id")
    kind: Mapped[str]
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    undone_at: Mapped[datetime | None]
    written: Mapped[int] = mapped_column(default=0)
    refused: Mapped[int] = mapped_column(default=0)
    calls: Mapped[int] = mapped_column(default=0)


class WrittenChange(OfMerchant, Base):
    """What one run changed on one record: the fields before (None: empty) and after, in the source's spelling."""

    __tablename__ = "written_changes"
    __table_args__ = (UniqueConstraint("run_id", "record_id"),)

    id: Mapped[Id]
    run_id: Mapped[str] = reference("write_runs.id")
    record_id: Mapped[str] = reference("synced_records.id", index=True)
    before: Mapped[dict[str, Any]] = mapped_column(Json)
    after: Mapped[dict[str, Any]] = mapped_column(Json)
    is_undone: Mapped[bool] = mapped_column(default=False)
