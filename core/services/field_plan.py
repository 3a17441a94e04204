"""The plan of a connection's fields: which of ours goes where, what is off and why, and whether writing is allowed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from core.contract.errors import TryLater
from core.contract.parts import Shows, Writes
from core.gateway.hub import Hub
from core.models import Connection, FieldStage, FieldSync, SyncedRecord
from core.queries.fields import ReferralFields
from core.rules.fields import FIELDS, Difference, Spelling, Standing, Value, difference, spelt
from core.rules.retrying import bounded
from core.services.lease import HeldLease


@dataclass(frozen=True)
class FieldPlan:
    """What `FieldSync` and the connector say together; `names` are ours to theirs, only those that are written."""

    connector: Writes
    names: Mapping[str, str]
    mapped: Mapping[str, str | None]
    shared: frozenset[str]
    spelling: Spelling
    stage: str
    problems: Mapping[str, str]
    mended: Mapping[str, datetime]
    due_at: datetime | None

    @cached_property
    def shows(self) -> Shows | None:  # asked for every record, and a protocol is slow to compare with
        """The connector, if the source can be asked what it shows."""
        return self.connector if isinstance(self.connector, Shows) else None

    @property
    def is_preview(self) -> bool:
        """True while nothing may be written: the source is only looked at."""
        is_undecided = self.stage == FieldStage.NEW and self.shows is not None
        return is_undecided or self.stage == FieldStage.PREVIEW

    def waits(self, now: datetime) -> bool:
        """True while the source said that it takes and shows nothing."""
        return self.due_at is not None and self.due_at > now

    def wanted(self, person: ReferralFields) -> dict[str, Value]:
        """A person's values by the source's names."""
        return {theirs: person.fields.get(ours) for ours, theirs in self.names.items()}

    def spelt(self, theirs: str, value: Value) -> str | None:
        """How the source shows the value in that field."""
        return None if value is None else self.spelling(value, theirs)

    def standing(self, row: SyncedRecord) -> Standing:
        """What is known of the row at the source; a field that was mended since it was written is not known."""
        fresh = {theirs for theirs, since in self.mended.items() if row.written_at is None or row.written_at < since}
        written = {name: text for name, text in row.written.get("fields", {}).items() if name not in fresh}
        return Standing({name: text for name, text in (row.seen or {}).items() if name not in fresh}, written)

    def difference(self, person: ReferralFields, standing: Standing) -> Difference:
        """What has to change at the source for this person."""
        return difference(self.wanted(person), standing, self.shared, self.spelling)

    def unknown(self, person: ReferralFields, standing: Standing) -> bool:
        """True when something is to be written over a field that nobody has looked at."""
        if self.shows is None:
            return False
        return any(value is not None and not standing.knows(name) for name, value in self.wanted(person).items())


def plan_of(hub: Hub, session: Session, connection: Connection) -> FieldPlan | None:
    """The plan as it stands; None when the source takes no fields."""
    connector = hub.connector(connection)
    if not isinstance(connector, Writes):
        return None
    stored = session.get(FieldSync, connection.id) or _untouched(connection.id)
    mapped = mapping(connector.default_fields, stored.mapped)
    ours_shared = connector.shared_fields if isinstance(connector, Shows) else frozenset()
    return FieldPlan(
        connector=connector,
        names={ours: theirs for ours, theirs in mapped.items() if theirs not in stored.problems},
        mapped=stored.mapped,
        shared=frozenset(theirs for ours, theirs in mapped.items() if {ours, theirs} & ours_shared),
        spelling=connector.spelt if isinstance(connector, Shows) else spelt,
        stage=stored.stage,
        problems=stored.problems,
        mended={theirs: datetime.fromisoformat(at) for theirs, at in stored.mended.items()},
        due_at=stored.due_at,
    )


def mapping(defaults: Mapping[str, str], mapped: Mapping[str, Any]) -> dict[str, str]:
    """Ours to theirs: the connector's defaults, as far as the admin says nothing else."""
    both = {**defaults, **mapped}
    return {ours: str(both[ours]) for ours in FIELDS if both.get(ours)}


def _untouched(connection_id: str) -> FieldSync:
    return FieldSync(connection_id=connection_id, stage=FieldStage.NEW, mapped={}, problems={}, mended={})


def stored_plan(hub: Hub, session: Session, connection_id: str) -> FieldSync:
    """The connection's row, made if there is none; to be changed in a transaction."""
    untouched = {"connection_id": connection_id, "stage": FieldStage.NEW, "mapped": {}, "problems": {}, "mended": {}}
    untouched["merchant_id"] = hub.merchant_of(connection_id)
    session.execute(hub.database.insert_once(FieldSync).values(untouched))
    return session.get_one(FieldSync, connection_id, populate_existing=True)


def look_through_all(hub: Hub, session: Session, connection_id: str) -> None:
    """Every record of the connection is compared again, and what differs is written; parked ones stay parked."""
    rows = (
        SyncedRecord.connection_id == connection_id,
        SyncedRecord.is_gone.is_(False),
        SyncedRecord.is_dirty.is_(False),
    )
    statement = update(SyncedRecord).where(*rows, SyncedRecord.is_parked.is_(False))
    session.execute(statement.values(is_dirty=True, due_at=hub.now(), revision=SyncedRecord.revision + 1))


def look_again(session: Session, connection_id: str, shared: frozenset[str]) -> None:
    """What was seen in shared fields is forgotten: a look may be days old, and others fill these fields too."""
    for row in session.scalars(select(SyncedRecord).filter_by(connection_id=connection_id, is_gone=False)):
        if row.seen and shared & row.seen.keys():
            row.seen = {name: text for name, text in row.seen.items() if name not in shared}


def pause_fields(hub: Hub, connection: Connection, held: HeldLease, problem: TryLater) -> None:
    """The source takes nothing now: nobody's fields are tried again before it said it would."""
    with hub.database.transaction() as session:
        held.confirm(session)
        stored = stored_plan(hub, session, connection.id)
        stored.due_at, stored.hint = hub.now() + bounded(problem.after), str(problem)[:500]
