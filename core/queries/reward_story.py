"""Where a reward is and how it got there: its pushes with their stories, its ledger lines, who touched it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from core.models import Reward
from core.queries.acts import Act, acts_on
from core.queries.ledger import LedgerPosting, postings_of
from core.queries.pushes import PushRow, pushes_of
from core.queries.rewards import RewardRow, reward_rows, with_people


@dataclass(frozen=True, slots=True)
class RewardStory:
    """One reward with everything that was done for it."""

    reward: RewardRow
    pushes: tuple[PushRow, ...]
    postings: tuple[LedgerPosting, ...]
    acts: tuple[Act, ...]

    @property
    def released_at(self) -> datetime | None:
        """When it first became due; None before."""
        return min((posting.posted_at for posting in self.postings if posting.what == "release"), default=None)

    @property
    def pushed_at(self) -> datetime | None:
        """When a source last confirmed that it was given; None before."""
        return max((push.confirmed_at for push in self.pushes if push.gives and push.confirmed_at), default=None)


def reward_story(session: Session, reward_id: str) -> RewardStory | None:
    """The story of one reward; None if there is no such reward."""
    found = session.execute(reward_rows().where(Reward.id == reward_id)).all()
    return next(iter(_told(session, found)), None)


def reward_stories(session: Session, conversion_ids: Sequence[str]) -> list[RewardStory]:
    """The stories of all rewards of some conversions, the advocate's first. Nine statements."""
    statement = reward_rows().where(Reward.conversion_id.in_(conversion_ids)).order_by(Reward.side, Reward.id)
    return _told(session, session.execute(statement).all())


def _told(session: Session, rows: Sequence[object]) -> list[RewardStory]:
    found = with_people(session, rows)
    ids = [reward.id for reward in found]
    pushes, postings = pushes_of(session, ids), postings_of(session, ids)
    acts = acts_on(session, [*_reward_subjects(ids), *_push_subjects(pushes)])
    return [_story(reward, pushes.get(reward.id, ()), postings.get(reward.id, ()), acts) for reward in found]


def _reward_subjects(ids: Sequence[str]) -> list[str]:
    return [f"reward:{reward_id}" for reward_id in ids]


def _push_subjects(pushes: dict[str, tuple[PushRow, ...]]) -> list[str]:
    return [f"push:{push.id}" for told in pushes.values() for push in told]


def _story(
    reward: RewardRow, pushes: tuple[PushRow, ...], postings: tuple[LedgerPosting, ...], acts: tuple[Act, ...]
) -> RewardStory:
    about = {*_reward_subjects([reward.id]), *_push_subjects({reward.id: pushes})}
    return RewardStory(reward, pushes, postings, tuple(act for act in acts if act.subject in about))
