"""What a webhook event or a polled change names: which record, what happened to it, and who did it.

https://developers.hubspot.com/docs/api-reference/legacy/webhooks/guide
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from connectors.hubspot.strict_json import Body, object_of
from referhub import Delivery, Unreadable

RECORDS = {"0-1": "contact", "0-3": "deal", "0-123": "order", "0-136": "lead"}
ID = re.compile(r"[0-9]{1,20}", re.ASCII)
TOPIC = re.compile(r"[A-Za-z0-9_.-]{1,60}", re.ASCII)
FIRST_MOMENT, LAST_MOMENT = 946_684_800_000, 4_102_444_800_000  # the years 2000 and 2100, in milliseconds
# What the value was does not matter, because the record is read again: it is not even kept.
KEPT = (
    "appId",
    "associationRemoved",
    "changeFlag",
    "changeSource",
    "eventId",
    "fromObjectId",
    "fromObjectTypeId",
    "mergedObjectIds",
    "newObjectId",
    "objectId",
    "objectTypeId",
    "occurredAt",
    "portalId",
    "primaryObjectId",
    "propertyName",
    "sourceId",
    "subscriptionType",
    "toObjectId",
    "toObjectTypeId",
    "associationType",
)
# Without attemptNumber, which differs on every retry; an eventId alone is not unique.
NAMING = (
    "portalId",
    "subscriptionType",
    "objectId",
    "propertyName",
    "propertyValue",
    "occurredAt",
    "eventId",
    "fromObjectId",
    "toObjectId",
    "primaryObjectId",
    "mergedObjectIds",
    "newObjectId",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hint:
    """One thing that happened to one record, of which only ids are believed."""

    record: str
    action: str
    id: str = ""
    property_name: str = ""
    source_id: str = ""
    is_by_integration: bool = False
    merged: tuple[str, ...] = ()
    happened_at: datetime | None = None


def hint_of(delivery: Delivery) -> Hint:
    """What a stored delivery names. Raises `Unreadable`."""
    event = object_of(delivery.body)
    if not event:
        raise Unreadable("the body is not an event as HubSpot sends them")
    record, _, action = topic_of(event).partition(".")
    record, record_id = _named(event, record, action)
    return Hint(
        record=record,
        action=action,
        id=record_id,
        property_name=_text(event.get("propertyName")),
        source_id=_text(event.get("sourceId")),
        is_by_integration=event.get("changeSource") == "INTEGRATION",
        merged=_merged(event, record_id) if action == "merge" else (),
        happened_at=moment_of(event) or delivery.triggered_at,
    )


def topic_of(event: Mapping[str, Any]) -> str:
    """The kind of event with the record's own name, whether it was told as `deal.` or as `object.` of a type."""
    told = event.get("subscriptionType") or event.get("eventType")
    if not isinstance(told, str) or not TOPIC.fullmatch(told):
        return "unknown"
    record, dot, action = told.partition(".")
    if record == "object":
        record = RECORDS.get(_text(event.get("objectTypeId")), record)
    return f"{record}{dot}{action}"


def subject_of(event: Mapping[str, Any]) -> str:
    """The id of the record that the event speaks of, empty if it names none."""
    record, _, action = topic_of(event).partition(".")
    return _named(event, record, action)[1]


def key_of(event: Mapping[str, Any]) -> str:
    """The same on every retry of the event, and on no other event."""
    named = json.dumps([_plain(event.get(name)) for name in NAMING], separators=(",", ":"))
    kind = event.get("subscriptionType") or event.get("eventType")
    return hashlib.sha256(f"{kind}\n{named}".encode()).hexdigest()


def body_of(event: Mapping[str, Any]) -> bytes:
    """The event without what is not needed, such as values."""
    kept = {name: _plain(event[name]) for name in KEPT if name in event}
    return json.dumps(kept, separators=(",", ":")).encode()


def moment_of(event: Mapping[str, Any]) -> datetime | None:
    """When it happened, if that is told sensibly."""
    told = event.get("occurredAt")
    if isinstance(told, bool) or not isinstance(told, int) or not FIRST_MOMENT <= told <= LAST_MOMENT:
        return None
    return datetime.fromtimestamp(told / 1000, UTC)


def id_of(value: Any) -> str:
    """A record's id as text, empty for anything that is none."""
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        return ""
    try:
        return str(value) if ID.fullmatch(str(value)) else ""
    except ValueError:  # a number of more digits than Python prints
        return ""


def _named(event: Mapping[str, Any], record: str, action: str) -> tuple[str, str]:
    if action == "associationChange":
        return _deal_of_association(event)
    if action == "merge":
        return record, id_of(event.get("newObjectId")) or id_of(event.get("objectId"))
    return record, id_of(event.get("objectId"))


def _deal_of_association(event: Mapping[str, Any]) -> tuple[str, str]:
    """The deal of an association between a contact and a deal, whichever side told it."""
    kind = _text(event.get("associationType")).upper()
    sides = {_text(event.get(f"{side}ObjectTypeId")): event.get(f"{side}ObjectId") for side in ("from", "to")}
    if set(sides) == {"0-1", "0-3"}:
        return "deal", id_of(sides["0-3"])
    side = {"DEAL_TO_CONTACT": "from", "CONTACT_TO_DEAL": "to"}.get(kind)
    return ("deal", id_of(event.get(f"{side}ObjectId"))) if side else ("association", "")


def _merged(event: Body, kept: str) -> tuple[str, ...]:
    told = event.get("mergedObjectIds")
    old = [event.get("primaryObjectId"), *(told if isinstance(told, list) else [])]
    return tuple(sorted({record_id for one in old if (record_id := id_of(one))} - {kept}))


def _plain(value: Any) -> Any:
    """The value as far as HubSpot ever sends one: nothing nested, whatever a forger who knows the secret may try."""
    if isinstance(value, list):
        return [_plain(one) for one in value if not isinstance(one, (list, dict))]
    return None if isinstance(value, dict) else value


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
