"""Announcing: what happened becomes one event for every subscription that asked for it."""

from __future__ import annotations

from typing import Any

from sandbox.hubspot.cloud import Actor, Cloud
from sandbox.hubspot.kinds import KINDS, PRIMARY, Kind, tie_name
from sandbox.hubspot.nouns import Association, Event, Record
from sandbox.hubspot.schema import shape_of
from sandbox.hubspot.values import told
from sandbox.hubspot.webhooks.subscriptions import Subscription, may_hear, subscriptions

# Never told (the webhooks guide names the first two); calculated and read-only ones reportedly never fire.
UNTOLD = {"num_unique_conversion_events", "lastmodifieddate", "hs_lastmodifieddate", "hs_object_id"}

Body = dict[str, Any]


def tell_created(cloud: Cloud, kind: Kind, record: Record, values: dict[str, str], actor: Actor) -> None:
    at = record.created_at
    tell_changes(cloud, kind, record, values, at, actor)
    _tell(cloud, kind, record.portal, "creation", at, {"objectId": record.id, "changeFlag": "NEW"}, actor)


def tell_changes(cloud: Cloud, kind: Kind, record: Record, values: dict[str, str], at: int, actor: Actor) -> None:
    """One event per property that people or apps can write."""
    for name, value in values.items():
        shape = shape_of(cloud, record.portal, kind.type_id, name)
        if name in UNTOLD or shape is None or shape["modificationMetadata"]["readOnlyValue"]:
            continue
        sensitive = shape["dataSensitivity"] != "non_sensitive"
        change = {"propertyName": name, "propertyValue": told(shape, value), "isSensitive": sensitive}
        _tell(cloud, kind, record.portal, "propertyChange", at, {"objectId": record.id, **change}, actor)


def tell_gone(cloud: Cloud, kind: Kind, record: Record, what: str, actor: Actor) -> None:
    """A deletion, a privacy deletion, or the end of one."""
    body = {"objectId": record.id} | ({"changeFlag": "DELETED"} if what == "deletion" else {})
    _tell(cloud, kind, record.portal, what, record.updated_at, body, actor)


def tell_merged(
    cloud: Cloud, kind: Kind, made: Record, primary: Record, other: Record, moved: int, actor: Actor
) -> None:
    body = {
        "objectId": made.id,
        "primaryObjectId": primary.id,
        "mergedObjectIds": [other.id],
        "newObjectId": made.id,
        "numberOfPropertiesMoved": moved,
    }
    _tell(cloud, kind, made.portal, "merge", made.updated_at, body, actor)


def tell_tie(cloud: Cloud, tie: Association, removed: bool, actor: Actor) -> None:
    body = {
        "associationType": tie_name(tie.from_type, tie.to_type),
        "fromObjectId": tie.from_id,
        "fromObjectTypeId": tie.from_type,
        "toObjectId": tie.to_id,
        "toObjectTypeId": tie.to_type,
        "associationRemoved": removed,
        "isPrimaryAssociation": PRIMARY.get((tie.from_type, tie.to_type)) in tie.type_ids,
    }
    _tell(cloud, KINDS[tie.from_type], tie.portal, "associationChange", cloud.truth.now(), body, actor)


def _tell(cloud: Cloud, kind: Kind, portal: int, what: str, at: int, body: Body, actor: Actor) -> None:
    if not may_hear(cloud, portal, kind):
        return
    for subscription in subscriptions(cloud):
        if subscription.asks_for(kind, what, body.get("propertyName")):
            _queue(cloud, kind, portal, subscription, at, body, actor)
    cloud.woken.set()


def _queue(
    cloud: Cloud, kind: Kind, portal: int, subscription: Subscription, at: int, body: Body, actor: Actor
) -> None:
    """The event waits to be sent, kept together with what caused it; a fate may befall it already here."""
    number = cloud.truth.next_number("Event", 1)
    generic = subscription.type.startswith("object.")
    whole = {
        # Not unique, says the webhooks guide: here the same ids come again and again.
        "eventId": 100 + number % int(cloud.truth.setting("event_id_cycle", 1000)),
        "subscriptionId": subscription.id,
        "portalId": portal,
        "appId": cloud.app_id,
        "occurredAt": at,
        "subscriptionType": subscription.type,
        **body,
        **({"objectTypeId": kind.type_id} if generic and "objectId" in body else {}),
        "changeSource": actor.source,
        "sourceId": actor.source_id,
    }
    kept = Event(portal, number, whole, _state(cloud), cloud.truth.now())
    for each in cloud.fates.mail(kept, lambda: cloud.truth.next_number("Event", 1)):
        cloud.truth.keep(each)


def _state(cloud: Cloud) -> str:
    return "held" if cloud.truth.setting("holding", False) else "waiting"
