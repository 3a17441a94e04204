"""Invitations: links that work once and make their bearer the owner of the hub, or an operator of a merchant."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from core.gateway.hub import Hub
from core.models import HubState, Invitation, Merchant, Operator, new_id
from core.rules.addresses import is_address
from core.services.accounts import email_key
from core.services.audit import note
from core.services.operators import BadOperator, join, make_operator, refuse_unknown_role
from core.services.proofs import digest_of, new_secret

WELCOME = "welcome"
OWN_ANEW = (
    "whoever owns this hub signs in; if nobody does yet, run referhub operators welcome on its machine for a new link"
)
WELCOME_LASTS, INVITATION_LASTS = timedelta(hours=24), timedelta(days=3)


class LinkSpent(LookupError):
    """The link was used, withdrawn, or is too old; the text says where to get another."""


@dataclass(frozen=True, slots=True)
class Offer:
    """What a link offers: an empty address is for the bearer to say, an empty merchant means the whole house."""

    email: str
    role: str
    merchant_name: str
    is_known: bool = False


def make_welcome(hub: Hub) -> str | None:
    """The secret of a new link that makes the owner; None when somebody owns the house already."""
    secret = new_secret()
    told = json.dumps({"digest": digest_of(secret), "until": (hub.now() + WELCOME_LASTS).isoformat()})
    with hub.database.transaction() as session:
        if _is_owned(session):
            return None
        row = session.get(HubState, WELCOME) or HubState(name=WELCOME)
        row.value = told
        session.add(row)
    return secret


def welcome_works(hub: Hub, secret: str) -> bool:
    """True while the link makes its bearer the owner."""
    with hub.database.reading() as session:
        return _welcomes(hub, session, secret)


def accept_welcome(hub: Hub, secret: str, *, email: str, name: str, password: str) -> str:
    """The bearer owns the house; their id. `password` is hashed already. Raises `LinkSpent` or `BadOperator`."""
    with hub.database.transaction() as session:
        state = session.get(HubState, WELCOME, with_for_update=True)
        if state is None or not _welcomes(hub, session, secret):
            raise LinkSpent(OWN_ANEW)
        row = make_operator(hub, session, email, name, password)
        row.is_house_owner = True
        session.delete(state)
        for merchant_id in session.scalars(select(Merchant.id)):
            words = "by the link of the first start"
            note(session, merchant_id, "own", f"operator:{row.id}", words, hub.now(), actor=name.strip())
        return row.id


def invite(hub: Hub, merchant_id: str, email: str, role: str, invited_by: str, *, is_mailed: bool = False) -> str:
    """The secret of a link for that address; whoever opens one that `is_mailed` has proved it. Raises `BadOperator`.

    Nobody belongs to a merchant before the link was opened, an operator no more than anybody else: where no mail is
    sent, an account may go by an address that is not its owner's, and only whoever is invited gets the link.
    """
    email = email.strip()
    refuse_unknown_role(role)
    if not is_address(email):
        raise BadOperator(f"{email!r} is no e-mail address")
    with hub.database.transaction() as session:
        row, secret = _invitation(hub, session, merchant_id, email)
        row.role, row.invited_by, row.is_mailed = role, invited_by, is_mailed
        session.add(row)
        note(session, merchant_id, "invite", f"invitation:{row.id}", role, hub.now(), actor=invited_by)
    return secret


def _invitation(hub: Hub, session: Session, merchant_id: str, email: str) -> tuple[Invitation, str]:
    """A new one for that address, in place of an older one, and its secret."""
    key, secret = email_key(hub, email), new_secret()
    for older in session.scalars(select(Invitation).filter_by(merchant_id=merchant_id, email_key=key)):
        session.delete(older)
    row = Invitation(id=new_id(), merchant_id=merchant_id, digest=digest_of(secret), email_key=key)
    row.email = hub.vault.seal(email.encode(), f"invitations.email:{row.id}")
    row.until_at = hub.now() + INVITATION_LASTS
    return row, secret


def offer_of(hub: Hub, secret: str) -> Offer:
    """What the link offers. Raises `LinkSpent`."""
    with hub.database.reading() as session:
        row = _live(hub, session, secret)
        merchant = session.get_one(Merchant, row.merchant_id)
        is_known = session.scalars(select(Operator.id).filter_by(email_key=row.email_key)).first() is not None
        return Offer(_address(hub, row), row.role, merchant.name, is_known)


def accept(hub: Hub, secret: str, *, name: str, password: str) -> str:
    """The bearer is an operator of the merchant; their id. `password` is hashed already.

    Raises `LinkSpent`, or `BadOperator` when somebody became an operator with that address meanwhile.
    """
    with hub.database.transaction() as session:
        row = _live(hub, session, secret)
        operator = make_operator(hub, session, _address(hub, row), name, password)
        operator.has_proved_address = row.is_mailed
        _use_up(hub, session, row, operator)
        return operator.id


def accept_as(hub: Hub, secret: str, operator_id: str) -> None:
    """Somebody who is an operator already, and signed in, belongs to the merchant as well.

    Raises `LinkSpent`, or `BadOperator` when the invitation is for another address.
    """
    with hub.database.transaction() as session:
        row = _live(hub, session, secret)
        operator = session.get_one(Operator, operator_id)
        if operator.email_key != row.email_key:
            raise BadOperator("this invitation is for somebody else: sign in with the address that was invited")
        operator.has_proved_address = operator.has_proved_address or row.is_mailed
        _use_up(hub, session, row, operator)


def _use_up(hub: Hub, session: Session, row: Invitation, operator: Operator) -> None:
    if not session.execute(delete(Invitation).where(Invitation.id == row.id)).rowcount:  # type: ignore[attr-defined]
        raise LinkSpent("it has just been used")  # by somebody who was quicker
    join(hub, session, row.merchant_id, operator.id, row.role)
    name = hub.vault.open(operator.name, f"operators.name:{operator.id}").decode()
    words = f"{row.role}, invited by {row.invited_by}"
    note(session, row.merchant_id, "join", f"operator:{operator.id}", words, hub.now(), actor=name)


def _live(hub: Hub, session: Session, secret: str) -> Invitation:
    row = session.scalars(select(Invitation).filter_by(digest=digest_of(secret))).one_or_none()
    if row is None or row.until_at <= hub.now():
        raise LinkSpent("ask whoever invited you for a new one")
    return row


def _address(hub: Hub, row: Invitation) -> str:
    return hub.vault.open(row.email, f"invitations.email:{row.id}").decode()


def _welcomes(hub: Hub, session: Session, secret: str) -> bool:
    state = session.get(HubState, WELCOME)
    if state is None or _is_owned(session):
        return False
    told = json.loads(state.value)
    return bool(told["digest"] == digest_of(secret)) and datetime.fromisoformat(told["until"]) > hub.now()


def _is_owned(session: Session) -> bool:
    return session.scalar(select(Operator.id).where(Operator.is_house_owner, Operator.is_active)) is not None
