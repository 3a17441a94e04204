"""The desk's setup: what an admin switches, allows, forbids and rotates in the org."""

from __future__ import annotations

from typing import Any

from sandbox.ground.desk import Body, Route
from sandbox.ground.keys import keys
from sandbox.ground.refusal import Refused
from sandbox.salesforce.desk.routing import NAME, Desk
from sandbox.salesforce.ids import is_id, normal_id
from sandbox.salesforce.messages import queue
from sandbox.salesforce.oauth import tokens
from sandbox.salesforce.oauth.assertion import public_key
from sandbox.salesforce.org import FEATURES, mint, new_secret
from sandbox.salesforce.schema import read_field
from sandbox.salesforce.soql.reading import read_condition

# The org's settings that are kept under the words a person would use.
SETTINGS = {
    "domain": "domain",
    "is_sandbox": "is_sandbox",
    "time_zone": "time_zone",
    "instance_url": "instance_url",
    "page_size": "page size",
    "session_hours": "session hours",
    "assertion_leeway": "assertion leeway seconds",
    "app_installed": "app installed",
    "run_as": "run as",
    "calls_a_day": "calls a day",
    "calls_used": "calls used",
    "bulk_looks": "bulk looks",
    "lead_mapping": "lead mapping",
    "announced_org_id": "announced org id",
    "empty_sobject": "empty sObject",
    "notifications_a_message": "notifications a message",
    "patience": "patience",
}


def settings(desk: Desk, given: Body) -> Any:
    """What is given is set from now on; all settings that ever were."""
    for name, value in given.items():
        desk.org.truth.set(SETTINGS[name], value)
    return {name: desk.org.truth.setting(kept) for name, kept in SETTINGS.items()}


def set_org_id(desk: Desk, given: Body) -> Any:
    """Another org answers at this address from now on."""
    if not is_id(given["id"]):
        raise Refused(f"{given['id']} is no id")
    own = desk.org.truth.get("Organization", desk.org.id) or {}
    desk.org.truth.remove("Organization", desk.org.id)
    desk.org.truth.set("org_id", normal_id(given["id"]))
    desk.org.truth.put("Organization", desk.org.id, own | {"Id": desk.org.id})
    return {"id": desk.org.id}


def switch_feature(desk: Desk, given: Body, name: str) -> Any:
    """orders, persons or currencies, on or off; records that are there stay as they are."""
    if name not in FEATURES:
        raise Refused(f"there is no feature {name}; there are {', '.join(FEATURES)}")
    features = desk.org.features() - {name} | ({name} if given.get("on", True) else set())
    desk.org.truth.set("features", sorted(features))
    if "currencies" in features:
        mint(desk.org)
    return sorted(features)


def add_field(desk: Desk, given: Body, object: str) -> Any:
    """One line as in the tables of objects: Colour__c string(40) external unique exact."""
    field = read_field(str(given["line"]))
    kept = desk.org.truth.setting("custom fields", {})
    others = [each for each in kept.get(object, []) if each["name"] != field.name]
    desk.org.truth.set("custom fields", {**kept, object: [*others, vars(field)]})
    return vars(field)


def remove_field(desk: Desk, given: Body, object: str) -> Any:
    kept = desk.org.truth.setting("custom fields", {})
    if all(each["name"] != given["name"] for each in kept.get(object, [])):
        raise Refused(f"{object} has no custom field {given['name']}")
    desk.org.truth.set(
        "custom fields", {**kept, object: [each for each in kept[object] if each["name"] != given["name"]]}
    )
    return {}


def set_visibility(desk: Desk, given: Body, object: str) -> Any:
    """What field-level security hides from the integration user, and what it may read but not write."""
    for word in ("hidden", "read_only"):
        if word in given:
            name = word.replace("_", " ")
            desk.org.truth.set(name, {**desk.org.truth.setting(name, {}), object: given[word]})
    return {
        word: desk.org.truth.setting(word.replace("_", " "), {}).get(object, []) for word in ("hidden", "read_only")
    }


def set_permissions(desk: Desk, given: Body, object: str) -> Any:
    """read and edit: whether the integration user may do that with records of this kind at all."""
    for deed in given:
        denied = set(desk.org.truth.setting(f"may not {deed}", [])) - {object}
        desk.org.truth.set(f"may not {deed}", sorted(denied | (set() if given[deed] else {object})))
    return {deed: object not in desk.org.truth.setting(f"may not {deed}", []) for deed in ("read", "edit")}


def add_stage(desk: Desk, given: Body) -> Any:
    """One more stage for opportunities; name, closed, won."""
    number, now = desk.org.truth.next_id("01J"), desk.org.stamp()
    flags = {"IsClosed": bool(given.get("closed")), "IsWon": bool(given.get("won")), "IsActive": True}
    stage = {
        "Id": number,
        "IsDeleted": False,
        "SystemModstamp": now,
        "MasterLabel": given["name"],
        "ApiName": given["name"],
    }
    desk.org.truth.put("OpportunityStage", number, stage | flags)
    return stage | flags


def add_validation(desk: Desk, given: Body) -> Any:
    """A record that answers the condition (SOQL) with yes is refused with the message."""
    read_condition(str(given["condition"]))
    rule = {"object": given["object"], "condition": given["condition"], "fields": given.get("fields", [])}
    rules = [*desk.org.truth.setting("validation rules", []), rule | {"message": given.get("message", "Not like this")}]
    desk.org.truth.set("validation rules", rules)
    return rules


def add_duplicate_rule(desk: Desk, given: Body) -> Any:
    """Two records alike in these fields; blocks=False lets those pass that say they know."""
    rule = {"object": given["object"], "fields": given["fields"], "blocks": bool(given.get("blocks", True))}
    rules = [*desk.org.truth.setting("duplicate rules", []), rule]
    desk.org.truth.set("duplicate rules", rules)
    return rules


def clear_rules(desk: Desk, given: Body) -> Any:
    desk.org.truth.set("validation rules", [])
    desk.org.truth.set("duplicate rules", [])
    return []


def add_lock(desk: Desk, given: Body) -> Any:
    """So many savings under this record's lock fail; -1 until it is set to 0."""
    desk.org.locks[normal_id(given["id"])] = int(given.get("times", 1))
    return {}


def register(desk: Desk, given: Body) -> Any:
    """The app's certificate, or its public key: assertions have to be signed with its other half."""
    public_key(str(given["certificate"]))
    desk.org.truth.set("certificate", given["certificate"])
    return {}


def rotate_secret(desk: Desk, given: Body) -> Any:
    """The old secret opens nothing any more; tokens that were issued live on."""
    desk.org.client_secret = str(given.get("secret") or new_secret())
    desk.org.truth.set("client secret", desk.org.client_secret)
    return {"secret": desk.org.client_secret}


def end_tokens(desk: Desk, given: Body) -> Any:
    return {"ended": tokens.end_all(desk.org)}


def set_user(desk: Desk, given: Body, name: str) -> Any:
    """active, and sends_messages (the permission "Send Outbound Messages")."""
    user = desk.org.user(name)
    if "active" in given:
        desk.org.truth.put("User", user["Id"], user | {"IsActive": bool(given["active"])})
    if "sends_messages" in given:
        senders = set(desk.org.truth.setting("send outbound messages", [])) - {user["Id"]}
        desk.org.truth.set(
            "send outbound messages", sorted(senders | ({user["Id"]} if given["sends_messages"] else set()))
        )
    return desk.org.user(name) | {"sends_messages": desk.org.sends_messages(user["Id"])}


def set_up_messages(desk: Desk, given: Body) -> Any:
    """The address hears of these objects from now on; fields and watch as in queue.Message."""
    wanted = given.get("objects") or [name for name in ANNOUNCED if desk.org.kind(name)]
    made = [queue.set_up(desk.org, name, given["url"], given.get("fields"), given.get("watch")) for name in wanted]
    return [vars(each) for each in made]


def forget_messages(desk: Desk, given: Body) -> Any:
    desk.org.truth.set(queue.MESSAGES, [])
    return []


ANNOUNCED = ("Contact", "Lead", "Opportunity", "Order", "Account")
ROUTES: list[Route] = [
    ("POST", "settings", settings, keys(" ".join(SETTINGS))),
    ("POST", "org", set_org_id, keys("id")),
    ("POST", f"features/{NAME}", switch_feature, keys("on")),
    ("POST", f"fields/{NAME}", add_field, keys("line")),
    ("POST", f"fields/{NAME}/remove", remove_field, keys("name")),
    ("POST", f"visibility/{NAME}", set_visibility, keys("hidden read_only")),
    ("POST", f"permissions/{NAME}", set_permissions, keys("read edit")),
    ("POST", "stages", add_stage, keys("name closed won")),
    ("POST", "rules/validation", add_validation, keys("object condition message fields")),
    ("POST", "rules/duplicates", add_duplicate_rule, keys("object fields blocks")),
    ("DELETE", "rules", clear_rules, keys()),
    ("POST", "locks", add_lock, keys("id times")),
    ("POST", "app/certificate", register, keys("certificate")),
    ("POST", "app/secret", rotate_secret, keys("secret")),
    ("POST", "tokens/end", end_tokens, keys()),
    ("POST", f"users/{NAME}", set_user, keys("active sends_messages")),
    ("POST", "messages", set_up_messages, keys("url objects fields watch")),
    ("DELETE", "messages", forget_messages, keys()),
]
