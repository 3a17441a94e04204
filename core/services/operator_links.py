"""Links for one operator that work once: a new password, a new address."""

from datetime import timedelta

from sqlalchemy import delete
from sqlalchemy.orm import Session

from core.gateway.hub import Hub
from core.models import Operator, OperatorLink, new_id
from core.rules.addresses import is_address
from core.services.invitations import LinkSpent
from core.services.operators import BadOperator, change_email
from core.services.proofs import digest_of, new_secret
from core.services.visits import end_visits

PASSWORD, EMAIL = "password", "email"
LASTS = timedelta(minutes=30)
ASK_AGAIN = "it works once and for half an hour: ask for another"


def make_reset(hub: Hub, operator_id: str) -> str:
    """The secret of a link with which the operator sets a new password; an earlier link works no more."""
    with hub.database.transaction() as session:
        return _link(hub, session, operator_id, PASSWORD, "")


def make_email_change(hub: Hub, operator_id: str, email: str) -> str:
    """The secret of a link that proves the new address. Raises `BadOperator`."""
    if not is_address(email):
        raise BadOperator(f"{email!r} is no e-mail address")
    with hub.database.transaction() as session:
        return _link(hub, session, operator_id, EMAIL, email)


def reset_works(hub: Hub, secret: str) -> bool:
    """True while a new password can be set with the link."""
    with hub.database.reading() as session:
        return _found(hub, session, secret, PASSWORD) is not None


def reset_password(hub: Hub, secret: str, password: str) -> str:
    """The operator has that password, hashed already, and is signed out everywhere; their id. Raises `LinkSpent`."""
    with hub.database.transaction() as session:
        row = _spent(hub, session, secret, PASSWORD)
        operator = session.get_one(Operator, row.operator_id)
        operator.password, operator.uniquifier = password, new_id()
        # Whoever was signed in before may have asked for a link to an address of theirs.
        session.execute(delete(OperatorLink).where(OperatorLink.operator_id == operator.id))
        end_visits(session, operator.id)
        return operator.id


def confirm_email(hub: Hub, secret: str) -> str:
    """The operator signs in with the new address from now on; their id. Raises `LinkSpent` or `BadOperator`."""
    with hub.database.transaction() as session:
        row = _spent(hub, session, secret, EMAIL)
        assert row.email is not None  # written with every link of this kind
        email = hub.vault.open(row.email, f"operator_links.email:{row.digest}").decode()
        change_email(hub, session, row.operator_id, email, is_proved=True)
        end_visits(session, row.operator_id)
        return row.operator_id


def set_email(hub: Hub, operator_id: str, email: str) -> None:
    """The same without a link, where no mail can be sent and nobody could prove an address. Raises `BadOperator`."""
    with hub.database.transaction() as session:
        change_email(hub, session, operator_id, email, is_proved=False)


def _link(hub: Hub, session: Session, operator_id: str, kind: str, email: str) -> str:
    secret = new_secret()
    session.execute(delete(OperatorLink).where(OperatorLink.operator_id == operator_id, OperatorLink.kind == kind))
    row = OperatorLink(digest=digest_of(secret), operator_id=operator_id, kind=kind, until_at=hub.now() + LASTS)
    row.email = hub.vault.seal(email.encode(), f"operator_links.email:{row.digest}") if email else None
    session.add(row)
    return secret


def _found(hub: Hub, session: Session, secret: str, kind: str) -> OperatorLink | None:
    row = session.get(OperatorLink, digest_of(secret))
    return row if row is not None and row.kind == kind and row.until_at > hub.now() else None


def _spent(hub: Hub, session: Session, secret: str, kind: str) -> OperatorLink:
    """The link, which works no more once the transaction is done."""
    row = _found(hub, session, secret, kind)
    # The count tells who was first, when two use it at once.
    gone = row and session.execute(delete(OperatorLink).where(OperatorLink.digest == row.digest))
    if row is None or not gone.rowcount:  # type: ignore[union-attr]
        raise LinkSpent(ASK_AGAIN)
    return row
