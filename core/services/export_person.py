"""Export a person: everything that is kept of one person, and nothing of anybody else, to hand over to them."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from core.contract.events import SHARED_KINDS
from core.gateway.hub import Hub
from core.gateway.vault import SealBroken
from core.models import (
    Assessment,
    AuditEntry,
    Code,
    Collision,
    Connection,
    Consent,
    Conversion,
    DataRequest,
    Erasure,
    Identity,
    LedgerEntry,
    Person,
    Push,
    Referral,
    Reward,
    Search,
    StoredDelivery,
    StoredOrder,
    StoredRefund,
    StoredSignal,
    SyncedRecord,
    Telling,
    TrustedAdvocate,
    WrittenChange,
)
from core.services.audit import OPERATOR, note
from core.services.bodies import body_of
from core.services.people import identity_context, name_context
from core.services.sought import Sought

Told = dict[str, Any]
# What is the hub's own: whose row it is, what a gift card's code is made of (which is money), and hashes.
HIDDEN = frozenset("merchant_id code_seed shown lookup sealed contact sought mark body salt digest".split())

STEP = 500


def export_person(hub: Hub, person_id: str, *, actor: str = OPERATOR) -> Told:
    """Of a person who is there (by id): rows of every table that are about them, opened, and raw bodies that name them.

    Others appear by the hub's own id alone. That it was handed out is noted.
    """
    with hub.database.transaction() as session:
        merchant_id = session.get_one(Person, person_id).merchant_id
        note(session, merchant_id, "export_person", f"person:{person_id}", "", hub.now(), actor=actor)
    with hub.within(merchant_id).database.reading() as session:
        return _Export(hub, session, person_id).told()


class _Export:
    def __init__(self, hub: Hub, session: Session, person_id: str) -> None:
        self.hub = hub
        self.session = session
        merged = session.scalars(select(Person.id).filter_by(merged_into_id=person_id))
        self.ids = sorted({person_id, *merged})
        self.labels = dict(session.execute(select(Connection.id, Connection.label)).all())

    def told(self) -> Told:
        orders = self._rows(StoredOrder, StoredOrder.friend_id.in_(self.ids))
        rewards = self._rows(Reward, Reward.person_id.in_(self.ids))
        identities = self._rows(Identity, Identity.person_id.in_(self.ids))
        records = self._rows(SyncedRecord, SyncedRecord.person_id.in_(self.ids))
        reward_ids = [one.id for one in rewards]
        conversions = self._rows(Conversion, Conversion.order_id.in_([one.id for one in orders]))
        tables = {
            "codes": self._rows(Code, Code.advocate_id.in_(self.ids)),
            "brought_by": self._rows(Referral, Referral.friend_id.in_(self.ids)),
            "has_brought": self._rows(Referral, Referral.advocate_id.in_(self.ids)),
            "orders": orders,
            "refunds": self._refunds(orders),
            "tellings": self._rows(Telling, Telling.friend_id.in_(self.ids)),
            "conversions": conversions,
            "rewards": rewards,
            "payouts": self._rows(Push, Push.reward_id.in_(reward_ids)),
            "ledger": self._rows(LedgerEntry, LedgerEntry.reward_id.in_(reward_ids)),
            "shown_at_sources": records,
            "written_at_sources": self._rows(WrittenChange, WrittenChange.record_id.in_([one.id for one in records])),
            "looked_for": self._rows(Search, Search.person_id.in_(self.ids)),
            "signs": self._rows(StoredSignal, StoredSignal.order_id.in_([one.id for one in orders])),
            "assessed": self._rows(Assessment, Assessment.conversion_id.in_([one.id for one in conversions])),
            "trusted": self._rows(TrustedAdvocate, TrustedAdvocate.person_id.in_(self.ids)),
            "consents": self._rows(Consent, Consent.person_id.in_(self.ids)),
            "questions_of_identity": self._collisions(),
            "data_requests": self._rows(DataRequest, DataRequest.person_id.in_(self.ids)),
            "erasures": self._rows(Erasure, Erasure.person_id.in_(self.ids)),
            "acts": self._acts(),
        }
        return {
            "person": [self._person(row) for row in self._rows(Person, Person.id.in_(self.ids))],
            "identities": [self._identity(row) for row in identities],
            **{name: [self._plain(row) for row in rows] for name, rows in tables.items()},
            "raw_bodies": list(self._bodies(identities, orders)),
        }

    def _rows(self, model: type[Any], condition: Any) -> list[Any]:
        key = next(iter(model.__table__.primary_key.columns))
        return list(self.session.scalars(select(model).where(condition).order_by(key)))

    def _refunds(self, orders: Iterable[StoredOrder]) -> list[StoredRefund]:
        known = {(one.connection_id, one.source_id) for one in orders}
        rows = self._rows(StoredRefund, StoredRefund.order_source_id.in_([source_id for _, source_id in known]))
        return [row for row in rows if (row.connection_id, row.order_source_id) in known]

    def _collisions(self) -> list[Collision]:
        return self._rows(Collision, or_(Collision.one_id.in_(self.ids), Collision.other_id.in_(self.ids)))

    def _acts(self) -> list[AuditEntry]:
        subjects = [*self.ids, *(f"person:{one}" for one in self.ids)]
        return self._rows(AuditEntry, AuditEntry.subject.in_(subjects))

    def _person(self, row: Person) -> Told:
        return self._plain(row) | {"name": self._opened(row.name, name_context(row.id))}

    def _identity(self, row: Identity) -> Told:
        is_address = row.kind in SHARED_KINDS
        value = self._opened(row.sealed, identity_context(row.id)) if is_address else row.lookup
        return self._plain(row) | {"value": value, "known_at": self.labels.get(row.scope, "everywhere")}

    def _plain(self, row: Any) -> Told:
        columns = {column.key: getattr(row, column.key) for column in row.__table__.columns}
        told = {name: value for name, value in columns.items() if name not in HIDDEN}
        if isinstance(row, Telling):
            told["told"] = row.body
        if "connection_id" in told:
            told["connection"] = self.labels.get(told["connection_id"])
        return told

    def _bodies(self, identities: Iterable[Identity], orders: Iterable[StoredOrder]) -> Iterator[Told]:
        sought = Sought()
        for row in identities:
            if row.kind not in SHARED_KINDS:
                sought.add(row.scope, row.lookup)
            elif value := self._opened(row.sealed, identity_context(row.id)):
                sought.texts.add(value)
        for order in orders:
            sought.add(order.connection_id, order.source_id)
        query = select(StoredDelivery).where(StoredDelivery.size > 0).order_by(StoredDelivery.id)
        for delivery in self.session.scalars(query.execution_options(yield_per=STEP)):
            if sought.is_named_in(self.hub, delivery):
                yield self._plain(delivery) | {"body": self._body(delivery)}

    def _body(self, row: StoredDelivery) -> Any:
        try:
            text = body_of(self.hub, row).decode(errors="replace")
        except SealBroken:
            return None
        try:
            return json.loads(text)
        except ValueError:
            return text

    def _opened(self, sealed: bytes | None, context: str) -> str | None:
        try:
            return self.hub.vault.open(sealed, context).decode(errors="replace") if sealed else None
        except SealBroken:
            return None


def as_words(told: Mapping[str, list[Told]], plain: Callable[[Any], Any]) -> Iterator[str]:
    """The same for people to read: a heading for each kind, and a line for each value that is there."""
    for name, rows in told.items():
        yield f"{name.replace('_', ' ').capitalize()}: {len(rows) or 'nothing'}"
        for number, row in enumerate(rows, 1):
            yield f"  {number}."
            for key, value in row.items():
                if value not in (None, "", [], {}):
                    shown = plain(value)
                    yield f"    {key}: {shown if isinstance(shown, str) else json.dumps(shown, ensure_ascii=False)}"
