"""Fields: what a source's users should see of a person's part in the programme, as absolute values."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.contract.money import Money
from core.models import Code, Conversion, Referral, Reward

ADVOCATE_TAG, FRIEND_TAG = "referral-advocate", "referral-friend"
LIVE = ("held", "review", "due", "pushing")
GIVEN = ("pushed", "netted")


@dataclass(frozen=True, slots=True)
class ReferralFields:
    """The values and the tags for one person."""

    fields: Mapping[str, str | int | bool | Money | datetime | None]
    tags: tuple[str, ...]


def fields_of(session: Session, person_ids: Iterable[str]) -> dict[str, ReferralFields]:
    """The referral fields of these people, in four statements whatever their number."""
    ids = sorted(set(person_ids))
    codes = _codes(session, ids)
    referred_by = _referred_by(session, ids)
    brought = _brought(session, ids)
    money = _money(session, ids)
    return {one: _fields(codes.get(one), referred_by.get(one), brought.get(one), money.get(one, {})) for one in ids}


def _fields(
    code: str | None,
    referred_by: str | None,
    brought: tuple[int, datetime] | None,
    money: Mapping[str, Money],
) -> ReferralFields:
    fields: dict[str, str | int | bool | Money | datetime | None] = {
        "code": code,
        "referred_by": referred_by,
        "friends_brought": brought[0] if brought else 0,
        "last_referral_at": brought[1] if brought else None,
        **money,
    }
    tags = (*([ADVOCATE_TAG] if code else []), *([FRIEND_TAG] if referred_by else []))
    return ReferralFields({name: value for name, value in fields.items() if value is not None}, tags)


def _codes(session: Session, ids: list[str]) -> dict[str, str]:
    query = select(Code.advocate_id, Code.text).where(Code.advocate_id.in_(ids), Code.is_active)
    return dict(session.execute(query.order_by(Code.created_at.desc())).all())


def _referred_by(session: Session, ids: list[str]) -> dict[str, str]:
    query = select(Referral.friend_id, Code.text).join(Code, Code.id == Referral.code_id)
    query = query.where(Referral.friend_id.in_(ids)).order_by(Referral.referred_at.desc())
    return dict(session.execute(query).all())


def _brought(session: Session, ids: list[str]) -> dict[str, tuple[int, datetime]]:
    query = (
        select(Referral.advocate_id, Referral.friend_id, Referral.referred_at)
        .join(Conversion, Conversion.referral_id == Referral.id)
        .where(Referral.advocate_id.in_(ids), Conversion.state == "qualified")
        .distinct()
    )
    found: dict[str, tuple[int, datetime]] = {}
    for advocate_id, _, referred_at in session.execute(query):
        count, last = found.get(advocate_id, (0, referred_at))
        found[advocate_id] = (count + 1, max(last, referred_at))
    return found


def _money(session: Session, ids: list[str]) -> dict[str, dict[str, Money]]:
    query = select(Reward).where(Reward.person_id.in_(ids), Reward.state.in_((*LIVE, *GIVEN)))
    found: dict[str, dict[str, Money]] = defaultdict(dict)
    for reward in session.scalars(query):
        name = "rewards_earned" if reward.state in GIVEN else "rewards_pending"
        known = found[reward.person_id].get(name, Money.zero(reward.currency))
        if known.currency == reward.currency:  # a person paid in two currencies shows the first one's total
            found[reward.person_id][name] = known + reward.net
    return found
