"""The queue of notifications: a saving by somebody who may send messages adds one for every message of its object."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sandbox.salesforce.org import Org
from sandbox.salesforce.schema import Kind
from sandbox.salesforce.truth import Record

LIFE = timedelta(hours=24)
MESSAGES = "outbound messages"
FIELDS = ["Id", "SystemModstamp", "LastModifiedById"]
STATES = ("held", "waiting", "unanswered", "delivered", "lost", "dropped")


@dataclass
class Notification:
    """One piece of news; lost is what nobody acknowledged in 24 hours, unanswered waits for a test to send it again."""

    id: str
    action_id: str
    object: str
    record_id: str
    queued_at: str
    due_at: str
    state: str
    attempts: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class Message:
    """What the admin set up: one object's changes, told to one address; watch names the fields that matter, or none."""

    action_id: str
    object: str
    url: str
    fields: list[str]
    watch: list[str] = field(default_factory=list)


def set_up(org: Org, object: str, url: str, fields: list[str] | None = None, watch: list[str] | None = None) -> Message:
    """From now on the address hears of the object; the same object and address again replaces it."""
    with org.truth.transaction():
        known = [each for each in messages(org) if (each.object, each.url) != (object, url)]
        made = Message(org.truth.next_id("04k"), object, url, fields or FIELDS, watch or [])
        org.truth.set(MESSAGES, [asdict(each) for each in [*known, made]])
    return made


def messages(org: Org) -> list[Message]:
    return [Message(**each) for each in org.truth.setting(MESSAGES, [])]


def message(org: Org, action_id: str) -> Message | None:
    return next((each for each in messages(org) if each.action_id == action_id), None)


def announce(org: Org, kind: Kind, old: Record | None, record: Record, user_id: str) -> None:
    """One notification per message of this object waits; the hidden contact of a person says nothing by itself."""
    if not org.sends_messages(user_id) or (kind.name == "Contact" and record.get("IsPersonAccount")):
        return
    now = org.truth.now().isoformat()
    state = "held" if org.truth.setting("holding", False) else "waiting"
    for each in messages(org):
        if each.object == kind.name and _matters(each, old, record):
            number = org.truth.next_id("04l")
            keep(org, Notification(number, each.action_id, kind.name, record["Id"], now, now, state))
    org.woken.set()


def _matters(message: Message, old: Record | None, record: Record) -> bool:
    return old is None or not message.watch or any(old.get(name) != record.get(name) for name in message.watch)


def keep(org: Org, notification: Notification) -> None:
    org.truth.put("@notification", notification.id, asdict(notification))


def notification(org: Org, id: str) -> Notification | None:
    kept = org.truth.get("@notification", id)
    return Notification(**{**kept, "attempts": list(kept["attempts"])}) if kept else None


def notifications(org: Org, state: str | None = None) -> list[Notification]:
    kept = org.truth.having("@notification", "state", state) if state else org.truth.all("@notification")
    return [Notification(**{**each, "attempts": list(each["attempts"])}) for each in kept]


def due(org: Org, now: datetime) -> list[Notification]:
    """What waits to be sent now, oldest first."""
    alive, at = (now - LIFE).isoformat(), now.isoformat()
    waiting = (each for each in notifications(org, "waiting") if each.due_at <= at and each.queued_at > alive)
    return sorted(waiting, key=lambda each: (each.due_at, each.id))


def expire(org: Org) -> None:
    """What nobody acknowledged for 24 hours is lost."""
    old = (org.truth.now() - LIFE).isoformat()
    with org.truth.transaction():
        for each in (each for state in ("held", "waiting", "unanswered") for each in notifications(org, state)):
            if each.queued_at <= old:
                each.state = "lost"
                keep(org, each)
