"""OAuth: codes good once, tokens that end on the sandbox's clock, and refusals in the vendor's words."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from sandbox.hubspot import PortalControl, SandboxPortal
from tests.sandbox.hubspot.conftest import Api

BACK = "https://hub.example/back"
SCOPES = "oauth crm.objects.contacts.read"


def authorize(portal: SandboxPortal, **asked: str) -> requests.Response:
    query = {"client_id": portal.client_id, "redirect_uri": BACK, "scope": SCOPES, "state": "s1"} | asked
    return requests.get(f"{portal.base_url}/oauth/authorize", params=query, timeout=5, allow_redirects=False)


def sent_back(answer: requests.Response) -> dict[str, str]:
    parts = urlsplit(answer.headers["Location"])
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == BACK
    return {name: values[0] for name, values in parse_qs(parts.query).items()}


def form(portal: SandboxPortal, path: str, **fields: str) -> requests.Response:
    body = {"client_id": portal.client_id, "client_secret": "hush"} | fields
    return requests.post(f"{portal.base_url}/oauth/2026-03/{path}", data=body, timeout=5)


def exchange(portal: SandboxPortal, given: str, **fields: str) -> requests.Response:
    return form(portal, "token", **({"grant_type": "authorization_code", "code": given, "redirect_uri": BACK} | fields))


def refresh(portal: SandboxPortal, token: str, **fields: str) -> requests.Response:
    return form(portal, "token", grant_type="refresh_token", refresh_token=token, **fields)


def status(portal: SandboxPortal, token: str) -> int:
    return Api(portal, token).get("/account-info/2026-03/details").status_code


@pytest.fixture
def code(portal: SandboxPortal, desk: PortalControl) -> str:
    desk.admin(redirect_uris=[BACK])
    return sent_back(authorize(portal))["code"]


@pytest.fixture
def granted(portal: SandboxPortal, code: str) -> dict[str, Any]:
    told: dict[str, Any] = exchange(portal, code).json()
    return told


def test_the_admin_is_sent_back_with_a_code_and_the_state(portal: SandboxPortal, desk: PortalControl) -> None:
    """HS-30: the state comes back as it was sent."""
    desk.admin(redirect_uris=[BACK])
    answer = authorize(portal, state="a b&c")
    assert answer.status_code == 302
    assert sent_back(answer)["state"] == "a b&c"


def test_an_admin_may_say_no(portal: SandboxPortal, desk: PortalControl) -> None:
    desk.admin(redirect_uris=[BACK], refuses=True)
    back = sent_back(authorize(portal))
    assert (back["error"], back["state"]) == ("access_denied", "s1")
    assert "code" not in back


@pytest.mark.parametrize("wrong", [{"client_id": "x"}, {"redirect_uri": "https://evil.example/"}])
def test_an_unknown_app_or_address_is_sent_nowhere(
    portal: SandboxPortal, desk: PortalControl, wrong: dict[str, str]
) -> None:
    desk.admin(redirect_uris=[BACK])
    answer = authorize(portal, **wrong)
    assert answer.status_code == 400
    assert "Location" not in answer.headers


def test_a_code_becomes_tokens_for_half_an_hour(
    portal: SandboxPortal, desk: PortalControl, granted: dict[str, Any]
) -> None:
    assert (granted["expires_in"], granted["hub_id"]) == (1800, portal.portal_id)
    assert granted["scopes"] == SCOPES.split()
    assert status(portal, granted["access_token"]) == 200
    desk.advance(1801)
    answer = Api(portal, granted["access_token"]).get("/account-info/2026-03/details")
    assert (answer.status_code, answer.json()["category"]) == (401, "EXPIRED_AUTHENTICATION")


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"code": "nothing"}, "BAD_AUTH_CODE"),
        ({"redirect_uri": "https://hub.example/elsewhere"}, "BAD_REDIRECT_URI"),
        ({"client_secret": "wrong"}, "BAD_CLIENT_SECRET"),
        ({"client_id": "wrong"}, "BAD_CLIENT_ID"),
        ({"grant_type": "password"}, "BAD_GRANT_TYPE"),
    ],
)
def test_what_is_wrong_with_a_request_is_said(
    portal: SandboxPortal, code: str, fields: dict[str, str], told: str
) -> None:
    answer = exchange(portal, code, **fields)
    assert (answer.status_code, answer.json()["status"]) == (400, told)
    assert exchange(portal, code).status_code == 200, "the code was not used up"


def test_a_code_is_good_once_and_not_for_long(portal: SandboxPortal, desk: PortalControl, code: str) -> None:
    """HS-30: a code that was used is refused."""
    assert exchange(portal, code).status_code == 200
    assert exchange(portal, code).json()["status"] == "BAD_AUTH_CODE"
    late = sent_back(authorize(portal))["code"]
    desk.advance(601)
    assert exchange(portal, late).json()["status"] == "BAD_AUTH_CODE"


def test_a_code_is_for_the_portal_the_admin_chose() -> None:
    """HS-30: a code for a different portal than the connection's."""
    with SandboxPortal(portals=(1001, 1002), client_secret="hush", redirect_uris=[BACK]) as portals:
        PortalControl(portals.base_url).admin(portal=1002)
        told = exchange(portals, sent_back(authorize(portals))["code"]).json()
        assert told["hub_id"] == 1002


def test_a_refresh_gives_a_new_token_and_lets_the_old_one_end_by_itself(
    portal: SandboxPortal, desk: PortalControl, granted: dict[str, Any]
) -> None:
    desk.advance(1000)
    new = refresh(portal, granted["refresh_token"]).json()
    assert new["refresh_token"] == granted["refresh_token"]
    assert [status(portal, each["access_token"]) for each in (granted, new)] == [200, 200]
    desk.advance(1000)
    assert [status(portal, each["access_token"]) for each in (granted, new)] == [401, 200]


def test_refresh_tokens_may_rotate(portal: SandboxPortal, desk: PortalControl, granted: dict[str, Any]) -> None:
    desk.tokens(rotate=True)
    new = refresh(portal, granted["refresh_token"]).json()
    assert new["refresh_token"] != granted["refresh_token"]
    again = refresh(portal, granted["refresh_token"])
    assert (again.status_code, again.json()["status"]) == (400, "BAD_REFRESH_TOKEN")
    assert refresh(portal, new["refresh_token"]).status_code == 200


@pytest.mark.parametrize("end", ["revoke", "uninstall", "desk"])
def test_a_grant_that_ended_is_refused_for_good(
    portal: SandboxPortal, desk: PortalControl, granted: dict[str, Any], end: str
) -> None:
    """HS-29: BAD_REFRESH_TOKEN is final."""
    ends = {
        "revoke": lambda: form(portal, "token/revoke", token=granted["refresh_token"]),
        "uninstall": desk.uninstall,
        "desk": lambda: desk.tokens(revoke=True),
    }
    ends[end]()
    told = refresh(portal, granted["refresh_token"]).json()
    assert (told["error"], told["status"]) == ("invalid_grant", "BAD_REFRESH_TOKEN")
    assert status(portal, granted["access_token"]) == 401


def test_all_access_tokens_can_end_at_once(portal: SandboxPortal, desk: PortalControl, granted: dict[str, Any]) -> None:
    desk.tokens(expire=True)
    assert status(portal, granted["access_token"]) == 401
    assert refresh(portal, granted["refresh_token"]).status_code == 200


def test_a_token_has_no_more_rights_than_the_portal_and_the_grant(
    portal: SandboxPortal, desk: PortalControl, granted: dict[str, Any]
) -> None:
    api = Api(portal, granted["access_token"])
    assert api.get("/crm/objects/2026-03/contacts").status_code == 200
    assert api.update((1, {"firstname": "A"})).status_code == 403
    desk.set_scopes(["crm.objects.contacts.write"])
    assert api.get("/crm/objects/2026-03/contacts").status_code == 403


def test_introspection_tells_of_a_living_token_only(
    portal: SandboxPortal, desk: PortalControl, granted: dict[str, Any]
) -> None:
    told = form(portal, "token/introspect", token=granted["access_token"]).json()
    assert (told["active"], told["hub_id"], told["app_id"]) == (True, portal.portal_id, portal.app_id)
    assert 1700 < told["expires_in"] <= 1800
    assert form(portal, "token/introspect", token=granted["refresh_token"]).json()["token_type"] == "refresh_token"
    assert form(portal, "token/introspect", token="x").json() == {"active": False}
    desk.advance(1800)
    assert form(portal, "token/introspect", token=granted["access_token"]).json() == {"active": False}


def test_two_secrets_are_good_while_one_replaces_the_other(
    portal: SandboxPortal, desk: PortalControl, granted: dict[str, Any]
) -> None:
    """HS-08 for the token endpoint."""
    desk.rotate_secret("new")
    token = granted["refresh_token"]
    assert [refresh(portal, token, client_secret=each).status_code for each in ("hush", "new")] == [200, 200]
    desk.finish_rotation()
    assert [refresh(portal, token, client_secret=each).status_code for each in ("hush", "new")] == [400, 200]


def test_the_token_endpoint_has_fates_of_its_own(
    portal: SandboxPortal, desk: PortalControl, granted: dict[str, Any]
) -> None:
    desk.fate("500")
    assert refresh(portal, granted["refresh_token"]).status_code == 200
    desk.fate("503", "/oauth/")
    assert refresh(portal, granted["refresh_token"]).status_code == 503
    assert Api(portal).get("/account-info/2026-03/details").status_code == 500


def test_no_secret_enters_the_call_log(portal: SandboxPortal, desk: PortalControl, granted: dict[str, Any]) -> None:
    """X-07."""
    refresh(portal, granted["refresh_token"])
    form(portal, "token/revoke", token=granted["access_token"])
    told = json.dumps(desk.calls())
    assert len(desk.calls("/oauth/")) == 3
    for secret in (granted["access_token"], granted["refresh_token"], "hush"):
        assert secret not in told
