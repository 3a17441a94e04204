"""Operators: the people who sign in, what they prove themselves with, and for which merchants they may do what."""

from datetime import datetime
from typing import Any

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.models.base import Base, Id, Json, OfMerchant, new_id, reference


class Operator(Base):
    """Somebody who signs in. `email_key` finds them again; the address itself is sealed."""

    __tablename__ = "operators"

    id: Mapped[Id]
    email_key: Mapped[str] = mapped_column(String(40), unique=True)
    email: Mapped[bytes]
    name: Mapped[bytes]
    password: Mapped[str | None]
    # Worth a visit as long as it stays; a new one ends all that the libraries remember.
    uniquifier: Mapped[str] = mapped_column(String(64), unique=True, default=new_id)
    passkey_handle: Mapped[str] = mapped_column(String(64), unique=True, default=new_id)
    second_factor: Mapped[bytes | None]
    code_counter: Mapped[int | None]
    recovery_codes: Mapped[bytes | None]
    single_sign_on_key: Mapped[str | None] = mapped_column(String(40), unique=True)
    # By mail, or by an issuer of single sign-on; who was shown a link may have taken somebody else's address.
    has_proved_address: Mapped[bool] = mapped_column(default=False)
    is_house_owner: Mapped[bool] = mapped_column(default=False)
    is_active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]


class Membership(OfMerchant, Base):
    """What one operator may do for one merchant."""

    __tablename__ = "memberships"
    __table_args__ = (UniqueConstraint("merchant_id", "operator_id"),)

    id: Mapped[Id]
    operator_id: Mapped[str] = reference("operators.id", index=True)
    role: Mapped[str]
    since_at: Mapped[datetime]


class Passkey(Base):
    """A key of an operator's device: as a second proof, or instead of the password."""

    __tablename__ = "passkeys"
    __table_args__ = (UniqueConstraint("operator_id", "name"),)

    id: Mapped[Id]
    operator_id: Mapped[str] = reference("operators.id")
    credential_id: Mapped[bytes] = mapped_column(unique=True)
    public_key: Mapped[bytes]
    name: Mapped[str]
    usage: Mapped[str]
    sign_count: Mapped[int]
    transports: Mapped[list[Any]] = mapped_column(Json)
    extensions: Mapped[str | None]
    device_type: Mapped[str]
    is_backed_up: Mapped[bool]
    used_at: Mapped[datetime]


class Visit(Base):
    """One browser in which an operator is signed in, known by the digest of what its cookie holds."""

    __tablename__ = "visits"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    operator_id: Mapped[str] = reference("operators.id", index=True)
    proof: Mapped[str]
    begun_at: Mapped[datetime]
    seen_at: Mapped[datetime]


class OperatorLink(Base):
    """A link that works once, for one operator: a new password, a new address. Only its digest is kept."""

    __tablename__ = "operator_links"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    operator_id: Mapped[str] = reference("operators.id", index=True)
    kind: Mapped[str]
    email: Mapped[bytes | None]
    until_at: Mapped[datetime]


class Invitation(OfMerchant, Base):
    """A link that works once and makes its bearer an operator of one merchant. Only its digest is kept."""

    __tablename__ = "invitations"

    id: Mapped[Id]
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    email_key: Mapped[str] = mapped_column(String(40))
    email: Mapped[bytes]
    role: Mapped[str]
    invited_by: Mapped[str]
    is_mailed: Mapped[bool] = mapped_column(default=False)
    until_at: Mapped[datetime]


class SignInFailures(Base):
    """How often somebody failed to prove who they are lately; `key` is a digest of the account and the address."""

    __tablename__ = "sign_in_failures"

    key: Mapped[str] = mapped_column(String(40), primary_key=True)
    count: Mapped[int]
    since_at: Mapped[datetime]
