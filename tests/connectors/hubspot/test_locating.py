"""Finding people of the programme in a sandbox portal: one call for many, and never a guess."""

from collections.abc import Iterator

import pytest

from connectors.hubspot.config import HubSpotConfig
from connectors.hubspot.connector import HubSpot
from core.gateway.http_client import HttpClient
from referhub import IdentityClaim, IdentityKind
from sandbox.hubspot import PortalControl, SandboxPortal
from tests.connectors.hubspot.support import ScriptedHttp, answer, connector

EMAIL = IdentityKind.EMAIL


@pytest.fixture
def portal() -> Iterator[PortalControl]:
    """A portal in which somebody works."""
    with SandboxPortal(access_token="token", client_secret="secret") as running:
        yield PortalControl(running.base_url)


def found(portal: PortalControl, *addresses: str) -> list[IdentityClaim | None]:
    """Whom the connector finds."""
    hubspot = HubSpot(
        HubSpotConfig(client_secret="secret", access_token="token", api_base=portal.base_url), HttpClient()
    )
    return list(hubspot.locate_many([IdentityClaim(EMAIL, one) for one in addresses]))


def test_each_address_gets_its_contact_in_one_call(portal: PortalControl) -> None:
    ids = [portal.create_contact(email=f"{name}@example.com")["id"] for name in ("ana", "bob")]
    portal.forget_calls()
    asked = ("BOB@Example.com", "nobody@example.com", "ana@example.com", "ana@example.com")
    expected = [str(ids[1]), None, str(ids[0]), str(ids[0])]
    assert [one and one.value for one in found(portal, *asked)] == expected
    assert len(portal.calls("/batch/read")) == 1


def test_an_archived_contact_is_not_found(portal: PortalControl) -> None:
    portal.delete_contact(portal.create_contact(email="ana@example.com")["id"])
    assert found(portal, "ana@example.com") == [None]


def test_an_address_that_two_contacts_have_is_nobodys() -> None:
    rows = [
        {"id": "1", "properties": {"email": "ana@example.com", "hs_additional_emails": "a@work.example"}},
        {"id": "2", "properties": {"email": "bob@example.com", "hs_additional_emails": "x@y.example;ANA@example.com"}},
    ]
    hubspot = connector(ScriptedHttp(answer({"status": "COMPLETE", "results": rows})))
    asked = [IdentityClaim(EMAIL, one) for one in ("ana@example.com", "a@work.example", "bob@example.com")]
    assert [one and one.value for one in hubspot.locate_many(asked)] == [None, "1", "2"]


def test_nobody_asked_is_nobody_found_without_a_call(portal: PortalControl) -> None:
    portal.forget_calls()
    assert found(portal) == []
    assert portal.calls() == []
