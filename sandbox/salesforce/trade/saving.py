"""Saving: a new record, or changes to one, checked as the org checks them, stamped, and told to whoever listens."""

from __future__ import annotations

from sandbox.salesforce.org import Org
from sandbox.salesforce.refusals import Refusal
from sandbox.salesforce.schema import Kind
from sandbox.salesforce.trade import persons, roles
from sandbox.salesforce.trade.actor import Actor
from sandbox.salesforce.trade.keeping import accepted, blank, living, require, store, writable_kind
from sandbox.salesforce.truth import Record


def create(org: Org, name: str, given: Record, actor: Actor) -> Record:
    """The new record; raises Refusal."""
    kind = writable_kind(org, name)
    _permit(org, kind, actor)
    with org.truth.attempt():
        if kind.name == "Account" and persons.is_person(org, given):
            return persons.create(org, given, actor)
        changes = accepted(org, kind, given, actor, new=True)
        number = org.truth.next_id(kind.prefix)
        record = blank(org, kind, number, actor) | changes
        require(kind, record)
        made = store(org, kind, None, record, actor)
        roles.settle(org, made, actor)
        if kind.name == "Opportunity" and made.get("ContactId"):
            role = {"OpportunityId": number, "ContactId": made["ContactId"], "IsPrimary": True}
            create(org, "OpportunityContactRole", role, Actor(actor.user_id))
    return made


def update(org: Org, id: str, given: Record, actor: Actor) -> Record:
    """The record as it is afterwards; raises Refusal."""
    kind, old = living(org, id)
    _permit(org, kind, actor)
    with org.truth.attempt():
        if kind.name == "Lead" and old["IsConverted"]:
            raise Refusal("CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead")
        if kind.name == "Account" and old.get("IsPersonAccount"):
            return persons.update(org, old, given, actor)
        if kind.name == "Contact" and old.get("IsPersonAccount"):
            return persons.update_hidden(org, old, given, actor)
        changes = accepted(org, kind, given, actor, new=False)
        record = old | changes
        require(kind, record)
        changed = store(org, kind, old, record, actor)
        roles.settle(org, changed, actor)
        return changed


def _permit(org: Org, kind: Kind, actor: Actor) -> None:
    if actor.by_api and not (org.may("read", kind) and org.may("edit", kind)):
        message = f"insufficient access rights on object type {kind.name}"
        raise Refusal("INSUFFICIENT_ACCESS_OR_READONLY", message, status=403)


def touch(org: Org, id: str) -> Record:
    """A process of the platform passed by: only SystemModstamp moves."""
    kind, old = living(org, id)
    record = old | {"SystemModstamp": org.stamp()}
    org.truth.put(kind.name, record["Id"], record)
    return record
