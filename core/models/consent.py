"""Consents: what somebody said about being shown to others; nobody is before they said yes."""

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.models.base import Base, Id, OfMerchant, reference

SHOWN_BY_NAME = "shown_by_name"


class Consent(OfMerchant, Base):
    """What a person said last about one topic; `because` says how the operator knows."""

    __tablename__ = "consents"
    __table_args__ = (UniqueConstraint("person_id", "topic"),)

    id: Mapped[Id]
    person_id: Mapped[str] = reference("people.id")
    topic: Mapped[str]
    is_given: Mapped[bool]
    said_at: Mapped[datetime]
    because: Mapped[str] = mapped_column(default="")
