"""Person accounts: one human kept as an account and a hidden contact, written through the account only."""

from __future__ import annotations

from sandbox.salesforce import refusals
from sandbox.salesforce.org import Org
from sandbox.salesforce.refusals import Refusal
from sandbox.salesforce.schema import person_field
from sandbox.salesforce.trade import keeping
from sandbox.salesforce.trade.actor import Actor
from sandbox.salesforce.truth import Record

# What the account shows by another name than the contact.
NAMES = {"PersonEmail": "Email", "PersonMobilePhone": "MobilePhone", "FirstName": "FirstName", "LastName": "LastName"}


def mirrored(org: Org) -> dict[str, str]:
    """The contact's field behind each personal field of the account."""
    if "persons" not in org.features():
        return {}
    return NAMES | {person_field(each).name: each.name for each in org.custom_fields().get("Contact", [])}


def is_person(org: Org, given: Record) -> bool:
    """A new account that has a last name is a person."""
    return "persons" in org.features() and bool(given.get("LastName"))


def create(org: Org, given: Record, actor: Actor) -> Record:
    """The account and its hidden contact; what is returned is the account."""
    account_kind, contact_kind = org.kinds()["Account"], org.kinds()["Contact"]
    own, personal = _parted(org, given)
    account = keeping.blank(org, account_kind, org.truth.next_id("001"), actor) | {"IsPersonAccount": True}
    account |= keeping.accepted(org, account_kind, own, actor, new=True)
    contact = keeping.blank(org, contact_kind, org.truth.next_id("003"), actor) | {"IsPersonAccount": True}
    contact |= keeping.accepted(org, contact_kind, personal, Actor(actor.user_id), new=True)
    account["PersonContactId"], contact["AccountId"] = contact["Id"], account["Id"]
    return _stored(org, None, account, None, contact, actor)


def update(org: Org, old: Record, given: Record, actor: Actor) -> Record:
    own, personal = _parted(org, given)
    if actor.by_api:
        _check_visible(org, given)
    account = old | keeping.accepted(org, org.kinds()["Account"], own, actor, new=False)
    contact = org.truth.get("Contact", old["PersonContactId"])
    if contact is None:
        raise Refusal("ENTITY_IS_DELETED", "entity is deleted", status=404)
    changes = keeping.accepted(org, org.kinds()["Contact"], personal, Actor(actor.user_id), new=False)
    return _stored(org, old, account, contact, contact | changes, actor)


def update_hidden(org: Org, old: Record, given: Record, actor: Actor) -> Record:
    """The hidden contact is read-only for the API; a person's change of it goes through the account."""
    if actor.by_api:
        raise Refusal("INSUFFICIENT_ACCESS_OR_READONLY", "cannot update the contact of a person account directly")
    names = {theirs: ours for ours, theirs in mirrored(org).items()}
    account = org.truth.get("Account", old["AccountId"])
    if account is None:
        raise Refusal("ENTITY_IS_DELETED", "entity is deleted", status=404)
    update(org, account, {names.get(name, name): value for name, value in given.items()}, actor)
    return org.truth.get("Contact", old["Id"]) or old


def _parted(org: Org, given: Record) -> tuple[Record, Record]:
    """What the account keeps, and what the contact keeps, by the contact's names."""
    names = {ours.lower(): theirs for ours, theirs in mirrored(org).items()}
    personal = {names[name.lower()]: value for name, value in given.items() if name.lower() in names}
    return {name: value for name, value in given.items() if name.lower() not in names}, personal


def _check_visible(org: Org, given: Record) -> None:
    kind = org.kinds()["Account"]
    for name in given:
        field = org.seen(kind).named(name)
        if field is None:
            raise Refusal("INVALID_FIELD", f"No such column '{name}' on sobject of type Account")
        if org.is_locked_down(kind, field):
            raise refusals.unwritable(field.name)


def _stored(org: Org, old: Record | None, account: Record, was: Record | None, contact: Record, actor: Actor) -> Record:
    """Both are kept, and both stamps move."""
    contact = keeping.store(org, org.kinds()["Contact"], was, contact, actor)
    account |= {ours: contact.get(theirs) for ours, theirs in mirrored(org).items()}
    return keeping.store(org, org.kinds()["Account"], old, account, actor)
