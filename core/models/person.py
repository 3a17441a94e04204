"""People, and the ways in which sources know them."""

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.models.base import Base, Id, reference


class Person(Base):
    """Someone. When two turn out to be one, the younger row points at the elder."""

    __tablename__ = "people"

    id: Mapped[Id]
    merchant_id: Mapped[str] = reference("merchants.id", index=True)
    name: Mapped[bytes | None]
    merged_into_id: Mapped[str | None] = reference("people.id", index=True)
    created_at: Mapped[datetime]


class Identity(Base):
    """One way a source knows a person: unique, so that one account is one person.

    `scope` is the connection that uses it, or "*" for what names a person everywhere. `lookup` is a keyed hash
    where the value is personal; `sealed` keeps the value itself for showing and for finding the account.
    """

    __tablename__ = "identities"
    __table_args__ = (UniqueConstraint("merchant_id", "scope", "kind", "lookup"),)

    id: Mapped[Id]
    merchant_id: Mapped[str] = reference("merchants.id")
    scope: Mapped[str]
    kind: Mapped[str]
    lookup: Mapped[str]
    sealed: Mapped[bytes | None]
    person_id: Mapped[str] = reference("people.id", index=True)
    is_gone: Mapped[bool] = mapped_column(default=False)
    seen_at: Mapped[datetime]
