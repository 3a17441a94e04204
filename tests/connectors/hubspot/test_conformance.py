"""The HubSpot connector keeps the contract: the kit's tests, over the sandbox portal."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import ClassVar
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from connectors.hubspot.connector import HubSpot
from referhub import IdentityClaim, IdentityKind, WebhookRequest
from referhub.testing import ConnectorContract, FaultyHttp, Source
from referhub.testing.ground import Opening
from referhub.testing.preparing import BACK
from referhub.testing.watched import Watched
from sandbox.hubspot import PortalControl, SandboxPortal
from tests.connectors.hubspot.support import milliseconds, signature

PUBLIC_URL = "https://hub.example"
NEW_YEAR = "2027-01-01T00:00:00Z"


class Portal(Source):
    """The sandbox portal's own truth; its clock stands still until a test moves it."""

    missing_person = "220006899999"
    missing_order = "deal/330006899999"

    def __init__(self, portal: SandboxPortal) -> None:
        self.portal = portal
        self.desk = PortalControl(portal.base_url)
        self.desk.stop_clock()
        self.desk.advance(to=NEW_YEAR)
        self.persons = [self.desk.create_contact(email=f"p{number}@example.com") for number in range(3)]
        for _ in range(2):
            self.change()

    def now(self) -> datetime:
        return datetime.fromisoformat(self.desk.now())

    def change(self) -> str:
        self.desk.advance(seconds=120)
        return self._deal()

    def _deal(self) -> str:
        deal = self.desk.create_deal(
            contact=self.persons[1]["id"], dealname="Teapots", amount="80.00", dealstage="closedwon", closedate=NEW_YEAR
        )
        return f"deal/{deal['id']}"

    def hide_next(self) -> None:
        """The search index lags from now on; a deal is won meanwhile."""
        self.desk.index_lag(600)
        self.hidden = self.change()

    def late_change(self) -> str:
        self.desk.index_lag(0)
        return self.hidden

    def people(self) -> Mapping[IdentityClaim, str]:
        return {IdentityClaim(IdentityKind.EMAIL, f"p{number}@example.com"): one for number, one in enumerate(self.ids)}

    def addresses(self) -> Mapping[IdentityClaim, IdentityClaim]:
        return {claim: IdentityClaim(IdentityKind.CONTACT, one) for claim, one in self.people().items()}

    @property
    def ids(self) -> list[str]:
        return [str(one["id"]) for one in self.persons]

    def person_ids(self) -> Sequence[str]:
        return self.ids

    def carried(self, person_id: str) -> Mapping[str, str | None]:
        return self.desk.contact(int(person_id))

    def prepared(self) -> Sequence[str]:
        truth = self.desk.truth()
        return [*truth["properties"], *truth["groups"]]

    def consent(self, address: str) -> str:
        back = requests.get(address, allow_redirects=False, timeout=5)
        return parse_qs(urlsplit(back.headers["Location"]).query)["code"][0]


class TestHubSpot(ConnectorContract):
    connector_class = HubSpot
    recordings_folder = Path(__file__).parent / "recordings"
    signature_headers = ("x-hubspot-signature-v3", "x-hubspot-request-timestamp")
    covered = frozenset({"method", "path", "query", "body"})
    wrong_settings: ClassVar[Mapping[str, str]] = {
        "api_base": "http://api.example",
        "api_version": "v3",
        "app_id": "seven",
        "portal_id": "mine",
        "public_url": "hub.example",
        "referred_by_property": "Referred By",
        "association_label": "maybe",
        "since": "yesterday",
    }

    @pytest.fixture
    def source(self) -> Iterator[Portal]:
        room = {"per_ten_seconds": 100_000, "searches_per_second": 100_000}
        with SandboxPortal(with_kit=True, redirect_uris=[BACK], **room) as portal:
            yield Portal(portal)

    @pytest.fixture
    def settings(self, source: Portal) -> Mapping[str, str]:
        return {
            "client_secret": source.portal.client_secret,
            "access_token": source.portal.access_token,
            "app_id": str(source.portal.app_id),
            "portal_id": "12345678",
            "public_url": PUBLIC_URL,
            "api_base": source.portal.base_url,
            "since": "2026-12-01",
        }

    @pytest.fixture
    def installing_settings(self, settings: Mapping[str, str], source: Portal) -> Mapping[str, str]:
        return {**settings, "access_token": "", "client_id": source.portal.client_id}

    def signed(self, request: WebhookRequest, settings: Mapping[str, str]) -> WebhookRequest:
        stamp = milliseconds(request.received_at)
        address = f"{PUBLIC_URL}{request.path}" + (f"?{request.query}" if request.query else "")
        proof = signature(request.body, stamp, address, settings["client_secret"], request.method)
        headers = {"x-hubspot-signature-v3": proof, "x-hubspot-request-timestamp": stamp}
        return replace(request, headers={**request.headers, **headers})

    def test_what_shows_late_is_found_by_the_overlap(self, connector: Watched, source: Source) -> None:
        assert isinstance(source, Portal)
        source.hide_next()
        super().test_what_shows_late_is_found_by_the_overlap(connector, source)

    def test_preparing_twice_is_preparing_once(
        self, connector: Watched, another: Opening, http: FaultyHttp, source: Source
    ) -> None:
        assert isinstance(source, Portal)
        source.desk.remove_property("referral_trace")
        super().test_preparing_twice_is_preparing_once(connector, another, http, source)
        assert "referral_trace" in source.prepared()
