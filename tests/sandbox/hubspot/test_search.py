"""Search: filters, pages and their end, and an index that lags behind the truth."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.hubspot import PortalControl
from tests.sandbox.hubspot.conftest import CONTACTS, Api

SEARCH = f"{CONTACTS}/search"


def filtered(*filters: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"filterGroups": [{"filters": list(filters)}], **more}


def where(name: str, operator: str, *values: object) -> dict[str, Any]:
    given = dict(zip(("value", "highValue"), values, strict=False))
    return {"propertyName": name, "operator": operator} | given


def found(api: Api, body: dict[str, Any]) -> list[int]:
    answer = api.post(SEARCH, body)
    assert answer.status_code == 200, answer.text
    return [int(each["id"]) for each in answer.json()["results"]]


@pytest.fixture
def four(desk: PortalControl) -> list[int]:
    """One a second, from 1790000000 on."""
    desk.stop_clock()
    desk.advance(to="2026-09-21T14:13:20+00:00")
    made = []
    for number, name in enumerate(["Ann", "bob", "Cleo", "dan"]):
        rows = {"email": f"{name.lower()}@example.com", "firstname": name}
        made.append(int(desk.create_contact(**rows, referral_count=number if number else None)["id"]))
        desk.advance(1)
    return made


@pytest.mark.parametrize(
    ("filter", "places"),
    [
        (where("firstname", "EQ", "BOB"), [1]),
        (where("firstname", "NEQ", "Bob"), [0, 2, 3]),
        (where("referral_count", "GT", "1"), [2, 3]),
        (where("referral_count", "LTE", "2"), [1, 2]),
        (where("referral_count", "BETWEEN", "2", "10"), [2, 3]),
        (where("referral_count", "HAS_PROPERTY"), [1, 2, 3]),
        (where("referral_count", "NOT_HAS_PROPERTY"), [0]),
        ({"propertyName": "firstname", "operator": "IN", "values": ["ann", "dan"]}, [0, 3]),
        ({"propertyName": "firstname", "operator": "NOT_IN", "values": ["ann", "dan"]}, [1, 2]),
        (where("email", "CONTAINS_TOKEN", "*leo*"), [2]),
        (where("email", "NOT_CONTAINS_TOKEN", "*leo*"), [0, 1, 3]),
        (where("lastmodifieddate", "GTE", "1790000002000"), [2, 3]),
        (where("lastmodifieddate", "GTE", "2026-09-21T14:13:22Z"), [2, 3]),
        (where("lastmodifieddate", "LT", "1790000001000"), [0]),
        (where("lastmodifieddate", "EQ", "1790000001000"), [1]),
    ],
)
def test_a_filter_finds_what_it_says(api: Api, four: list[int], filter: dict[str, Any], places: list[int]) -> None:
    assert found(api, filtered(filter)) == [four[place] for place in places]


def test_numbers_are_compared_as_numbers(desk: PortalControl, api: Api, four: list[int]) -> None:
    desk.update_contact(four[0], referral_count="10")
    assert found(api, filtered(where("referral_count", "GT", "9"))) == [four[0]]


def test_filters_of_a_group_all_hold_and_one_group_is_enough(api: Api, four: list[int]) -> None:
    one = {"filters": [where("firstname", "EQ", "ann"), where("referral_count", "HAS_PROPERTY")]}
    two = {"filters": [where("firstname", "EQ", "dan")]}
    assert found(api, {"filterGroups": [one, two]}) == [four[3]]
    assert found(api, {"query": "cleo"}) == [four[2]]


def test_results_are_sorted_and_paged(api: Api, four: list[int]) -> None:
    body = {"sorts": [{"propertyName": "lastmodifieddate", "direction": "DESCENDING"}], "limit": 3}
    first = api.post(SEARCH, body).json()
    assert [int(each["id"]) for each in first["results"]] == [four[3], four[2], four[1]]
    assert (first["total"], first["paging"]["next"]["after"]) == (4, "3")
    last = api.post(SEARCH, body | {"after": "3"}).json()
    assert [int(each["id"]) for each in last["results"]] == [four[0]]
    assert "paging" not in last


def test_inside_one_stamp_ids_go_on(desk: PortalControl, api: Api) -> None:
    """HS-35: a window of one millisecond is paged by id."""
    desk.stop_clock()
    made = [each["id"] for each in desk.create_contacts([{"email": f"s{n}@example.com"} for n in range(5)])]
    sort = [{"propertyName": "hs_object_id", "direction": "ASCENDING"}]
    assert found(api, filtered(where("hs_object_id", "GT", str(made[2])), sorts=sort)) == made[3:]


@pytest.mark.parametrize(
    "body",
    [
        {"limit": 201},
        {"limit": 0},
        {"limit": 200, "after": "9801"},
        {"limit": 10, "after": "9991"},
        {"after": "x"},
        filtered(where("no_such_property", "EQ", "1")),
        filtered(where("firstname", "SOUNDS_LIKE", "1")),
        filtered(where("firstname", "EQ")),
        filtered(where("referral_count", "GT", "many")),
        filtered(where("lastmodifieddate", "GTE", "yesterday")),
        filtered(where("referral_count", "BETWEEN", "1")),
        {"filterGroups": [{"filters": [where("firstname", "EQ", "x")]}] * 6},
        {"filterGroups": [{"filters": [where("firstname", "EQ", "x")] * 7}]},
        {"filterGroups": [{"filters": [where("firstname", "EQ", "x")] * 5}] * 4},
        {"sorts": ["firstname", "lastname"]},
        {"sorts": ["no_such_property"]},
        {"filters": []},
    ],
)
def test_what_the_search_does_not_do_is_refused(api: Api, alice: int, body: dict[str, Any]) -> None:
    """HS-35: ten thousand results are the end."""
    answer = api.post(SEARCH, body)
    assert (answer.status_code, answer.json()["category"]) == (400, "VALIDATION_ERROR")


def test_the_last_page_of_ten_thousand_is_given(api: Api, alice: int) -> None:
    assert api.post(SEARCH, {"limit": 200, "after": "9800"}).status_code == 200


def test_the_index_lags_behind(desk: PortalControl, api: Api, alice: int) -> None:
    """HS-35: what was just written is found later, the record itself can be read at once."""
    desk.stop_clock()
    desk.index_lag(60)
    desk.advance(61)
    bob = desk.create_contact(email="bob@example.com")["id"]
    assert found(api, {}) == [alice]
    assert api.read(bob).status_code == 200
    desk.update_contact(alice, firstname="Alicia")
    desk.advance(59)
    assert found(api, filtered(where("firstname", "EQ", "Alice"))) == [alice]
    assert found(api, filtered(where("firstname", "EQ", "Alicia"))) == []
    desk.advance(2)
    assert found(api, filtered(where("firstname", "EQ", "Alicia"))) == [alice]
    assert found(api, {}) == [alice, bob]


def test_a_stale_result_shows_its_stale_values(desk: PortalControl, api: Api, alice: int) -> None:
    desk.stop_clock()
    desk.index_lag(60)
    desk.advance(100)
    before = desk.contact(alice)["lastmodifieddate"]
    for name in ("B", "C", "D"):
        desk.update_contact(alice, firstname=name)
        desk.advance(25)
    told = api.post(SEARCH, {"properties": ["firstname"]}).json()["results"][0]
    assert told["properties"]["firstname"] == "B", "75 s after B and 50 s after C"
    assert told["properties"]["lastmodifieddate"] > before
    desk.advance(60)
    assert api.post(SEARCH, {"properties": ["firstname"]}).json()["results"][0]["properties"]["firstname"] == "D"


def test_a_deleted_record_is_found_for_as_long_as_the_index_lags(desk: PortalControl, api: Api, alice: int) -> None:
    desk.stop_clock()
    desk.index_lag(60)
    desk.advance(100)
    desk.delete_contact(alice)
    assert found(api, {}) == [alice]
    desk.advance(61)
    assert found(api, {}) == []


def test_merged_and_forgotten_records_are_not_found(desk: PortalControl, api: Api, four: list[int]) -> None:
    made = desk.merge_contacts(four[0], four[1])["id"]
    desk.forget_contact(four[2])
    assert found(api, {}) == [four[3], made]


def test_deals_have_another_name_for_their_last_change(desk: PortalControl, api: Api) -> None:
    deal = desk.create_deal(dealname="Teapots", amount="5")["id"]
    body = filtered(where("hs_lastmodifieddate", "GTE", "0"))
    told = api.post("/crm/objects/2026-03/0-3/search", body).json()["results"]
    assert [(each["id"], each["properties"]["dealname"]) for each in told] == [(str(deal), "Teapots")]
    wrong = filtered(where("lastmodifieddate", "GTE", "0"))
    assert api.post("/crm/objects/2026-03/0-3/search", wrong).status_code == 400
