"""The desk's world: the app's standing, what befalls callers, the clock, and the truth itself."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

from sandbox.ground.desk import FATES, Body, Route
from sandbox.ground.keys import keys
from sandbox.ground.refusal import Refused
from sandbox.hubspot import catalogue
from sandbox.hubspot.cloud import DEFAULTS
from sandbox.hubspot.desk.people import shown
from sandbox.hubspot.desk.routing import Desk
from sandbox.hubspot.fates import Fate
from sandbox.hubspot.installing import end_grant, expire_access, install, uninstall
from sandbox.hubspot.kinds import KINDS, kind_of
from sandbox.hubspot.nouns import PLANS, Association, Call, Grant, Group, Label, Property, Record, records_of

ACCOUNT = "scopes plan time_zone currency multi_currency"


def hello(desk: Desk, given: Body) -> Any:
    portals = [each.portal for each in desk.cloud.portals()]
    return {"portals": portals, "app_id": desk.cloud.app_id, "now": _clock(desk)}


def settings(desk: Desk, given: Body) -> Any:
    """What the portal allows and how it behaves: scopes, plan, limits, the lag of its index."""
    if given.get("plan", PLANS[0]) not in PLANS:
        raise Refused(f"a plan is one of {', '.join(PLANS)}, not {given['plan']}")
    with desk.cloud.truth.transaction():
        portal = desk.portal(given)
        for name, value in given.items():
            if name in DEFAULTS:
                portal.settings[name] = value
            elif name != "portal":
                setattr(portal, name, value)
        desk.cloud.truth.keep(portal)
    return vars(portal)


def set_uninstalled(desk: Desk, given: Body) -> Any:
    uninstall(desk.cloud, desk.portal(given))
    return {}


def set_installed(desk: Desk, given: Body) -> Any:
    install(desk.cloud, desk.portal(given))
    return {}


def rotate_secret(desk: Desk, given: Body) -> Any:
    """Two secrets are good from now on; sign_with_old keeps the old one signing, finish ends it."""
    if "secret" in given:
        desk.cloud.rotate_secret(str(given["secret"]))
    desk.cloud.truth.set("signs_with_the_old_secret", bool(given.get("sign_with_old")))
    if given.get("finish"):
        desk.cloud.finish_rotation()
    return {"good": len(desk.cloud.secrets())}


def admin(desk: Desk, given: Body) -> Any:
    """Which portal the admin picks on the authorisation page, and whether they say no."""
    desk.cloud.truth.set("admin_chooses", given.get("portal"))
    desk.cloud.truth.set("admin_refuses", bool(given.get("refuses")))
    desk.cloud.redirect_uris += [
        each for each in given.get("redirect_uris", []) if each not in desk.cloud.redirect_uris
    ]
    return given


def token_rules(desk: Desk, given: Body) -> Any:
    """rotate: refresh tokens change with each use; expire: access tokens end now; revoke: refresh tokens too."""
    if "rotate" in given:
        desk.cloud.truth.set("refresh_tokens_rotate", bool(given["rotate"]))
    if given.get("expire"):
        expire_access(desk.cloud)
    if given.get("revoke"):
        with desk.cloud.truth.transaction():
            for grant in desk.cloud.truth.all(Grant, "Grant"):
                end_grant(desk.cloud, grant)
    return given


def add_property(desk: Desk, given: Body) -> Any:
    """A property that people made by hand: name, type, field_type, options, sensitive, unique, read_only."""
    kind, portal = kind_of(str(given.get("object", "contacts"))), desk.portal(given).portal
    row = {
        "name": given["name"],
        "label": given.get("label", given["name"]),
        "type": given.get("type", "string"),
        "fieldType": given.get("field_type", "text"),
        "options": given.get("options", []),
        "readOnly": given.get("read_only", False),
        "hasUniqueValue": bool(given.get("unique")),
        "dataSensitivity": "sensitive" if given.get("sensitive") else "non_sensitive",
    }
    made = Property(portal, kind.type_id, str(given["name"]), catalogue.shaped(kind.type_id, row))
    made.shape["modificationMetadata"] |= {"archivable": True, "readOnlyDefinition": False}
    desk.cloud.truth.keep(made)
    return made.shape


def remove_property(desk: Desk, given: Body, name: str) -> Any:
    kind, portal = kind_of(str(given.get("object", "contacts"))), desk.portal(given).portal
    found = desk.cloud.truth.find(Property, f"Property/{portal}/{kind.type_id}", name)
    if found is None:
        raise Refused(f"there is no property {name}")
    desk.cloud.truth.forget(found)
    return {}


def add_fate(desk: Desk, given: Body) -> Any:
    desk.cloud.fates.add(Fate(**given))
    return desk.cloud.fates.coming()


def forget_rates(desk: Desk, given: Body) -> Any:
    desk.cloud.rates.forget()
    return {}


def _clock(desk: Desk) -> str:
    return datetime.fromtimestamp(desk.cloud.truth.now() / 1000, UTC).isoformat()


def clock(desk: Desk, given: Body) -> Any:
    return {"now": _clock(desk)}


def advance(desk: Desk, given: Body) -> Any:
    """The clock moves on by so many seconds, or to a time (`to`), and what became due happens; `stop` lets it stand."""
    if given.get("stop"):
        desk.cloud.truth.stop_clock()
    seconds = float(given.get("seconds", 0))
    if "to" in given:
        seconds = datetime.fromisoformat(given["to"]).timestamp() - desk.cloud.truth.now() / 1000
    desk.cloud.truth.advance(round(seconds * 1000))
    desk.cloud.late.run(desk.cloud.truth.now())
    desk.cloud.woken.set()
    return clock(desk, {})


def truth(desk: Desk, given: Body) -> Any:
    """Everything a portal holds."""
    portal, kept = desk.portal(given), desk.cloud.truth
    told: Body = {"account": vars(portal)}
    for kind in KINDS.values():
        found = kept.all(Record, records_of(portal.portal, kind.type_id))
        told[kind.plural] = [shown(each) for each in sorted(found, key=lambda each: each.id)]
    own = kept.all(Property, f"Property/{portal.portal}/0-1")
    told["properties"] = sorted(
        each.name for each in own if not each.shape["modificationMetadata"]["readOnlyDefinition"]
    )
    told["groups"] = sorted(each.name for each in kept.all(Group, f"Group/{portal.portal}/0-1"))
    told["labels"] = [vars(each) for each in kept.all(Label, f"Label/{portal.portal}")]
    told["associations"] = _ties(desk, portal.portal)
    return told


def _ties(desk: Desk, portal: int) -> list[Body]:
    shelves = [each for each in desk.cloud.truth.shelves() if each.startswith(f"Association/{portal}/")]
    return [vars(tie) for shelf in shelves for tie in desk.cloud.truth.all(Association, shelf)]


def calls(desk: Desk, given: Body) -> Any:
    """Those whose "METHOD /path" contains `match`."""
    found = sorted(desk.cloud.truth.all(Call, "Call"), key=lambda each: each.number)
    wanted = given.get("match", "")
    return [vars(each) for each in found if wanted in f"{each.method} {each.path}"]


def forget_calls(desk: Desk, given: Body) -> Any:
    with desk.cloud.truth.transaction():
        for call in desk.cloud.truth.all(Call, "Call"):
            desk.cloud.truth.forget(call)
    return []


PROPERTY = keys("object portal name label type field_type options sensitive unique read_only")
ROUTES: list[Route] = [
    ("GET", "", hello, keys()),
    ("POST", "settings", settings, keys(f"portal {ACCOUNT} {' '.join(DEFAULTS)}")),
    ("POST", "app/uninstall", set_uninstalled, keys("portal")),
    ("POST", "app/install", set_installed, keys("portal")),
    ("POST", "app/secret", rotate_secret, keys("secret sign_with_old finish")),
    ("POST", "admin", admin, keys("portal refuses redirect_uris")),
    ("POST", "tokens", token_rules, keys("rotate expire revoke")),
    ("POST", "properties", add_property, PROPERTY),
    ("DELETE", "properties/([a-z0-9_]+)", remove_property, keys("object portal")),
    ("POST", "fates", add_fate, keys(" ".join(each.name for each in fields(Fate)))),
    *FATES,
    ("DELETE", "rates", forget_rates, keys()),
    ("GET", "clock", clock, keys()),
    ("POST", "clock", advance, keys("seconds to stop")),
    ("GET", "truth", truth, keys("portal")),
    ("GET", "calls", calls, keys("match")),
    ("DELETE", "calls", forget_calls, keys()),
]
