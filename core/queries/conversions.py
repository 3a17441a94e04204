"""Orders that count for a referral, as a list."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.contract.money import Money
from core.models import Campaign, Code, Connection, Conversion, Referral, StoredOrder
from core.queries.listing import DEFAULT_SIZE, Listing, Place, Statement, counted, listing
from core.queries.people import Face, faces


@dataclass(frozen=True, slots=True)
class ConversionRow:
    """One conversion; `base` is what rewards are reckoned from, `reversed` what refunds took back of it."""

    id: str
    order_id: str
    order_name: str
    connection: str
    campaign: str
    code: str
    evidence: str
    advocate: Face
    friend: Face
    state: str
    base: Money
    reversed: Money
    converted_at: datetime
    release_at: datetime
    verified_at: datetime | None


def conversions(
    session: Session, *, state: str | None = None, place: Place | None = None, size: int = DEFAULT_SIZE
) -> Listing[ConversionRow]:
    """Conversions, newest first, perhaps only those in one state. Three statements."""
    statement = conversion_rows()
    if state:
        statement = statement.where(Conversion.state == state)
    found = listing(session, statement, Conversion.id, lambda row: row, place, size)
    return Listing(with_people(session, found.rows), found.older, found.newer)


def conversions_by_state(session: Session) -> dict[str, int]:
    """How many conversions are in each state."""
    return counted(session, select(Conversion.state, func.count()).group_by(Conversion.state))


def conversion_rows() -> Statement:
    """The statement behind every list of conversions."""
    return (
        select(
            Conversion,
            StoredOrder.name.label("order_name"),
            Connection.label.label("connection"),
            Campaign.name.label("campaign"),
            Code.text.label("code"),
            Referral,
        )
        .join(StoredOrder, StoredOrder.id == Conversion.order_id)
        .join(Connection, Connection.id == Conversion.connection_id)
        .join(Campaign, Campaign.id == Conversion.campaign_id)
        .join(Referral, Referral.id == Conversion.referral_id)
        .join(Code, Code.id == Referral.code_id)
    )


def with_people(session: Session, rows: Any) -> tuple[ConversionRow, ...]:
    """The rows of `conversion_rows` as values, with the faces of both sides."""
    rows = list(rows)
    sides = [(row.Referral.advocate_id, row.Referral.friend_id) for row in rows]
    known = faces(session, [person_id for side in sides for person_id in side])
    return tuple(_row(row, known) for row in rows)


def _row(row: Any, known: dict[str, Face]) -> ConversionRow:
    conversion, referral = row.Conversion, row.Referral
    return ConversionRow(
        id=conversion.id,
        order_id=conversion.order_id,
        order_name=row.order_name,
        connection=row.connection,
        campaign=row.campaign,
        code=row.code,
        evidence=referral.evidence,
        advocate=known[referral.advocate_id],
        friend=known[referral.friend_id],
        state=conversion.state,
        base=Money(conversion.base_minor, conversion.currency),
        reversed=Money(conversion.reversed_minor, conversion.currency),
        converted_at=conversion.converted_at,
        release_at=conversion.release_at,
        verified_at=conversion.verified_at,
    )
