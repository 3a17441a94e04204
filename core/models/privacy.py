"""What the law asks for: questions of people about themselves, erasures, and the marks that keep the erased away."""

from datetime import datetime

from sqlalchemy import Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.models.base import Base, Id, OfMerchant, reference


class DataRequest(OfMerchant, Base):
    """Somebody asked, through a source, what is kept of them; a person hands the answer over until `due_at`.

    `contact` is the sealed list of identities and orders that the source named; it is gone once answered.
    """

    __tablename__ = "data_requests"
    __table_args__ = (UniqueConstraint("connection_id", "request_id"),)

    id: Mapped[Id]
    connection_id: Mapped[str] = reference("connections.id")
    request_id: Mapped[str]
    contact: Mapped[bytes | None]
    person_id: Mapped[str | None] = reference("people.id", index=True)
    asked_at: Mapped[datetime]
    due_at: Mapped[datetime] = mapped_column(index=True)
    answered_at: Mapped[datetime | None]


class Erasure(OfMerchant, Base):
    """One erasure of a person (or of all that one source told: `is_of_source`), done in the tables at `erased_at`.

    `sought` is the sealed list of what the raw bodies are searched for, until all of them are searched (`swept_at`);
    `swept_to` is the last one that was, and `waits_from` the first one that has to be read before.
    """

    __tablename__ = "erasures"
    __table_args__ = (Index("ix_erasures_open", "swept_at"),)

    id: Mapped[Id]
    connection_id: Mapped[str | None] = reference("connections.id")
    person_id: Mapped[str | None] = reference("people.id", index=True)
    is_of_source: Mapped[bool] = mapped_column(default=False)
    sought: Mapped[bytes | None]
    swept_to: Mapped[str] = mapped_column(default="")
    waits_from: Mapped[str | None]
    asked_at: Mapped[datetime]
    erased_at: Mapped[datetime | None]
    swept_at: Mapped[datetime | None]


class ErasedMark(OfMerchant, Base):
    """The keyed hash of an erased identity: what names it and was placed until `erased_at` names nobody.

    An account's mark stays for ever and holds for all news. An address may begin anew: its mark ends at `until_at`,
    and if it `is_remembered`, who begins anew under it until then is no new customer.
    """

    __tablename__ = "erased_marks"
    __table_args__ = (UniqueConstraint("merchant_id", "mark"),)

    id: Mapped[Id]
    mark: Mapped[str] = mapped_column(String(40))
    is_address: Mapped[bool]
    is_remembered: Mapped[bool] = mapped_column(default=False)
    erased_at: Mapped[datetime]
    until_at: Mapped[datetime | None]
