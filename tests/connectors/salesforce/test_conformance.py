"""The Salesforce connector keeps the contract: the kit's tests, over the sandbox org."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import ClassVar

import pytest

from connectors.salesforce.connector import Salesforce
from connectors.salesforce.ids import full_id
from referhub import IdentityClaim, IdentityKind, WebhookRequest
from referhub.testing import ConnectorContract, Source
from referhub.testing.watched import Watched
from sandbox.salesforce import OrgControl, SandboxOrg
from tests.connectors.salesforce.support import TOKEN


class Org(Source):
    """The sandbox org's own truth."""

    missing_person = str(full_id("003SY0000099999"))
    missing_order = str(full_id("006SY0000099999"))

    def __init__(self, org: SandboxOrg) -> None:
        self.org = org
        self.desk = OrgControl(org.base_url)
        self.emails = [f"p{number}@example.com" for number in range(3)]
        self.persons = [str(self.desk.create_contact(LastName="Ada", Email=email)["Id"]) for email in self.emails]
        self.is_hurried = False
        for _ in range(2):
            self.change()

    def now(self) -> datetime:
        return datetime.fromisoformat(self.desk.now())

    def pass_time(self) -> None:
        """What changed in the last minute may still be uncommitted, so a poll leaves it for the next one."""
        if not self.is_hurried:
            self.desk.advance(seconds=120)

    def change(self) -> str:
        deal = self.desk.create_opportunity(
            Name="Chairs", Amount="80.00", StageName="Closed Won", CloseDate="2026-11-20", ContactId=self.persons[1]
        )
        return str(deal["Id"])

    def hide_next(self) -> None:
        """An opportunity is won, and asked for too soon to be told."""
        self.hidden, self.is_hurried = self.change(), True

    def late_change(self) -> str:
        self.is_hurried = False
        return self.hidden

    def people(self) -> Mapping[IdentityClaim, str]:
        claims = [IdentityClaim(IdentityKind.EMAIL, email) for email in self.emails]
        return dict(zip(claims, self.persons, strict=True))

    def addresses(self) -> Mapping[IdentityClaim, IdentityClaim]:
        return {claim: IdentityClaim(IdentityKind.CONTACT, one) for claim, one in self.people().items()}

    def person_ids(self) -> Sequence[str]:
        return self.persons

    def carried(self, person_id: str) -> Mapping[str, str | None]:
        """The referral fields; the stamps beside them move with every write, so they would tell two alike apart."""
        told = self.desk.read(person_id)
        ours = {name: value for name, value in told.items() if name.startswith("Refer")}
        return {name: None if value is None else str(value) for name, value in ours.items()}

    def prepared(self) -> Sequence[str]:
        """The connector makes nothing: an admin deploys the kit, and it says what is missing."""
        return [name for name in self.desk.read(self.persons[0]) if name.startswith("Referral_")]


class TestSalesforce(ConnectorContract):
    connector_class = Salesforce
    recordings_folder = Path(__file__).parent / "recordings"
    covered = frozenset({"path"})  # Salesforce signs nothing: the address is the secret
    wrong_settings: ClassVar[Mapping[str, str]] = {
        "environment": "staging",
        "domain": "acme.example",
        "currency": "euro",
        "api_version": "latest",
        "org_id": "acme",
        "login": "magic",
        "private_key": "not a key",
        "objects": "Contact, Invoice",
        "bulk_above": "many",
        "since": "yesterday",
        "code_field": "Referred By",
    }

    @pytest.fixture
    def source(self) -> Iterator[Org]:
        with SandboxOrg() as org:
            yield Org(org)

    @pytest.fixture
    def settings(self, source: Org) -> Mapping[str, str]:
        return {
            "client_id": source.org.client_id,
            "currency": "EUR",
            "webhook_token": TOKEN,
            "client_secret": source.org.client_secret,  # a login by key costs half a second of arithmetic each
            "domain": source.org.base_url,
            "org_id": "00DSY00000000012AA",
            "since": "2026-01-01",
        }

    def signed(self, request: WebhookRequest, settings: Mapping[str, str]) -> WebhookRequest:
        return replace(request, path=f"{request.path}/{settings['webhook_token']}")

    def test_what_shows_late_is_found_by_the_overlap(self, connector: Watched, source: Source) -> None:
        assert isinstance(source, Org)
        source.hide_next()
        super().test_what_shows_late_is_found_by_the_overlap(connector, source)
