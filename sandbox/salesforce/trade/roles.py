"""Contact roles: one contact at most is the primary one, and the opportunity names it without being touched."""

from __future__ import annotations

from sandbox.salesforce.org import Org
from sandbox.salesforce.trade.actor import Actor
from sandbox.salesforce.trade.keeping import stamped
from sandbox.salesforce.truth import Record


def settle(org: Org, record: Record, actor: Actor) -> None:
    """If this is a role that was made primary, no other one is; the opportunity's own stamp stays where it was."""
    if "OpportunityId" not in record or "IsPrimary" not in record:
        return
    for other in of(org, record["OpportunityId"]):
        if record["IsPrimary"] and other["IsPrimary"] and other["Id"] != record["Id"]:
            stamped(org, org.kinds()["OpportunityContactRole"], other, other | {"IsPrimary": False}, actor)
    show_primary(org, record["OpportunityId"])


def of(org: Org, opportunity_id: str) -> list[Record]:
    """The roles that stand, oldest first."""
    there = org.truth.having("OpportunityContactRole", "OpportunityId", opportunity_id)
    return [each for each in there if not each["IsDeleted"]]


def show_primary(org: Org, opportunity_id: str) -> None:
    opportunity = org.truth.get("Opportunity", opportunity_id)
    primary = next((each["ContactId"] for each in of(org, opportunity_id) if each["IsPrimary"]), None)
    if opportunity and opportunity["ContactId"] != primary:
        org.truth.put("Opportunity", opportunity_id, opportunity | {"ContactId": primary})
