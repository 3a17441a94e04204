"""Reads contacts, deals and what connects them, many at once, under whatever id they go by now.

https://developers.hubspot.com/docs/api-reference/crm-objects-v3/guide
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from connectors.hubspot.hints import id_of
from connectors.hubspot.sdk import Portal
from referhub import Rejected, TryLater, Unreadable

CONTACTS, DEALS = "contacts", "0-3"  # https://developers.hubspot.com/docs/api-reference/crm-understanding-the-crm
MOST_PER_CALL = 100
PRIMARY = "primary"
ARCHIVED = {"archived": "true"}  # as text, because the library would write a bool as Python does


@dataclass(frozen=True, slots=True)
class Row:
    """One record as the API shows it; `id` is the one it goes by now."""

    id: str
    properties: Mapping[str, str | None]
    is_archived: bool = False
    archived_at: str = ""

    def text(self, name: str) -> str:
        """The value of a property, empty if it has none or HubSpot keeps it to itself."""
        value = self.properties.get(name)
        if not isinstance(value, str) or value == "REDACTED":
            return ""
        # JSON can spell NUL and half a surrogate pair, which no database holds.
        return value.replace("\x00", "").encode(errors="ignore").decode().strip()

    @property
    def former_ids(self) -> tuple[str, ...]:
        """The ids of the records that were merged into this one."""
        told = self.text("hs_merged_object_ids").split(";")
        return tuple(record_id for one in told if (record_id := id_of(one.strip())) and record_id != self.id)

    @property
    def first_id(self) -> str:
        """The oldest of its ids: the one that stays the same however often it is merged with younger ones."""
        return min((self.id, *self.former_ids), key=by_age)


@dataclass(frozen=True, slots=True)
class Associated:
    """A record that another one is associated with."""

    id: str
    is_primary: bool


def read(api: Portal, kind: str, ids: Iterable[str], properties: Sequence[str]) -> dict[str, Row]:
    """The records by the ids that were asked for, the archived ones too; an id that means nothing is left out."""
    wanted = sorted(set(ids), key=by_age)
    found: dict[str, Row] = {}
    for part in parts(wanted):
        found |= _matched(part, _batch(api, kind, part, properties, archived=False))
        missing = [record_id for record_id in part if record_id not in found]
        if missing:
            found |= _matched(missing, _batch(api, kind, missing, properties, archived=True))
    return found


def associated(api: Portal, kind: str, ids: Iterable[str], other: str) -> dict[str, tuple[Associated, ...]]:
    """What each of these records is associated with among the records of the `other` kind."""
    found: dict[str, tuple[Associated, ...]] = {}
    for part in parts(sorted(set(ids))):
        body = {"inputs": [{"id": record_id} for record_id in part]}
        for result in _rows(api, api.associations.get_page, kind, other, body):
            source = id_of(getattr(getattr(result, "_from", None), "id", None))
            found[source] = tuple(_associated(one) for one in getattr(result, "to", None) or ())
    return found


def by_email(api: Portal, email: str) -> str | None:
    """The id of the contact with this address, first or additional; None if there is none, or more than one."""
    body = {"inputs": [{"id": email}], "idProperty": "email", "properties": ["email"]}
    found = {row.id for row in map(_row, _rows(api, api.objects.read, CONTACTS, body))}
    if not found:
        additional = {"propertyName": "hs_additional_emails", "operator": "CONTAINS_TOKEN", "value": email}
        told = search(api, CONTACTS, [additional], ["hs_additional_emails"], sort="hs_object_id", limit=5)
        found = {row.id for row in told if email.casefold() in emails_of(row)}
    return found.pop() if len(found) == 1 else None


def by_emails(api: Portal, emails: Sequence[str]) -> list[Row]:
    """The contacts with these addresses, at most a hundred; an address that nobody has is left out."""
    body = {
        "inputs": [{"id": email} for email in emails],
        "idProperty": "email",
        "properties": ["email", "hs_additional_emails"],
    }
    return [_row(one) for one in _rows(api, api.objects.read, CONTACTS, body)]


def search(
    api: Portal, kind: str, filters: Sequence[Mapping[str, str]], properties: Sequence[str], *, sort: str, limit: int
) -> list[Row]:
    """The first `limit` records that all `filters` let through, ascending by `sort`.

    The search knows what was written a while ago; whoever needs it fresh reads the records by their ids.
    """
    body = {
        "filterGroups": [{"filters": [dict(one) for one in filters]}],
        "sorts": [{"propertyName": sort, "direction": "ASCENDING"}],
        "properties": list(properties),
        "limit": limit,
    }
    return [_row(one) for one in _rows(api, api.searches.do_search, kind, body)]


def archived(api: Portal, kind: str, after: str | None) -> tuple[list[Row], str | None]:
    """A page of deleted records, and where the next one begins."""
    named: dict[str, Any] = {"limit": MOST_PER_CALL, **ARCHIVED, **({"after": after} if after else {})}
    page = _asked(api, api.lists.get_page, kind, **named)
    following = getattr(getattr(page, "paging", None), "next", None)
    return [_row(one) for one in _results(page)], getattr(following, "after", None)


def emails_of(row: Row) -> list[str]:
    """All addresses of a contact, its first one first."""
    told = [row.text("email"), *row.text("hs_additional_emails").split(";")]
    return list(dict.fromkeys(address.strip().casefold() for address in told if address.strip()))


def by_age(record_id: str) -> tuple[int, str]:
    """Ids in the order in which HubSpot gave them."""
    return len(record_id), record_id


def parts(ids: Sequence[str], size: int = MOST_PER_CALL) -> Iterator[Sequence[str]]:
    """The ids in portions that one call may carry."""
    for start in range(0, len(ids), size):
        yield ids[start : start + size]


def _batch(api: Portal, kind: str, ids: Sequence[str], properties: Sequence[str], *, archived: bool) -> list[Row]:
    body = {"inputs": [{"id": record_id} for record_id in ids], "properties": [*properties, "hs_merged_object_ids"]}
    return [_row(one) for one in _rows(api, api.objects.read, kind, body, **(ARCHIVED if archived else {}))]


def _matched(asked: Sequence[str], rows: Sequence[Row]) -> dict[str, Row]:
    """Rows by the ids that were asked for: a merged record answers to its old ids with a new one.

    https://developers.hubspot.com/changelog/updated-merge-functionality
    """
    by_id = {former: row for row in rows for former in row.former_ids} | {row.id: row for row in rows}
    found = {record_id: by_id[record_id] for record_id in asked if record_id in by_id}
    unmatched = [record_id for record_id in asked if record_id not in found]
    strangers = [row for row in rows if row not in found.values()]
    if len(unmatched) == len(strangers) == 1:
        found[unmatched[0]] = strangers[0]  # it does not name its former ids, but nobody else was asked for
    return found


def _associated(told: Any) -> Associated:
    kinds = getattr(told, "association_types", None) or ()
    labels = {str(getattr(kind, "label", "")).casefold() for kind in kinds}
    return Associated(id_of(getattr(told, "to_object_id", None)), PRIMARY in labels)


def _row(told: Any) -> Row:
    record_id, properties = id_of(getattr(told, "id", None)), getattr(told, "properties", None)
    if not record_id or not isinstance(properties, dict):
        raise TryLater("HubSpot answered with a record without id or properties")
    archived_at = getattr(told, "archived_at", None)
    return Row(
        record_id,
        properties,
        is_archived=getattr(told, "archived", None) is True,
        archived_at=archived_at.isoformat() if archived_at else "",
    )


def _rows(api: Portal, call: Any, *given: Any, **named: Any) -> Sequence[Any]:
    return _results(_asked(api, call, *given, **named))


def _results(model: Any) -> Sequence[Any]:
    results = getattr(model, "results", None)
    if not isinstance(results, list):
        raise TryLater("HubSpot's answer could not be understood")
    return results


def _asked(api: Portal, call: Any, *given: Any, **named: Any) -> Any:
    try:
        return api.ask(call, *given, **named)
    except Rejected as problem:  # of a reading call, it means that we asked for something odd
        raise Unreadable(str(problem)) from None
