"""Which fields the integration user sees on each object: queries ask for no others, or they would fail whole.

https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_sobject_describe.htm
"""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from connectors.salesforce.answers import Refusal
from connectors.salesforce.budget import Purpose
from connectors.salesforce.client import OrgApi
from connectors.salesforce.picking import Body, rows
from referhub import TryLater

FRESH_SECONDS = 6 * 3600.0
NOT_THERE = frozenset({"NOT_FOUND", "INVALID_TYPE"})
NUMBERS = frozenset({"double", "currency", "percent", "int"})
TEXTS = frozenset({"string", "textarea", "url", "phone", "email", "picklist", "combobox"})


@dataclass(frozen=True, slots=True)
class Field:
    """One field as the integration user sees it."""

    type: str
    length: int
    is_updateable: bool


class Schema:
    """The fields of each object, looked up once and again after some hours or when they turn out to be others."""

    def __init__(self, api: OrgApi, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._api = api
        self._monotonic = monotonic
        self._known: dict[str, tuple[float, Mapping[str, Field]]] = {}

    def fields(self, kind: str) -> Mapping[str, Field]:
        """The visible fields of an object by name; none when the org does not have or show the object."""
        known = self._known.get(kind)
        if known is None or self._monotonic() - known[0] > FRESH_SECONDS:
            known = (self._monotonic(), self._described(kind))
            self._known[kind] = known
        return known[1]

    def has(self, kind: str, field: str = "Id") -> bool:
        """True when the object has the field and shows it."""
        return field in self.fields(kind)

    def visible(self, kind: str, names: Iterable[str]) -> list[str]:
        """Those of the names that can be asked for."""
        fields = self.fields(kind)
        return [name for name in names if name in fields]

    def forget(self) -> None:
        """Everything is looked up again."""
        self._known.clear()

    def _described(self, kind: str) -> Mapping[str, Field]:
        try:
            reply = self._api.get(f"sobjects/{kind}/describe", Purpose.READ)
        except Refusal as refusal:
            if refusal.code in NOT_THERE or refusal.status == 404:
                return {}
            raise TryLater(f"the fields of {kind} could not be looked up: {refusal}") from None
        described = rows(reply.get("fields")) if isinstance(reply, Mapping) else []
        return {str(row["name"]): _field(row) for row in described if row.get("name")}


def _field(row: Body) -> Field:
    length = row.get("length")
    return Field(
        type=str(row.get("type")),
        length=length if isinstance(length, int) else 0,
        is_updateable=row.get("updateable") is True,
    )


def on_person_account(field: str) -> str:
    """How a contact's field is called on the account of a person."""
    return f"{field.removesuffix('__c')}__pc" if field.endswith("__c") else field


def on_contact(field: str) -> str:
    """The other way round."""
    return f"{field.removesuffix('__pc')}__c" if field.endswith("__pc") else field
