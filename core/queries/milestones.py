"""Which milestones advocates have reached, and which one comes next."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.contract.money import Money
from core.models import Campaign, Conversion, Referral, Reward, StoredTerms
from core.queries.campaigns import in_force
from core.queries.leaderboard import shown_by_name
from core.queries.people import Face
from core.queries.standing import STANDS
from core.rules.terms import BadTerms, Worth, parse_terms

ADVOCATE, SIDE = "advocate", "milestone"


@dataclass(frozen=True, slots=True)
class Step:
    """One milestone: with the advocate's `at`-th standing referral they get `worth` on top."""

    at: int
    worth: str


@dataclass(frozen=True, slots=True)
class Given:
    """A reward for a milestone, and how far it is."""

    reward_id: str
    state: str
    net: Money


@dataclass(frozen=True, slots=True)
class MilestoneRow:
    """One advocate in one campaign; `person` is None unless they agreed to be named.

    `missing` referrals lead to the `next` milestone, None where none is left.
    """

    campaign: str
    slug: str
    advocate_id: str
    person: Face | None
    standing: int
    reached: tuple[Step, ...]
    next: Step | None
    missing: int
    given: tuple[Given, ...]


def milestones(session: Session, now: datetime, *, slug: str = "", size: int = 50) -> list[MilestoneRow]:
    """Advocates of campaigns that have milestones, those with most standing referrals first. Six statements."""
    ladders = _ladders(session, now, slug)
    counted = (
        select(Conversion.campaign_id, Referral.advocate_id, func.count())
        .join(Referral, Referral.id == Conversion.referral_id)
        .where(STANDS, Conversion.campaign_id.in_(ladders))
        .group_by(Conversion.campaign_id, Referral.advocate_id)
        .order_by(func.count().desc(), Referral.advocate_id, Conversion.campaign_id)
    )
    found = session.execute(counted.limit(size)).all()
    ids = {advocate_id for _campaign, advocate_id, _count in found}
    given, named = _given(session, ids), shown_by_name(session, ids)
    return [
        _row(
            ladders[campaign_id], advocate_id, count, named.get(advocate_id), given.get((campaign_id, advocate_id), ())
        )
        for campaign_id, advocate_id, count in found
    ]


@dataclass(frozen=True, slots=True)
class _Ladder:
    """A campaign with the milestones of its terms in force, the nearest first."""

    campaign: Campaign
    steps: tuple[Step, ...]


def _row(ladder: _Ladder, advocate_id: str, count: int, person: Face | None, given: Sequence[Given]) -> MilestoneRow:
    ahead = [step for step in ladder.steps if step.at > count]
    return MilestoneRow(
        campaign=ladder.campaign.name,
        slug=ladder.campaign.slug,
        advocate_id=advocate_id,
        person=person,
        standing=count,
        reached=tuple(step for step in ladder.steps if step.at <= count),
        next=ahead[0] if ahead else None,
        missing=ahead[0].at - count if ahead else 0,
        given=tuple(given),
    )


def _ladders(session: Session, now: datetime, slug: str) -> dict[str, _Ladder]:
    """By id the campaigns (the one of that slug) whose terms in force have milestones."""
    statement = select(Campaign).order_by(Campaign.id)
    known = session.scalars(statement.where(Campaign.slug == slug) if slug else statement).all()
    versions: dict[str, list[StoredTerms]] = {}
    for terms in session.scalars(select(StoredTerms)):
        versions.setdefault(terms.campaign_id, []).append(terms)
    ladders = (_Ladder(one, _steps(in_force(versions.get(one.id, []), now))) for one in known)
    return {ladder.campaign.id: ladder for ladder in ladders if ladder.steps}


def _steps(terms: StoredTerms | None) -> tuple[Step, ...]:
    try:
        promised = parse_terms(terms.body).rewards.get(ADVOCATE) if terms else None
    except BadTerms:  # of an elder hub: its campaign's page says what is wrong
        return ()
    return tuple(Step(one.at, _worth(one.worth)) for one in (promised.milestones if promised else ()))


def _worth(worth: Worth) -> str:
    """`EUR 50.00`, or all currencies' amounts where there are several."""
    return " or ".join(str(amount) for amount in worth.amounts.values())


def _given(session: Session, ids: Iterable[str]) -> dict[tuple[str, str], list[Given]]:
    """What was granted for milestones, by campaign and advocate, the oldest first."""
    statement = select(Reward).where(Reward.side == SIDE, Reward.person_id.in_(list(ids))).order_by(Reward.id)
    found: dict[tuple[str, str], list[Given]] = {}
    for row in session.scalars(statement):
        found.setdefault((row.campaign_id, row.person_id), []).append(Given(row.id, row.state, row.net))
    return found
