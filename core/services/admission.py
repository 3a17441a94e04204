"""Admission: whom of those that an issuer of single sign-on knows the hub lets in, and as what."""

from collections.abc import Mapping
from typing import Any, Protocol

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from core.gateway.hub import Hub
from core.models import Membership, Merchant, Operator, OperatorLink, new_id
from core.rules.addresses import is_address, spelled_alike
from core.services.accounts import Account, email_key, find_account
from core.services.audit import HUB, note
from core.services.operators import LONGEST_NAME, forget_devices, join, make_operator


class NotAdmitted(PermissionError):
    """The issuer knows them, the hub does not let them in; the text says what is missing."""


class Rules(Protocol):
    """Which of an issuer's people may come in."""

    @property
    def address(self) -> str: ...

    @property
    def domains(self) -> frozenset[str]: ...

    @property
    def groups(self) -> frozenset[str]: ...

    @property
    def first_role(self) -> str: ...


def admit(hub: Hub, rules: Rules, told: Mapping[str, Any]) -> Account:
    """The operator that the issuer's words (`sub`, `email`, `groups` …) are about; new ones get the first role.

    Known by the issuer's own id first, which outlives a change of address; else by an address that the issuer has
    verified: who set up an account under it without proving that has no part in it any more. Raises `NotAdmitted`.
    """
    key = hub.vault.lookup(f"single sign-on:{rules.address}:{told['sub']}")
    email = str(told.get("email") or "")
    _check(rules, told, email)
    with hub.database.transaction() as session:
        row = session.scalars(select(Operator).filter_by(single_sign_on_key=key)).one_or_none()
        row = row or _by_address(hub, session, email, key) or _newcomer(hub, session, rules, told, email, key)
        if not row.is_active:
            raise NotAdmitted("this account is switched off")
    account = find_account(hub, id=row.id)
    assert account is not None  # just written
    return account


def _check(rules: Rules, told: Mapping[str, Any], email: str) -> None:
    """Asked at every sign-in: who left the group or the company is out."""
    if not is_address(email) or told.get("email_verified") is not True:
        raise NotAdmitted("the issuer tells no e-mail address that it has verified")
    if spelled_alike(email).rpartition("@")[2] not in rules.domains:
        raise NotAdmitted("addresses of this domain are not let in: the setting oidc_domains names those that are")
    groups = told.get("groups")
    if rules.groups and not rules.groups & set(groups if isinstance(groups, list) else ()):
        raise NotAdmitted("none of your groups is let in: the setting oidc_groups names those that are")


def _by_address(hub: Hub, session: Session, email: str, key: str) -> Operator | None:
    row = session.scalars(select(Operator).filter_by(email_key=email_key(hub, email))).one_or_none()
    if row is None:
        return None
    if row.single_sign_on_key is not None:
        raise NotAdmitted("somebody else at the issuer has signed in with this address before: ask an owner")
    if not row.has_proved_address:
        _take_from_strangers(hub, session, row)
    row.single_sign_on_key, row.has_proved_address = key, True
    return row


def _take_from_strangers(hub: Hub, session: Session, row: Operator) -> None:
    """Whoever was shown the invitation may have a password, a device or a visit here: none of them opens anything."""
    row.password, row.uniquifier = None, new_id()
    forget_devices(session, row)
    session.execute(delete(OperatorLink).where(OperatorLink.operator_id == row.id))
    words = "the issuer proved the address; password and devices from before are gone"
    for merchant_id in session.scalars(select(Membership.merchant_id).filter_by(operator_id=row.id)):
        note(session, merchant_id, "prove", f"operator:{row.id}", words, hub.now(), actor=HUB)


def _newcomer(hub: Hub, session: Session, rules: Rules, told: Mapping[str, Any], email: str, key: str) -> Operator:
    """A new operator, of the one merchant there is; where there are several, somebody has to be invited first."""
    merchants = list(session.scalars(select(Merchant.id)))
    if len(merchants) != 1:
        raise NotAdmitted("nobody has invited this address yet, and it is not clear to which merchant it belongs")
    name = "".join(letter for letter in str(told.get("name") or email) if letter.isprintable())[:LONGEST_NAME]
    name = name.strip() or email[:LONGEST_NAME]
    row = make_operator(hub, session, email, name, None)
    row.single_sign_on_key, row.has_proved_address = key, True
    join(hub, session, merchants[0], row.id, rules.first_role)
    words = f"{rules.first_role}, by single sign-on"
    note(session, merchants[0], "join", f"operator:{row.id}", words, hub.now(), actor=name)
    return row
