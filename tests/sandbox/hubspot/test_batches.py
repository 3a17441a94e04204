"""Batches: a hundred at most, one bad value refuses all of them, one missing record only itself."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sandbox.hubspot import PortalControl
from tests.sandbox.hubspot.conftest import CONTACTS, Api

UPDATE = f"{CONTACTS}/batch/update"


@pytest.fixture
def three(desk: PortalControl) -> list[int]:
    return [int(each["id"]) for each in desk.create_contacts([{"email": f"u{n}@example.com"} for n in range(3)])]


def test_a_batch_is_written_and_told(desk: PortalControl, api: Api, three: list[int]) -> None:
    answer = api.update(*((each, {"referral_code": f"C-{each}"}) for each in three))
    told = answer.json()
    assert (answer.status_code, told["status"]) == (200, "COMPLETE")
    assert [each["id"] for each in told["results"]] == [str(each) for each in three]
    assert [desk.contact(each)["referral_code"] for each in three] == [f"C-{each}" for each in three]


def test_a_missing_record_fails_alone(desk: PortalControl, api: Api, three: list[int]) -> None:
    """HS-21."""
    rows: list[tuple[int | str, dict[str, Any]]] = [(each, {"referral_code": "X"}) for each in three]
    answer = api.update(rows[0], ("unknownIdentifier888", {"referral_code": "X"}), *rows[1:])
    told = answer.json()
    assert (answer.status_code, told["status"], told["numErrors"]) == (207, "COMPLETE", 1)
    assert told["errors"][0]["category"] == "OBJECT_NOT_FOUND"
    assert told["errors"][0]["context"]["ids"] == ["unknownIdentifier888"]
    assert len(told["results"]) == 3
    assert {desk.contact(each)["referral_code"] for each in three} == {"X"}


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"nothing_like_it": "1"}, "PROPERTY_DOESNT_EXIST"),
        ({"referral_count": "three"}, "INVALID_INTEGER"),
        ({"hs_object_id": "1"}, "READ_ONLY_VALUE"),
    ],
)
def test_one_bad_value_refuses_the_whole_batch(
    desk: PortalControl, api: Api, three: list[int], values: dict[str, str], code: str
) -> None:
    """HS-23."""
    before = desk.truth()
    answer = api.update((three[0], {"referral_code": "X"}), (three[1], {"referral_code": "Y"} | values))
    told = answer.json()
    assert (answer.status_code, told["category"]) == (400, "VALIDATION_ERROR")
    assert told["errors"][0]["code"] == code
    assert told["errors"][0]["context"]["propertyName"] == list(values)
    listed = json.loads(told["message"].removeprefix("Property values were not valid: "))
    assert (listed[0]["error"], listed[0]["name"], listed[0]["isValid"]) == (code, *values, False)
    assert desk.truth() == before


def test_every_bad_value_is_named(api: Api, three: list[int]) -> None:
    told = api.update((three[0], {"one": "1", "two": "2"}), (three[1], {"one": "1"})).json()
    assert [each["context"]["propertyName"] for each in told["errors"]] == [["one"], ["two"], ["one"]]


def test_the_same_id_twice_refuses_the_whole_batch(desk: PortalControl, api: Api, three: list[int]) -> None:
    """HS-24."""
    answer = api.update((three[0], {"referral_code": "X"}), (three[0], {"referral_code": "Y"}))
    told = answer.json()
    assert (answer.status_code, told["context"]) == (400, {"ids": [str(three[0])]})
    assert told["message"] == f"Duplicate IDs found in batch input: [{three[0]}]. IDs must be unique"
    assert "referral_code" not in desk.contact(three[0])


@pytest.mark.parametrize("what", ["batch/read", "batch/update", "batch/create", "batch/upsert", "batch/archive"])
@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({}, "required fields were not set"),
        ({"inputs": []}, "required fields were not set"),
        ({"inputs": [{"id": str(number)} for number in range(101)]}, "maximum number of inputs"),
    ],
)
def test_a_batch_has_one_to_a_hundred_rows(api: Api, what: str, body: object, said: str) -> None:
    """HS-25."""
    answer = api.post(f"{CONTACTS}/{what}", body)
    assert (answer.status_code, answer.json()["category"]) == (400, "VALIDATION_ERROR")
    assert said in answer.json()["message"]


def test_a_hundred_rows_pass(desk: PortalControl, api: Api) -> None:
    made = desk.create_contacts([{"email": f"m{n}@example.com"} for n in range(100)])
    answer = api.update(*((each["id"], {"referral_count": "1"}) for each in made))
    assert (answer.status_code, len(answer.json()["results"])) == (200, 100)


@pytest.mark.parametrize("value", [3, 1.5, True, None, ["x"], {"x": "y"}])
def test_values_that_are_no_texts_refuse_the_whole_batch(
    desk: PortalControl, api: Api, three: list[int], value: object
) -> None:
    """HS-27."""
    answer = api.update((three[0], {"referral_code": "X"}), (three[1], {"referral_count": value}))
    assert answer.status_code == 400
    assert "Invalid input JSON" in answer.json()["message"]
    assert "referral_code" not in desk.contact(three[0])


@pytest.mark.parametrize(
    "body",
    [
        {"inputs": [{"id": 5, "properties": {}}]},
        {"inputs": [{"id": "5", "properties": []}]},
        {"inputs": [{"id": "5"}]},
        {"inputs": ["5"]},
        {"inputs": [{"id": "5", "properties": {}, "props": {}}]},
        [],
    ],
)
def test_rows_of_another_shape_are_refused(api: Api, body: object) -> None:
    assert api.post(UPDATE, body).status_code == 400


def test_a_body_that_is_no_json_is_refused(api: Api) -> None:
    headers = {"Authorization": f"Bearer {api.token}", "Content-Type": "application/json"}
    broken = api.session.post(api.base_url + UPDATE, data=b"{", headers=headers, timeout=5)
    assert (broken.status_code, "Invalid input JSON" in broken.json()["message"]) == (400, True)
    plain = api.session.post(api.base_url + UPDATE, data=b"{}", headers=headers | {"Content-Type": "text/plain"})
    assert plain.status_code == 415


def test_an_email_that_is_taken_fails_alone(desk: PortalControl, api: Api, three: list[int]) -> None:
    answer = api.update((three[0], {"email": "u1@example.com"}), (three[2], {"firstname": "C"}))
    told = answer.json()
    assert answer.status_code == 207
    assert (told["errors"][0]["category"], told["errors"][0]["context"]) == ("CONFLICT", {"ids": [str(three[0])]})
    assert desk.contact(three[2])["firstname"] == "C"


def test_reading_tells_what_is_missing(api: Api, three: list[int]) -> None:
    answer = api.read(*three, 5, properties=["email"])
    told = answer.json()
    assert answer.status_code == 207
    assert [each["properties"]["email"] for each in told["results"]] == [f"u{n}@example.com" for n in range(3)]
    assert told["errors"][0]["context"]["ids"] == ["5"]
    assert "associations" not in told["results"][0]


def test_reading_follows_merges(desk: PortalControl, api: Api, three: list[int]) -> None:
    """HS-19: two old ids are one record."""
    made = desk.merge_contacts(three[0], three[1])["id"]
    answer = api.read(*three)
    assert answer.status_code == 200
    assert sorted(int(each["id"]) for each in answer.json()["results"]) == sorted([made, three[2]])


@pytest.mark.parametrize(("follow", "status"), [(True, 200), (False, 207)])
def test_whether_updates_follow_merges_can_be_chosen(
    desk: PortalControl, api: Api, three: list[int], follow: bool, status: int
) -> None:
    """HS-21: the documentation promises it for reading only."""
    desk.settings(updates_follow_merges=follow)
    made = desk.merge_contacts(three[0], three[1])["id"]
    assert api.update((three[0], {"referral_code": "X"})).status_code == status
    assert ("referral_code" in desk.contact(made)) is follow
    assert api.update((made, {"referral_code": "Y"})).status_code == 200


def test_reading_by_a_unique_property(desk: PortalControl, api: Api, three: list[int]) -> None:
    desk.add_property("member_no", unique=True)
    desk.update_contact(three[1], member_no="M1")
    by_email = api.read("u0@example.com", idProperty="email").json()
    assert [each["id"] for each in by_email["results"]] == [str(three[0])]
    assert api.read("M1", idProperty="member_no").json()["results"][0]["id"] == str(three[1])
    assert api.read("x", idProperty="firstname").status_code == 400
    taken = api.update((three[2], {"member_no": "M1"}))
    assert "already has that value" in taken.json()["errors"][0]["message"]


def test_deleted_records_are_read_only_when_asked_for(desk: PortalControl, api: Api, alice: int) -> None:
    desk.delete_contact(alice)
    assert api.read(alice).json()["errors"][0]["context"]["ids"] == [str(alice)]
    there = api.post(f"{CONTACTS}/batch/read?archived=true", {"inputs": [{"id": str(alice)}]}).json()
    assert there["results"][0]["archived"] is True
    assert api.update((alice, {"firstname": "A"})).status_code == 207


def test_creating_with_trace_ids_fails_row_by_row(desk: PortalControl, api: Api, alice: int) -> None:
    rows = [
        {"properties": {"email": "alice@example.com"}, "objectWriteTraceId": "0"},
        {"properties": {"email": "new@example.com"}, "objectWriteTraceId": "1"},
    ]
    answer = api.post(f"{CONTACTS}/batch/create", {"inputs": rows})
    told = answer.json()
    assert (answer.status_code, len(told["results"])) == (207, 1)
    assert told["errors"][0]["context"] == {"objectWriteTraceId": ["0"], "existingId": [str(alice)]}
    without = [{"properties": {"email": each}} for each in ("third@example.com", "alice@example.com")]
    refused = api.post(f"{CONTACTS}/batch/create", {"inputs": without})
    assert (refused.status_code, refused.json()["category"]) == (409, "CONFLICT")
    assert len(desk.records("contacts")) == 2, "the third was taken back"


def test_upserting_finds_or_makes(desk: PortalControl, api: Api, alice: int) -> None:
    def put(*rows: dict[str, Any]) -> Any:
        return api.post(f"{CONTACTS}/batch/upsert", {"inputs": [{"idProperty": "email"} | row for row in rows]})

    told = put(
        {"id": "alice@example.com", "properties": {"email": "alice@example.com", "firstname": "A"}},
        {"id": "new@example.com", "properties": {"email": "new@example.com"}},
    ).json()
    assert [each["new"] for each in told["results"]] == [False, True]
    assert desk.contact(alice)["firstname"] == "A"
    assert put({"id": "alice@example.com", "properties": {"firstname": "B"}}).status_code == 400
    twice = {"id": "alice@example.com", "properties": {"email": "alice@example.com"}}
    assert put(twice, twice).status_code == 409


def test_archiving_many(desk: PortalControl, api: Api, three: list[int]) -> None:
    body = {"inputs": [{"id": str(each)} for each in (*three, 5)]}
    assert api.post(f"{CONTACTS}/batch/archive", body).status_code == 204
    assert all(each["archived_at"] for each in desk.records("contacts"))
