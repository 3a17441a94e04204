"""A HubSpot portal to play in: deals are won and lost, and contacts show who was referred."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sandbox.cast.effect import Effect
from sandbox.hubspot.control import PortalControl
from sandbox.hubspot.running import SandboxPortal

CALLS, SEARCHES = 100_000, 1_000  # in ten seconds and in one: so many that nobody is ever throttled
OWN = ("referred_by_code",)  # the kit brings this one
PROPERTIES = {
    "referred_by_property": "contacts",
    "deal_code_property": "deals",
    "deal_reference_property": "deals",
}


class PortalPlace:
    """A stand-in of a HubSpot portal: it tells of deals and shows fields, and pays nothing."""

    kind = "hubspot"
    sells = False
    plays = frozenset[str]()

    def __init__(self, label: str, currency: str, about: Mapping[str, str], file: Path | None) -> None:
        self.label, self.currency = label, currency
        self.running = SandboxPortal(
            currency=currency, data=file, with_kit=True, per_ten_seconds=CALLS, searches_per_second=SEARCHES
        )
        self._desk = PortalControl(self.running.base_url)
        self._code = about.get("referred_by_property", OWN[0])
        self._added = {about[name]: kind for name, kind in PROPERTIES.items() if about.get(name, OWN[0]) not in OWN}

    @property
    def settings(self) -> dict[str, str]:
        """What a connector is told to reach this place instead of the real one."""
        own = self.running
        return {
            "api_base": own.base_url,
            "access_token": own.access_token,
            "client_secret": own.client_secret,
            "client_id": "",
            "app_id": str(own.app_id),
            "portal_id": "",
            "public_url": "",
            "since": "",
        }

    def hear_at(self, url: str) -> None:
        """The app's one address is the hub's, and properties with names of the merchant's own are there."""
        for name, kind in self._added.items():
            self._desk.add_property(name, object=kind, type="string", field_type="text")
        self._added = {}
        self._desk.configure(url=url)

    def meet(self, name: str, email: str) -> str:
        """Somebody is a contact; the contact's id."""
        return str(self._desk.create_contact(email=email, firstname=name)["id"])

    def find(self, email: str) -> str:
        """Whoever is reached there is known as this account; "" for nobody."""
        everybody = self._desk.records("contacts")
        return next((str(one["id"]) for one in everybody if one["properties"].get("email") == email.casefold()), "")

    def buy(
        self, who: str, amount: str, *, code: str = "", paid: bool = True, facts: Mapping[str, Any] | None = None
    ) -> str:
        """A deal of that amount, won if it is paid; sales noted the code on the contact. The deal's id."""
        if code and self._code:
            self._desk.update_contact(int(who), **{self._code: code})
        made = self._desk.create_deal(contact=int(who), dealname="Teapots for the office", amount=amount)
        if paid:
            self._desk.win_deal(made["id"])
        return str(made["id"])

    def cancel(self, order: str) -> None:
        """The deal is lost after all."""
        self._desk.lose_deal(int(order))

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
        """What stands on the contact, by the properties' names."""
        return {name: str(value) for name, value in self._desk.contact(int(account)).items() if value}
