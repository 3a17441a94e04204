"""Retention: what was kept long enough is erased, in small steps."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, exists, select
from sqlalchemy.orm import Session

from core.gateway.hub import Hub
from core.models import (
    Conversion,
    ErasedMark,
    HubState,
    Merchant,
    Reward,
    StoredDelivery,
    StoredOrder,
    StoredSignal,
    WriteRun,
    WrittenChange,
)
from core.rules.states import OPEN_REWARD
from core.services.audit import let_go
from core.services.bodies import clear

STEP = 500
EVERY = timedelta(hours=1)
LAST = "last_retention"


def is_retention_due(session: Session, now: datetime) -> bool:
    """True once an hour."""
    last = session.get(HubState, LAST)
    return last is None or datetime.fromisoformat(last.value) + EVERY <= now


def keep_within_time(hub: Hub) -> int:
    """Everything older than the settings allow is erased; returns how many rows. May be killed anywhere."""
    with hub.database.reading() as session:
        merchants = list(session.scalars(select(Merchant.id)))
    gone = sum(_all_of(hub.within(merchant_id), step) for merchant_id in merchants for step in STEPS)
    with hub.database.transaction() as session:
        session.merge(HubState(name=LAST, value=hub.now().isoformat()))
    return gone


def _all_of(hub: Hub, step: Any) -> int:
    total = 0
    while True:
        with hub.database.transaction() as session:
            done: int = step(hub, session)
        total += done
        if done < STEP:
            return total


def bodies_to_empty(hub: Hub) -> Any:
    """The deliveries whose bodies were kept long enough.

    Never one that is not read yet, is parked, or told of an order for which something is still to be paid.
    """
    is_open = (
        exists()
        .where(StoredOrder.delivery_id == StoredDelivery.id, Conversion.order_id == StoredOrder.id)
        .where(Reward.conversion_id == Conversion.id, Reward.state.in_(OPEN_REWARD))
    )
    return select(StoredDelivery).where(
        StoredDelivery.state.in_(("read", "ignored")),
        StoredDelivery.size > 0,
        StoredDelivery.read_at < hub.now() - hub.keeping.bodies,
        ~is_open,
    )


def _empty_bodies(hub: Hub, session: Session) -> int:
    if not hub.keeping.bodies:
        return 0
    rows = session.scalars(bodies_to_empty(hub).order_by(StoredDelivery.id).limit(STEP)).all()
    for row in rows:
        clear(hub, row)  # its reason still says what came of it
    return len(rows)


def _drop_write_runs(hub: Hub, session: Session) -> int:
    if not hub.keeping.write_runs:
        return 0
    old = WriteRun.ended_at < hub.now() - hub.keeping.write_runs
    ids = list(session.scalars(select(WriteRun.id).where(old).order_by(WriteRun.id).limit(STEP)))
    session.execute(delete(WrittenChange).where(WrittenChange.run_id.in_(ids)))
    session.execute(delete(WriteRun).where(WriteRun.id.in_(ids)))
    return len(ids)


def _drop_signs(hub: Hub, session: Session) -> int:
    if not hub.keeping.signals:
        return 0
    old = StoredSignal.seen_at < hub.now() - hub.keeping.signals
    order_ids = list(session.scalars(select(StoredSignal.order_id).where(old).distinct().limit(STEP)))
    session.execute(delete(StoredSignal).where(StoredSignal.order_id.in_(order_ids), old))
    return len(order_ids)


def _drop_marks(hub: Hub, session: Session) -> int:
    ids = list(session.scalars(select(ErasedMark.id).where(ErasedMark.until_at < hub.now()).limit(STEP)))
    session.execute(delete(ErasedMark).where(ErasedMark.id.in_(ids)))
    return len(ids)


def _let_go_of_acts(hub: Hub, session: Session) -> int:
    if hub.keeping.audit:
        let_go(session, hub.now() - hub.keeping.audit)
    return 0


STEPS = (_let_go_of_acts, _empty_bodies, _drop_write_runs, _drop_signs, _drop_marks)
