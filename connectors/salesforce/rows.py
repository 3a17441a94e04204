"""What became of one row of a write, by Salesforce's own name of the reason.

https://developer.salesforce.com/docs/atlas.en-us.api.meta/api/sforce_api_calls_concepts_core_data_objects.htm
"""

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from typing import Any

from connectors.salesforce.picking import Body, rows
from connectors.salesforce.schema import on_contact
from referhub import FieldRefused, Later, Refused, TryLater, Unknown, WriteOutcome

LONGEST_MESSAGE = 200
NAMED = re.compile(r"No such column '(\w{1,80})'|duplicate value found: (\w{1,80})")
HOURS = timedelta(hours=2)
TRIES = 3


class Fate(Enum):
    """What to do about a row that was not written."""

    AGAIN = "again"
    LATER = "later"
    LOOK = "look"
    FIELD = "field"
    PARK = "park"
    DUPLICATE = "duplicate"


FATES: Mapping[str, Fate] = {
    "UNABLE_TO_LOCK_ROW": Fate.AGAIN,
    "SERVER_UNAVAILABLE": Fate.AGAIN,
    "REQUEST_LIMIT_EXCEEDED": Fate.AGAIN,
    "ALL_OR_NONE_OPERATION_ROLLED_BACK": Fate.AGAIN,
    "PROCESSING_HALTED": Fate.AGAIN,
    # A trigger or flow of the org failed: perhaps mended in some hours. So is every reason that is not named here.
    "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY": Fate.LATER,
    "CANNOT_EXECUTE_FLOW_TRIGGER": Fate.LATER,
    "UNKNOWN_EXCEPTION": Fate.LATER,
    "ENTITY_IS_DELETED": Fate.LOOK,
    "INVALID_CROSS_REFERENCE_KEY": Fate.LOOK,
    "NOT_FOUND": Fate.LOOK,
    "CANNOT_UPDATE_CONVERTED_LEAD": Fate.LOOK,
    "INVALID_FIELD": Fate.FIELD,
    "INVALID_FIELD_FOR_INSERT_UPDATE": Fate.FIELD,
    "INSUFFICIENT_ACCESS_OR_READONLY": Fate.PARK,
    "FIELD_CUSTOM_VALIDATION_EXCEPTION": Fate.PARK,
    "REQUIRED_FIELD_MISSING": Fate.PARK,
    "STRING_TOO_LONG": Fate.PARK,
    "DUPLICATE_VALUE": Fate.PARK,
    "FIELD_INTEGRITY_EXCEPTION": Fate.PARK,
    "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST": Fate.PARK,
    "INVALID_TYPE_ON_FIELD_IN_RECORD": Fate.PARK,
    "NUMBER_OUTSIDE_VALID_RANGE": Fate.PARK,
    "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY": Fate.PARK,
    "JSON_PARSER_ERROR": Fate.PARK,
    "MALFORMED_ID": Fate.PARK,
    "DUPLICATES_DETECTED": Fate.DUPLICATE,
}
HINTS = {
    "INSUFFICIENT_ACCESS_OR_READONLY": "the integration user may not edit it: assign it the permission set "
    "Referral_Hub_Integration and share the record with it",
    "DUPLICATES_DETECTED": "a duplicate rule of the org blocks it: exempt the integration user from the rule",
}


@dataclass(frozen=True, slots=True)
class RowError:
    """The first error of a row."""

    code: str
    message: str
    fields: tuple[str, ...]

    @property
    def fate(self) -> Fate:
        return FATES.get(self.code, Fate.LATER)

    @property
    def field(self) -> str | None:
        """The field that stands in the way, by its name on a contact."""
        named = self.fields[0] if self.fields else None
        if named is None and (found := NAMED.search(self.message)):
            named = found[1] or found[2]
        return on_contact(named) if named else None

    def words(self) -> str:
        return f"{HINTS.get(self.code, self.message)} ({self.code})"


def error_of(result: Body) -> RowError | None:
    """The error of one row's result, None when the row was written."""
    if result.get("success") is True:
        return None
    first = next(iter(rows(result.get("errors"))), {})
    named = first.get("fields")
    fields = tuple(name for name in named if isinstance(name, str)) if isinstance(named, list) else ()
    code = str(first.get("statusCode") or first.get("errorCode") or "UNKNOWN_EXCEPTION")
    return RowError(code, str(first.get("message", ""))[:LONGEST_MESSAGE], fields)


def outcome_of(error: RowError, fields: Sequence[str]) -> WriteOutcome:
    """What the hub is told of a row that needs no further look; `fields` are the ones that were written."""
    if error.fate is Fate.AGAIN:
        return again(error.words())
    if error.fate is Fate.LATER:
        return Later(error.words(), HOURS, TRIES)
    named = error.field
    if error.fate is Fate.FIELD and named in fields and named is not None:
        return FieldRefused(named, error.words())
    return Refused(error.words())


def again(reason: str) -> Later:
    """Soon, but not all at once: rows that wait for the same lock would meet again."""
    return Later(reason, timedelta(seconds=random.uniform(5, 30)))  # noqa: S311 - only to part those who wait


def later(problem: TryLater | Unknown) -> Later:
    """Repeated because it was not done, or because nobody knows: the values are absolute."""
    return Later(str(problem), problem.after) if isinstance(problem, TryLater) else again(str(problem))


def results_of(reply: Any, count: int) -> list[Body] | None:
    """One result per row, None when they are not as many as there were rows: then nobody knows which is which."""
    found = rows(reply)
    return found if len(found) == count else None
