"""A HubSpot portal to play in: deals are won and lost, and contacts show who was referred."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sandbox.cast.crm import Crm
from sandbox.cast.repertoire import Repertoire
from sandbox.hubspot import catalogue
from sandbox.hubspot.control import PortalControl
from sandbox.hubspot.running import SandboxPortal

CALLS, SEARCHES = 100_000, 1_000  # in ten seconds and in one: so many that nobody is ever throttled
CONTACTS, DEALS = "0-1", "0-3"  # HubSpot's own names of these kinds of records
OWN = ("referred_by_code",)  # the kit brings this one
PROPERTIES = {
    "referred_by_property": "contacts",
    "deal_code_property": "deals",
    "deal_reference_property": "deals",
}


# By fact the property that it is. The merchant's own words for them are not known here, so any is taken.
OF_THE_DEAL = {"deal.type": "dealtype", "deal.source": "hs_analytics_source", "deal.owner": "hubspot_owner_id"}
OF_THE_CONTACT = {
    "contact.lifecycle": "lifecyclestage",
    "contact.status": "hs_lead_status",
    "contact.country": "country",
    "contact.source": "hs_analytics_source",
    "contact.owner": "hubspot_owner_id",
}
STAGE, WON = "deal.stage", "closedwon"
NOT_QUALIFIED = ("subscriber", "other")
DEAL_USUAL = {
    "order.channel": ("deal",),
    STAGE: (WON, "appointmentscheduled", "qualifiedtobuy", "presentationscheduled", "contractsent"),
    "deal.pipeline": ("default",),
}
# Whoever changes one of these is somebody else.
NEVER = frozenset({"email", "hs_additional_emails", "phone", "firstname", "lastname", "dealname"})
YES = ("yes", "true", "1")


class PortalPlace(Crm):
    """A stand-in of a HubSpot portal: it tells of deals, leads and contacts and shows fields, and pays nothing."""

    kind = "hubspot"

    def __init__(self, label: str, currency: str, about: Mapping[str, str], file: Path | None) -> None:
        self.label, self.currency = label, currency
        self.running = SandboxPortal(
            currency=currency, data=file, with_kit=True, per_ten_seconds=CALLS, searches_per_second=SEARCHES
        )
        self._desk: PortalControl = PortalControl(self.running.base_url)
        self._code = about.get("referred_by_property", OWN[0])
        self._added = {about[name]: kind for name, kind in PROPERTIES.items() if about.get(name, OWN[0]) not in OWN}
        self._deal = OF_THE_DEAL | _named(about, "deal_facts", "deal", DEALS)
        self._contact = OF_THE_CONTACT | _named(about, "contact_facts", "contact", CONTACTS)
        self._qualified = _listed(about.get("qualified_stages", ""))
        self._counts_contacts = about.get("counts_contacts", "").strip().lower() in YES

    @property
    def repertoire(self) -> dict[str, Repertoire]:
        """What this portal's connection is set up to tell of. Who is a contact has been one, even if they go."""
        contact = frozenset(self._contact)
        told = {"deal": Repertoire(contact | frozenset(self._deal), DEAL_USUAL)}
        if self._qualified:
            stages = {"contact.lifecycle": self._qualified, "order.channel": ("lead",)}
            told["lead"] = Repertoire(contact - {"contact.lifecycle"}, stages)
        if self._counts_contacts:
            told["contact"] = Repertoire(contact, {"order.channel": ("contact",)}, can_be_taken_back=False)
        return told

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
        """The app's one address is the hub's, and properties of the merchant's own are there, for any text."""
        added = self._added | dict.fromkeys(self._contact.values(), "contacts")
        for name, kind in [*added.items(), *((name, "deals") for name in self._deal.values())]:
            self._desk.add_property(name, object=kind, type="string", field_type="text")
        self._desk.configure(url=url)

    def meet(self, name: str, email: str) -> str:
        """Somebody is a contact; the contact's id."""
        return str(self._desk.create_contact(email=email, firstname=name)["id"])

    def find(self, email: str) -> str:
        """Whoever is reached there is known as this account; "" for nobody."""
        everybody = self._desk.records("contacts")
        return next((str(one["id"]) for one in everybody if one["properties"].get("email") == email.casefold()), "")

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
        """A deal of that amount, won if it is paid; or a lead, qualified if it is; or a contact. Its id.

        Sales noted the code on the contact.
        """
        told = dict(facts or {})
        changes = {theirs: _text(told[ours]) for ours, theirs in self._contact.items() if ours in told}
        if kind == "lead" and paid:
            changes["lifecyclestage"] = told.get("contact.lifecycle") or self._qualified[0]
        if code and self._code:
            changes[self._code] = code
        if changes:
            self._desk.update_contact(int(who), **changes)
        return self._deal_of(who, amount, told, is_won=paid) if kind == "deal" else who

    def _deal_of(self, who: str, amount: str, told: Mapping[str, Any], *, is_won: bool) -> str:
        known = {theirs: _text(told[ours]) for ours, theirs in self._deal.items() if ours in told}
        made = self._desk.create_deal(contact=int(who), dealname="Teapots for the office", amount=amount, **known)
        if is_won and told.get(STAGE, WON) == WON:
            self._desk.win_deal(made["id"])
        elif is_won:
            self._desk.update_deal(made["id"], dealstage=told[STAGE])
        return str(made["id"])

    def cancel(self, order: str, kind: str = "deal") -> None:
        """The deal is lost after all, or the lead falls back."""
        if kind == "deal":
            self._desk.lose_deal(int(order))
        else:
            left = next(stage for stage in NOT_QUALIFIED if stage not in self._qualified)
            self._desk.update_contact(int(order), lifecyclestage=left)

    def shown(self, account: str) -> dict[str, str]:
        """What stands on the contact, by the properties' names."""
        return {name: str(value) for name, value in self._desk.contact(int(account)).items() if value}


def _listed(names: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for each in names.split(",") if (name := each.strip())))


def _named(about: Mapping[str, str], setting: str, owner: str, object_type: str) -> dict[str, str]:
    """The properties that the setting names, by their facts; of HubSpot's own only those that take any text."""
    own = {shape["name"]: shape["type"] for shape in catalogue.properties(object_type)}
    names = [name for name in _listed(about.get(setting, "")) if own.get(name, "string") == "string"]
    return {f"{owner}.{name}": name for name in names if name not in NEVER}


def _text(value: Any) -> str:
    return ";".join(map(str, value)) if isinstance(value, tuple) else str(value)
