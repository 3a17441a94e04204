"""Operators: who they are, what they may do for a merchant, and how that ends."""

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from core.contract.errors import Mendable
from core.gateway.hub import Hub
from core.models import Invitation, Membership, Merchant, Operator, OperatorLink, Passkey, new_id
from core.rules.addresses import is_address
from core.rules.roles import OWNER, ROLES
from core.services.accounts import email_key
from core.services.audit import note
from core.services.visits import end_visits

LONGEST_NAME = 80


class BadOperator(Mendable, ValueError):
    """That cannot be done with this operator; the text says why."""


def find_operator(hub: Hub, email: str) -> Operator:
    """The operator with that address. Raises `BadOperator`."""
    with hub.database.reading() as session:
        row = session.scalars(select(Operator).filter_by(email_key=email_key(hub, email))).one_or_none()
    if row is None:
        raise BadOperator("no operator has that address: `referhub operators list` shows all of them")
    return row


def set_role(hub: Hub, merchant_id: str, operator_id: str, role: str, actor: str) -> None:
    """The operator has that role for the merchant, and has to sign in again. Raises `BadOperator`."""
    refuse_unknown_role(role)
    with hub.database.transaction() as session:
        member = _member(session, merchant_id, operator_id)
        _keep_an_owner(session, member, role)
        note(session, merchant_id, "role", f"operator:{operator_id}", f"{member.role} → {role}", hub.now(), actor=actor)
        member.role = role
        end_visits(session, operator_id)


def remove(hub: Hub, merchant_id: str, operator_id: str, actor: str) -> None:
    """The operator sees nothing of the merchant any more, at once; who belongs nowhere else is erased.

    Raises `BadOperator` for the last owner.
    """
    with hub.database.transaction() as session:
        member = _member(session, merchant_id, operator_id)
        _keep_an_owner(session, member, "")
        note(session, merchant_id, "remove", f"operator:{operator_id}", member.role, hub.now(), actor=actor)
        session.delete(member)
        session.flush()
        end_visits(session, operator_id)
        _forget_if_idle(session, operator_id)


def make_operator(hub: Hub, session: Session, email: str, name: str, password: str | None) -> Operator:
    """A new operator who may do nothing yet; `password` is hashed already. Raises `BadOperator`."""
    address = email.strip()
    if not is_address(address):
        raise BadOperator(f"{address!r} is no e-mail address")
    name = _plain_name(name)
    key = email_key(hub, address)
    if session.scalars(select(Operator.id).filter_by(email_key=key)).first():
        raise BadOperator("somebody with that address is an operator already")
    row = Operator(id=new_id(), email_key=key, password=password, created_at=hub.now(), is_active=True)
    row.email = hub.vault.seal(address.encode(), f"operators.email:{row.id}")
    row.name = hub.vault.seal(name.encode(), f"operators.name:{row.id}")
    row.uniquifier, row.passkey_handle = new_id(), new_id()
    session.add(row)
    session.flush()
    return row


def join(hub: Hub, session: Session, merchant_id: str, operator_id: str, role: str) -> None:
    """The operator belongs to the merchant; a role they have already stays."""
    known = session.scalars(select(Membership).filter_by(merchant_id=merchant_id, operator_id=operator_id)).first()
    if known is None:
        session.add(
            Membership(id=new_id(), merchant_id=merchant_id, operator_id=operator_id, role=role, since_at=hub.now())
        )


def rename(hub: Hub, operator_id: str, name: str) -> None:
    """The operator is called that from now on. Raises `BadOperator`."""
    name = _plain_name(name)
    with hub.database.transaction() as session:
        row = session.get_one(Operator, operator_id)
        row.name = hub.vault.seal(name.encode(), f"operators.name:{row.id}")


def change_email(hub: Hub, session: Session, operator_id: str, email: str, *, is_proved: bool) -> None:
    """The operator signs in with that address from now on. Raises `BadOperator`."""
    row, key = session.get_one(Operator, operator_id), email_key(hub, email)
    if not is_address(email):
        raise BadOperator(f"{email!r} is no e-mail address")
    if session.scalars(select(Operator.id).where(Operator.email_key == key, Operator.id != row.id)).first():
        raise BadOperator("that address cannot be used")
    row.email_key, row.email = key, hub.vault.seal(email.encode(), f"operators.email:{row.id}")
    row.has_proved_address = is_proved


def refuse_unknown_role(role: str) -> None:
    """Raises `BadOperator` for what is no role."""
    if role not in ROLES:
        raise BadOperator(f"{role!r} is no role: write one of {', '.join(ROLES)}")


def _plain_name(name: str) -> str:
    name = " ".join(name.split())
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise BadOperator(f"write a name of at most {LONGEST_NAME} letters")
    return name


def _member(session: Session, merchant_id: str, operator_id: str) -> Membership:
    # The merchant's row is the lock: two owners who remove each other at once must not both succeed.
    session.get_one(Merchant, merchant_id, with_for_update={"key_share": True})
    found = session.scalars(select(Membership).filter_by(merchant_id=merchant_id, operator_id=operator_id)).first()
    if found is None:
        raise BadOperator("no operator of this merchant is that one; an owner of the house is of none")
    return found


def _keep_an_owner(session: Session, member: Membership, role: str) -> None:
    """Raises `BadOperator` if nobody would be left who could let others in."""
    if member.role != OWNER or role == OWNER:
        return
    others = select(func.count(Membership.id)).where(
        Membership.merchant_id == member.merchant_id, Membership.role == OWNER, Membership.id != member.id
    )
    if not session.scalar(others) and not session.scalar(select(Operator.id).where(Operator.is_house_owner)):
        raise BadOperator("that is the only owner: make somebody else an owner first")


def _forget_if_idle(session: Session, operator_id: str) -> None:
    row = session.get_one(Operator, operator_id)
    belongs = session.scalars(select(Membership.id).filter_by(operator_id=operator_id)).first()
    if belongs is None and not row.is_house_owner:
        erase_operator(session, row)


def forget_devices(session: Session, row: Operator) -> None:
    """Authenticator, passkeys and recovery codes open nothing any more, and nobody stays signed in."""
    row.second_factor = row.recovery_codes = None
    session.execute(delete(Passkey).where(Passkey.operator_id == row.id))
    end_visits(session, row.id)


def erase_operator(session: Session, row: Operator) -> None:
    """Nothing of the operator is left but what they did, in the audit trail."""
    for table in (OperatorLink, Passkey, Membership):
        for one in session.scalars(select(table).filter_by(operator_id=row.id)):
            session.delete(one)
    end_visits(session, row.id)
    session.flush()
    session.delete(row)


def withdraw(hub: Hub, merchant_id: str, invitation_id: str, actor: str) -> None:
    """The invitation works no more. Raises `BadOperator` if there is none."""
    with hub.database.transaction() as session:
        row = session.get(Invitation, invitation_id)
        if row is None or row.merchant_id != merchant_id:
            raise BadOperator("there is no such invitation")
        note(session, merchant_id, "withdraw", f"invitation:{row.id}", row.role, hub.now(), actor=actor)
        session.delete(row)
