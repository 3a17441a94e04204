"""Records are read, listed, changed and archived one by one; merges make new ids, and old ones still lead there."""

from __future__ import annotations

import pytest

from sandbox.ground.control import DeskRefused
from sandbox.hubspot import PortalControl
from tests.sandbox.hubspot.conftest import CONTACTS, Api

DEALS = "/crm/objects/2026-03/0-3"


def test_a_contact_is_told_with_what_was_asked_for(api: Api, alice: int) -> None:
    told = api.get(f"{CONTACTS}/{alice}", properties="email,phone,no_such_property").json()
    assert told["id"] == str(alice)
    assert told["properties"]["email"] == "alice@example.com"
    assert told["properties"]["phone"] is None
    assert "no_such_property" not in told["properties"]
    assert {"createdate", "hs_object_id", "lastmodifieddate"} <= set(told["properties"])
    assert told["archived"] is False


@pytest.mark.parametrize("query", ["properties=email&properties=firstname", "properties=email,firstname"])
def test_properties_may_be_repeated_or_joined(api: Api, alice: int, query: str) -> None:
    told = api.get(f"{CONTACTS}/{alice}?{query}").json()["properties"]
    assert (told["email"], told["firstname"]) == ("alice@example.com", "Alice")


@pytest.mark.parametrize("name", ["contacts", "contact", "0-1"])
@pytest.mark.parametrize("version", ["2026-03", "2026-09"])
def test_an_object_type_has_several_names(api: Api, alice: int, name: str, version: str) -> None:
    assert api.get(f"/crm/objects/{version}/{name}/{alice}").status_code == 200


def test_what_is_not_there_is_not_found(api: Api, alice: int) -> None:
    assert api.get(f"{CONTACTS}/1").status_code == 404
    assert api.get(f"{DEALS}/{alice}").status_code == 404, "a contact's id is no deal's"
    assert api.get("/crm/objects/2026-03/teapots/1").status_code == 400


def test_a_contact_is_found_by_its_email(api: Api, alice: int) -> None:
    assert api.get(f"{CONTACTS}/ALICE@example.com", idProperty="email").json()["id"] == str(alice)


def test_a_change_moves_the_time_of_the_last_change_and_nothing_else_does(
    desk: PortalControl, api: Api, alice: int
) -> None:
    desk.stop_clock()
    before = desk.contact(alice)["lastmodifieddate"]
    desk.advance(1)
    assert api.call("PATCH", f"{CONTACTS}/{alice}", {"properties": {"firstname": "Alice"}}).status_code == 200
    assert desk.contact(alice)["lastmodifieddate"] == before, "the value was there already"
    api.call("PATCH", f"{CONTACTS}/{alice}", {"properties": {"firstname": "Alicia"}})
    assert desk.contact(alice)["lastmodifieddate"] > before


def test_an_empty_text_clears(desk: PortalControl, api: Api, alice: int) -> None:
    api.call("PATCH", f"{CONTACTS}/{alice}", {"properties": {"firstname": ""}})
    assert "firstname" not in desk.contact(alice)
    assert api.get(f"{CONTACTS}/{alice}", properties="firstname").json()["properties"]["firstname"] is None


def test_an_email_belongs_to_one_contact(desk: PortalControl, api: Api, alice: int) -> None:
    made = desk.create_contact(email="bob@example.com")
    refused = api.call("PATCH", f"{CONTACTS}/{made['id']}", {"properties": {"email": "Alice@Example.com"}})
    assert (refused.status_code, refused.json()["category"]) == (409, "CONFLICT")
    assert refused.json()["message"].endswith(f"Existing ID: {alice}")
    desk.delete_contact(alice)
    freed = api.call("PATCH", f"{CONTACTS}/{made['id']}", {"properties": {"email": "alice@example.com"}})
    assert freed.status_code == 200


def test_lists_have_pages_and_an_end(desk: PortalControl, api: Api) -> None:
    made = [each["id"] for each in desk.create_contacts([{"email": f"u{n}@example.com"} for n in range(5)])]
    seen: list[int] = []
    after = ""
    for _ in range(3):
        told = api.get(CONTACTS, limit=2, after=after).json()
        seen += [int(each["id"]) for each in told["results"]]
        after = told.get("paging", {}).get("next", {}).get("after", "")
    assert (seen, after) == (made, "")
    assert api.get(CONTACTS, limit=101).status_code == 400


def test_deleted_records_are_listed_as_archived_only(desk: PortalControl, api: Api, alice: int) -> None:
    desk.delete_contact(alice)
    assert api.get(f"{CONTACTS}/{alice}").status_code == 404
    assert api.get(CONTACTS).json()["results"] == []
    assert api.get(f"{CONTACTS}/{alice}", archived="true").json()["archived"] is True
    listed = api.get(CONTACTS, archived="true").json()["results"]
    assert [each["id"] for each in listed] == [str(alice)]
    desk.restore("contacts", alice)
    assert api.get(f"{CONTACTS}/{alice}").status_code == 200


def test_merging_makes_a_new_record_that_old_ids_lead_to(desk: PortalControl, api: Api, alice: int) -> None:
    """HS-19: ids go, the record stays; also after a second merge."""
    bob = desk.create_contact(email="bob@example.com", phone="1", firstname="Bob")["id"]
    first = desk.merge_contacts(alice, bob)["id"]
    assert first not in (alice, bob)
    told = desk.contact(first)
    assert (told["email"], told["firstname"], told["phone"]) == ("alice@example.com", "Alice", "1")
    assert told["hs_additional_emails"] == "bob@example.com"
    assert told["hs_merged_object_ids"] == f"{alice};{bob}"
    last = desk.merge_contacts(desk.create_contact(email="c@example.com")["id"], first)["id"]
    for old in (alice, bob, first):
        assert api.get(f"{CONTACTS}/{old}").json()["id"] == str(last)
    assert [each["id"] for each in api.get(CONTACTS).json()["results"]] == [str(last)]
    assert api.get(CONTACTS, archived="true").json()["results"] == [], "a merge is no deletion"
    with pytest.raises(DeskRefused, match="itself"):
        desk.merge_contacts(last, alice)


def test_a_merge_takes_its_ties_along(desk: PortalControl, api: Api, alice: int) -> None:
    bob = desk.create_contact(email="bob@example.com")["id"]
    deals = [desk.create_deal(contact=each, dealname="D")["id"] for each in (alice, bob)]
    made = desk.merge_contacts(alice, bob)["id"]
    assert desk.read("contacts", made)["associations"]["deals"] == deals
    assert [desk.read("deals", each)["associations"]["contacts"] for each in deals] == [[made], [made]]


def test_a_privacy_deletion_leaves_nothing(desk: PortalControl, api: Api, alice: int) -> None:
    desk.forget_contact(alice)
    assert api.get(f"{CONTACTS}/{alice}").status_code == 404
    assert api.get(f"{CONTACTS}/{alice}", archived="true").status_code == 404
    assert api.get(CONTACTS, archived="true").json()["results"] == []
    assert api.read(alice, archived=True).status_code == 207
    assert "alice" not in str(desk.truth()["contacts"])


@pytest.mark.parametrize(
    ("pipeline", "won", "lost"),
    [("default", "closedwon", "closedlost"), ("766123001", "1102233002", "1102233003")],
)
def test_a_deal_is_won_by_its_stage_whatever_it_is_called(
    desk: PortalControl, api: Api, pipeline: str, won: str, lost: str
) -> None:
    """HS-20d: the other pipeline's stages are numbers."""
    deal = desk.create_deal(dealname="D", amount="1500.50")["id"]
    flags = "hs_is_closed_won,hs_is_closed,hs_is_closed_lost,dealstage,pipeline,closedate,deal_currency_code"

    def seen() -> dict[str, str]:
        told: dict[str, str] = api.get(f"{DEALS}/{deal}", properties=flags).json()["properties"]
        return told

    assert (seen()["hs_is_closed_won"], seen()["closedate"]) == ("false", None)
    desk.win_deal(deal, pipeline=pipeline)
    told = seen()
    assert (told["hs_is_closed_won"], told["dealstage"], told["pipeline"]) == ("true", won, pipeline)
    assert told["closedate"] is not None
    assert told["deal_currency_code"] == "EUR"
    desk.lose_deal(deal)
    told = seen()
    assert (told["hs_is_closed_won"], told["hs_is_closed_lost"], told["dealstage"]) == ("false", "true", lost)
    desk.reopen_deal(deal)
    assert (seen()["hs_is_closed"], seen()["hs_is_closed_lost"]) == ("false", "false")


def test_a_portal_with_one_currency_writes_none_on_its_deals(desk: PortalControl) -> None:
    desk.settings(multi_currency=False)
    assert "deal_currency_code" not in desk.create_deal(dealname="D")["properties"]


def test_pipelines_can_be_read(api: Api) -> None:
    told = api.get("/crm/pipelines/2026-03/deals").json()["results"]
    won = [each["id"] for pipe in told for each in pipe["stages"] if each["metadata"]["probability"] == "1.0"]
    assert won == ["closedwon", "1102233002"]
    assert api.get("/crm/pipelines/2026-03/deals/766123001").json()["label"] == "Partner Pipeline"
    assert api.get("/crm/pipelines/2026-03/deals/1").status_code == 404


def test_orders_and_leads_are_records_too(desk: PortalControl, api: Api, alice: int) -> None:
    order = desk.create("orders", contact=alice, hs_order_name="#1", hs_total_price="10.00")["id"]
    lead = desk.create("leads", contact=alice, hs_lead_name="L")["id"]
    told = api.get(f"/crm/objects/2026-03/0-123/{order}", properties="hs_total_price", associations="contacts").json()
    assert told["properties"]["hs_total_price"] == "10.00"
    assert told["associations"]["contacts"]["results"] == [{"id": str(alice), "type": "order_to_contact"}]
    assert api.get(f"/crm/objects/2026-03/leads/{lead}").status_code == 200


def test_an_app_can_create_and_archive(desk: PortalControl, api: Api) -> None:
    made = api.post(CONTACTS, {"properties": {"email": "new@example.com"}})
    assert made.status_code == 201
    assert made.json()["properties"]["hs_object_source"] == "INTEGRATION"
    assert api.post(CONTACTS, {"properties": {"email": "new@example.com"}}).status_code == 409
    assert [api.call("DELETE", f"{CONTACTS}/{made.json()['id']}").status_code for _ in range(2)] == [204, 204]
    assert desk.read("contacts", int(made.json()["id"]))["archived_at"] is not None
