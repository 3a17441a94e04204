"""What the app subscribed to: types of its own (contact.creation) or generic ones (object.creation of contacts)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from sandbox.ground.refusal import Refused
from sandbox.hubspot.cloud import Cloud
from sandbox.hubspot.kinds import KINDS, Kind

WHAT = ("creation", "propertyChange", "deletion", "merge", "associationChange", "restore")
EVERY = "*"
FIRST_ID = 7000001


@dataclass(frozen=True)
class Subscription:
    """One line of the app's configuration; property_name is for propertyChange, and * stands for each of them."""

    id: int
    type: str
    object_type: str
    property_name: str | None = None

    def asks_for(self, kind: Kind, what: str, property_name: object) -> bool:
        if self.object_type != kind.type_id or self.type.partition(".")[2] != what:
            return False
        return what != "propertyChange" or self.property_name in (EVERY, property_name)


def typed() -> list[dict[str, Any]]:
    """Everything about contacts and deals, by types of their own."""
    names = [KINDS["0-1"].name, KINDS["0-3"].name]
    told = [{"type": f"{name}.{what}"} for name in names for what in WHAT]
    return [*told, {"type": "contact.privacyDeletion"}]


def generic() -> list[dict[str, Any]]:
    """Everything about every object type, by generic types."""
    told = [{"type": f"object.{what}", "object_type": kind.name} for kind in KINDS.values() for what in WHAT]
    return [*told, {"type": "contact.privacyDeletion"}]


def subscribe(cloud: Cloud, asked: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The app's configuration is this from now on."""
    kept = [asdict(_subscription(FIRST_ID + place, each)) for place, each in enumerate(asked)]
    cloud.truth.set("subscriptions", kept)
    return kept


def subscriptions(cloud: Cloud) -> list[Subscription]:
    return [Subscription(**each) for each in cloud.truth.setting("subscriptions", [])]


def _subscription(id: int, asked: dict[str, Any]) -> Subscription:
    subject, _, what = str(asked["type"]).partition(".")
    name = str(asked.get("object_type", subject)) if subject == "object" else subject
    kind = next((each for each in KINDS.values() if name in (each.name, each.type_id)), None)
    if kind is None or what not in (*WHAT, "privacyDeletion"):
        raise Refused(f"nothing can be subscribed to as {asked['type']!r} of {name!r}")
    if what == "privacyDeletion" and subject != "contact":
        raise Refused("only contact.privacyDeletion exists")
    wanted = asked.get("property", EVERY) if what == "propertyChange" else None
    return Subscription(id, str(asked["type"]), kind.type_id, wanted)


def may_hear(cloud: Cloud, portal: int, kind: Kind) -> bool:
    """An app without the right to read hears nothing, nor does one that was thrown out."""
    where = cloud.portal(portal)
    return where.installed and kind.read in where.scopes
