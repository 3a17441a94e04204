"""The sandbox CRMs as the measurement of writing needs them, and the vendors' own clients, bare."""

import json
from dataclasses import dataclass, field
from typing import Any, Protocol

import hubspot
import requests
from simple_salesforce.api import Salesforce

from sandbox.hubspot import PortalControl
from sandbox.salesforce import OrgControl

SECRET, TOKEN, KEY = "bench-secret", "bench-token", "bench-key"
UNLIMITED = 100_000_000  # HubSpot's connector reads limits of up to nine digits
COLLECTIONS = "composite/sobjects"
BATCH_UPDATE = "/crm/objects/2026-03/contacts/batch/update"
Body = dict[str, Any]


class Desk(Protocol):
    """One running sandbox CRM."""

    batch: int

    def settings(self) -> dict[str, str]:
        """What a connection to it is made with; nothing of the sandbox limits the measurement any more."""
        ...

    def people(self, count: int) -> list[str]:
        """So many new contacts; their ids."""
        ...

    def codes(self) -> list[str]:
        """The referral codes that stand there now."""
        ...

    def forget_calls(self) -> None:
        """What was called before does not count."""
        ...

    def bodies(self) -> list[Body]:
        """What was written since, call by call."""
        ...

    def write(self, bodies: list[Body]) -> None:
        """The same is written by the vendor's own client and nothing else."""
        ...


@dataclass
class Org:
    """A sandbox Salesforce org."""

    url: str
    batch: int = 200
    desk: OrgControl = field(init=False)

    def __post_init__(self) -> None:
        self.desk = OrgControl(self.url)

    def settings(self) -> dict[str, str]:
        self.desk.settings(calls_a_day=UNLIMITED)
        return {"client_id": KEY, "client_secret": SECRET, "domain": self.url, "currency": "EUR"}

    def people(self, count: int) -> list[str]:
        return self.desk.create_many("Contact", [{"LastName": f"Person {number}"} for number in range(count)])

    def codes(self) -> list[str]:
        return [str(row["Referral_Code__c"]) for row in self.desk.records("Contact")]

    def forget_calls(self) -> None:
        self.desk.forget_calls()

    def bodies(self) -> list[Body]:
        return [_parsed(call["body"]) for call in self.desk.calls(method="PATCH") if COLLECTIONS in call["path"]]

    def write(self, bodies: list[Body]) -> None:
        form = {"grant_type": "client_credentials", "client_id": KEY, "client_secret": SECRET}
        token = requests.post(f"{self.url}/services/oauth2/token", data=form, timeout=30).json()["access_token"]
        client = Salesforce(instance_url=self.url, session_id=token, version="66.0")
        client.base_url = f"{self.url}/services/data/v66.0/"  # it takes https for granted
        for body in bodies:
            client.restful(COLLECTIONS, method="PATCH", json=body)


@dataclass
class Portal:
    """A sandbox HubSpot portal."""

    url: str
    batch: int = 100
    desk: PortalControl = field(init=False)

    def __post_init__(self) -> None:
        self.desk = PortalControl(self.url)

    def settings(self) -> dict[str, str]:
        self.desk.settings(per_ten_seconds=UNLIMITED, per_day=UNLIMITED)
        return {"access_token": TOKEN, "client_secret": SECRET, "api_base": self.url}

    def people(self, count: int) -> list[str]:
        made = self.desk.create_contacts([{"firstname": f"Person {number}"} for number in range(count)])
        return [str(row["id"]) for row in made]

    def codes(self) -> list[str]:
        return [str(row["properties"].get("referral_code")) for row in self.desk.records("contacts")]

    def forget_calls(self) -> None:
        self.desk.forget_calls()

    def bodies(self) -> list[Body]:
        return [_parsed(call["body"]) for call in self.desk.calls(BATCH_UPDATE)]

    def write(self, bodies: list[Body]) -> None:
        client = hubspot.Client.create(access_token=TOKEN, base_url=self.url)
        for body in bodies:
            client.api_request({"method": "POST", "path": BATCH_UPDATE, "body": body})


def _parsed(body: Any) -> Body:
    found: Body = json.loads(body) if isinstance(body, str) else body
    return found
