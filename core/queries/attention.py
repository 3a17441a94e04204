"""What waits for a person: the few counts that every screen shows, and what to do about each."""

from dataclasses import dataclass, fields

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from core.models import (
    Assessment,
    CampaignPause,
    Collision,
    Connection,
    ConnectionStatus,
    DataRequest,
    Proposal,
    Push,
    Reward,
    StoredDelivery,
    SyncedRecord,
)
from core.queries.steering import in_state

# Nobody can do anything about a record at a source that is switched off or gone.
WRITABLE = select(Connection.id).where(Connection.is_enabled, Connection.status != ConnectionStatus.REMOVED)
PARKED = SyncedRecord.is_parked & SyncedRecord.connection_id.in_(WRITABLE)
# An operator who paused a campaign knows of it; of one that its own terms stopped, somebody has to be told.
BY_ITSELF = CampaignPause.until_at.is_(None) & (CampaignPause.actor == "hub")


@dataclass(frozen=True, slots=True)
class Attention:
    """How many things do not go on before somebody acts or looks."""

    parked_pushes: int
    rewards_in_review: int
    unreadable_deliveries: int
    connections_in_need: int
    people_in_review: int
    data_requests: int
    parked_records: int
    open_proposals: int
    fraud_cases: int
    paused_campaigns: int

    @property
    def is_needed(self) -> bool:
        """True when anything waits."""
        return any(getattr(self, count.name) for count in fields(self))


def attention(session: Session) -> Attention:
    """What waits for a person now. Ten statements, each answered from an index or a small table."""
    in_need = Connection.status == ConnectionStatus.NEEDS_ATTENTION
    return Attention(
        parked_pushes=_count(session, Push.id, in_state(Push, "parked")),
        rewards_in_review=_count(session, Reward.id, in_state(Reward, "review")),
        unreadable_deliveries=_count(session, StoredDelivery.id, in_state(StoredDelivery, "unreadable")),
        connections_in_need=_count(session, Connection.id, in_need & Connection.is_enabled),
        people_in_review=_count(session, Collision.id, Collision.state == "open"),
        data_requests=_count(session, DataRequest.id, DataRequest.answered_at.is_(None)),
        parked_records=_count(session, SyncedRecord.id, PARKED),
        open_proposals=_count(session, Proposal.id, Proposal.state == "open"),
        fraud_cases=_count(session, Assessment.id, Assessment.state == "open"),
        paused_campaigns=_count(session, CampaignPause.id, BY_ITSELF),
    )


def _count(
    session: Session, key: InstrumentedAttribute[str], condition: ColumnElement[bool] | InstrumentedAttribute[bool]
) -> int:
    return session.scalar(select(func.count(key)).where(condition)) or 0
