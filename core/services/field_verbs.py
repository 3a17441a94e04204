"""What an admin decides about a connection's fields: where each goes, when writing begins, and another try."""

import re
from dataclasses import dataclass

from sqlalchemy import update
from sqlalchemy.orm import Session

from core.contract.errors import ConnectorError, WrongSetting
from core.gateway.hub import Hub
from core.models import Connection, FieldStage, SyncedRecord
from core.rules.fields import FIELDS
from core.services.audit import note
from core.services.book import lock
from core.services.connections import find
from core.services.field_checks import keep_problems, problems_of
from core.services.field_plan import FieldPlan, look_again, look_through_all, mapping, plan_of, stored_plan
from core.services.field_preview import Preview, look_ahead, preview
from core.services.field_rows import tend_rows
from core.services.lease import Lane, lease

THEIRS = re.compile(r"[^\s\x00-\x1f]{1,255}")


@dataclass(frozen=True, slots=True)
class FieldPlace:
    """One of our fields at a connection: where it goes (None: nowhere), and why it is not written if it is not."""

    ours: str
    theirs: str | None
    meaning: str
    is_shared: bool
    problem: str | None


def open_plan(hub: Hub, session: Session, name: str) -> tuple[Connection, FieldPlan]:
    """The connection of that label with its plan. Raises `NotFound`, or `WrongSetting` when it takes no fields."""
    connection = find(session, name)
    plan = plan_of(hub, session, connection)
    if plan is None:
        raise WrongSetting(f"{connection.label} takes no fields: its connector cannot write any")
    return connection, plan


def places(hub: Hub, session: Session, name: str) -> list[FieldPlace]:
    """Where each of our fields goes. Raises as `open_plan`."""
    plan = open_plan(hub, session, name)[1]
    goes_to = mapping(plan.connector.default_fields, plan.mapped)
    return [
        FieldPlace(
            ours=ours,
            theirs=goes_to.get(ours),
            meaning=field.meaning,
            is_shared=goes_to.get(ours) in plan.shared,
            problem=plan.problems.get(goes_to.get(ours, "")),
        )
        for ours, field in FIELDS.items()
    ]


def show_places(hub: Hub, name: str) -> list[FieldPlace]:
    """As `places`, for who has no view of the database open."""
    with hub.database.reading() as session:
        return places(hub, session, name)


def map_field(hub: Hub, name: str, ours: str, theirs: str | None) -> list[FieldPlace]:
    """Our field goes there from now on, or nowhere (None); what stands in the old place is left as it is.

    Raises `NotFound` or `WrongSetting`.
    """
    with hub.database.transaction() as session:
        connection, plan = open_plan(hub, session, name)
        lock(session, connection.merchant_id)  # all records are soiled below, as decisions soil some of them
        _refuse(plan, ours, theirs)
        stored = stored_plan(hub, session, connection.id)
        stored.mapped = {**stored.mapped, ours: theirs}
        look_through_all(hub, session, connection.id)
        _note(hub, session, connection, "map_field", f"{ours} goes to {theirs or 'nowhere'}")
    _check_again(hub, connection)
    with hub.database.reading() as session:
        return places(hub, session, name)


def _refuse(plan: FieldPlan, ours: str, theirs: str | None) -> None:
    if ours not in FIELDS:
        raise WrongSetting(f"there is no field {ours!r}: there are {', '.join(FIELDS)}")
    if theirs is None:
        return
    if not THEIRS.fullmatch(theirs):
        raise WrongSetting(f"{theirs[:60]!r} cannot be the name of a field: write it as the source's own API does")
    # Whatever the case: some sources know no difference, and two of ours in one place would never come to rest.
    places = mapping(plan.connector.default_fields, plan.mapped).items()
    taken = {place.casefold(): mine for mine, place in places if mine != ours}
    if theirs.casefold() in taken:
        raise WrongSetting(f"{theirs} holds {taken[theirs.casefold()]} already: `referhub fields off` frees it")


def go_live(hub: Hub, name: str) -> Connection:
    """The hub writes from now on: every record of the connection is compared, and what differs is written."""
    with hub.database.transaction() as session:
        connection, plan = open_plan(hub, session, name)
        lock(session, connection.merchant_id)
        stored = stored_plan(hub, session, connection.id)
        stored.stage, stored.live_at, stored.due_at = FieldStage.LIVE, hub.now(), None
        look_again(session, connection.id, plan.shared)
        look_through_all(hub, session, connection.id)
        _note(hub, session, connection, "fields_live", "")
    hub.wake(connection.id)
    return connection


def retry(hub: Hub, name: str) -> int:
    """The source is asked again what it can take, and parked records are tried again; returns how many those are."""
    with hub.database.reading() as session:
        connection, _ = open_plan(hub, session, name)
    _check_again(hub, connection)
    with hub.database.transaction() as session:
        lock(session, connection.merchant_id)
        stored_plan(hub, session, connection.id).due_at = None
        parked = SyncedRecord.connection_id == connection.id, SyncedRecord.is_parked.is_(True)
        fresh = {"is_parked": False, "is_dirty": True, "due_at": hub.now(), "refused": None, "attempts": 0}
        change = {**fresh, "write_times": [], "revision": SyncedRecord.revision + 1}
        statement = update(SyncedRecord).where(*parked).values(change).returning(SyncedRecord.id)
        count = len(session.scalars(statement).all())
        _note(hub, session, connection, "retry_fields", f"{count} parked records")
    hub.wake(connection.id)
    return count


def show_preview(hub: Hub, name: str) -> Preview:
    """What writing would change, after a look at whatever nobody looked at yet; nothing is written.

    While a worker is at it, its look is what is told. Raises `NotFound`, `WrongSetting`, `TryLater` or
    `NeedsAttention`.
    """
    with hub.database.reading() as session:
        connection, plan = open_plan(hub, session, name)
    with lease(hub, connection.id, Lane.PAY) as held:
        if held:
            tend_rows(hub, connection, held)
        while held and plan.is_preview and look_ahead(hub, connection, held, plan):
            pass
    with hub.database.reading() as session:
        return preview(hub, session, connection, plan)


def _check_again(hub: Hub, connection: Connection) -> None:
    """What a check says is kept; a source that does not answer is asked again tomorrow."""
    try:
        problems = problems_of(hub, connection)
    except ConnectorError:
        return
    if problems is not None:
        with hub.database.transaction() as session:
            lock(session, connection.merchant_id)
            keep_problems(hub, session, connection, problems)


def _note(hub: Hub, session: Session, connection: Connection, verb: str, detail: str) -> None:
    note(session, connection.merchant_id, verb, f"connection:{connection.id}", detail, hub.now())
