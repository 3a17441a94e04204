"""A running org, its desk, a hub's ear for its messages, and a way to call its API as the integration user."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
import requests

from sandbox.salesforce import OrgControl, SandboxOrg
from tests.sandbox.salesforce.listening import Listener

EVERYTHING = ("orders", "persons", "currencies")


class Api:
    """The REST API as an integration sees it, with a token that it asked for."""

    def __init__(self, org: SandboxOrg, version: str = "66.0") -> None:
        self.org, self.base = org, f"{org.base_url}/services/data/v{version}"
        self.session = requests.Session()
        self.token = str(self.ask_for_token().json()["access_token"])

    def ask_for_token(self) -> requests.Response:
        form = {"grant_type": "client_credentials"}
        keys = (self.org.client_id, self.org.client_secret)
        return self.session.post(f"{self.org.base_url}/services/oauth2/token", form, auth=keys, timeout=30)

    def call(self, method: str, path: str, body: Any = None, **more: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.token}"} | more.pop("headers", {})
        address = self.org.base_url + path if path.startswith("/services") else self.base + path
        return self.session.request(method, address, json=body, headers=headers, timeout=30, **more)

    def get(self, path: str, **query: str) -> Any:
        """The answer, decimals exact; anything but 200 fails the test."""
        answer = self.call("GET", path, params=query)
        assert answer.status_code == 200, answer.text
        return answer.json(parse_float=Decimal)

    def rows(self, soql: str, everything: bool = False) -> list[dict[str, Any]]:
        told = self.get("/queryAll" if everything else "/query", q=soql)
        return [{name: value for name, value in row.items() if name != "attributes"} for row in told["records"]]

    def save(self, *rows: dict[str, Any], all_or_none: bool = False, **more: Any) -> list[dict[str, Any]]:
        """Contacts (unless `type` says otherwise) changed in one call; the results."""
        records = [{"attributes": {"type": row.pop("type", "Contact")}, **row} for row in map(dict, rows)]
        answer = self.call("PATCH", "/composite/sobjects", {"allOrNone": all_or_none, "records": records}, **more)
        assert answer.status_code == 200, answer.text
        return list(answer.json())

    def refused(self, method: str, path: str, body: Any = None, **more: Any) -> tuple[int, str]:
        """Status and code of a call that is refused as a whole."""
        answer = self.call(method, path, body, **more)
        return answer.status_code, answer.json()[0]["errorCode"]


@pytest.fixture
def listener() -> Iterator[Listener]:
    heard = Listener()
    yield heard
    heard.stop()


@pytest.fixture
def org(listener: Listener) -> Iterator[SandboxOrg]:
    """An org with every feature and the referral fields; it tells the listener of every object."""
    with SandboxOrg(features=EVERYTHING, hub_url=listener.url) as running:
        yield running


@pytest.fixture
def desk(org: SandboxOrg) -> OrgControl:
    return OrgControl(org.base_url)


@pytest.fixture
def api(org: SandboxOrg) -> Api:
    return Api(org)


@pytest.fixture
def anna(desk: OrgControl) -> dict[str, Any]:
    account = desk.create_account(Name="Anna's Bakery")
    return desk.create_contact(LastName="Berg", FirstName="Anna", Email="anna@example.com", AccountId=account["Id"])
