"""What sales people do: convert a lead, win, lose and reopen an opportunity, activate an order."""

from __future__ import annotations

from typing import Any

from sandbox.salesforce.org import Org
from sandbox.salesforce.refusals import Refusal
from sandbox.salesforce.trade.actor import Actor
from sandbox.salesforce.trade.keeping import living, stamped
from sandbox.salesforce.trade.saving import create, update
from sandbox.salesforce.truth import Record
from sandbox.salesforce.values import taken

# Standard lead fields that conversion carries over; custom ones only where the admin mapped them.
CARRIED = ("FirstName", "LastName", "Email", "Phone", "MobilePhone", "Title", "LeadSource")


def convert(org: Org, lead_id: str, given: dict[str, Any], actor: Actor) -> Record:
    """
    The lead, converted: to the account and contact that are named, or to new ones.

    given: account, contact (ids to convert into), opportunity (the name of a new one, False for none).
    """
    kind, lead = living(org, lead_id)
    if kind.name != "Lead" or lead["IsConverted"]:
        raise Refusal("CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead")
    with org.truth.transaction():
        account = given.get("account") or _new_account(org, lead, given, actor)
        contact = given.get("contact") or _new_contact(org, lead, account, actor)
        name = given.get("opportunity", lead["Company"])
        opportunity = _new_opportunity(org, lead, account, contact, str(name), actor) if name else None
        ends: Record = {"IsConverted": True, "ConvertedDate": org.today(), "Status": "Closed - Converted"}
        ends |= {"ConvertedAccountId": account, "ConvertedContactId": contact, "ConvertedOpportunityId": opportunity}
        return stamped(org, kind, lead, lead | ends, actor)


def _new_account(org: Org, lead: Record, given: dict[str, Any], actor: Actor) -> str:
    if given.get("contact"):
        return str((org.record(given["contact"]) or {})["AccountId"])
    return str(create(org, "Account", {"Name": lead["Company"]}, actor)["Id"])


def _new_contact(org: Org, lead: Record, account: str, actor: Actor) -> str:
    carried = {name: lead[name] for name in CARRIED} | {"AccountId": account}
    mapped = {theirs: lead.get(ours) for ours, theirs in org.truth.setting("lead mapping", {}).items()}
    return str(create(org, "Contact", carried | mapped, actor)["Id"])


def _new_opportunity(org: Org, lead: Record, account: str, contact: str, name: str, actor: Actor) -> str:
    wanted = {"Name": name, "AccountId": account, "ContactId": contact, "StageName": "Prospecting"}
    wanted |= {"CloseDate": org.today(), "LeadSource": lead["LeadSource"]}
    return str(create(org, "Opportunity", wanted, actor)["Id"])


def close(org: Org, id: str, won: bool, given: Record, actor: Actor) -> Record:
    """The opportunity stands in the first stage that is closed and won, or closed and lost."""
    stage = _stage(org, IsClosed=True, IsWon=won)
    return update(org, id, {"StageName": stage} | given, actor)


def reopen(org: Org, id: str, actor: Actor) -> Record:
    return update(org, id, {"StageName": _stage(org, IsClosed=False)}, actor)


def _stage(org: Org, **flags: bool) -> str:
    stages = org.truth.all("OpportunityStage")
    return str(next(each["ApiName"] for each in stages if all(each[name] == flag for name, flag in flags.items())))


def set_order(org: Org, id: str, status: str, amount: Any, actor: Actor) -> Record:
    """The order has this status, and this total if one is given; totals come from lines that this org does not keep."""
    kind, order = living(org, id)
    changed = update(org, id, {"Status": status}, actor)
    if amount is None:
        return changed
    return stamped(org, kind, order, changed | {"TotalAmount": taken(kind.fields["TotalAmount"], amount)}, actor)
