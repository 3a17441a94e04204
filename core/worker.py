"""The clock's door: clears the lanes of every connection; the database says what is due, waking is only a hint."""

import logging
import math
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from core.contract.errors import ConnectorError, NeedsAttention, TryLater
from core.gateway.hub import Hub
from core.gateway.logs import about
from core.models import Connection, FieldSync, Push, Reward, StoredDelivery
from core.services.backup_chore import back_up_due
from core.services.check import check, is_check_due, why_pushing_is_stopped
from core.services.connections import pause, refresh_account
from core.services.drift import look_for_drift_due
from core.services.field_batch import dirty_rows
from core.services.field_checks import check_fields_due
from core.services.find_people import find_people_due
from core.services.heartbeat import beat
from core.services.lease import HeldLease, Lane, LeaseLost, lease
from core.services.look import adopt_orphans, look_due
from core.services.poll import poll_due
from core.services.prepare import prepare_due
from core.services.push import push_due
from core.services.read import read_due
from core.services.read_duties import read_duties
from core.services.release import release_due
from core.services.renew import renew_due
from core.services.retention import is_retention_due, keep_within_time
from core.services.review import keep_cases
from core.services.room_ends import clear_away
from core.services.suspect import suspect_due, waiting
from core.services.sweep import sweep
from core.services.sync import sync_due
from core.services.take_back import intend_take_backs
from core.services.usage import note_usage

log = logging.getLogger(__name__)
Step = Callable[[Hub, Connection, HeldLease], int]
BUDGET_SECONDS = 20.0
# Never longer than the lease lasts between two confirmations of it.
Job = tuple[str, Lane]


def _pay(hub: Hub, connection: Connection, held: HeldLease) -> int:
    """Unknown pushes first, then what is due: a lost answer must not wait behind new work."""
    done = adopt_orphans(hub, connection, held) + look_due(hub, connection, held)
    done += suspect_due(hub, connection, held) + release_due(hub, connection, held)
    with hub.database.reading() as session:
        stopped = why_pushing_is_stopped(session)
    if stopped:
        log.error("pushing is stopped until the books are right: %s", stopped)
        return done
    done += intend_take_backs(hub, connection, held) + push_due(hub, connection, held)
    return done + find_people_due(hub, connection, held) + sync_due(hub, connection, held)


def _poll(hub: Hub, connection: Connection, held: HeldLease) -> int:
    done = poll_due(hub, connection, held) + prepare_due(hub, connection, held)
    return done + check_fields_due(hub, connection, held) + look_for_drift_due(hub, connection, held)


STEPS: Mapping[Lane, Step] = {Lane.READ: read_due, Lane.PAY: _pay, Lane.POLL: _poll}


def drain(
    hub: Hub,
    connection_id: str,
    lane: Lane,
    *,
    budget_seconds: float = BUDGET_SECONDS,
    is_ending: Callable[[], bool] = lambda: False,
) -> int:
    """The due work of one lane is done, or as much of it as the time allows; returns how many things were done.

    Once `is_ending`, what is in hand is finished and nothing more is begun.

    Doing it twice at once, from anywhere, does nothing twice: the second finds the lease taken and returns 0.
    Everything is done within the connection's merchant, whose hub all the steps are given.
    """
    try:
        hub = hub.within(hub.merchant_of(connection_id))
    except LookupError:  # removed since somebody woke us
        return 0
    told = {"merchant": str(hub.merchant_id), "connection": connection_id, "lane": lane.value}
    with lease(hub, connection_id, lane) as held, about(**told):
        if held is None:
            return 0
        try:
            return _drain(hub, held, budget_seconds, is_ending)
        except LeaseLost:
            log.warning("the lease of %s %s went to another worker", lane, connection_id)
        except NeedsAttention as problem:
            pause(hub, connection_id, problem.hint)
        except TryLater as problem:
            log.info("%s %s waits: %s", lane, connection_id, problem)
        except ConnectorError:
            log.exception("%s of %s", lane, connection_id)
        return 0


def _drain(hub: Hub, held: HeldLease, budget_seconds: float, is_ending: Callable[[], bool]) -> int:
    ends = time.monotonic() + budget_seconds
    total = 0
    while True:
        connection = _working(hub, held.connection_id)
        if connection is None:
            return total
        done = STEPS[held.lane](hub, connection, held)
        note_usage(hub, connection)
        log.debug("%d done", done)
        total += done
        if not done or is_ending() or time.monotonic() > ends:
            return total


def _working(hub: Hub, connection_id: str) -> Connection | None:
    """The connection, read anew so that a switch acts on the next batch; None when it is off or waits for a person."""
    with hub.database.reading() as session:
        connection = session.get(Connection, connection_id)
    return connection if connection and hub.is_on(connection) else None


def due_jobs(hub: Hub) -> list[Job]:
    """What the database says is due now."""
    now = hub.now()
    with hub.database.reading() as session:
        connections = [row for row in session.scalars(select(Connection)) if hub.is_on(row)]
        return [(row.id, lane) for row in connections for lane in Lane if DUE[lane](session, row, now)]


def all_jobs(hub: Hub) -> list[Job]:
    """Every lane of every connection that is on: the sweep that finds what no hint and no due time names."""
    with hub.database.reading() as session:
        return [(row.id, lane) for row in session.scalars(select(Connection)) if hub.is_on(row) for lane in Lane]


def _read_is_due(session: Session, row: Connection, now: datetime) -> bool:
    waits = StoredDelivery.connection_id == row.id, StoredDelivery.state == "stored", StoredDelivery.due_at <= now
    return session.scalar(select(StoredDelivery.id).where(*waits).limit(1)) is not None


def _pay_is_due(session: Session, row: Connection, now: datetime) -> bool:
    if row.people_due_at is not None and row.people_due_at <= now:
        return True
    conditions = (
        exists().where(Reward.connection_id == row.id, Reward.state.in_(("held", "due")), Reward.due_at <= now),
        waiting(row.id).exists(),
        exists().where(Push.connection_id == row.id, Push.state.in_(("intended", "unknown")), Push.due_at <= now),
        dirty_rows(row.id, now)
        .where(~exists().where(FieldSync.connection_id == row.id, FieldSync.due_at > now))
        .exists(),
    )
    return bool(session.scalar(select(or_(*conditions))))


def _poll_is_due(session: Session, row: Connection, now: datetime) -> bool:
    return row.next_poll_at is None or row.next_poll_at <= now


DUE: Mapping[Lane, Callable[[Session, Connection, datetime], bool]] = {
    Lane.READ: _read_is_due,
    Lane.PAY: _pay_is_due,
    Lane.POLL: _poll_is_due,
}


def run_until_idle(hub: Hub) -> int:
    """Everything that is due now is done, by this process alone if need be; returns how many things were done."""
    total, idle = 0, 0
    while True:
        turns = _turns(hub)
        for turn in turns:
            done = turn()
            total += done
            idle = 1 if done else idle + 1  # whoever did something went on until there was nothing left
            if idle >= len(turns):
                return total


def _turns(hub: Hub) -> list[Callable[[], int]]:
    """Everybody who may have something to do; each goes on until there is nothing left for it."""
    drains = [
        partial(drain, hub, connection_id, lane, budget_seconds=math.inf) for connection_id, lane in all_jobs(hub)
    ]
    return [*drains, lambda: sum(iter(partial(keep_private, hub), 0))]


def one_round(hub: Hub) -> int:
    """What is due now is done once; where nothing is, everything is looked through. Nothing is due once this is 0."""
    done = sum(drain(hub, connection_id, lane) for connection_id, lane in due_jobs(hub)) + keep_private(hub)
    return done or sum(drain(hub, connection_id, lane) for connection_id, lane in all_jobs(hub))


def keep_private(hub: Hub) -> int:
    """What the law asks for is done: duties of sources that are off, open erasures, and the end of what is kept."""
    done = read_duties(hub) + sweep(hub) + clear_away(hub)
    with hub.database.reading() as session:
        is_due = is_retention_due(session, hub.now())
    return done + (keep_within_time(hub) if is_due else 0)


def keep_house(hub: Hub) -> None:
    """The regular chores: invariants are checked when it is time, and changed sources are asked who they are."""
    beat(hub)
    keep_private(hub)
    with hub.database.reading() as session:
        is_due = is_check_due(session, hub)
        changed = [row for row in session.scalars(select(Connection)) if hub.is_on(row) and row.account is None]
    for row in changed:
        refresh_account(hub.within(row.merchant_id), row)
    renew_due(hub)
    keep_cases(hub)
    if is_due and not check(hub).is_sound:
        log.error("an invariant is broken: pushing is stopped; see `referhub check`")
    if hub.backups:
        back_up_due(hub, hub.backups)
