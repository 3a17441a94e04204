"""The desk's post: which notifications wait, were sent, held, lost, repeated, reordered or forged."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from sandbox.ground.desk import Body, Route, post_office
from sandbox.ground.keys import keys
from sandbox.ground.posting import post
from sandbox.ground.refusal import Refused
from sandbox.salesforce.desk.routing import ID, Desk
from sandbox.salesforce.ids import numbered_id
from sandbox.salesforce.messages import envelope, queue
from sandbox.salesforce.messages.courier import PATIENCE

FILTERS = ("state", "object", "record_id")


def notifications(desk: Desk, given: Body) -> Any:
    found = [asdict(each) for each in queue.notifications(desk.org)]
    return [each for each in found if all(each[name] == wanted for name, wanted in given.items())]


def send(desk: Desk, given: Body) -> Any:
    """These notifications in one message, now, so many times; what each attempt was answered."""
    attempts = [desk.courier.send([str(each) for each in given["ids"]]) for _ in range(int(given.get("times", 1)))]
    if None in attempts:
        raise Refused(f"there is no message for the notifications {given['ids']}")
    return attempts


def drop(desk: Desk, given: Body, id: str) -> Any:
    """The notification is lost on its way: it never arrives by itself."""
    note = queue.notification(desk.org, id)
    if note is None:
        raise Refused(f"there is no notification {id}")
    note.state = "dropped"
    queue.keep(desk.org, note)
    return asdict(note)


def release(desk: Desk, given: Body) -> Any:
    """Held notifications go out and new ones are held no longer; with ids only these, one by one, in that order."""
    if given.get("ids"):
        return [send(desk, {"ids": [each]})[0] for each in given["ids"]]
    with desk.org.truth.transaction():
        desk.org.truth.set("holding", False)
        for note in queue.notifications(desk.org, "held"):
            note.state = "waiting"
            queue.keep(desk.org, note)
    desk.org.woken.set()
    return []


def forge(desk: Desk, given: Body) -> Any:
    """
    Somebody else posts to the address: a body of their own, or a message in the name of this org.

    object, record_id and fields describe the one record of that message; headers replace single headers.
    """
    made = envelope.body(desk.org, numbered_id("04k", 999), [_forged(given)])
    raw = str(given["body"]).encode() if "body" in given else made
    reply = post(str(given["url"]), envelope.HEADERS | (given.get("headers") or {}), raw, PATIENCE)
    return {"status": reply.status, "error": envelope.complaint(reply)}


def _forged(given: Body) -> tuple[str, str, dict[str, Any]]:
    fields = {"Id": given.get("record_id", numbered_id("003", 999))} | given.get("fields", {})
    return str(given.get("id", numbered_id("04l", 999))), str(given.get("object", "Contact")), fields


ROUTES: list[Route] = [
    ("GET", "notifications", notifications, keys(" ".join(FILTERS))),
    ("POST", "notifications/send", send, keys("ids times")),
    ("POST", f"notifications/{ID}/drop", drop, keys()),
    *post_office("notifications"),
    ("POST", "notifications/release", release, keys("ids")),
    ("POST", "notifications/forge", forge, {**keys("url body object record_id id"), "fields": None, "headers": None}),
]
