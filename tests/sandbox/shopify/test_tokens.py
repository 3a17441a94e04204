"""Tokens are given, rotated and refused as the vendor does it."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
import requests

from sandbox.shopify import SandboxShop, ShopControl
from tests.sandbox.shopify.conftest import Api

EXCHANGE = {
    "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
    "subject_token_type": "urn:ietf:params:oauth:token-type:id_token",
    "requested_token_type": "urn:shopify:params:oauth:token-type:offline-access-token",
}
DEAD = {"error": "invalid_request", "error_description": "This request requires an active refresh_token"}


def grant(shop: SandboxShop, **asked: Any) -> requests.Response:
    client = {"client_id": shop.client_id, "client_secret": "hush"}
    address = f"{shop.base_url}/admin/oauth/access_token"
    return requests.post(address, json=client | asked, headers={"Accept": "application/json"}, timeout=5)


def pair(shop: SandboxShop, desk: ShopControl) -> dict[str, Any]:
    answer = grant(shop, **EXCHANGE, subject_token=desk.id_token(), expiring=1)
    assert answer.status_code == 200
    return dict(answer.json())


def refresh(shop: SandboxShop, token: str) -> requests.Response:
    return grant(shop, grant_type="refresh_token", refresh_token=token)


def status(api: Api, token: str) -> int:
    api.token = token
    return api.post("{ shop { name } }").status_code


def test_client_credentials_live_a_day(shop: SandboxShop, desk: ShopControl, api: Api) -> None:
    given = grant(shop, grant_type="client_credentials").json()
    assert given["expires_in"] == 86399
    assert "read_orders" in given["scope"].split(",")
    assert "refresh_token" not in given
    assert status(api, given["access_token"]) == 200
    desk.advance(86401)
    assert status(api, given["access_token"]) == 401


def test_a_form_is_read_like_json(shop: SandboxShop) -> None:
    form = {"client_id": shop.client_id, "client_secret": "hush", "grant_type": "client_credentials"}
    assert requests.post(f"{shop.base_url}/admin/oauth/access_token", data=form, timeout=5).status_code == 200


@pytest.mark.parametrize("wrong", [{"client_secret": "shush"}, {"client_id": "x"}])
def test_a_wrong_client_gets_nothing(shop: SandboxShop, wrong: dict[str, str]) -> None:
    answer = grant(shop, grant_type="client_credentials", **wrong)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_client")


def test_an_exchange_gives_a_pair_with_both_ends(shop: SandboxShop, desk: ShopControl, api: Api) -> None:
    """SH-01's exchange."""
    given = pair(shop, desk)
    assert (given["expires_in"], given["refresh_token_expires_in"]) == (3600, 7776000)
    assert status(api, given["access_token"]) == 200
    desk.advance(3601)
    assert status(api, given["access_token"]) == 401


@pytest.mark.parametrize("part", ["payload", "signature", "age"])
def test_an_id_token_that_is_not_genuine_is_refused(shop: SandboxShop, desk: ShopControl, part: str) -> None:
    head, payload, signature = desk.id_token().split(".")
    if part == "payload":
        claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
        payload = base64.urlsafe_b64encode(json.dumps(claims | {"sub": "1"}).encode()).decode().rstrip("=")
    if part == "signature":
        signature = signature[:-2] + ("AA" if signature[-2:] != "AA" else "BB")
    if part == "age":
        desk.advance(71)
    answer = grant(shop, **EXCHANGE, subject_token=f"{head}.{payload}.{signature}", expiring=1)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_subject_token")


def test_a_token_without_end_is_given_but_the_api_refuses_it(shop: SandboxShop, desk: ShopControl, api: Api) -> None:
    given = grant(shop, **EXCHANGE, subject_token=desk.id_token()).json()
    assert set(given) == {"access_token", "scope"}
    assert status(api, given["access_token"]) == 403


def test_a_token_without_end_can_be_exchanged_for_one_that_ends(shop: SandboxShop, desk: ShopControl, api: Api) -> None:
    old = grant(shop, **EXCHANGE, subject_token=desk.id_token()).json()["access_token"]
    offline = EXCHANGE["requested_token_type"]
    asked = EXCHANGE | {"subject_token_type": offline, "expiring": "1"}
    new = grant(shop, **asked, subject_token=old).json()
    assert status(api, new["access_token"]) == 200
    assert grant(shop, **asked, subject_token=new["access_token"]).json()["error"] == "invalid_subject_token"


def test_the_old_refresh_token_works_until_the_new_one_is_used(shop: SandboxShop, desk: ShopControl) -> None:
    """SH-10: a lost answer is asked for again with the same refresh token."""
    first = pair(shop, desk)
    lost = refresh(shop, first["refresh_token"]).json()
    again = refresh(shop, first["refresh_token"])
    assert again.status_code == 200
    assert refresh(shop, again.json()["refresh_token"]).status_code == 200
    dead = refresh(shop, first["refresh_token"])
    assert (dead.status_code, dead.json()) == (401, DEAD)
    assert refresh(shop, lost["refresh_token"]).status_code == 401


def test_the_old_access_token_lives_to_its_own_end(shop: SandboxShop, desk: ShopControl, api: Api) -> None:
    first = pair(shop, desk)
    second = refresh(shop, first["refresh_token"]).json()
    assert status(api, first["access_token"]) == status(api, second["access_token"]) == 200


def test_refresh_tokens_end_after_ninety_days_and_by_the_desk(shop: SandboxShop, desk: ShopControl) -> None:
    """SH-11's final failure."""
    old = pair(shop, desk)
    desk.advance(90 * 86400)
    assert refresh(shop, old["refresh_token"]).json() == DEAD
    new = pair(shop, desk)
    desk.expire_tokens(refresh=True)
    assert refresh(shop, new["refresh_token"]).json() == DEAD
    assert refresh(shop, "").json() == DEAD


def test_an_uninstalled_app_has_no_token_that_works(shop: SandboxShop, desk: ShopControl, api: Api) -> None:
    given = pair(shop, desk)
    desk.uninstall()
    assert [status(api, token) for token in (given["access_token"], shop.access_token)] == [401, 401]
    assert grant(shop, grant_type="client_credentials").json()["error"] == "invalid_client"
    desk.install()
    assert status(api, shop.access_token) == 200


def test_the_token_endpoint_has_fates_of_its_own(shop: SandboxShop, desk: ShopControl) -> None:
    first = pair(shop, desk)
    desk.fate("effect_then_drop", "access_token")
    with pytest.raises(requests.ConnectionError):
        refresh(shop, first["refresh_token"])
    desk.fate("503", "access_token")
    assert refresh(shop, first["refresh_token"]).status_code == 503
    assert refresh(shop, first["refresh_token"]).status_code == 200


def test_no_token_and_no_secret_enters_the_truth_or_the_call_log(
    shop: SandboxShop, desk: ShopControl, api: Api
) -> None:
    given = pair(shop, desk)
    refresh(shop, given["refresh_token"])
    status(api, given["access_token"])
    told = json.dumps([desk.truth(), desk.calls()])
    assert len(desk.calls("access_token")) == 2
    for secret in (given["access_token"], given["refresh_token"], "hush", shop.access_token):
        assert secret not in told
