"""The chapters in both CRMs: a won deal counts like an order, and sales sees on every record what was referred."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from sandbox.demo.comparison import Line
from sandbox.demo.processes import until
from sandbox.demo.stage import ALICE, ORG_KEY, ORG_SECRET, PORTAL_SECRET, PORTAL_TOKEN, Answer, Stage

ADVOCATES = ("alice@example.com", "amir@example.com")
CENT = Decimal("0.01")
DEAL, OPPORTUNITY = "Frida's office", "Bob's teapot"
# What each CRM calls the three fields that the demo looks at.
PORTAL_NAMES = {"code": "referral_code", "friends": "referral_count", "earned": "referral_rewards_earned"}
ORG_NAMES = {"code": "Referral_Code__c", "friends": "Referral_Count__c", "earned": "Referral_Rewards_Earned__c"}


def connect_the_crms(stage: Stage) -> None:
    """Connect both CRMs, in which Alice and Amir stand already: one team works in HubSpot, the other in Salesforce"""
    for name in ("Alice", "Amir"):
        email = f"{name.lower()}@example.com"
        stage.portal.create_contact(email=email, firstname=name)
        stage.org.create_contact(LastName=name, Email=email)
    token = ("--access-token", PORTAL_TOKEN, "--client-secret", PORTAL_SECRET)
    app = ("--client-id", ORG_KEY, "--client-secret", ORG_SECRET, "--currency", "EUR")
    portal, org = stage.hub.run_together(
        ("connect", "hubspot", *token, "--public-url", stage.hub_url, "--api-base", stage.portal.base_url),
        ("connect", "salesforce", *app, "--domain", stage.org.base_url),
    )
    stage.portal.configure(url=portal["webhook_url"])
    stage.org.announce_to(org["webhook_url"])
    for made in (portal, org):
        stage.screen.line(f"{made['source']['name']} answers, and knows where to send its news")
        stage.expect(not made["source"]["missing_rights"], f"no right is missing in {made['connector']}")


def the_crms_are_looked_at(stage: Stage) -> None:
    """The hub finds both advocates in both CRMs, looks at what stands there, and writes only when told to"""
    for crm in ("hubspot", "salesforce"):
        found = stage.hub.run_until(f"both were found in {crm}", _both_are_seen, "fields", "preview", crm)
        stage.screen.line(f"{found['changing']} of {found['records']} records would change; nothing was written yet")
        stage.hub.run("fields", "go-live", crm)


def _both_are_seen(preview: Answer) -> bool:
    return bool(preview["records"] == 2 and preview["unseen"] == 0)


def a_won_deal(stage: Stage) -> None:
    """Frida comes by Alice too, but buys from sales: her deal in HubSpot is won"""
    frida = stage.portal.create_contact(email="frida@example.com", firstname="Frida", referred_by_code=ALICE)
    deal = stage.portal.create_deal(contact=frida["id"], dealname=DEAL, amount="250.00")
    stage.portal.win_deal(deal["id"])
    stage.expect(stage.portal.settle(), "HubSpot signed and sent its events, and the hub acknowledged all of them")
    told = stage.hub.run_until("the deal is decided", lambda told: bool(told["rewards"]), "why", DEAL)
    stage.tell("Frida's deal", told)


def one_purchase_in_two_systems(stage: Stage) -> None:
    """Somebody enters Bob's order into Salesforce as well: it is one purchase and earns once"""
    bob = stage.org.create_contact(LastName="Bob", Email="bob@example.com")
    base = stage.hub.ask("why", stage.orders["Bob"]["name"])["order"]["base"]["minor"]
    made = stage.org.create_opportunity(Name=OPPORTUNITY, Amount=Decimal(base) / 100, ContactId=bob["Id"])
    stage.org.win(made["Id"])
    stage.expect(stage.org.settle(), "Salesforce sent its outbound message and got its Ack")
    told = stage.hub.run_until("the opportunity is decided", _is_decided, "why", OPPORTUNITY)
    (rule,) = [rule for decision in told["decisions"] for rule in decision["rules"] if rule["rule"] == "duplicate"]
    stage.expect(not told["rewards"], f"it earns nothing: {rule['words']}")


def _is_decided(told: Answer) -> bool:
    return any(rule["rule"] == "duplicate" for decision in told["decisions"] for rule in decision["rules"])


def what_the_sales_team_sees(stage: Stage) -> None:
    """And on every record of both CRMs stands what came of it"""
    with stage.screen.waiting("the fields arrive"):
        shown = until("Alice's two rewards show in both CRMs", lambda: _shown(stage), _is_shown)
    for (place, email), fields in sorted(shown.items()):
        stage.screen.line(
            f"{place:10}  {email:17}  code {fields['code']}, friends {_amount(fields['friends']):.0f}, "
            f"earned {_amount(fields['earned']):.2f}"
        )
    told = stage.hub.run("compare")
    counts = told["compared"].items()
    read = ", ".join(f"{count} {name.removesuffix('s') if count == 1 else name}" for name, count in counts)
    stage.expect(told["agreed"], f"all were read again where they stand, and nothing differs: {read}")


def _shown(stage: Stage) -> dict[tuple[str, str], Mapping[str, Any]]:
    """What both CRMs show of the advocates, by place and address."""
    people = {
        ("HubSpot", row["properties"].get("email")): row["properties"] for row in stage.portal.records("contacts")
    }
    people |= {("Salesforce", row["Email"]): row for row in stage.org.records("Contact")}
    return {
        (place, email): {
            ours: row.get(theirs) for ours, theirs in (PORTAL_NAMES if place == "HubSpot" else ORG_NAMES).items()
        }
        for (place, email), row in people.items()
        if email in ADVOCATES
    }


def _is_shown(shown: dict[tuple[str, str], Mapping[str, Any]]) -> bool:
    earned = [_amount(fields["earned"]) for (_, email), fields in shown.items() if email == ADVOCATES[0]]
    return earned == [Decimal(20)] * 2 and all(_amount(fields["earned"]) for fields in shown.values())


def _amount(value: object) -> Decimal:
    return Decimal(str(value)) if value not in (None, "") else Decimal(0)


def shown_in_the_crms(stage: Stage, rewards: Iterable[Mapping[str, Any]]) -> Iterator[Line]:
    """What each CRM shows as earned, beside what the hub's books say was given."""
    emails = {customer["gid"]: customer["email"] for customer in stage.shop.truth()["customers"]}
    given: dict[str, Decimal] = defaultdict(Decimal)
    for reward in rewards:
        if reward["state"] == "pushed":
            net = reward["granted_minor"] - reward["reversed_minor"]
            given[emails.get(reward["recipient"], "")] += net * CENT
    for (place, email), fields in sorted(_shown(stage).items()):
        yield Line(email, f"earned, shown in {place}", "EUR", given[email], _amount(fields["earned"]).quantize(CENT))
