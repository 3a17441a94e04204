"""A Salesforce org to play in: opportunities are won and lost, and contacts show who was referred."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sandbox.cast.effect import Effect
from sandbox.salesforce.control import OrgControl
from sandbox.salesforce.running import SandboxOrg

OWN = ("Referred_By_Code__c",)  # the kit brings this one
FIELDS = {
    "code_field": "Contact",
    "opportunity_code_field": "Opportunity",
    "opportunity_reference_field": "Opportunity",
}


class OrgPlace:
    """A stand-in of a Salesforce org: it tells of opportunities and shows fields, and pays nothing."""

    kind = "salesforce"
    sells = False
    plays = frozenset[str]()

    def __init__(self, label: str, currency: str, about: Mapping[str, str], file: Path | None) -> None:
        self.label, self.currency = label, currency
        self.running = SandboxOrg(data=file)
        self._desk = OrgControl(self.running.base_url)
        self._code = about.get("code_field", OWN[0])
        self._added = {about[name]: kind for name, kind in FIELDS.items() if about.get(name, OWN[0]) not in ("", *OWN)}

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
        for name, kind in self._added.items():
            self._desk.add_field(kind, f"{name} string(64)")
        self._added = {}
        self._desk.announce_to(url)

    def meet(self, name: str, email: str) -> str:
        """Somebody is a contact; the contact's id."""
        return str(self._desk.create_contact(LastName=name, Email=email)["Id"])

    def find(self, email: str) -> str:
        """Whoever is reached there is known as this account; "" for nobody."""
        everybody = self._desk.records("Contact")
        return next((str(one["Id"]) for one in everybody if (one["Email"] or "").casefold() == email.casefold()), "")

    def buy(
        self, who: str, amount: str, *, code: str = "", paid: bool = True, facts: Mapping[str, Any] | None = None
    ) -> str:
        """An opportunity of that amount, won if it is paid; sales noted the code on the contact. Its id."""
        if code and self._code:
            self._desk.update(who, **{self._code: code})
        made = self._desk.create_opportunity(Name="Teapots for the office", Amount=amount, ContactId=who)
        if paid:
            self._desk.win(made["Id"])
        return str(made["Id"])

    def cancel(self, order: str) -> None:
        """The opportunity is lost after all."""
        self._desk.lose(order)

    def turn(self, seconds: float) -> None:
        """It is later here."""
        self._desk.advance(seconds)

    def settle(self) -> bool:
        """Everything that was told has been heard."""
        return self._desk.settle(30)

    def effects(self) -> list[Effect]:
        """A CRM pays nothing."""
        return []

    def shown(self, account: str) -> dict[str, str]:
        """What stands on the contact, by the fields' names."""
        return {name: str(value) for name, value in self._desk.read(account).items() if value is not None}
