"""A sandbox org, its desk, and a connector that speaks with it over a real network."""

from collections.abc import Iterator

import pytest

from connectors.salesforce.config import SalesforceConfig
from connectors.salesforce.connector import Salesforce
from core.gateway.http_client import HttpClient
from sandbox.salesforce import OrgControl, SandboxOrg
from tests.connectors.salesforce.support import TOKEN


@pytest.fixture
def org() -> Iterator[SandboxOrg]:
    """An org with orders; person accounts and currencies are switched on where a test needs them."""
    with SandboxOrg() as running:
        yield running


@pytest.fixture
def desk(org: SandboxOrg) -> OrgControl:
    return OrgControl(org.base_url)


@pytest.fixture
def salesforce(org: SandboxOrg) -> Salesforce:
    return connect(org)


def connect(org: SandboxOrg, **settings: str) -> Salesforce:
    """A connector opened on the sandbox org."""
    given = {
        "client_id": org.client_id,
        "currency": "EUR",
        "webhook_token": TOKEN,
        "client_secret": org.client_secret,
        "domain": org.base_url,
    }
    return Salesforce(SalesforceConfig(**(given | settings)), HttpClient(answer_seconds=1))
