"""Rulings: an operator's word on who brought an order, which outranks what the order itself says."""

from datetime import datetime

from sqlalchemy.orm import Mapped

from core.models.base import Base, Id, OfMerchant, reference


class Ruling(OfMerchant, Base):
    """One word, never changed: the newest one about an order holds. Who said it, and why, is in the audit trail.

    `says` is `code` (whoever owns `code_id` brought it), `nobody`, or `evidence` (the order decides again as before).
    """

    __tablename__ = "rulings"

    id: Mapped[Id]
    order_id: Mapped[str] = reference("orders.id", index=True)
    says: Mapped[str]
    code_id: Mapped[str | None] = reference("codes.id")
    said_at: Mapped[datetime]

    @property
    def state(self) -> str:
        """What it says, as other rows tell their state."""
        return self.says
