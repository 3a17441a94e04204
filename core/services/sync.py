"""Sync: referral fields of people whose story changed are written to their source, absolute, only when different."""

from core.contract.errors import TryLater
from core.gateway.hub import Hub
from core.models import Connection
from core.services.field_batch import next_batch
from core.services.field_checks import switch_off
from core.services.field_outcomes import keep_batch
from core.services.field_plan import FieldPlan, pause_fields, plan_of
from core.services.field_preview import look_ahead
from core.services.field_rows import tend_rows
from core.services.field_writing import write_batch
from core.services.lease import HeldLease
from core.services.write_runs import close_run, open_run_id

# So many calls before the lane's other work, which is money, has its turn again.
MOST_BATCHES = 5


def sync_due(hub: Hub, connection: Connection, held: HeldLease, *, most_batches: int = MOST_BATCHES) -> int:
    """Some batches of people's fields at the source say what the hub knows; returns how many rows were looked at.

    In a preview nothing is written: the source is only looked at. Raises `NeedsAttention`.
    """
    plan = _plan(hub, connection)
    if plan is None or plan.waits(hub.now()):
        return 0
    tend_rows(hub, connection, held)
    looked_at = 0
    try:
        if not plan.is_preview:
            return _write_some(hub, connection, held, plan, most_batches)
        for _ in range(most_batches):
            done = look_ahead(hub, connection, held, plan)
            looked_at += done
            if not done:
                break
    except TryLater as problem:
        pause_fields(hub, connection, held, problem)
    return looked_at


def _plan(hub: Hub, connection: Connection) -> FieldPlan | None:
    with hub.database.reading() as session:
        return plan_of(hub, session, connection)


def _write_some(hub: Hub, connection: Connection, held: HeldLease, plan: FieldPlan, most_batches: int) -> int:
    looked_at = 0
    # Compared together, because that is quick, and then sent and kept call by call.
    for part in next_batch(hub, connection, held, plan, most_batches).parts(plan.connector.record_batch_size):
        refused = write_batch(plan.connector, part)
        if refused:
            with hub.database.transaction() as session:
                held.confirm(session)
                switch_off(hub, session, connection, refused)
        keep_batch(hub, connection, held, plan, part)
        looked_at += len(part.works)
        if refused:
            break  # the others are compared again without that field
    if not looked_at:
        _end_run(hub, connection, held)
    return looked_at


def _end_run(hub: Hub, connection: Connection, held: HeldLease) -> None:
    with hub.database.reading() as session:
        if open_run_id(session, connection.id) is None:
            return
    with hub.database.transaction() as session:
        held.confirm(session)
        close_run(hub, session, connection.id)
