"""A pretend CRM for tests of field sync: it keeps what its people carry, counts calls, and answers as it is told."""

from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from importlib.metadata import EntryPoint
from typing import Any, ClassVar
from uuid import uuid4

from sqlalchemy import insert

from core.contract.connector import Connector, SourceAccount
from core.contract.credits import Record, WriteOutcome
from core.contract.errors import BadSignature
from core.contract.events import Event, IdentityKind
from core.contract.http import Http
from core.contract.money import Money
from core.contract.parts import Gone, Usage
from core.contract.settings import setting
from core.contract.webhooks import Delivery, Reception, WebhookRequest
from core.gateway import registry
from core.models import (
    Code,
    Connection,
    FieldSync,
    Identity,
    Person,
    StoredDelivery,
    SyncedRecord,
    WriteRun,
    new_id,
)
from core.queries.field_sync import FieldHealth, field_health
from core.services.connections import connect
from core.services.field_verbs import go_live
from core.services.inbox import delivery_row
from core.services.lease import Lane
from core.worker import drain
from tests.support.hub import Scene
from tests.support.shop import FIELDS, SIGNED

Texts = dict[str, str | None]
BATCH = 200
PLACES = {name: f"ref_{name}" for name in FIELDS}


@dataclass
class PretendCrm:
    """The outside world of one CRM connection. `fates` answer for a person as long as they are there."""

    name: str
    people: dict[str, Texts] = field(default_factory=dict)
    calls: Counter[str] = field(default_factory=Counter)
    sizes: list[int] = field(default_factory=list)
    written: list[Record] = field(default_factory=list)
    fates: dict[str, WriteOutcome] = field(default_factory=dict)
    raises: deque[Exception | None] = field(default_factory=deque)
    broken: dict[str, str] = field(default_factory=dict)
    gone: dict[str, str] = field(default_factory=dict)
    news: dict[str, Sequence[Event]] = field(default_factory=dict)
    usage: Usage | None = None
    bulk_above: int = 10_000
    days: set[str] = field(default_factory=set)
    on_write: Callable[[Record], None] = lambda _record: None

    def called(self, what: str, size: int) -> None:
        """One more call, which may be the one that fails."""
        self.calls[what] += 1
        if what != "show":
            self.sizes.append(size)
        problem = self.raises.popleft() if self.raises else None
        if problem is not None:
            raise problem

    def take(self, record: Record) -> WriteOutcome:
        """The record takes effect, unless its person has another fate."""
        fate = self.fates.get(record.source_id)
        if fate is not None:
            return fate
        carried = self.people.setdefault(record.source_id, {})
        for name, value in record.fields.items():
            carried[name] = self.spelt(value, name) or ""
        self.written.append(record)
        self.on_write(record)
        return None

    def spelt(self, value: Any, name: str) -> str | None:
        """As `spelt`, but of a field in `days` only the day."""
        text = spelt(value)
        return text[:10] if text and name in self.days else text


CRMS: dict[str, PretendCrm] = {}


@dataclass(frozen=True)
class CrmSettings:
    """What a connection to a pretend CRM asks for."""

    crm: str = setting("The name of the CRM")


def spelt(value: Any) -> str | None:
    """As CRMs do: amounts without their currency, times to the second."""
    if isinstance(value, Money):
        return value.text()
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%SZ")
    return None if value is None else str(value)


class FieldConnector(Connector):
    """Writes, in bulk too, shows, checks and meters; it pays nothing."""

    key: ClassVar[str] = "fieldcrm"
    label: ClassVar[str] = "Pretend CRM with fields"
    config_class: ClassVar[type] = CrmSettings
    record_batch_size: ClassVar[int] = BATCH
    bulk_batch_size: ClassVar[int] = 5_000
    default_fields: ClassVar[Mapping[str, str]] = PLACES
    shared_fields: ClassVar[frozenset[str]] = frozenset({"referred_by"})

    def __init__(self, config: CrmSettings, http: Http) -> None:
        super().__init__(config, http)
        self.crm = CRMS[config.crm]

    @property
    def bulk_above(self) -> int:
        return self.crm.bulk_above

    def ping(self) -> SourceAccount:
        return SourceAccount(self.crm.name, self.crm.name.title())

    def receive(self, request: WebhookRequest) -> Reception:
        if not request.body.startswith(SIGNED):
            raise BadSignature("not signed")
        return Reception((Delivery(key=request.headers["key"], topic="news", body=request.body),))

    def read(self, delivery: Delivery) -> Sequence[Event]:
        return self.crm.news[delivery.body.decode()]

    def write(self, records: Sequence[Record]) -> Sequence[WriteOutcome]:
        self.crm.called("write", len(records))
        return [self.crm.take(record) for record in records]

    def write_in_bulk(self, records: Sequence[Record]) -> Sequence[WriteOutcome]:
        self.crm.called("bulk", len(records))
        return [self.crm.take(record) for record in records]

    def show(self, source_ids: Sequence[str], fields: Sequence[str]) -> Mapping[str, Texts | Gone]:
        self.crm.called("show", len(source_ids))
        assert len(source_ids) <= BATCH
        return {one: self._shown(one, fields) for one in source_ids}

    def _shown(self, source_id: str, fields: Sequence[str]) -> Texts | Gone:
        if source_id in self.crm.gone:
            return Gone(self.crm.gone[source_id])
        carried = self.crm.people.get(source_id, {})
        return {name: carried.get(name) for name in fields}

    def spelt(self, value: Any, field: str) -> str | None:
        return self.crm.spelt(value, field)

    def check_fields(self, fields: Mapping[str, str]) -> Mapping[str, str]:
        self.crm.calls["check"] += 1
        return {theirs: why for theirs, why in self.crm.broken.items() if theirs in fields.values()}

    def usage(self) -> Usage | None:
        return self.crm.usage


@dataclass
class CrmScene:
    """A stage whose hub is connected to a pretend CRM too."""

    stage: Scene
    crm: PretendCrm
    connection: Connection

    def knows(self, person_id: str, source_id: str, kind: IdentityKind = IdentityKind.CONTACT) -> None:
        """The CRM has that person under this id."""
        with self.stage.hub.database.transaction() as session:
            session.add(self._identity(person_id, source_id, kind))

    def _identity(self, person_id: str, source_id: str, kind: IdentityKind) -> Identity:
        return Identity(
            id=new_id(),
            merchant_id=self.connection.merchant_id,
            scope=self.connection.id,
            kind=kind,
            lookup=source_id,
            person_id=person_id,
            is_gone=False,
            seen_at=self.stage.watch.at,
        )

    def identity(self, source_id: str) -> Identity:
        """The identity row of one of the CRM's people."""
        found: Identity = self.stage.one(Identity, scope=self.connection.id, lookup=source_id)
        return found

    def forget(self, source_id: str, *, is_gone: bool = True) -> None:
        """The hub was told that the CRM has them no more, or has them again."""
        with self.stage.hub.database.transaction() as session:
            session.get_one(Identity, self.identity(source_id).id).is_gone = is_gone

    def advocates(self, count: int, campaign_id: str, mark: str = "CODE") -> list[str]:
        """So many advocates whom the CRM knows, with codes such as CODE-000001; their ids there, such as `c-000001`."""
        at, merchant_id = self.stage.watch.at, self.connection.merchant_id
        people = [{"id": new_id(), "merchant_id": merchant_id, "created_at": at} for _ in range(count)]
        source_ids = [f"c-{number:06}" for number in range(count)]
        codes = [
            {
                "id": new_id(),
                "merchant_id": merchant_id,
                "campaign_id": campaign_id,
                "advocate_id": person["id"],
                "text": f"{mark}-{number:06}",
                "lookup": f"{mark}{number:06}",
                "is_active": True,
                "created_at": at,
            }
            for number, person in enumerate(people)
        ]
        identities = [
            {
                "id": new_id(),
                "merchant_id": merchant_id,
                "scope": self.connection.id,
                "kind": IdentityKind.CONTACT,
                "lookup": source_id,
                "person_id": person["id"],
                "is_gone": False,
                "seen_at": at,
            }
            for source_id, person in zip(source_ids, people, strict=True)
        ]
        with self.stage.hub.database.transaction() as session:
            for model, rows in ((Person, people), (Code, codes), (Identity, identities)):
                session.execute(insert(model), rows)
        return source_ids

    def seen(self, source_ids: Sequence[str]) -> None:
        """The hub has looked at all of these already, and the CRM shows nothing of ours yet."""
        wanted = set(source_ids)
        rows = [
            {
                "id": new_id(),
                "merchant_id": self.connection.merchant_id,
                "connection_id": self.connection.id,
                "person_id": row.person_id,
                "source_id": row.lookup,
                "due_at": self.stage.watch.at,
                "seen": dict.fromkeys(PLACES.values()),
            }
            for row in self.stage.all(Identity, scope=self.connection.id)
            if row.lookup in wanted
        ]
        with self.stage.hub.database.transaction() as session:
            session.execute(insert(SyncedRecord), rows)

    def go_live(self) -> None:
        """The hub may write."""
        go_live(self.stage.hub, self.connection.label)

    def work(self) -> int:
        """What the CRM's fields have due is done, and nothing else."""
        return drain(self.stage.hub, self.connection.id, Lane.PAY, budget_seconds=300)

    def sync(self) -> None:
        """All is done that is due at the CRM, from the look to the last write."""
        self.go_live()
        self.work()

    def row(self, source_id: str) -> SyncedRecord:
        """What the hub remembers of a person's fields there."""
        found: SyncedRecord = self.stage.one(SyncedRecord, connection_id=self.connection.id, source_id=source_id)
        return found

    def rows(self) -> list[SyncedRecord]:
        """All of them, by their id there."""
        rows: list[SyncedRecord] = self.stage.all(SyncedRecord, connection_id=self.connection.id)
        return sorted(rows, key=lambda row: row.source_id)

    def runs(self) -> list[WriteRun]:
        """The runs of writing, oldest first."""
        return self.stage.all(WriteRun, connection_id=self.connection.id)

    def stored(self) -> FieldSync:
        """The connection's own row about its fields."""
        found: FieldSync = self.stage.one(FieldSync, connection_id=self.connection.id)
        return found

    def health(self) -> FieldHealth:
        """The numbers that screens show."""
        with self.stage.hub.database.reading() as session:
            return field_health(session, self.stage.watch.at)[self.connection.id]

    def soil(self) -> None:
        """Every record is looked through again, as after a decision about each person."""
        with self.stage.hub.database.transaction() as session:
            for row in session.query(SyncedRecord).filter_by(connection_id=self.connection.id, is_gone=False):
                row.is_dirty, row.due_at, row.revision = True, self.stage.watch.at, row.revision + 1

    def hint(self, *events: Event) -> None:
        """The CRM tells of something, as a webhook would."""
        key = uuid4().hex
        self.crm.news[f"body of {key}"] = list(events)
        delivery = Delivery(key=key, topic="news", body=f"body of {key}".encode())
        row = delivery_row(self.stage.hub, self.connection.id, delivery, self.stage.watch.at)
        with self.stage.hub.database.transaction() as session:
            session.add(StoredDelivery(**row))


def connect_crm(stage: Scene, label: str = "The CRM") -> CrmScene:
    """The stage's hub has a second source, a pretend CRM."""
    point = EntryPoint(FieldConnector.key, "tests.support.crm:FieldConnector", registry.GROUP)
    registry._found().setdefault(FieldConnector.key, point)
    crm = PretendCrm(f"crm-{uuid4().hex[:8]}")
    CRMS[crm.name] = crm
    connection, _, _ = connect(stage.hub, FieldConnector.key, label, {"crm": crm.name})
    return CrmScene(stage, crm, connection)
