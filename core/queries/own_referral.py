"""What somebody may see of their own part in the programme: codes, links and sums, and nobody's name."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.contract.events import IdentityClaim
from core.contract.money import Money
from core.models import Identity
from core.queries.advocates import advocate
from core.queries.who import living
from core.rules.links import link_to


@dataclass(frozen=True, slots=True)
class OwnCode:
    """A code to pass on; `link` is empty where the campaign names no page."""

    code: str
    link: str
    campaign: str


@dataclass(frozen=True, slots=True)
class OwnReferral:
    """`earned` was given, `pending` is promised and not yet given."""

    codes: tuple[OwnCode, ...]
    friends: int
    earned: tuple[Money, ...]
    pending: tuple[Money, ...]


def own_referral(session: Session, connection_id: str, account: IdentityClaim) -> OwnReferral | None:
    """Of the person whom this connection knows by that account; None for somebody who is no advocate."""
    query = select(Identity.person_id).filter_by(
        scope=connection_id, kind=account.kind, lookup=account.value, is_gone=False, is_blocked=False
    )
    person_id = session.scalars(query).one_or_none()
    today = living(session, person_id) if person_id else None
    row = advocate(session, today) if today else None
    if row is None:
        return None
    codes = tuple(
        OwnCode(code.text, link_to(code.destination, code.text), code.campaign) for code in row.codes if code.is_active
    )
    return OwnReferral(codes, row.friends, row.earned, row.pending) if codes else None
