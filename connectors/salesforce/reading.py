"""Reads hints together: the records as they stand now, two hundred to a query, whatever the hints said."""

from collections.abc import Iterable, Sequence
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from connectors.salesforce import exact, soql
from connectors.salesforce.answers import Refusal
from connectors.salesforce.client import OrgApi, batches
from connectors.salesforce.config import SalesforceConfig
from connectors.salesforce.echoes import Echoes
from connectors.salesforce.facts import asked_of_contacts, asked_of_opportunities
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
from connectors.salesforce.schema import Schema, on_person_account
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
SYSTEM = ("Id", "IsDeleted", "SystemModstamp", "LastModifiedById")
OWN = {
    "Contact": (
        "MasterRecordId",
        "AccountId",
        "Name",
        "Email",
        "Phone",
        "MobilePhone",
        "IsPersonAccount",
        "CreatedDate",
    ),
    "Lead": (
        "MasterRecordId",
        "Name",
        "Email",
        "Phone",
        "MobilePhone",
        "IsConverted",
        "ConvertedDate",
        "ConvertedContactId",
        "CurrencyIsoCode",
    ),
    "Account": ("MasterRecordId", "Name", "Phone", "IsPersonAccount", "PersonEmail", "PersonMobilePhone"),
    "Opportunity": (
        "Name",
        "IsWon",
        "Amount",
        "CurrencyIsoCode",
        "CloseDate",
        "CreatedDate",
        "LastStageChangeDate",
        "AccountId",
    ),
    "Order": (
        "OrderNumber",
        "StatusCode",
        "TotalAmount",
        "CurrencyIsoCode",
        "EffectiveDate",
        "ActivatedDate",
        "OpportunityId",
        "BillToContactId",
    ),
}
ON_CONTACT = ("Name", "Email", "Phone", "MobilePhone", "AccountId", "IsPersonAccount")
ON_PERSON = ("Name", "Phone", "IsPersonAccount", "PersonEmail", "PersonMobilePhone")
Key = tuple[str, str]
Answer = Sequence[Event] | ConnectorError


class Reader:
    """Translates the hints of one org."""

    def __init__(self, config: SalesforceConfig, api: OrgApi, schema: Schema) -> None:
        self._config = config
        self._api = api
        self._schema = schema
        self._zone: ZoneInfo | None = None
        self._echoes = Echoes()

    def read_many(self, deliveries: Sequence[Delivery]) -> list[Answer]:
        """One answer per hint. Raises `NeedsAttention`."""
        hints = [_hinted(delivery) for delivery in deliveries]
        records = self.records({key for key in hints if isinstance(key, tuple)})
        persons = {key: account for key, row in records.items() if (account := _person_account(key, row))}
        records |= self.records(set(persons.values()) - records.keys())
        return [
            self._answer(persons.get(key, key) if isinstance(key, tuple) else key, records, one.key)
            for key, one in zip(hints, deliveries, strict=True)
        ]

    def records(self, keys: Iterable[Key]) -> dict[Key, Body | ConnectorError | None]:
        """The rows of these records: None where there is none any more, or why it could not be read."""
        wanted: dict[str, list[str]] = {}
        for kind, record in sorted(set(keys)):
            wanted.setdefault(kind, []).append(record)
        found: dict[Key, Body | ConnectorError | None] = {}
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

    def _batch(self, kind: str, ids: Sequence[str]) -> dict[Key, Body | ConnectorError | None]:
        try:
            rows = self._fetched(kind, ids)
        except NeedsAttention:
            raise
        except (TryLater, Rejected) as problem:
            told = problem if isinstance(problem, TryLater) else Unreadable(str(problem))
            return dict.fromkeys(((kind, record) for record in ids), told)
        by_id = {record_id(row, "Id"): row for row in rows}
        return {(kind, record): by_id.get(record) for record in ids}

    def _fetched(self, kind: str, ids: Sequence[str]) -> list[Body]:
        for is_last in (False, True):
            fields = self._fields(kind)
            if not fields:
                return []
            try:
                return self._api.query(soql.select(fields, kind, f"Id IN {soql.listed(ids)}"))
            except Refusal as refusal:
                # A field was taken away since we looked: look again, once.
                if is_last or refusal.code != "INVALID_FIELD":
                    raise
                self._schema.forget()
        raise AssertionError("unreachable: the second round returns or raises")

    def _fields(self, kind: str) -> list[str]:
        config, visible = self._config, self._schema.visible
        code = config.code_field
        extra = {
            "Contact": [code, *asked_of_contacts(config)],
            "Lead": [code],
            "Account": [on_person_account(code)],
            "Opportunity": [
                config.opportunity_code_field,
                config.opportunity_reference_field,
                *asked_of_opportunities(config),
            ],
        }
        fields = visible(kind, [*SYSTEM, *OWN[kind], *extra.get(kind, [])])
        return [*dict.fromkeys(fields), *self._related(kind)] if fields else []

    def _related(self, kind: str) -> list[str]:
        asked = [
            *ON_CONTACT,
            self._config.code_field,
            *(asked_of_contacts(self._config) if kind == "Opportunity" else []),
        ]
        on_contact = self._schema.visible("Contact", list(dict.fromkeys(asked)))
        if kind == "Order":
            return [f"BillToContact.{name}" for name in on_contact]
        if kind == "Lead":
            return [f"ConvertedContact.{name}" for name in on_contact if name in ("AccountId", "IsPersonAccount")]
        if kind != "Opportunity":
            return []
        person = [*ON_PERSON, on_person_account(self._config.code_field)]
        account = self._schema.visible("Account", person) if self._schema.has("Account", "IsPersonAccount") else []
        roles = ["Id", "ContactId", "IsPrimary", "IsDeleted", *(f"Contact.{name}" for name in on_contact)]
        return [*(f"Account.{name}" for name in account), f"({soql.select(roles, 'OpportunityContactRoles')})"]

    def _answer(
        self, key: Key | ConnectorError | Ignored, records: dict[Key, Body | ConnectorError | None], delivery: str
    ) -> Answer:
        if isinstance(key, ConnectorError):
            return key
        if isinstance(key, Ignored):
            return [key]
        row = records[key]
        if isinstance(row, ConnectorError):
            return row
        if row is None:
            return _purged(*key)
        try:
            return self._told(key, row, delivery)
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
