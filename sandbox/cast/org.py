"""A Salesforce org to play in: opportunities are won and lost, and contacts show who was referred."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sandbox.cast.crm import Crm
from sandbox.cast.repertoire import Repertoire
from sandbox.salesforce.control import OrgControl
from sandbox.salesforce.running import SandboxOrg

OWN = ("Referred_By_Code__c",)  # the kit brings this one
FIELDS = {
    "code_field": "Contact",
    "opportunity_code_field": "Opportunity",
    "opportunity_reference_field": "Opportunity",
}


# By fact the field that it is.
OF_THE_DEAL = {"deal.type": "Type", "deal.source": "LeadSource"}
OF_THE_CONTACT = {"contact.source": "LeadSource"}
STAGE, WON = "deal.stage", "Closed Won"
NAME = re.compile(r"[A-Za-z]\w*__c")  # the merchant's own fields; the org's may take nothing but what they refer to
YES = "yes"


class OrgPlace(Crm):
    """A stand-in of a Salesforce org: it tells of opportunities, leads and contacts, shows fields, and pays nothing."""

    kind = "salesforce"

    def __init__(self, label: str, currency: str, about: Mapping[str, str], file: Path | None) -> None:
        self.label, self.currency = label, currency
        self.running = SandboxOrg(data=file)
        self._desk: OrgControl = OrgControl(self.running.base_url)
        self._code = about.get("code_field", OWN[0])
        added = [(kind, about[name]) for name, kind in FIELDS.items() if about.get(name, OWN[0]) not in ("", *OWN)]
        self._added = [*added, *(("Lead", name) for kind, name in added if kind == "Contact")]
        self._deal = OF_THE_DEAL | _named(about, "opportunity_facts", "deal")
        self._contact = OF_THE_CONTACT | _named(about, "contact_facts", "contact")
        self._counts_contacts = about.get("counts_contacts", "").strip().lower() == YES

    @property
    def repertoire(self) -> dict[str, Repertoire]:
        """What this org's connection is set up to tell of. Nobody takes back a converted lead, or a contact."""
        contact = frozenset(self._contact)
        told = {"deal": Repertoire(contact | frozenset(self._deal), {STAGE: (WON,)})}
        told["lead"] = Repertoire(can_be_taken_back=False)
        if self._counts_contacts:
            told["contact"] = Repertoire(contact, {"order.channel": ("contact",)}, can_be_taken_back=False)
        return told

    @property
    def settings(self) -> dict[str, str]:
        """What a connector is told to reach this place instead of the real one."""
        own = self.running
        reached = {"domain": own.base_url, "client_id": own.client_id, "client_secret": own.client_secret}
        return reached | {
            "login": "client_credentials",
            "environment": "custom",
            "username": "",
            "org_id": "",
            "since": "",
            "currency": self.currency,
        }

    def hear_at(self, url: str) -> None:
        """Outbound messages go to the hub, and fields with names of the merchant's own are there."""
        for kind, name in self._added:
            self._desk.add_field(kind, f"{name} string(64)")
        for kind, facts in (("Opportunity", self._deal), ("Contact", self._contact)):
            for name in filter(NAME.fullmatch, facts.values()):
                self._desk.add_field(kind, f"{name} string(255)")
        self._desk.announce_to(url)

    def meet(self, name: str, email: str) -> str:
        """Somebody is a contact; the contact's id."""
        return str(self._desk.create_contact(LastName=name, Email=email)["Id"])

    def find(self, email: str) -> str:
        """Whoever is reached there is known as this account; "" for nobody."""
        everybody = self._desk.records("Contact")
        return next((str(one["Id"]) for one in everybody if (one["Email"] or "").casefold() == email.casefold()), "")

    def buy(
        self,
        who: str,
        amount: str,
        *,
        kind: str = "deal",
        code: str = "",
        paid: bool = True,
        facts: Mapping[str, Any] | None = None,
    ) -> str:
        """An opportunity of that amount, won if it is paid; or a lead, converted if it is; or a contact. Its id.

        Sales noted the code on the contact, or on the lead.
        """
        told = dict(facts or {})
        if kind == "lead":
            return self._lead_of(who, code, is_qualified=paid)
        changes = {theirs: str(told[ours]) for ours, theirs in self._contact.items() if ours in told}
        if code and self._code:
            changes[self._code] = code
        if changes:
            self._desk.update(who, **changes)
        return self._deal_of(who, amount, told, is_won=paid) if kind == "deal" else who

    def _deal_of(self, who: str, amount: str, told: Mapping[str, Any], *, is_won: bool) -> str:
        known = {theirs: str(told[ours]) for ours, theirs in self._deal.items() if ours in told}
        made = self._desk.create_opportunity(Name="Teapots for the office", Amount=amount, ContactId=who, **known)
        if is_won:
            self._desk.win(made["Id"])
        return str(made["Id"])

    def _lead_of(self, who: str, code: str, *, is_qualified: bool) -> str:
        person = self._desk.read(who)
        noted = {self._code: code} if code and self._code else {}
        made = self._desk.create_lead(LastName=person["LastName"], Email=person["Email"], **noted)
        if is_qualified:
            self._desk.convert_lead(made["Id"], contact=who, opportunity=False)
        return str(made["Id"])

    def cancel(self, order: str, kind: str = "deal") -> None:
        """The opportunity is lost after all."""
        self._desk.lose(order)

    def shown(self, account: str) -> dict[str, str]:
        """What stands on the contact, by the fields' names."""
        return {name: str(value) for name, value in self._desk.read(account).items() if value is not None}


def _named(about: Mapping[str, str], setting: str, owner: str) -> dict[str, str]:
    """The merchant's own fields that the setting names, by their facts."""
    names = [name for each in about.get(setting, "").split(",") if NAME.fullmatch(name := each.strip())]
    return {f"{owner}.{name}": name for name in names}
