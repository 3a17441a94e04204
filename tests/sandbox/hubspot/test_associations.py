"""Associations are seen from both sides, may carry labels where the plan has them, and are told by webhooks."""

from __future__ import annotations

import pytest

from sandbox.ground.control import DeskRefused
from sandbox.hubspot import PortalControl
from tests.sandbox.hubspot.conftest import CONTACTS, Api

DEALS_TO_CONTACTS = "/crm/associations/2026-03/0-3/0-1"
CONTACTS_TO_DEALS = "/crm/associations/2026-03/contacts/deals"
LABELS = "/crm/associations/2026-03/contacts/contacts/labels"


@pytest.fixture
def deal(desk: PortalControl, alice: int) -> int:
    return int(desk.create_deal(contact=alice, dealname="D")["id"])


def batch(*ids: int) -> dict[str, object]:
    return {"inputs": [{"id": str(each)} for each in ids]}


def test_both_sides_are_read_by_the_batch(api: Api, alice: int, deal: int) -> None:
    told = api.post(f"{DEALS_TO_CONTACTS}/batch/read", batch(deal)).json()["results"]
    assert told[0]["from"] == {"id": str(deal)}
    assert told[0]["to"][0]["toObjectId"] == alice
    plain = {"category": "HUBSPOT_DEFINED", "typeId": 3, "label": None}
    assert told[0]["to"][0]["associationTypes"] == [plain]
    back = api.post(f"{CONTACTS_TO_DEALS}/batch/read", batch(alice)).json()["results"]
    assert [(row["from"]["id"], row["to"][0]["toObjectId"]) for row in back] == [(str(alice), deal)]


def test_a_record_that_is_tied_to_nothing_is_an_error_of_a_207(
    desk: PortalControl, api: Api, alice: int, deal: int
) -> None:
    alone = desk.create_deal(dealname="alone")["id"]
    answer = api.post(f"{DEALS_TO_CONTACTS}/batch/read", batch(deal, alone))
    error = answer.json()["errors"][0]
    assert (answer.status_code, error["subCategory"]) == (207, "crm.associations.NO_ASSOCIATIONS_FOUND")
    assert error["context"]["fromObjectId"] == [str(alone)]


def test_reading_follows_merges(desk: PortalControl, api: Api, alice: int, deal: int) -> None:
    made = desk.merge_contacts(alice, desk.create_contact(email="b@example.com")["id"])["id"]
    told = api.post(f"{DEALS_TO_CONTACTS}/batch/read", batch(deal)).json()["results"]
    assert [each["toObjectId"] for each in told[0]["to"]] == [made]
    assert api.post(f"{CONTACTS_TO_DEALS}/batch/read", batch(alice)).json()["results"][0]["to"][0]["toObjectId"] == deal


def test_one_record_is_read_alone_in_the_older_version_only(api: Api, alice: int, deal: int) -> None:
    path = f"/crm/objects/{{}}/0-3/{deal}/associations/contacts"
    told = api.get(path.format("2026-03"))
    assert [each["toObjectId"] for each in told.json()["results"]] == [alice]
    assert api.get(path.format("2026-09")).status_code == 404


def test_an_app_ties_and_unties(desk: PortalControl, api: Api, alice: int) -> None:
    deal = desk.create_deal(dealname="D")["id"]
    pair = {"from": {"id": str(alice)}, "to": {"id": str(deal)}}
    types = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 4}]
    made = api.post(f"{CONTACTS_TO_DEALS}/batch/create", {"inputs": [pair | {"types": types}]})
    assert (made.status_code, made.json()["results"][0]["toObjectId"]) == (201, deal)
    assert desk.read("deals", deal)["associations"]["contacts"] == [alice]
    assert api.post(f"{CONTACTS_TO_DEALS}/batch/archive", {"inputs": [pair]}).status_code == 204
    assert desk.read("deals", deal)["associations"]["contacts"] == []
    default = f"/crm/objects/2026-03/deals/{deal}/associations/default/contacts/{alice}"
    assert api.call("PUT", default).status_code == 201
    assert desk.read("contacts", alice)["associations"]["deals"] == [deal]
    assert api.call("DELETE", default.replace("/default", "")).status_code == 204
    assert desk.read("contacts", alice)["associations"]["deals"] == []


def test_what_cannot_be_tied_fails_alone(desk: PortalControl, api: Api, alice: int) -> None:
    bob = desk.create_contact(email="bob@example.com")["id"]
    rows = [{"from": {"id": str(alice)}, "to": {"id": str(each)}} for each in (bob, alice, "unknown")]
    answer = api.post("/crm/associations/2026-03/contacts/contacts/batch/associate/default", {"inputs": rows})
    told = answer.json()
    assert (answer.status_code, told["numErrors"]) == (207, 2)
    assert [each["toObjectId"] for each in told["results"]] == [bob]
    assert f"Object {alice} cannot be associated to itself" in told["errors"][0]["message"]
    assert told["errors"][1]["message"] == "unknown is not a valid ID"


def test_a_type_between_other_things_is_refused(api: Api, alice: int, deal: int) -> None:
    path = f"/crm/objects/2026-03/contacts/{alice}/associations/deals/{deal}"
    wrong = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 3}]
    assert api.call("PUT", path, wrong).status_code == 400
    assert api.call("PUT", path, [{"associationTypeId": "x"}]).status_code == 400
    assert api.post("/crm/associations/2026-03/deals/leads/batch/read", batch(1)).json()["results"] == []
    assert api.call("PUT", f"/crm/objects/2026-03/deals/{deal}/associations/default/leads/1").status_code == 400


def test_a_label_has_two_directions(desk: PortalControl, api: Api, alice: int) -> None:
    body = {"label": "Referred by", "name": "referred_by", "inverseLabel": "Referred"}
    there, back = api.post(LABELS, body).json()["results"]
    assert (there["label"], back["label"]) == ("Referred by", "Referred")
    bob = desk.create_contact(email="bob@example.com")["id"]
    types = [{"associationCategory": "USER_DEFINED", "associationTypeId": there["typeId"]}]
    assert api.call("PUT", f"/crm/objects/2026-03/contacts/{bob}/associations/contacts/{alice}", types).json()[
        "labels"
    ] == ["Referred by"]
    read = api.post("/crm/associations/2026-03/contacts/contacts/batch/read", batch(alice)).json()["results"]
    assert [each["label"] for each in read[0]["to"][0]["associationTypes"]] == [None, "Referred"]
    again = api.post(LABELS, body)
    assert (again.status_code, again.json()["category"]) == (409, "CONFLICT")
    listed = api.get(LABELS).json()["results"]
    assert {"Referred by", "Referred"} <= {each["label"] for each in listed}
    assert api.call("DELETE", f"{LABELS}/{there['typeId']}").status_code == 204
    assert [each["label"] for each in api.get(LABELS).json()["results"]] == [None]


@pytest.mark.parametrize("plan", ["free", "starter"])
def test_labels_need_a_plan_that_has_them(desk: PortalControl, api: Api, plan: str) -> None:
    desk.settings(plan=plan)
    body = {"label": "Referred by", "name": "referred_by"}
    assert api.post(LABELS, body).status_code == 403
    assert api.get(LABELS).status_code == 200
    assert desk.truth()["labels"] == []
    with pytest.raises(DeskRefused, match="a plan is one of free, starter, pro, enterprise"):
        desk.settings(plan="gold")


def test_there_are_fifty_labels_at_most(api: Api) -> None:
    made = [api.post(LABELS, {"label": f"L{n}", "name": f"l{n}"}).status_code for n in range(51)]
    assert (set(made[:50]), made[50]) == ({200}, 400)


def test_people_tie_with_a_label_or_as_the_primary_one(desk: PortalControl, api: Api, alice: int) -> None:
    deal = desk.create_deal(dealname="D")["id"]
    api.post("/crm/associations/2026-03/contacts/deals/labels", {"label": "Decision maker", "name": "decision_maker"})
    made = desk.associate("deals", deal, "contacts", alice, primary=True, label="decision_maker")
    assert [each["label"] for each in made["types"]] == [None, "Primary", "Decision maker"]
    with pytest.raises(DeskRefused, match="there is no label"):
        desk.associate("deals", deal, "contacts", alice, label="Boss")


def test_records_are_read_with_what_they_are_tied_to(api: Api, alice: int, deal: int) -> None:
    told = api.get(f"{CONTACTS}/{alice}", associations="deals").json()
    assert told["associations"]["deals"]["results"] == [{"id": str(deal), "type": "contact_to_deal"}]


def test_both_directions_are_told(desk: PortalControl, alice: int) -> None:
    """HS-20c: one tie, two events."""
    deal = desk.create_deal(dealname="D")["id"]
    desk.associate("deals", deal, "contacts", alice, primary=True)
    desk.dissociate("contacts", alice, "deals", deal)
    told = [each["body"] for each in desk.events() if each["body"]["subscriptionType"].endswith("associationChange")]
    seen = [(each["associationType"], each["fromObjectId"], each["associationRemoved"]) for each in told]
    assert sorted(seen) == sorted(
        [
            ("DEAL_TO_CONTACT", deal, False),
            ("CONTACT_TO_DEAL", alice, False),
            ("CONTACT_TO_DEAL", alice, True),
            ("DEAL_TO_CONTACT", deal, True),
        ]
    )
    assert {each["isPrimaryAssociation"] for each in told} == {True}


def test_a_tie_that_was_there_is_not_told_again(desk: PortalControl, alice: int, deal: int) -> None:
    before = len(desk.events())
    desk.associate("contacts", alice, "deals", deal)
    assert len(desk.events()) == before
