"""Who may do what: the operators of a merchant, and the merchants of an operator."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.models import Invitation, Membership, Merchant, Operator, Passkey, Visit
from core.queries.sealed import Sealed
from core.rules.roles import OWNER


@dataclass(frozen=True, slots=True)
class OperatorRow:
    """One operator of a merchant. `seen_at` is when they last looked, None while nobody is signed in as them."""

    id: str
    name: Sealed
    email: Sealed
    role: str
    is_house_owner: bool
    has_second_factor: bool
    seen_at: datetime | None


@dataclass(frozen=True, slots=True)
class InvitationRow:
    """Somebody who was invited and has not come yet."""

    id: str
    email: Sealed
    role: str
    invited_by: str
    until_at: datetime


@dataclass(frozen=True, slots=True)
class Place:
    """One merchant that an operator works for."""

    id: str
    name: str
    role: str


def operators(session: Session, merchant_id: str) -> list[OperatorRow]:
    """Everybody who may look at that merchant, house owners included, the first one first."""
    member = (Membership.operator_id == Operator.id) & (Membership.merchant_id == merchant_id)
    seen = select(func.max(Visit.seen_at)).where(Visit.operator_id == Operator.id).scalar_subquery()
    keys = select(func.count(Passkey.id)).where(Passkey.operator_id == Operator.id).scalar_subquery()
    statement = (
        select(Operator, Membership.role, seen.label("seen_at"), keys.label("keys"))
        .outerjoin(Membership, member)
        .where(Operator.is_active, Membership.role.is_not(None) | Operator.is_house_owner)
        .order_by(Operator.id)
    )
    return [_row(row.Operator, row.role, row.seen_at, row.keys) for row in session.execute(statement)]


def _row(one: Operator, role: str | None, seen_at: datetime | None, keys: int) -> OperatorRow:
    return OperatorRow(
        id=one.id,
        name=Sealed(one.name, f"operators.name:{one.id}"),
        email=Sealed(one.email, f"operators.email:{one.id}"),
        role=OWNER if one.is_house_owner else role or "",
        is_house_owner=one.is_house_owner,
        has_second_factor=bool(one.second_factor or keys),
        seen_at=seen_at,
    )


def invitations(session: Session, merchant_id: str, now: datetime) -> list[InvitationRow]:
    """The invitations that still work, the newest first."""
    statement = (
        select(Invitation)
        .where(Invitation.merchant_id == merchant_id, Invitation.until_at > now)
        .order_by(Invitation.id.desc())
    )
    return [
        InvitationRow(row.id, Sealed(row.email, f"invitations.email:{row.id}"), row.role, row.invited_by, row.until_at)
        for row in session.scalars(statement)
    ]


def places_of(session: Session, operator_id: str) -> tuple[list[Place], bool]:
    """The merchants that the operator may look at, the oldest first, and whether they own the house: then it is all."""
    if session.get_one(Operator, operator_id).is_house_owner:
        rows = session.execute(select(Merchant.id, Merchant.name).order_by(Merchant.created_at, Merchant.id))
        return [Place(row.id, row.name, OWNER) for row in rows], True
    statement = (
        select(Merchant.id, Merchant.name, Membership.role)
        .join(Membership, Membership.merchant_id == Merchant.id)
        .where(Membership.operator_id == operator_id)
        .order_by(Merchant.created_at, Merchant.id)
    )
    return [Place(row.id, row.name, row.role) for row in session.execute(statement)], False


def has_operators(session: Session) -> bool:
    """True when somebody could sign in."""
    return session.scalar(select(Operator.id).where(Operator.is_active).limit(1)) is not None
