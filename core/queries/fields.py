"""Fields: what a source's users should see of a person's part in the programme, as absolute values."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.contract.money import Money
from core.models import Code, Conversion, Push, Referral, Reward, StoredTerms
from core.queries.standing import IS_REFUSED, STANDS
from core.rules.fields import Value
from core.rules.links import link_to, trace_of

ADVOCATE_TAG, FRIEND_TAG = "referral-advocate", "referral-friend"
PENDING = ("held", "review", "due", "pushing")
GIVEN = ("pushed", "netted")
# A friend is what became of their best purchase; who was brought by nobody and passes on a code is an advocate.
STATUS_OF = {"qualified": "converted", "reversed": "reversed", "pending": "referred"}
# SQLite allows 32,766 parameters in a statement; a slice stays far below.
SLICE = 5_000


@dataclass(frozen=True, slots=True)
class ReferralFields:
    """The values by our names (None: nothing to say) and the tags for one person."""

    fields: Mapping[str, Value]
    tags: tuple[str, ...]


@dataclass
class _Facts:
    """What the tables say of some people, each by person; amounts are minor units of the person's `currency`."""

    codes: dict[str, tuple[str, str]] = field(default_factory=dict)
    referred_by: dict[str, str] = field(default_factory=dict)
    became: dict[str, str] = field(default_factory=dict)
    friends: dict[str, int] = field(default_factory=dict)
    last_referral: dict[str, datetime] = field(default_factory=dict)
    currency: dict[str, str] = field(default_factory=dict)
    earned: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    pending: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    revenue: dict[str, int] = field(default_factory=dict)
    last_reward: dict[str, datetime] = field(default_factory=dict)


def fields_of(session: Session, person_ids: Iterable[str], *, base_url: str = "") -> dict[str, ReferralFields]:
    """The referral fields of these people, in six statements for any five thousand of them."""
    ids = sorted(set(person_ids))
    found: dict[str, ReferralFields] = {}
    for start in range(0, len(ids), SLICE):
        part, facts = ids[start : start + SLICE], _Facts()
        for ask in QUESTIONS:
            ask(session, part, facts)
        found |= {one: _fields(facts, one, base_url) for one in part}
    return found


def _fields(facts: _Facts, one: str, base_url: str) -> ReferralFields:
    code, destination = facts.codes.get(one, (None, ""))
    referred_by, currency = facts.referred_by.get(one), facts.currency.get(one)
    takes_part = bool(code or referred_by or currency)
    fields: dict[str, Value] = {
        "code": code,
        "link": (link_to(destination, code) or None) if code else None,
        "referred_by": referred_by,
        "status": STATUS_OF.get(facts.became.get(one, ""), "advocate" if code else None),
        "friends_brought": facts.friends.get(one, 0) if takes_part else None,
        "revenue_brought": _amount(facts.revenue, one, currency),
        "rewards_earned": _amount(facts.earned, one, currency),
        "rewards_pending": _amount(facts.pending, one, currency),
        "currency": currency,
        "last_referral_at": facts.last_referral.get(one),
        "last_reward_at": facts.last_reward.get(one),
        "trace": (trace_of(base_url, one) or None) if takes_part else None,
        "hub_id": one if takes_part else None,
    }
    tags = (*([ADVOCATE_TAG] if code else []), *([FRIEND_TAG] if referred_by else []))
    return ReferralFields(fields, tags)


def _amount(sums: Mapping[str, int], one: str, currency: str | None) -> Money | None:
    """Whoever is paid in two currencies sees the amounts of the first one."""
    return Money(sums[one], currency) if currency and one in sums else None


def _codes(session: Session, ids: list[str], facts: _Facts) -> None:
    """The oldest code that still counts, and the page that its link leads to: the newest terms say which."""
    newest = select(StoredTerms.campaign_id, func.max(StoredTerms.version).label("version"))
    newest_terms = newest.group_by(StoredTerms.campaign_id).subquery()
    query = (
        select(Code.advocate_id, Code.text, StoredTerms.body["campaign", "destination"].as_string())
        .join(newest_terms, newest_terms.c.campaign_id == Code.campaign_id, isouter=True)
        .join(
            StoredTerms,
            (StoredTerms.campaign_id == Code.campaign_id) & (StoredTerms.version == newest_terms.c.version),
            isouter=True,
        )
        .where(Code.advocate_id.in_(ids), Code.is_active, Code.ended_at.is_(None))
        .order_by(Code.created_at.desc(), Code.id.desc())
    )
    for advocate_id, text, destination in session.execute(query):
        facts.codes[advocate_id] = text, destination or ""


def _brought_by(session: Session, ids: list[str], facts: _Facts) -> None:
    """The code of each friend's newest referral that came to something, and the best that became of any."""
    query = (
        select(Referral.friend_id, Code.text, Conversion.state, Referral.referred_at, Referral.id)
        .join(Code, Code.id == Referral.code_id)
        .join(Conversion, Conversion.referral_id == Referral.id)
        .where(Referral.friend_id.in_(ids), Conversion.state.in_(STATUS_OF))
        .distinct()
        .order_by(Referral.referred_at, Referral.id)
    )
    for friend_id, text, state, *_ in session.execute(query):
        facts.referred_by[friend_id] = text
        facts.became[friend_id] = min(facts.became.get(friend_id, state), state, key=list(STATUS_OF).index)


def _friends(session: Session, ids: list[str], facts: _Facts) -> None:
    query = (
        select(Referral.advocate_id, func.count(Referral.friend_id.distinct()), func.max(Referral.referred_at))
        .join(Conversion, Conversion.referral_id == Referral.id)
        .where(Referral.advocate_id.in_(ids), STANDS)
        .group_by(Referral.advocate_id)
    )
    for advocate_id, count, last_at in session.execute(query):
        facts.friends[advocate_id], facts.last_referral[advocate_id] = count, last_at


def _rewards(session: Session, ids: list[str], facts: _Facts) -> None:
    """Who was ever promised something has both amounts, if need be zero; the first promise says the currency."""
    net, first_at = func.sum(Reward.granted_minor - Reward.reversed_minor), func.min(Reward.created_at)
    query = select(Reward.person_id, Reward.currency, Reward.state, net, first_at).where(Reward.person_id.in_(ids))
    rows = session.execute(query.group_by(Reward.person_id, Reward.currency, Reward.state)).all()
    for person_id, currency, state, minor, _ in sorted(rows, key=lambda row: (row[4], row[1])):
        facts.currency.setdefault(person_id, currency)
        if currency == facts.currency[person_id]:
            facts.earned[person_id] += int(minor) if state in GIVEN else 0
            facts.pending[person_id] += int(minor) if state in PENDING else 0


def _revenue(session: Session, ids: list[str], facts: _Facts) -> None:
    net = func.sum(Conversion.base_minor - Conversion.reversed_minor)
    query = (
        select(Referral.advocate_id, Conversion.currency, net)
        .join(Conversion, Conversion.referral_id == Referral.id)
        .where(Referral.advocate_id.in_(ids), Conversion.state.in_(("qualified", "reversed")), ~IS_REFUSED)
        .group_by(Referral.advocate_id, Conversion.currency)
        .order_by(Referral.advocate_id, Conversion.currency)
    )
    for advocate_id, currency, minor in session.execute(query):
        if currency == facts.currency.setdefault(advocate_id, currency):
            facts.revenue[advocate_id] = int(minor)


def _last_rewards(session: Session, ids: list[str], facts: _Facts) -> None:
    query = (
        select(Reward.person_id, func.max(Push.confirmed_at))
        .join(Push, Push.reward_id == Reward.id)
        .where(Reward.person_id.in_(ids), Reward.state.in_(GIVEN), Push.gives, Push.state == "confirmed")
        .group_by(Reward.person_id)
    )
    facts.last_reward |= {person_id: at for person_id, at in session.execute(query) if at is not None}


QUESTIONS: tuple[Callable[[Session, list[str], _Facts], None], ...] = (
    _codes,
    _brought_by,
    _friends,
    _rewards,
    _revenue,
    _last_rewards,
)
