"""Finding people of the programme in a sandbox org: one call for many, contacts before leads, and never a guess."""

from collections.abc import Iterator

import pytest

from connectors.salesforce.config import SalesforceConfig
from connectors.salesforce.connector import Salesforce
from core.gateway.http_client import HttpClient
from referhub import IdentityClaim, IdentityKind
from sandbox.salesforce import OrgControl, SandboxOrg


@pytest.fixture
def org() -> Iterator[OrgControl]:
    """An org in which somebody works."""
    with SandboxOrg(client_secret="secret") as running:
        yield OrgControl(running.base_url)


def found(org: OrgControl, *addresses: str) -> list[IdentityClaim | None]:
    """Whom the connector finds."""
    settings = {"domain": org.base_url, "client_id": "sandbox-consumer-key", "client_secret": "secret"}
    salesforce = Salesforce(SalesforceConfig(currency="EUR", **settings), HttpClient())
    return list(salesforce.locate_many([IdentityClaim(IdentityKind.EMAIL, one) for one in addresses]))


def contact(record_id: str) -> IdentityClaim:
    return IdentityClaim(IdentityKind.CONTACT, record_id)


def test_each_address_gets_its_contact_in_one_query(org: OrgControl) -> None:
    ids = [org.create_contact(LastName=name, Email=f"{name}@example.com")["Id"] for name in ("ana", "o'hara")]
    org.forget_calls()
    asked = ("O'Hara@Example.com", "nobody@example.com", "ana@example.com")
    assert found(org, *asked) == [contact(ids[1]), None, contact(ids[0])]
    queries = [call for call in org.calls() if call["operation"] in ("query", "queryAll")]
    assert len(queries) == 2  # the contacts, and the leads for whoever is no contact


def test_whoever_is_only_a_lead_is_found_as_one_and_a_converted_one_is_not(org: OrgControl) -> None:
    lead = org.create_lead(LastName="Lia", Email="lia@example.com")["Id"]
    gone = org.create_lead(LastName="Gone", Email="gone@example.com")["Id"]
    converted = org.convert_lead(gone)["ConvertedContactId"]
    assert found(org, "lia@example.com", "gone@example.com") == [
        IdentityClaim(IdentityKind.LEAD, lead),
        contact(converted),
    ]
    org.update(converted, Email="moved@example.com")
    assert found(org, "gone@example.com") == [None]


def test_two_contacts_with_one_address_are_nobodys_to_choose_between(org: OrgControl) -> None:
    for name in ("One", "Two"):
        org.create_contact(LastName=name, Email="shared@example.com")
    org.create_lead(LastName="Three", Email="shared@example.com")
    assert found(org, "shared@example.com") == [None]


def test_deleted_contacts_are_not_found(org: OrgControl) -> None:
    org.delete(org.create_contact(LastName="Ana", Email="ana@example.com")["Id"])
    assert found(org, "ana@example.com") == [None]


def test_long_addresses_go_in_as_many_queries_as_fit_through_the_door(org: OrgControl) -> None:
    long = ["ü" * 40 + f".{place}@long-name.example.com" for place in range(100)]
    ids = [org.create_contact(LastName="Long", Email=address)["Id"] for address in long[:2]]
    org.forget_calls()
    assert found(org, *long)[:3] == [contact(ids[0]), contact(ids[1]), None]
    contacts = [call for call in org.calls(operation="queryAll") if call["object"] == "Contact"]
    assert 1 < len(contacts) < 10
    assert {call["status"] for call in org.calls()} == {200}


def test_half_a_character_names_nobody(org: OrgControl) -> None:
    assert found(org, "\ud800@example.com") == [None]
