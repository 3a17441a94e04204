"""Gaps: changes that only asking brought to light, because the source's webhook for them never came."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, aliased

from core.models import Connection, StoredDelivery

# Webhooks that are late come within the hour.
GRACE = timedelta(hours=1)
LOOKED_BACK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Gap:
    """Of `asked` changes found by asking in the last week, `missed` had no webhook, between these times (UTC).

    Some systems change records without telling anybody, so a few are normal; many mean that webhooks do not arrive.
    """

    asked: int
    missed: int
    first_at: datetime | None = None
    last_at: datetime | None = None


def gaps(session: Session, now: datetime) -> dict[str, Gap]:
    """By connection id, what its webhooks missed; only connections that were asked at all. Two statements."""
    found = StoredDelivery
    is_old_enough = (
        found.was_asked_for,
        found.subject != "",
        found.triggered_at.between(now - LOOKED_BACK, now - GRACE),
        found.triggered_at >= Connection.connected_at,
    )
    asked = select(found.connection_id, func.count()).join(Connection, Connection.id == found.connection_id)
    counts = dict(session.execute(asked.where(*is_old_enough).group_by(found.connection_id)).all())
    told = aliased(StoredDelivery)
    was_told = (
        select(told.id)
        .where(
            told.connection_id == found.connection_id,
            told.subject == found.subject,
            told.was_asked_for.is_(False),
            # By the source's clock or by ours: one of them may be ahead.
            or_(told.received_at >= found.triggered_at, told.triggered_at >= found.triggered_at),
        )
        .exists()
    )
    missed = (
        select(found.connection_id, func.count(), func.min(found.triggered_at), func.max(found.triggered_at))
        .join(Connection, Connection.id == found.connection_id)
        .where(*is_old_enough, ~was_told)
        .group_by(found.connection_id)
    )
    lost = {connection_id: rest for connection_id, *rest in session.execute(missed)}
    return {one: Gap(count, *lost.get(one, (0, None, None))) for one, count in counts.items()}
