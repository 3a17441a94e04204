"""People, and the ways in which sources know them."""

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.models.base import Base, Id, OfMerchant, reference


class Person(OfMerchant, Base):
    """Someone. When two turn out to be one, the younger row points at the elder.

    One who `is_returning` was a customer before, was erased, and is no new customer now.
    """

    __tablename__ = "people"

    id: Mapped[Id]
    name: Mapped[bytes | None]
    is_returning: Mapped[bool] = mapped_column(default=False)
    merged_into_id: Mapped[str | None] = reference("people.id", index=True)
    created_at: Mapped[datetime]


class Identity(OfMerchant, Base):
    """One way a source knows a person: unique, so that one account is one person.

    `scope` is the connection that uses it, or "*" for what names a person everywhere. `lookup` is a keyed hash
    where the value is personal; `sealed` keeps the value itself for showing and for finding the account. One that
    `is_gone` still names its person (deleted, or merged into another account); one that `is_blocked` was forgotten
    for privacy's sake, and names nobody again.
    """

    __tablename__ = "identities"
    __table_args__ = (UniqueConstraint("merchant_id", "scope", "kind", "lookup"),)

    id: Mapped[Id]
    scope: Mapped[str]
    kind: Mapped[str]
    lookup: Mapped[str]
    sealed: Mapped[bytes | None]
    person_id: Mapped[str] = reference("people.id", index=True)
    is_gone: Mapped[bool] = mapped_column(default=False)
    is_blocked: Mapped[bool] = mapped_column(default=False)
    seen_at: Mapped[datetime]


class Collision(OfMerchant, Base):
    """Two people of whom news said that they are one, and what a person decided: open, merged or kept_apart.

    `one_id` is less than `other_id`. Later merges do not rewrite it: whom the ids mean today is asked of the people.
    """

    __tablename__ = "collisions"
    __table_args__ = (UniqueConstraint("one_id", "other_id"), Index("ix_collisions_state", "merchant_id", "state"))

    id: Mapped[Id]
    one_id: Mapped[str] = reference("people.id")
    other_id: Mapped[str] = reference("people.id")
    connection_id: Mapped[str | None] = reference("connections.id")
    why: Mapped[str]
    state: Mapped[str] = mapped_column(default="open")
    found_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    because: Mapped[str] = mapped_column(default="")


class Search(OfMerchant, Base):
    """When somebody of the programme was last looked for among a source's own people, and not found."""

    __tablename__ = "searches"

    connection_id: Mapped[str] = reference("connections.id", primary_key=True)
    person_id: Mapped[str] = reference("people.id", primary_key=True)
    sought_at: Mapped[datetime]
