"""The API refuses what the real one refuses: strangers, missing scopes, protected fields, bad requests."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from sandbox.shopify import SandboxShop, ShopControl
from tests.sandbox.shopify.conftest import Api

ALL = (
    "read_orders write_customers read_customers write_store_credit_account_transactions read_store_credit_accounts "
    "read_store_credit_account_transactions write_discounts write_gift_cards"
).split()


@pytest.mark.parametrize("token", ["", "shpat_wrong"])
def test_a_stranger_gets_401_and_no_call_has_an_effect(api: Api, token: str) -> None:
    api.token = token
    answer = api.post("{ shop { name } }")
    assert answer.status_code == 401
    assert answer.json()["errors"].startswith("[API] Invalid API key or access token")


def test_the_served_version_stands_in_the_answer(shop: SandboxShop, api: Api) -> None:
    """SH-24: an old version is silently served as the oldest supported one."""
    served = {}
    for asked in ("2026-10", "2026-07", "2024-01", "2031-01", "latest"):
        api.address = f"{shop.base_url}/admin/api/{asked}/graphql.json"
        answer = api.post("{ shop { name } }")
        served[asked] = answer.headers.get("X-Shopify-API-Version", answer.status_code)
    assert served == {"2026-10": "2026-10", "2026-07": "2026-07", "2024-01": "2026-01", "2031-01": 404, "latest": 404}


@pytest.mark.parametrize(
    ("scope", "query"),
    [
        ("read_orders", "{ orders(first: 1) { nodes { id } } }"),
        ("write_gift_cards", "{ giftCards(first: 1) { nodes { id } } }"),
        ("write_discounts", '{ codeDiscountNodeByCode(code: "x") { id } }'),
    ],
)
def test_a_scope_that_was_taken_away_closes_its_fields(api: Api, desk: ShopControl, scope: str, query: str) -> None:
    """SH-07: the answer names the missing scope."""
    assert api.errors(query) == []
    desk.set_scopes([each for each in ALL if each != scope])
    error = api.errors(query)[0]
    assert error["extensions"]["code"] == "ACCESS_DENIED"
    assert scope in error["message"]


def test_reading_credit_needs_its_own_scopes_inside_the_customer(
    api: Api, desk: ShopControl, alice: dict[str, Any]
) -> None:
    desk.give_credit(alice["id"], "1.00")
    query = """query Q($id: ID!) { customer(id: $id) { id storeCreditAccounts(first: 1) {
      nodes { id transactions(first: 1) { nodes { createdAt } } } } } }"""
    desk.set_scopes([each for each in ALL if each != "read_store_credit_accounts"])
    assert "read_store_credit_accounts" in api.errors(query, id=alice["gid"])[0]["message"]


def test_protected_fields_are_null_beside_an_error_and_a_200(
    api: Api, desk: ShopControl, alice: dict[str, Any]
) -> None:
    desk.settings(redacts=True)
    query = "query Q($id: ID!) { customer(id: $id) { id firstName defaultEmailAddress { emailAddress } } }"
    answer = api.post(query, id=alice["gid"])
    told = answer.json()
    assert answer.status_code == 200
    assert told["data"]["customer"] == {"id": alice["gid"], "firstName": None, "defaultEmailAddress": None}
    assert {error["extensions"]["code"] for error in told["errors"]} == {"ACCESS_DENIED"}


@pytest.mark.parametrize(
    ("query", "variables", "code"),
    [
        ("{ shop { nome } }", {}, "undefinedField"),
        ("{ order(number: 1) { id } }", {}, "argumentNotAccepted"),
        ("{ order { id } }", {}, "missingRequiredArguments"),
        ("query Q($id: ID!) { order(id: $id) { id } }", {}, "INVALID_VARIABLE"),
    ],
)
def test_a_request_that_makes_no_sense_is_never_executed(
    api: Api, query: str, variables: dict[str, Any], code: str
) -> None:
    told = api.post(query, **variables).json()
    assert "data" not in told
    assert told["errors"][0]["extensions"]["code"] == code


@pytest.mark.parametrize(
    "body", [b"", b"nonsense", b"[]", b'{"query": 5}', b'{"query": "{ shop { name } }", "variables": 5}']
)
def test_a_body_that_is_no_request_is_a_400(api: Api, body: bytes) -> None:
    headers = {"X-Shopify-Access-Token": api.token}
    assert requests.post(api.address, data=body, headers=headers, timeout=5).status_code == 400


def test_a_customer_is_found_by_id_email_or_phone(api: Api, desk: ShopControl) -> None:
    who = desk.create_customer(email="Bob@Example.com", phone="+49305551")
    query = "query Q($by: CustomerIdentifierInput!) { customerByIdentifier(identifier: $by) { id } }"
    for by in ({"id": who["gid"]}, {"emailAddress": "bob@example.COM"}, {"phoneNumber": "+49305551"}):
        assert api.ask(query, by=by)["customerByIdentifier"] == {"id": who["gid"]}
    assert api.ask(query, by={"emailAddress": "no@example.com"})["customerByIdentifier"] is None
    assert api.errors(query, by={"id": who["gid"], "phoneNumber": "+1"}) != []


def test_the_installation_check_names_the_shop_and_its_rights(api: Api) -> None:
    told = api.ask("{ shop { myshopifyDomain currencyCode } currentAppInstallation { accessScopes { handle } } }")
    assert told["shop"] == {"myshopifyDomain": "demo.myshopify.com", "currencyCode": "EUR"}
    assert {"handle": "read_orders"} in told["currentAppInstallation"]["accessScopes"]
