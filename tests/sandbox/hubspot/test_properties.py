"""Properties and their groups are read and made by the API, checked, and never replaced."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.hubspot import PortalControl, SandboxPortal
from tests.sandbox.hubspot.conftest import Api

HERE = "/crm/properties/2026-03/contacts"
CODE = {
    "name": "referral_code",
    "label": "Referral code",
    "type": "string",
    "fieldType": "text",
    "groupName": "referral_hub",
}
KIT = """referral_code referral_link referred_by_code referral_status referral_count referral_revenue
    referral_rewards_earned referral_rewards_pending referral_rewards_currency referral_last_at
    referral_last_reward_at referral_trace""".split()


@pytest.fixture
def bare() -> Any:
    """A portal that nobody prepared."""
    with SandboxPortal() as running:
        yield Api(running), PortalControl(running.base_url)


def test_the_referral_properties_are_not_there_by_themselves(bare: tuple[Api, PortalControl]) -> None:
    api, desk = bare
    made = desk.create_contact(email="x@example.com")["id"]
    assert api.update((made, {"referral_code": "X"})).json()["errors"][0]["code"] == "PROPERTY_DOESNT_EXIST"
    assert desk.truth()["properties"] == []


def test_preparing_makes_them(bare: tuple[Api, PortalControl]) -> None:
    api, desk = bare
    group = api.post(f"{HERE}/groups", {"name": "referral_hub", "label": "Referral hub"})
    assert (group.status_code, group.json()["name"]) == (201, "referral_hub")
    rows = [CODE, CODE | {"name": "referral_count", "type": "number", "fieldType": "number"}]
    made = api.post(f"{HERE}/batch/create", {"inputs": rows})
    assert (made.status_code, made.json()["status"]) == (201, "COMPLETE")
    assert desk.truth()["properties"] == ["referral_code", "referral_count"]
    told = api.get(f"{HERE}/referral_count").json()
    assert (told["type"], told["groupName"], told["hasUniqueValue"]) == ("number", "referral_hub", False)
    contact = desk.create_contact(email="x@example.com")["id"]
    assert api.update((contact, {"referral_code": "X", "referral_count": "1"})).status_code == 200


def test_a_portal_with_the_kit_has_all_of_them(desk: PortalControl, api: Api) -> None:
    assert desk.truth()["properties"] == sorted(KIT)
    types = {name: api.get(f"{HERE}/{name}").json()["type"] for name in KIT}
    assert [name for name in KIT if types[name] == "number"] == [
        "referral_count",
        "referral_revenue",
        "referral_rewards_earned",
        "referral_rewards_pending",
    ]
    assert [name for name in KIT if types[name] == "datetime"] == ["referral_last_at", "referral_last_reward_at"]
    assert api.get(f"{HERE}/groups/referral_hub").json()["label"] == "Referral hub"


def test_what_exists_is_a_conflict_and_stays(desk: PortalControl, api: Api) -> None:
    """HS-33's reason: another type is left alone."""
    other = CODE | {"type": "number", "fieldType": "number"}
    assert api.post(HERE, other).status_code == 409
    assert api.get(f"{HERE}/referral_code").json()["type"] == "string"
    mixed = api.post(f"{HERE}/batch/create", {"inputs": [other, CODE | {"name": "referral_new"}]})
    told = mixed.json()
    assert (mixed.status_code, told["results"][0]["name"]) == (207, "referral_new")
    assert told["errors"][0]["category"] == "OBJECT_ALREADY_EXISTS"
    assert told["errors"][0]["subCategory"] == "Properties.PROPERTY_WITH_NAME_EXISTS"
    assert api.post(f"{HERE}/groups", {"name": "referral_hub", "label": "Other"}).status_code == 409
    assert api.call("PATCH", f"{HERE}/referral_code", {"type": "number"}).status_code == 400


@pytest.mark.parametrize(
    "change",
    [
        {"name": ""},
        {"name": "Referral Code"},
        {"name": "1code"},
        {"label": None},
        {"groupName": "nothing"},
        {"type": "text"},
        {"fieldType": "number"},
        {"type": "enumeration", "fieldType": "select"},
        {"colour": "blue"},
    ],
)
def test_a_definition_that_cannot_be_is_refused(desk: PortalControl, api: Api, change: dict[str, Any]) -> None:
    before = desk.truth()
    body = CODE | {"name": "referral_new"} | change
    assert api.post(HERE, body).status_code == 400
    good = CODE | {"name": "referral_other"}
    assert api.post(f"{HERE}/batch/create", {"inputs": [good, body]}).status_code == 400
    assert desk.truth() == before, "not even the good one was made"


def test_ten_properties_may_be_unique(api: Api) -> None:
    rows = [CODE | {"name": f"unique_{n}", "hasUniqueValue": True} for n in range(11)]
    assert [api.post(HERE, each).status_code for each in rows] == [201] * 10 + [400]


def test_own_properties_change_and_go_and_the_vendors_stay(desk: PortalControl, api: Api) -> None:
    assert api.call("PATCH", f"{HERE}/referral_code", {"label": "Code"}).json()["label"] == "Code"
    assert api.call("PATCH", f"{HERE}/email", {"label": "Mail"}).status_code == 400
    assert api.call("DELETE", f"{HERE}/email").status_code == 400
    assert api.call("DELETE", f"{HERE}/referral_code").status_code == 204
    assert api.get(f"{HERE}/referral_code").status_code == 404
    desk.remove_property("referral_link")
    assert "referral_link" not in [each["name"] for each in api.get(HERE).json()["results"]]


def test_people_make_properties_of_any_type(desk: PortalControl, api: Api, alice: int) -> None:
    desk.add_property("tier", type="enumeration", field_type="select", options=["gold", "silver"])
    told = api.get(f"{HERE}/tier").json()
    assert [each["value"] for each in told["options"]] == ["gold", "silver"]
    desk.add_property("code_of_deal", object="deals")
    assert desk.create_deal(code_of_deal="X")["properties"]["code_of_deal"] == "X"
    desk.add_property("score", type="number", field_type="number", read_only=True)
    assert api.update((alice, {"score": "1"})).json()["errors"][0]["code"] == "READ_ONLY_VALUE"
