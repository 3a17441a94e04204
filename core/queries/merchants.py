"""Whose hub this is: the merchants by name."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.models import Merchant


@dataclass(frozen=True, slots=True)
class MerchantName:
    """A merchant as a list names it."""

    id: str
    name: str


def merchant_names(session: Session) -> list[MerchantName]:
    """All merchants, the oldest first."""
    rows = session.execute(select(Merchant.id, Merchant.name).order_by(Merchant.created_at, Merchant.id))
    return [MerchantName(row.id, row.name) for row in rows]
