"""Accounts: what signing in has to know of an operator, opened from the table and put back."""

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from core.gateway.hub import Hub
from core.models import Operator, OperatorLink, Passkey, new_id
from core.rules.addresses import spelled_alike


class AccountChanged(RuntimeError):
    """The operator has had a new password since the account was opened; nothing was kept."""


@dataclass
class Key:
    """A passkey as its device introduced it."""

    credential_id: bytes
    public_key: bytes
    name: str
    usage: str
    sign_count: int
    transports: list[str]
    extensions: str | None
    device_type: str
    is_backed_up: bool
    used_at: datetime


@dataclass
class Account:
    """An operator in the clear. `factor` is the kind of second proof, with its secret; None while there is none."""

    id: str
    email: str
    name: str
    password: str | None
    uniquifier: str
    passkey_handle: str
    is_active: bool
    is_house_owner: bool
    factor: str | None = None
    factor_secret: str | None = None
    code_counter: int | None = None
    recovery_codes: list[str] = field(default_factory=list)
    passkeys: list[Key] = field(default_factory=list)
    opened_as: str = ""  # the uniquifier it was opened with; a new password brings another

    @property
    def has_second_factor(self) -> bool:
        """True when a password alone does not open it."""
        return bool(self.factor_secret) or any(key.usage == "secondary" for key in self.passkeys)


def email_key(hub: Hub, email: str) -> str:
    """Under which an operator is found by their address."""
    return hub.vault.lookup(f"operator:{spelled_alike(email)}")


def find_account(hub: Hub, **by: Any) -> Account | None:
    """The operator with this `id`, `uniquifier`, `email`, or `credential_id` of a passkey; None if there is none."""
    ((name, value),) = by.items()
    statement = select(Operator)
    if name == "email":
        statement = statement.where(Operator.email_key == email_key(hub, value))
    elif name == "credential_id":
        statement = statement.join(Passkey, Passkey.operator_id == Operator.id).where(Passkey.credential_id == value)
    else:
        statement = statement.where(getattr(Operator, name) == value)
    with hub.database.reading() as session:
        row = session.scalars(statement).one_or_none()
        return None if row is None else _opened(hub, session, row)


def keep_account(hub: Hub, account: Account) -> None:
    """The table says what the account says; codes that were used meanwhile stay used.

    A new password ends the links that were asked for before. Raises `AccountChanged` when somebody else set one since
    the account was opened: a form that was under way must not undo it.
    """
    with hub.database.transaction() as session:
        row = session.get_one(Operator, account.id, with_for_update={"key_share": True})
        if row.uniquifier != account.opened_as:
            raise AccountChanged(account.id)
        if row.uniquifier != account.uniquifier:
            session.execute(delete(OperatorLink).where(OperatorLink.operator_id == row.id))
        row.password, row.uniquifier = account.password, account.uniquifier
        row.passkey_handle, row.is_active = account.passkey_handle, account.is_active
        factor = {"kind": account.factor, "secret": account.factor_secret} if account.factor else None
        row.second_factor = _sealed(hub, factor, f"operators.second_factor:{row.id}")
        row.recovery_codes = _sealed(hub, account.recovery_codes or None, f"operators.recovery_codes:{row.id}")
        _keep_passkeys(session, account)
    account.opened_as = account.uniquifier


def spend_code(hub: Hub, account_id: str, code: str) -> bool:
    """True once for each recovery code."""
    context = f"operators.recovery_codes:{account_id}"
    with hub.database.transaction() as session:
        row = session.get_one(Operator, account_id, with_for_update={"key_share": True})
        codes = _unsealed(hub, row.recovery_codes, context) or []
        if code not in codes:
            return False
        row.recovery_codes = _sealed(hub, [one for one in codes if one != code] or None, context)
        return True


def spend_counter(hub: Hub, account_id: str, counter: int) -> bool:
    """True once for each time step of the authenticator's codes, and never for an earlier one."""
    is_newer = or_(Operator.code_counter.is_(None), Operator.code_counter < counter)
    statement = update(Operator).where(Operator.id == account_id, is_newer).values(code_counter=counter)
    with hub.database.transaction() as session:
        return bool(session.execute(statement).rowcount)  # type: ignore[attr-defined]  # an UPDATE has one


def _opened(hub: Hub, session: Session, row: Operator) -> Account:
    factor = _unsealed(hub, row.second_factor, f"operators.second_factor:{row.id}") or {}
    keys = session.scalars(select(Passkey).filter_by(operator_id=row.id).order_by(Passkey.id))
    return Account(
        id=row.id,
        email=hub.vault.open(row.email, f"operators.email:{row.id}").decode(),
        name=hub.vault.open(row.name, f"operators.name:{row.id}").decode(),
        password=row.password,
        uniquifier=row.uniquifier,
        passkey_handle=row.passkey_handle,
        is_active=row.is_active,
        is_house_owner=row.is_house_owner,
        factor=factor.get("kind"),
        factor_secret=factor.get("secret"),
        code_counter=row.code_counter,
        recovery_codes=_unsealed(hub, row.recovery_codes, f"operators.recovery_codes:{row.id}") or [],
        passkeys=[_key(key) for key in keys],
        opened_as=row.uniquifier,
    )


def _key(row: Passkey) -> Key:
    told = {name: getattr(row, name) for name in Key.__dataclass_fields__}
    return Key(**told)


def _keep_passkeys(session: Session, account: Account) -> None:
    stored = {row.credential_id: row for row in session.scalars(select(Passkey).filter_by(operator_id=account.id))}
    wanted = {key.credential_id: key for key in account.passkeys}
    for credential_id, row in stored.items():
        if credential_id not in wanted:
            session.delete(row)
    for credential_id, key in wanted.items():
        row = stored.get(credential_id) or Passkey(id=new_id(), operator_id=account.id)
        for name in Key.__dataclass_fields__:
            setattr(row, name, getattr(key, name))
        session.add(row)


def _sealed(hub: Hub, value: Any, context: str) -> bytes | None:
    return None if value is None else hub.vault.seal(json.dumps(value).encode(), context)


def _unsealed(hub: Hub, value: bytes | None, context: str) -> Any:
    return None if value is None else json.loads(hub.vault.open(value, context))
