"""The audit trail: who did what, append-only and hash-chained for each merchant and for the house."""

from datetime import datetime

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.models.base import Base, Id, OfMerchant, of_the_scope, reference

TRAIL_START = "0" * 64
HOUSE = "house"


class AuditEntry(OfMerchant, Base):
    """One act of a person, or of the hub on somebody's behalf; of no merchant when it was about the hub as a whole.

    `hash` covers everything but the words themselves, which are covered by their salted `digest`: they can be erased
    (`detail` and `salt` become None) and the chain still proves that nothing else changed.
    """

    __tablename__ = "audit_entries"
    __table_args__ = (UniqueConstraint("chain", "number"),)

    id: Mapped[Id]
    merchant_id: Mapped[str | None] = reference("merchants.id", index=True, default=of_the_scope)  # type: ignore[assignment]
    chain: Mapped[str]
    number: Mapped[int]
    actor: Mapped[str]
    verb: Mapped[str]
    subject: Mapped[str] = mapped_column(index=True)
    detail: Mapped[str | None]
    salt: Mapped[str | None] = mapped_column(String(32))
    digest: Mapped[str] = mapped_column(String(64))
    acted_at: Mapped[datetime]
    previous_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))


class AuditHead(OfMerchant, Base):
    """The end of one chain, which grows with every act; `first_number` moves only when old acts are let go of.

    `first_hash` is the hash of the last act that was let go of, so that the rest still hangs on something.
    """

    __tablename__ = "audit_heads"

    chain: Mapped[str] = mapped_column(primary_key=True)
    merchant_id: Mapped[str | None] = reference("merchants.id", default=of_the_scope)  # type: ignore[assignment]
    length: Mapped[int]
    hash: Mapped[str] = mapped_column(String(64))
    first_number: Mapped[int] = mapped_column(default=1)
    first_hash: Mapped[str] = mapped_column(String(64), default=TRAIL_START)
