"""Lost time: what a restored hub did between the backup and the restore is unknown, so it is looked up, never assumed.

Nothing is paid before its hold ends; so whatever had its hold end before the restore may have been paid already.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.models import Conversion, HubState, LedgerTransaction, Push, Reversal, Reward
from core.rules.seeds import ATTEMPTS, second_of
from core.services.ledger import CLAIM_BACK

LOST_TIMES = "lost_times"
MOST_DAYS = 400
DAY = 86_400


@dataclass(frozen=True, slots=True)
class LostTime:
    """The hub remembers nothing of what it did from `since`, when the backup was made, until it was restored."""

    since: datetime
    until: datetime

    @property
    def days(self) -> int:
        """How many days of the calendar it touches, as far back as is looked."""
        return min((self.until.date() - self.since.date()).days + 1, MOST_DAYS)

    @property
    def words(self) -> str:
        """As a push's story tells it."""
        return f"between {self.since:%Y-%m-%d %H:%M} and {self.until:%Y-%m-%d %H:%M} UTC"


def lost_times(session: Session) -> list[LostTime]:
    """All times that were lost, the oldest first; none in a hub that was never restored."""
    row = session.get(HubState, LOST_TIMES)
    told = json.loads(row.value) if row else []
    return [LostTime(*(datetime.fromisoformat(at) for at in pair)) for pair in told]


def remember(session: Session, lost: LostTime) -> None:
    """The time is lost; it overrides nothing that was lost before."""
    told = [[one.since.isoformat(), one.until.isoformat()] for one in (*lost_times(session), lost)]
    session.merge(HubState(name=LOST_TIMES, value=json.dumps(told)))


def may_be_given(session: Session, reward: Reward) -> tuple[LostTime, ...]:
    """The lost times in which this reward may have been given."""
    times = lost_times(session)
    if not times:
        return ()
    release_at = session.get_one(Conversion, reward.conversion_id).release_at if reward.conversion_id else None
    return tuple(lost for lost in times if (release_at or reward.created_at) <= lost.until)


def may_be_taken_back(session: Session, reward: Reward) -> tuple[LostTime, ...]:
    """The lost times in which what was refunded of this reward may have been asked back."""
    times = lost_times(session)
    if not times:
        return ()
    went_back = (
        session.scalar(select(func.min(Reversal.reversed_at)).filter_by(conversion_id=reward.conversion_id)),
        session.scalar(select(func.min(LedgerTransaction.posted_at)).filter_by(reward_id=reward.id, what=CLAIM_BACK)),
    )
    return tuple(lost for lost in times if any(at is not None and at <= lost.until for at in went_back))


def lost_times_of(session: Session, push: Push) -> tuple[LostTime, ...]:
    """The lost times in which the hub may have made this push, or another one in its place."""
    reward = session.get_one(Reward, push.reward_id)
    return may_be_given(session, reward) if push.gives else may_be_taken_back(session, reward)


def expiries(push: Push, expires_days: int | None, lost: Sequence[LostTime]) -> list[datetime]:
    """The expiries that a credit for this reward has if it was given in a lost time: a few seconds of some days."""
    if not push.gives or expires_days is None:
        return []
    days = {one.until.date() - timedelta(days=passed) for one in lost for passed in range(one.days)}
    midnights = [datetime.combine(day, time(), UTC) + timedelta(days=expires_days) for day in sorted(days)]
    seconds = [(second_of(push.code_seed) + attempt) % DAY for attempt in range(ATTEMPTS)]
    return [midnight + timedelta(seconds=second) for midnight in midnights for second in seconds]
