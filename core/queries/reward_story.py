"""Where a reward is and how it got there: the reward, its pushes with their stories, and its ledger lines."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from core.models import Reward
from core.queries.ledger import LedgerPosting, postings_of
from core.queries.pushes import PushRow, pushes_of
from core.queries.rewards import RewardRow, reward_rows, with_people


@dataclass(frozen=True, slots=True)
class RewardStory:
    """One reward with everything that was done for it."""

    reward: RewardRow
    pushes: tuple[PushRow, ...]
    postings: tuple[LedgerPosting, ...]


def reward_story(session: Session, reward_id: str) -> RewardStory | None:
    """The story of one reward; None if there is no such reward."""
    found = session.execute(reward_rows().where(Reward.id == reward_id)).all()
    return next(iter(_told(session, found)), None)


def reward_stories(session: Session, conversion_ids: Sequence[str]) -> list[RewardStory]:
    """The stories of all rewards of some conversions, the advocate's first. Eight statements."""
    if not conversion_ids:
        return []
    statement = reward_rows().where(Reward.conversion_id.in_(conversion_ids)).order_by(Reward.side, Reward.id)
    return _told(session, session.execute(statement).all())


def _told(session: Session, rows: Sequence[object]) -> list[RewardStory]:
    found = with_people(session, rows)
    ids = [reward.id for reward in found]
    pushes, postings = (pushes_of(session, ids), postings_of(session, ids)) if ids else ({}, {})
    return [RewardStory(reward, pushes.get(reward.id, ()), postings.get(reward.id, ())) for reward in found]
