"""A sandbox portal, its desk, and a connector that speaks with it over a real network."""

from collections.abc import Iterator

import pytest

from connectors.hubspot.config import HubSpotConfig
from connectors.hubspot.connector import HubSpot
from core.gateway.http_client import HttpClient
from sandbox.hubspot import PortalControl, SandboxPortal
from tests.connectors.hubspot.support import DEAL, SmallPortal


@pytest.fixture
def portal() -> Iterator[SandboxPortal]:
    """A portal with the referral properties and with room for many requests; its limits are tried on their own."""
    with SandboxPortal(with_kit=True, per_ten_seconds=5_000, searches_per_second=1_000) as running:
        yield running


@pytest.fixture
def desk(portal: SandboxPortal) -> PortalControl:
    return PortalControl(portal.base_url)


@pytest.fixture
def hubspot(portal: SandboxPortal) -> HubSpot:
    return connect(portal)


@pytest.fixture
def small() -> SmallPortal:
    """A portal in memory: Bob, referred by Alice's code, and the deal he signed."""
    made = SmallPortal()
    made.contact("201", referred_by_code="ALICE-8F2K")
    made.deal(str(DEAL), "201")
    return made


def connect(portal: SandboxPortal, **settings: str) -> HubSpot:
    """A connector opened on the sandbox portal with its static token."""
    given = {
        "client_secret": portal.client_secret,
        "access_token": portal.access_token,
        "app_id": str(portal.app_id),
        "public_url": "https://hub.example",
        "api_base": portal.base_url,
    }
    return HubSpot(HubSpotConfig(**(given | settings)), HttpClient(answer_seconds=5))
