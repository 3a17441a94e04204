"""Reads hints together: the records as they stand now, two hundred to a query, whatever the hints said."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from connectors.salesforce import exact, soql
from connectors.salesforce.answers import Refusal
from connectors.salesforce.client import OrgApi, batches
from connectors.salesforce.columns import Columns
from connectors.salesforce.config import SalesforceConfig
from connectors.salesforce.echoes import Echoes
from connectors.salesforce.ids import full_id
from connectors.salesforce.mapping import (
    Settings,
    account_events,
    contact_events,
    lead_events,
    opportunity_events,
    order_events,
)
from connectors.salesforce.picking import Body, record_id, text
from connectors.salesforce.purchases import Key, Purchases
from connectors.salesforce.schema import Schema
from referhub import (
    ConnectorError,
    ContactErased,
    Delivery,
    Event,
    IdentityClaim,
    IdentityKind,
    Ignored,
    NeedsAttention,
    Rejected,
    TryLater,
    Unreadable,
)

MOST_IDS = 200
READ = ("Contact", "Lead", "Account", "Opportunity", "Order")
PEOPLE = {"Contact": IdentityKind.CONTACT, "Lead": IdentityKind.LEAD, "Account": IdentityKind.CONTACT}
Answer = Sequence[Event] | ConnectorError
Records = dict[Key, Body | ConnectorError | None]
Bought = Sequence[tuple[str, Body]] | TryLater


class Reader:
    """Translates the hints of one org."""

    def __init__(self, config: SalesforceConfig, api: OrgApi, schema: Schema) -> None:
        self._config = config
        self._api = api
        self._schema = schema
        self._columns = Columns(config, schema)
        self._purchases = Purchases(config, self._selected)
        self._zone: ZoneInfo | None = None
        self._echoes = Echoes()

    def read_many(self, deliveries: Sequence[Delivery]) -> list[Answer]:
        """One answer per hint. Raises `NeedsAttention`."""
        hints = [_hinted(delivery) for delivery in deliveries]
        records = self.records({key for key in hints if isinstance(key, tuple)})
        persons = {key: account for key, row in records.items() if (account := _person_account(key, row))}
        records |= self.records(set(persons.values()) - records.keys())
        records = self._timed(records)
        keys = [persons.get(key, key) if isinstance(key, tuple) else key for key in hints]
        bought = self._bought(zip(keys, deliveries, strict=True), records)
        return [
            self._answer(key, records, bought, one.key) if isinstance(key, tuple) else _unread(key)
            for key, one in zip(keys, deliveries, strict=True)
        ]

    def records(self, keys: Iterable[Key]) -> Records:
        """The rows of these records: None where there is none any more, or why it could not be read."""
        wanted: dict[str, list[str]] = {}
        for kind, record in sorted(set(keys)):
            wanted.setdefault(kind, []).append(record)
        found: Records = {}
        for kind, ids in wanted.items():
            for some in batches(ids, MOST_IDS):
                found |= self._batch(kind, some)
        return found

    def events_of(self, kind: str, row: Body) -> Sequence[Event]:
        """What a row means. Raises `Unreadable` or `TryLater`."""
        settings = Settings(self._config, self.zone())
        if kind == "Opportunity":
            return opportunity_events(row, self._roles(row), settings)
        return {"Contact": contact_events, "Lead": lead_events, "Account": account_events, "Order": order_events}[kind](
            row, settings
        )

    def _timed(self, records: Records) -> Records:
        """The records, or the problem instead where the org's time zone cannot be asked for now: once, not for each."""
        try:
            if any(isinstance(row, Mapping) for row in records.values()):
                self.zone()
        except TryLater as problem:
            return {key: problem if isinstance(row, Mapping) else row for key, row in records.items()}
        return records

    def _bought(
        self, hinted: Iterable[tuple[Key | ConnectorError | Ignored, Delivery]], records: Records
    ) -> Mapping[Key, Bought]:
        """What those people have bought already whose code is news, or why that cannot be said now."""
        news: dict[Key, Body] = {}
        for key, one in hinted:
            row = records[key] if isinstance(key, tuple) else None
            if isinstance(key, tuple) and isinstance(row, Mapping) and self._purchases.is_news(key, row, one.key):
                news[key] = row
        try:
            return self._purchases.of(news)
        except TryLater as problem:
            return dict.fromkeys(news, problem)

    def _roles(self, row: Body) -> list[Body]:
        try:
            return self._api.children(row, "OpportunityContactRoles")
        except Rejected as problem:  # the place in a long list was forgotten meanwhile
            raise TryLater(str(problem)) from None

    def zone(self) -> ZoneInfo:
        """The org's time zone, in which its days begin; UTC where the org does not tell one that is known here."""
        if self._zone is None:
            self._zone = _zone_named(self._zone_name())
        return self._zone

    def _zone_name(self) -> str:
        try:
            rows = self._api.query("SELECT TimeZoneSidKey FROM Organization")
        except Rejected:
            return ""
        return (text(rows[0], "TimeZoneSidKey") if rows else None) or ""

    def _batch(self, kind: str, ids: Sequence[str]) -> Records:
        try:
            rows = self._selected(kind, f"Id IN {soql.listed(ids)}")
        except NeedsAttention:
            raise
        except (TryLater, Rejected) as problem:
            told = problem if isinstance(problem, TryLater) else Unreadable(str(problem))
            return dict.fromkeys(((kind, record) for record in ids), told)
        by_id = {record_id(row, "Id"): row for row in rows}
        return {(kind, record): by_id.get(record) for record in ids}

    def _selected(self, kind: str, where: str) -> list[Body]:
        for is_last in (False, True):
            fields = self._columns.of(kind)
            if not fields:
                return []
            try:
                return self._api.query(soql.select(fields, kind, where))
            except Refusal as refusal:
                # A field was taken away since we looked: look again, once.
                if is_last or refusal.code != "INVALID_FIELD":
                    raise
                self._schema.forget()
        raise AssertionError("unreachable: the second round returns or raises")

    def _answer(self, key: Key, records: Records, bought: Mapping[Key, Bought], delivery: str) -> Answer:
        row, purchases = records[key], bought.get(key, ())
        if isinstance(row, ConnectorError):
            return row
        if row is None:
            return _purged(*key)
        if isinstance(purchases, TryLater):
            return purchases
        try:
            return [*self._told(key, row, delivery), *self._retold(purchases)]
        except (Unreadable, TryLater) as problem:
            return problem

    def _told(self, key: Key, row: Body, delivery: str) -> Sequence[Event]:
        """The events of a row; none of a person's row that only our own write has changed."""
        kind, record = key
        events = self.events_of(kind, row)
        is_ours = record_id(row, "LastModifiedById") == self._api.sessions.current().user_id
        if kind in PEOPLE and self._echoes.is_echo(record, events, delivery, is_ours=is_ours):
            return [Ignored("echo of our own write")]
        return events

    def _retold(self, purchases: Sequence[tuple[str, Body]]) -> Iterable[Event]:
        """What the purchases mean as they stand; one that cannot be understood says so when it is hinted at itself.

        Raises `TryLater`.
        """
        for kind, row in purchases:
            with suppress(Unreadable):
                yield from (event for event in self.events_of(kind, row) if not isinstance(event, Ignored))


def _unread(hint: ConnectorError | Ignored) -> Answer:
    return hint if isinstance(hint, ConnectorError) else [hint]


def _zone_named(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")


def _person_account(key: Key, row: Body | ConnectorError | None) -> Key | None:
    """The account as which a hidden contact is told, where the contact is the person of an account."""
    if key[0] != "Contact" or row is None or isinstance(row, ConnectorError) or row.get("IsPersonAccount") is not True:
        return None
    account = record_id(row, "AccountId")
    return ("Account", account) if account else None


def _hinted(delivery: Delivery) -> Key | ConnectorError | Ignored:
    """Which record a hint speaks of."""
    try:
        told = exact.loads(delivery.body)
        kind, record = str(told["object"]), told["id"]
    except (ValueError, TypeError, KeyError):
        return Unreadable("the hint is not one of ours")
    found = full_id(record)
    if found is None:
        return Ignored("no record: it was deleted before the message was sent; the next poll finds the deletion")
    return (kind, found) if kind in READ else Ignored(f"nothing is kept of the object {kind[:80]}")


def _purged(kind: str, record: str) -> Sequence[Event]:
    if kind in PEOPLE:
        return [ContactErased(IdentityClaim(PEOPLE[kind], record))]
    return [Ignored("Salesforce no longer has this record, not even in its recycle bin")]
