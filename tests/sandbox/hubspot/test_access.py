"""Who may call: tokens, scopes, date-based paths only, and limits that really count."""

from __future__ import annotations

import json

import pytest
import requests

from sandbox.hubspot import PortalControl, SandboxPortal
from tests.sandbox.hubspot.conftest import CONTACTS, Api

DETAILS = "/account-info/2026-03/details"


@pytest.mark.parametrize("version", ["2026-03", "2026-09"])
def test_a_static_token_belongs_to_a_portal(portal: SandboxPortal, version: str) -> None:
    told = Api(portal).get(f"/account-info/{version}/details").json()
    assert (told["portalId"], told["timeZone"], told["companyCurrency"]) == (portal.portal_id, "Europe/Berlin", "EUR")


@pytest.mark.parametrize("authorization", [None, "Bearer nothing", "Basic abc", "Bearer "])
def test_nobody_else_comes_in(portal: SandboxPortal, authorization: str | None) -> None:
    headers = {"Authorization": authorization} if authorization else {}
    answer = requests.get(portal.base_url + DETAILS, headers=headers, timeout=5)
    assert (answer.status_code, answer.json()["category"]) == (401, "INVALID_AUTHENTICATION")


@pytest.mark.parametrize(
    "path",
    [
        "/crm/v3/objects/contacts",
        "/crm/v4/objects/contacts/1/associations/deals",
        "/crm/v3/properties/contacts",
        "/account-info/v3/details",
        "/oauth/v1/token",
        "/crm/objects/2025-09/contacts",
        "/crm/objects/contacts",
    ],
)
def test_paths_without_a_living_date_do_not_exist(api: Api, path: str) -> None:
    """HS-31: a slip back to the numbered versions is a 404."""
    assert api.get(path).status_code == 404
    assert api.post(path, {}).status_code == 404


def test_a_path_with_the_wrong_method_does_not_exist(api: Api) -> None:
    assert api.get(f"{CONTACTS}/batch/update").status_code == 404
    assert api.post(DETAILS, {}).status_code == 404


@pytest.mark.parametrize(
    ("method", "path", "body", "scope"),
    [
        ("GET", CONTACTS, None, "crm.objects.contacts.read"),
        ("POST", f"{CONTACTS}/batch/read", {"inputs": [{"id": "1"}]}, "crm.objects.contacts.read"),
        ("POST", f"{CONTACTS}/search", {}, "crm.objects.contacts.read"),
        ("POST", f"{CONTACTS}/batch/update", {"inputs": []}, "crm.objects.contacts.write"),
        ("GET", "/crm/objects/2026-03/0-3", None, "crm.objects.deals.read"),
        ("POST", "/crm/associations/2026-03/0-3/0-1/batch/read", {"inputs": [{"id": "1"}]}, "crm.objects.deals.read"),
        ("GET", "/crm/properties/2026-03/contacts", None, "crm.schemas.contacts.read"),
        ("POST", "/crm/properties/2026-03/contacts/groups", {}, "crm.schemas.contacts.write"),
    ],
)
def test_a_missing_scope_is_named(
    desk: PortalControl, api: Api, method: str, path: str, body: object, scope: str
) -> None:
    """HS-37."""
    desk.set_scopes(["oauth"])
    answer = api.call(method, path, body)
    told = answer.json()
    assert (answer.status_code, told["category"]) == (403, "MISSING_SCOPES")
    assert told["errors"][0]["context"]["requiredGranularScopes"] == [scope]


def test_only_what_needs_the_scope_stops(desk: PortalControl, api: Api, alice: int) -> None:
    """HS-37: reading goes on when writing was taken away."""
    desk.set_scopes(["crm.objects.contacts.read"])
    assert api.read(alice).status_code == 200
    assert api.update((alice, {"firstname": "A"})).status_code == 403
    assert desk.contact(alice)["firstname"] == "Alice"


def test_ten_seconds_are_counted_and_roll(desk: PortalControl, api: Api) -> None:
    """HS-25, HS-26: the limit is the account's, the headers say what is left."""
    desk.settings(per_ten_seconds=3)
    desk.stop_clock()
    desk.forget_rates()
    left = [api.get(DETAILS).headers["X-HubSpot-RateLimit-Remaining"] for _ in range(3)]
    assert left == ["2", "1", "0"]
    refused = api.get(DETAILS)
    told = refused.json()
    assert (refused.status_code, told["policyName"], told["errorType"]) == (429, "TEN_SECONDLY_ROLLING", "RATE_LIMIT")
    assert refused.headers["X-HubSpot-RateLimit-Max"] == "3"
    assert refused.headers["X-HubSpot-RateLimit-Interval-Milliseconds"] == "10000"
    desk.advance(11)
    assert api.get(DETAILS).status_code == 200


def test_days_are_counted_to_the_portals_midnight(desk: PortalControl, api: Api) -> None:
    """HS-26: DAILY is over when the day is over where the portal is."""
    desk.settings(per_day=2, time_zone="Pacific/Auckland")
    desk.advance(to="2027-01-10T10:30:00+00:00")
    desk.stop_clock()
    desk.forget_rates()
    assert [api.get(DETAILS).status_code for _ in range(3)] == [200, 200, 429]
    assert api.get(DETAILS).json()["policyName"] == "DAILY"
    desk.advance(to="2027-01-10T10:58:00+00:00")
    assert api.get(DETAILS).status_code == 429
    desk.advance(to="2027-01-10T11:00:01+00:00")
    answer = api.get(DETAILS)
    assert (answer.status_code, answer.headers["X-HubSpot-RateLimit-Daily-Remaining"]) == (200, "1")


def test_searches_have_a_limit_of_their_own(desk: PortalControl, api: Api) -> None:
    """HS-35: more than five searches in a second are refused."""
    desk.settings(searches_per_second=2, per_ten_seconds=1)
    desk.stop_clock()
    desk.forget_rates()
    answers = [api.post(f"{CONTACTS}/search", {}) for _ in range(3)]
    assert [each.status_code for each in answers] == [200, 200, 429]
    assert answers[2].json()["policyName"] == "SECONDLY"
    assert "X-HubSpot-RateLimit-Max" not in answers[0].headers
    desk.advance(1.1)
    assert api.post(f"{CONTACTS}/search", {}).status_code == 200


def test_each_portal_counts_for_itself_and_knows_only_its_own() -> None:
    with SandboxPortal(portals=(1001, 1002), per_ten_seconds=2) as portals:
        one, two = Api(portals), Api(portals, portals.token(1002))
        desk = PortalControl(portals.base_url, portal=1002)
        desk.stop_clock()
        made = desk.create_contact(email="x@example.com")
        assert one.get(f"{CONTACTS}/{made['id']}").status_code == 404
        assert two.get(f"{CONTACTS}/{made['id']}").json()["properties"]["email"] == "x@example.com"
        assert one.get(DETAILS).json()["portalId"] == 1001
        assert one.get(DETAILS).status_code == 429
        assert two.get(DETAILS).json()["portalId"] == 1002


def test_an_uninstalled_app_is_out_and_hears_nothing(desk: PortalControl, api: Api, alice: int) -> None:
    desk.settle()
    before = len(desk.events())
    desk.uninstall()
    desk.update_contact(alice, firstname="B")
    assert api.read(alice).status_code == 401
    assert len(desk.events()) == before
    desk.install()
    assert api.read(alice).status_code == 200


def test_the_app_can_end_its_own_installation(desk: PortalControl, api: Api) -> None:
    """X-06: nothing opens the portal afterwards."""
    assert api.call("DELETE", "/appinstalls/2026-03/external-install").status_code == 204
    assert api.get(DETAILS).status_code == 401


def test_every_call_is_logged_without_its_token(portal: SandboxPortal, desk: PortalControl, api: Api) -> None:
    api.update((1, {"firstname": "A"}))
    api.get("/crm/v3/objects/contacts")
    logged = desk.calls()
    assert [(each["method"], each["path"], each["status"]) for each in logged] == [
        ("POST", f"{CONTACTS}/batch/update", 207),
        ("GET", "/crm/v3/objects/contacts", 404),
    ]
    assert logged[0]["body"]["inputs"][0]["id"] == "1"
    assert len(desk.calls("batch/update")) == 1
    assert portal.access_token not in json.dumps([logged, desk.truth()])
    desk.forget_calls()
    assert desk.calls() == []
