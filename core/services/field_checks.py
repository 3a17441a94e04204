"""Checks: fields that a source cannot take are switched off with the reason, once each, and on again when mended."""

from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy.orm import Session

from core.contract.errors import TryLater
from core.contract.parts import ChecksFields, Writes
from core.gateway.hub import Hub
from core.models import Connection, FieldSync
from core.services.audit import HUB, note
from core.services.book import lock
from core.services.field_plan import look_through_all, mapping, plan_of, stored_plan
from core.services.lease import HeldLease

EVERY = timedelta(days=1)


def check_fields_due(hub: Hub, connection: Connection, held: HeldLease) -> int:
    """Once a day the source says which fields it can take, and all records are compared again; returns 1 if it did.

    Raises `NeedsAttention`.
    """
    with hub.database.reading() as session:
        plan, stored = plan_of(hub, session, connection), session.get(FieldSync, connection.id)
    if plan is None or (stored and stored.checked_at and hub.now() - stored.checked_at < EVERY):
        return 0
    problems = problems_of(hub, connection)
    if problems is None:
        return 0
    with hub.database.transaction() as session:
        held.confirm(session)
        lock(session, connection.merchant_id)  # all records are soiled below, as decisions soil some of them
        keep_problems(hub, session, connection, problems)
        # What no decision soils, such as the hub's own address in a link, is found here.
        look_through_all(hub, session, connection.id)
    return 1


def problems_of(hub: Hub, connection: Connection) -> Mapping[str, str] | None:
    """The fields of the source that cannot be written, with what to click; None when it cannot be asked now.

    A source that cannot be asked at all has none but those it told of while it was written to.
    """
    connector = hub.connector(connection)
    with hub.database.reading() as session:
        stored = session.get(FieldSync, connection.id)
    if not isinstance(connector, Writes) or not isinstance(connector, ChecksFields):
        return {}
    try:
        return dict(connector.check_fields(mapping(connector.default_fields, stored.mapped if stored else {})))
    except TryLater:
        return None


def keep_problems(hub: Hub, session: Session, connection: Connection, problems: Mapping[str, str]) -> None:
    """These fields are off, and all that were off before are on again: what is mended is written for everybody."""
    stored = stored_plan(hub, session, connection.id)
    stored.checked_at = hub.now()
    mended = stored.problems.keys() - problems.keys()
    _tell(hub, session, connection, {name: why for name, why in problems.items() if name not in stored.problems})
    stored.problems = dict(problems)
    if mended:
        stored.mended = {**stored.mended, **dict.fromkeys(mended, hub.now().isoformat())}
        look_through_all(hub, session, connection.id)


def switch_off(hub: Hub, session: Session, connection: Connection, refused: Mapping[str, str]) -> None:
    """These fields are off until a check finds them mended; the others go on."""
    stored = stored_plan(hub, session, connection.id)
    _tell(hub, session, connection, {name: why for name, why in refused.items() if name not in stored.problems})
    stored.problems = {**stored.problems, **refused}


def _tell(hub: Hub, session: Session, connection: Connection, problems: Mapping[str, str]) -> None:
    for name, why in problems.items():
        subject = f"connection:{connection.id}"
        note(session, connection.merchant_id, "field_off", subject, f"{name}: {why}", hub.now(), actor=HUB)
