"""Referral fields on contacts, leads and person accounts: absolute values, up to 200 records in one call.

https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_composite_sobjects_collections_update.htm
"""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from connectors.salesforce import soql
from connectors.salesforce.answers import Refusal
from connectors.salesforce.budget import Purpose
from connectors.salesforce.client import OrgApi, batches
from connectors.salesforce.ids import full_id, kind_of
from connectors.salesforce.mapping import contact_claim
from connectors.salesforce.picking import Body, child, record_id
from connectors.salesforce.rows import Fate, RowError, again, error_of, later, outcome_of, results_of
from connectors.salesforce.schema import Schema, on_contact, on_person_account
from connectors.salesforce.spelling import Value, shown, written
from referhub import (
    FieldRefused,
    Gone,
    Later,
    Moved,
    NotThere,
    Record,
    Refused,
    Rejected,
    TryLater,
    Unknown,
    WriteOutcome,
)

MOST_ROWS = 200
MOST_ACCOUNTS = 50_000
COLLECTIONS = "composite/sobjects"
WRITABLE = ("Contact", "Lead", "Account")
ALLOW_DUPLICATES = {"Sforce-Duplicate-Rule-Header": "allowSave=true; includeRecordDetails=false; runAsCurrentUser=true"}
NO_SUCH_PERSON = Refused("this is not the id of a contact, a lead or a person account")
DEFAULT_FIELDS: Mapping[str, str] = {
    "code": "Referral_Code__c",
    "link": "Referral_Link__c",
    "referred_by": "Referred_By_Code__c",
    "status": "Referral_Status__c",
    "friends_brought": "Referral_Count__c",
    "revenue_brought": "Referral_Revenue__c",
    "rewards_earned": "Referral_Rewards_Earned__c",
    "rewards_pending": "Referral_Rewards_Pending__c",
    "currency": "Referral_Rewards_Currency__c",
    "last_referral_at": "Referral_Last_At__c",
    "last_reward_at": "Referral_Last_Reward_At__c",
    "trace": "Referral_Trace__c",
    "hub_id": "Referral_Hub_Id__c",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One record to write, with its place among those that were asked for."""

    place: int
    kind: str
    id: str
    fields: Mapping[str, Value]

    @property
    def theirs(self) -> Mapping[str, str]:
        """The names of the fields on this object, by their names on a contact."""
        return {name: on_person_account(name) if self.kind == "Account" else name for name in self.fields}


class Fields:
    """Reads and writes the referral fields of one org."""

    def __init__(self, api: OrgApi, schema: Schema) -> None:
        self._api = api
        self._schema = schema
        self._accounts: OrderedDict[str, str] = OrderedDict()

    def write(self, records: Sequence[Record]) -> list[WriteOutcome]:
        """One outcome per record, in order; None means written."""
        outcomes: list[WriteOutcome] = [None] * len(records)
        rows = self.rows_of(records, outcomes)
        for some in batches(sorted(rows, key=self._order), MOST_ROWS):
            outcomes_of_some = self._written(some)
            for row, outcome in zip(some, outcomes_of_some, strict=True):
                outcomes[row.place] = outcome
        return outcomes

    def rows_of(self, records: Sequence[Record], outcomes: list[WriteOutcome]) -> list[Row]:
        """What is to be written; the outcome of a record with nothing to write, or that cannot be, stands already."""
        rows = []
        for place, record in enumerate(records):
            own_id = full_id(record.source_id)
            kind = kind_of(own_id) if own_id else None
            if own_id is None or kind not in WRITABLE:
                outcomes[place] = NO_SUCH_PERSON
                continue
            row = self._row(place, kind, own_id, record.fields)
            if isinstance(row, Row):
                rows.append(row)
            else:
                outcomes[place] = row
        return rows

    def _row(self, place: int, kind: str, own_id: str, fields: Mapping[str, Value]) -> Row | FieldRefused | None:
        known = self._schema.fields(kind)
        row = Row(place, kind, own_id, fields)
        missing = [name for name, theirs in row.theirs.items() if theirs not in known]
        # A lead may have fewer of the fields than a contact: it gets those that it has.
        if missing and kind != "Lead":
            return FieldRefused(missing[0], f"{kind} has no field {row.theirs[missing[0]]} that the hub may see")
        kept = {name: value for name, value in fields.items() if name not in missing}
        return Row(place, kind, own_id, kept) if kept else None

    def _order(self, row: Row) -> tuple[str, str, str]:
        """Rows of one object together, and those that lock the same account."""
        return row.kind, self._accounts.get(row.id, row.id), row.id

    def _written(self, rows: Sequence[Row]) -> list[WriteOutcome]:
        errors = self._sent(rows)
        if not isinstance(errors, list):
            return [errors] * len(rows)
        # These records are there already: a rule against new duplicates need not stop a referral field.
        blocked = {place: rows[place] for place, error in enumerate(errors) if _is(error, Fate.DUPLICATE)}
        self._repeat(errors, blocked, ALLOW_DUPLICATES)
        self._write_the_rest(rows, errors)
        lost = [row for row, error in zip(rows, errors, strict=True) if _is(error, Fate.LOOK)]
        elsewhere = self._whereabouts(lost)
        return [_outcome(row, error, elsewhere) for row, error in zip(rows, errors, strict=True)]

    def _repeat(
        self, errors: list[RowError | None], rows: Mapping[int, Row], headers: Mapping[str, str] | None = None
    ) -> None:
        """These rows once more; what becomes of them stands in `errors` then."""
        told = self._sent(list(rows.values()), headers) if rows else []
        if isinstance(told, list):
            for place, error in zip(rows, told, strict=True):
                errors[place] = error

    def _write_the_rest(self, rows: Sequence[Row], errors: list[RowError | None]) -> None:
        """A unique value that stands on another record keeps only its own field from being written."""
        taken = {place: error for place, error in enumerate(errors) if error and error.code == "DUPLICATE_VALUE"}
        parts = {place: without(rows[place], error.field) for place, error in taken.items()}
        self._repeat(errors, {place: row for place, row in parts.items() if row.fields})
        for place, error in taken.items():
            if errors[place] is None:
                errors[place] = replace(error, message=f"{error.message}; the other fields are written")

    def _sent(
        self, rows: Sequence[Row], headers: Mapping[str, str] | None = None
    ) -> list[RowError | None] | Later | Refused | FieldRefused:
        """The error of each row, or what became of all of them. The values are absolute, so a repeat is harmless."""
        body = {"allOrNone": False, "records": [self._body(row) for row in rows]}
        try:
            reply = self._api.change("PATCH", COLLECTIONS, body, headers=headers)
        except Refusal as refusal:
            error = RowError(refusal.code, refusal.message, ())
            told = outcome_of(error, sorted({name for row in rows for name in row.fields}))
            return told if isinstance(told, (Later, Refused, FieldRefused)) else Refused(str(refusal))
        except (TryLater, Unknown) as problem:
            return later(problem)
        results = results_of(reply, len(rows))
        if results is None:
            return again("Salesforce's answer does not have a result for each record")
        return [error_of(result) for result in results]

    def _body(self, row: Row) -> Body:
        known = self._schema.fields(row.kind)
        values = {theirs: written(row.fields[name], known.get(theirs)) for name, theirs in row.theirs.items()}
        return {"attributes": {"type": row.kind}, "id": row.id, **values}

    def _whereabouts(self, rows: Sequence[Row]) -> dict[str, WriteOutcome]:
        """Where the people behind these rows are now."""
        found: dict[str, WriteOutcome] = {}
        for kind in sorted({row.kind for row in rows}):
            ids = [row.id for row in rows if row.kind == kind]
            try:
                by_id = {record_id(row, "Id"): row for row in self._traces(kind, ids)}
            except (TryLater, Rejected) as problem:
                found |= dict.fromkeys(ids, again(str(problem)))
                continue
            found |= {own_id: _whereabouts_of(by_id.get(own_id)) for own_id in ids}
        return found

    def _traces(self, kind: str, ids: Sequence[str]) -> list[Body]:
        wanted = ["Id", "IsDeleted", "MasterRecordId", "IsConverted", "ConvertedContactId"]
        fields = self._schema.visible(kind, wanted)
        if kind == "Lead":
            persons = self._schema.visible("Contact", ["AccountId", "IsPersonAccount"])
            fields += [f"ConvertedContact.{name}" for name in persons]
        return self._api.query(soql.select(fields, kind, f"Id IN {soql.listed(ids)}"), Purpose.WRITE)

    def show(self, source_ids: Sequence[str], fields: Sequence[str]) -> dict[str, Mapping[str, str | None] | Gone]:
        """What these people carry now. Raises `TryLater` or `NeedsAttention`."""
        found: dict[str, Mapping[str, str | None] | Gone] = {}
        by_kind: dict[str, dict[str, str]] = {}
        for source_id in source_ids:
            own_id = full_id(source_id)
            kind = kind_of(own_id) if own_id else None
            if own_id is None or kind not in WRITABLE:
                found[source_id] = Gone(NO_SUCH_PERSON.reason)
            else:
                by_kind.setdefault(kind, {})[own_id] = source_id
        for kind, ids in by_kind.items():
            shown_ones = self._shown(kind, list(ids), fields)
            found |= {source_id: shown_ones.get(own_id, GONE) for own_id, source_id in ids.items()}
        return found

    def _remember_account(self, own_id: str, account: str) -> None:
        """Which account a write will lock; those that are forgotten are written in the order of their own ids."""
        self._accounts[own_id] = account
        self._accounts.move_to_end(own_id)
        if len(self._accounts) > MOST_ACCOUNTS:
            self._accounts.popitem(last=False)

    def _shown(
        self, kind: str, ids: Sequence[str], fields: Sequence[str]
    ) -> dict[str, Mapping[str, str | None] | Gone]:
        known = self._schema.fields(kind)
        theirs = {name: on_person_account(name) if kind == "Account" else name for name in fields}
        asked = self._schema.visible(kind, ["Id", "IsDeleted", "AccountId", *theirs.values()])
        rows: list[Body] = []
        try:
            for some in batches(ids, MOST_ROWS):
                rows += self._api.query(soql.select(asked, kind, f"Id IN {soql.listed(some)}"))
        except Rejected as problem:
            self._schema.forget()
            raise TryLater(str(problem)) from None
        found: dict[str, Mapping[str, str | None] | Gone] = {}
        for row in rows:
            own_id = record_id(row, "Id") or ""
            self._remember_account(own_id, record_id(row, "AccountId") or own_id)
            values = {name: shown(row.get(their), known.get(their)) for name, their in theirs.items()}
            found[own_id] = GONE if row.get("IsDeleted") is True else values
        return found


GONE = Gone("Salesforce no longer has this person")


def _is(error: RowError | None, fate: Fate) -> bool:
    return error is not None and error.fate is fate


def without(row: Row, field: str | None) -> Row:
    """The row without that field; without any if it has no such field, because then nothing would be different."""
    kept = {name: value for name, value in row.fields.items() if name != field}
    return replace(row, fields=kept if field in row.fields else {})


def _outcome(row: Row, error: RowError | None, elsewhere: Mapping[str, WriteOutcome]) -> WriteOutcome:
    if error is None:
        return None
    return elsewhere[row.id] if error.fate is Fate.LOOK else outcome_of(error, list(row.fields))


def _whereabouts_of(row: Body | None) -> WriteOutcome:
    if row is None:
        return NotThere("Salesforce no longer has this person")
    master, contact = record_id(row, "MasterRecordId"), record_id(row, "ConvertedContactId")
    if contact and row.get("IsConverted") is True:
        return Moved(contact_claim({**child(row, "ConvertedContact"), "Id": contact}).value)
    if row.get("IsDeleted") is not True:
        return again("Salesforce says that it is gone, and shows it")
    return Moved(master) if master else NotThere("it was deleted in Salesforce")


def check(schema: Schema, theirs: Sequence[str]) -> dict[str, str]:
    """Of these fields the problem of each that cannot be written on contacts or person accounts."""
    schema.forget()
    kinds = ["Contact", *(["Account"] if schema.has("Account", "IsPersonAccount") else [])]
    found = [(name, problem) for name in theirs for kind in kinds if (problem := problem_of(schema, kind, name))]
    return dict(reversed(found))


def problem_of(schema: Schema, kind: str, field: str) -> str | None:
    """Why a field cannot be written on an object, and what to click; None if it can."""
    name = on_person_account(field) if kind == "Account" else on_contact(field)
    known = schema.fields(kind).get(name)
    if known is None:
        return (
            f"{kind}.{name} is missing or hidden: deploy the kit (connectors/salesforce/kit), "
            "then assign the permission set Referral_Hub_Integration to the integration user"
        )
    if not known.is_updateable:
        return (
            f"{kind}.{name} is read-only for the integration user: Setup > Permission Sets > Referral Hub Integration "
            f"> Object Settings > {kind} > tick Edit Access"
        )
    return None
