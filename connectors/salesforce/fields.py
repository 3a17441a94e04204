"""Referral fields on contacts, leads and person accounts: absolute values, up to 200 records in one call.

https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_composite_sobjects_collections_update.htm
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from connectors.salesforce.answers import Refusal
from connectors.salesforce.client import OrgApi, batches
from connectors.salesforce.ids import full_id, kind_of
from connectors.salesforce.picking import Body
from connectors.salesforce.rows import Fate, RowError, again, error_of, later, outcome_of, results_of
from connectors.salesforce.schema import Schema, on_person_account
from connectors.salesforce.spelling import Value, written
from connectors.salesforce.whereabouts import whereabouts
from referhub import (
    FieldRefused,
    Later,
    Record,
    Refused,
    TryLater,
    Unknown,
    WriteOutcome,
)

MOST_ROWS = 200
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
    """Writes the referral fields of one org; `accounts` are those that a write will lock, as far as they are known."""

    def __init__(self, api: OrgApi, schema: Schema, accounts: Mapping[str, str]) -> None:
        self._api = api
        self._schema = schema
        self._accounts = accounts

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
        elsewhere = whereabouts(self._api, self._schema, [(row.kind, row.id) for row in lost])
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
