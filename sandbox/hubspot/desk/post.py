"""The desk's post: what the app subscribed to, and what was sent, held, lost, repeated or forged."""

from __future__ import annotations

import json
from typing import Any

from sandbox.ground.desk import NUMBER, Body, Route, post_office
from sandbox.ground.keys import keys
from sandbox.ground.posting import post
from sandbox.ground.refusal import Refused
from sandbox.hubspot.desk.routing import Desk
from sandbox.hubspot.fates import MailFate
from sandbox.hubspot.nouns import Event
from sandbox.hubspot.webhooks.courier import ORDERS, PATIENCE
from sandbox.hubspot.webhooks.signing import headers
from sandbox.hubspot.webhooks.subscriptions import generic, subscribe, subscriptions, typed

COURIER = "order batch_size concurrent_requests event_id_cycle"


def configure(desk: Desk, given: Body) -> Any:
    """The app's target address, where posts really go, and what it subscribed to."""
    for name, setting in (("url", "target_url"), ("deliver_to", "deliver_to")):
        if name in given:
            desk.cloud.truth.set(setting, given[name])
    if "subscriptions" in given:
        wanted = {"typed": typed(), "generic": generic()}
        asked = given["subscriptions"]
        subscribe(desk.cloud, wanted[asked] if isinstance(asked, str) else asked)
    desk.cloud.woken.set()
    kept = [vars(each) for each in subscriptions(desk.cloud)]
    return {"url": desk.cloud.truth.setting("target_url"), "subscriptions": kept}


def courier(desk: Desk, given: Body) -> Any:
    """How events travel: their order, how many in a request, how many requests at once, how soon ids repeat."""
    if given.get("order", "as_happened") not in ORDERS:
        raise Refused(f"events are sent {', '.join(ORDERS)}, not {given['order']}")
    for name, value in given.items():
        desk.cloud.truth.set(name, value)
    return given


def events(desk: Desk, given: Body) -> Any:
    found = sorted(desk.cloud.truth.all(Event, "Event"), key=lambda each: each.number)
    if given.get("state"):
        found = [each for each in found if each.state == given["state"]]
    for name in ("subscriptionType", "propertyName", "objectId", "portalId"):
        if given.get(name):
            found = [each for each in found if str(each.body.get(name)) == str(given[name])]
    return [vars(each) for each in found]


def _found(desk: Desk, number: Any) -> Event:
    found = desk.cloud.truth.find(Event, "Event", number)
    if found is None:
        raise Refused(f"there is no event {number}")
    return found


def send(desk: Desk, given: Body) -> Any:
    """These events are sent now, in this order, in one request, so many times; what each was answered."""
    if not desk.cloud.truth.setting("target_url"):
        raise Refused("the app has no target address")
    batch = [_found(desk, number) for number in given["events"]]
    return [desk.courier.send(batch) for _ in range(int(given.get("times", 1)))]


def drop(desk: Desk, given: Body, number: str) -> Any:
    """The event is lost on its way: it never arrives by itself."""
    with desk.cloud.truth.transaction():
        event = _found(desk, number)
        event.state = "dropped"
        desk.cloud.truth.keep(event)
    return vars(event)


def release(desk: Desk, given: Body) -> Any:
    """Held events go out and new ones are held no longer."""
    with desk.cloud.truth.transaction():
        desk.cloud.truth.set("holding", False)
        for event in desk.cloud.truth.all(Event, "Event"):
            if event.state == "held":
                event.state = "waiting"
                desk.cloud.truth.keep(event)
    desk.cloud.woken.set()
    return {}


def forge(desk: Desk, given: Body) -> Any:
    """
    Somebody else posts to the address, signed with the wrong secret.

    secret signs it with another one, signed_url over another address; headers replace single headers, and null
    takes one away.
    """
    body, url = given.get("body", []), str(given["url"])
    raw = (body if isinstance(body, str) else json.dumps(body, separators=(",", ":"))).encode()
    now = desk.cloud.truth.now() + int(float(given.get("seconds", 0)) * 1000)
    signed = headers(str(given.get("secret", "not the secret")), str(given.get("signed_url", url)), raw, now)
    sent: dict[str, Any] = signed | (given.get("headers") or {})
    reply = post(url, {name: str(value) for name, value in sent.items() if value is not None}, raw, PATIENCE)
    return {"status": reply.status, "error": reply.error}


def add_fate(desk: Desk, given: Body) -> Any:
    desk.cloud.fates.add_mail(MailFate(**given))
    return desk.cloud.fates.coming()


ROUTES: list[Route] = [
    ("POST", "app", configure, {**keys("url deliver_to"), "subscriptions": keys("type object_type property")}),
    ("POST", "courier", courier, keys(COURIER)),
    ("GET", "events", events, keys("state subscriptionType propertyName objectId portalId")),
    ("POST", "events/send", send, keys("events times")),
    ("POST", f"events/{NUMBER}/drop", drop, keys()),
    *post_office("events"),
    ("POST", "events/release", release, keys()),
    ("POST", "events/forge", forge, keys("url body secret signed_url seconds headers")),
    ("POST", "events/fates", add_fate, keys("kind type count seconds")),
]
