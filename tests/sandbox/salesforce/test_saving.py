"""Saving by the API: what a field takes, what is refused row by row, and what follows from a saving."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.salesforce import OrgControl
from tests.sandbox.salesforce.conftest import Api


def errors(results: list[dict[str, Any]]) -> list[str | None]:
    """The code of each row that failed, None for one that was saved."""
    return [None if each["success"] else each["errors"][0]["statusCode"] for each in results]


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ({"Referral_Code__c": " ANNA-1 "}, "ANNA-1"),
        ({"Referral_Code__c": ""}, None),
        ({"Referral_Code__c": None}, None),
        ({"Referral_Code__c": 12}, "12"),
        ({"referral_code__C": "x"}, "x"),
        ({"Referral_Code__c": "ü" * 64}, "ü" * 64),
        ({"Referral_Count__c": 3}, "3"),
        ({"Referral_Count__c": "2.5"}, "3"),
        ({"Referral_Revenue__c": 19.995}, "20.00"),
        ({"Referral_Revenue__c": "-0.005"}, "-0.01"),
        ({"Referral_Revenue__c": "9999999999999999.99"}, "9999999999999999.99"),
        ({"Referral_Last_At__c": "2026-03-01T11:00:00.999+01:00"}, "2026-03-01T10:00:00.000+0000"),
        ({"Referral_Link__c": "https://x.example/?a=ü"}, "https://x.example/?a=ü"),
    ],
)
def test_a_field_keeps(
    desk: OrgControl, api: Api, anna: dict[str, Any], given: dict[str, Any], kept: str | None
) -> None:
    assert errors(api.save({"id": anna["Id"], **given})) == [None]
    name = next(each for each in desk.read(anna["Id"]) if each.lower() == next(iter(given)).lower())
    found = desk.read(anna["Id"])[name]
    assert (None if found is None else str(found)) in (kept, f"{kept}.0", str(kept).removesuffix("0"))


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"Nope__c": "x"}, "INVALID_FIELD"),
        ({"Referral_Code__c": "x" * 65}, "STRING_TOO_LONG"),
        ({"Referral_Code__c": True}, "INVALID_TYPE_ON_FIELD_IN_RECORD"),
        ({"Referral_Code__c": {"a": 1}}, "INVALID_TYPE_ON_FIELD_IN_RECORD"),
        ({"Referral_Count__c": "many"}, "INVALID_TYPE_ON_FIELD_IN_RECORD"),
        ({"Referral_Count__c": False}, "INVALID_TYPE_ON_FIELD_IN_RECORD"),
        ({"Referral_Count__c": 1_000_000_000}, "NUMBER_OUTSIDE_VALID_RANGE"),
        ({"Referral_Last_At__c": "2026-03-01T11:00:00"}, "INVALID_TYPE_ON_FIELD_IN_RECORD"),
        ({"Referral_Last_At__c": "yesterday"}, "INVALID_TYPE_ON_FIELD_IN_RECORD"),
        ({"Email": "no address"}, "INVALID_EMAIL_ADDRESS"),
        ({"LastName": None}, "REQUIRED_FIELD_MISSING"),
        ({"AccountId": "001SY0000000099YAA"}, "INVALID_CROSS_REFERENCE_KEY"),
        ({"AccountId": "nonsense"}, "MALFORMED_ID"),
        ({"MasterRecordId": None}, "INVALID_FIELD_FOR_INSERT_UPDATE"),
        ({"SystemModstamp": "2026-03-01T11:00:00Z"}, "INVALID_FIELD_FOR_INSERT_UPDATE"),
    ],
)
def test_a_row_is_refused_and_changes_nothing(
    desk: OrgControl, api: Api, anna: dict[str, Any], given: dict[str, Any], code: str
) -> None:
    """SF-41."""
    results = api.save({"id": anna["Id"], "Referral_Status__c": "advocate", **given})
    assert errors(results) == [code]
    assert results[0]["id"] == anna["Id"]
    assert desk.read(anna["Id"]) == anna


def test_rows_stand_by_themselves_and_in_their_order(desk: OrgControl, api: Api) -> None:
    """SF-37."""
    ids = desk.create_many("Contact", [{"LastName": f"N{number}"} for number in range(200)])
    desk.fate("row_locked", "collections", rows=[ids[7]])
    rows = [{"id": each, "Referral_Count__c": place} for place, each in enumerate(ids)]
    rows[100]["Referral_Code__c"] = "x" * 65
    results = api.save(*rows)
    assert [result["id"] for result in results] == ids
    assert {place: code for place, code in enumerate(errors(results)) if code} == {
        7: "UNABLE_TO_LOCK_ROW",
        100: "STRING_TOO_LONG",
    }
    kept = [desk.read(each)["Referral_Count__c"] for each in (ids[6], ids[7], ids[99], ids[100], ids[199])]
    assert kept == [6, None, 99, None, 199]


def test_all_or_none_takes_the_good_rows_back(desk: OrgControl, api: Api, anna: dict[str, Any]) -> None:
    other = desk.create_contact(LastName="Other")
    rows = [{"id": anna["Id"], "Referral_Count__c": 1}, {"id": other["Id"], "Nope": 1}]
    assert errors(api.save(*rows, all_or_none=True)) == ["ALL_OR_NONE_OPERATION_ROLLED_BACK", "INVALID_FIELD"]
    assert desk.read(anna["Id"]) == anna
    assert [each["record_id"] for each in desk.notifications(object="Contact")] == [anna["Id"], other["Id"]]


def test_a_row_names_one_living_record_of_its_type(desk: OrgControl, api: Api, anna: dict[str, Any]) -> None:
    gone, lead = desk.create_contact(LastName="Gone"), desk.create_lead(LastName="Lead")
    desk.delete(gone["Id"])
    converted = desk.create_lead(LastName="Converted")
    desk.convert_lead(converted["Id"])
    code = {"Referral_Code__c": "X"}
    results = api.save(
        {"id": anna["Id"][:15], **code},
        {"id": anna["Id"], **code},
        {**code},
        {"id": "003SY0000000zzzAAA", **code},
        {"id": "not an id", **code},
        {"id": gone["Id"], **code},
        {"id": lead["Id"], **code},
        {"id": lead["Id"], "type": "Lead", **code},
        {"id": converted["Id"], "type": "Lead", **code},
    )
    assert errors(results) == [
        None,
        "DUPLICATE_VALUE",
        "MISSING_ARGUMENT",
        "INVALID_CROSS_REFERENCE_KEY",
        "MALFORMED_ID",
        "ENTITY_IS_DELETED",
        "MALFORMED_ID",
        "DUPLICATE_VALUE",
        "CANNOT_UPDATE_CONVERTED_LEAD",
    ]
    assert results[0]["id"] == anna["Id"]


@pytest.mark.parametrize(
    ("records", "code"),
    [
        ([], "REQUIRED_FIELD_MISSING"),
        ([{"attributes": {"type": "Contact"}, "LastName": "x"}] * 201, "EXCEEDED_ID_LIMIT"),
        ([{"LastName": "x"}], "INVALID_INPUT"),
        ([{"attributes": {"type": kind}} for kind in ("Contact", "Lead") * 6], "INVALID_INPUT"),
        (["x"], "JSON_PARSER_ERROR"),
    ],
)
def test_a_call_that_makes_no_sense_saves_no_row(desk: OrgControl, api: Api, records: list[Any], code: str) -> None:
    before = desk.truth()
    for method in ("PATCH", "POST"):
        assert api.refused(method, "/composite/sobjects", {"records": records}) == (400, code)
    assert api.call("PATCH", "/composite/sobjects", headers={"Content-Type": "application/json"}).status_code == 400
    assert desk.truth() == before


def test_ten_runs_of_types_are_taken(desk: OrgControl, api: Api) -> None:
    contact, lead = desk.create_contact(LastName="C")["Id"], desk.create_lead(LastName="L")["Id"]
    rows = [{"type": kind, "id": number} for kind, number in (("Contact", contact), ("Lead", lead))] * 5
    assert errors(api.save(*rows)) == [None, None] + ["DUPLICATE_VALUE"] * 8


def test_every_saving_moves_the_stamps_and_names_who_did_it(desk: OrgControl, api: Api, anna: dict[str, Any]) -> None:
    desk.advance(10)
    api.save({"id": anna["Id"], "LastName": anna["LastName"]})
    saved = desk.read(anna["Id"])
    assert saved["SystemModstamp"] == saved["LastModifiedDate"] > anna["SystemModstamp"]
    assert saved["SystemModstamp"].endswith(".000+0000")
    assert saved["LastModifiedById"] == desk.hello()["users"]["integration"]
    assert (saved["CreatedDate"], saved["CreatedById"]) == (anna["CreatedDate"], anna["CreatedById"])
    desk.advance(10)
    touched = desk.touch(anna["Id"])
    assert touched["SystemModstamp"] > touched["LastModifiedDate"] == saved["LastModifiedDate"]


def test_single_records_are_made_read_changed_and_deleted(desk: OrgControl, api: Api) -> None:
    made = api.call("POST", "/sobjects/Contact", {"LastName": "Berg", "Email": "berg@example.com"})
    assert (made.status_code, made.json()["success"]) == (201, True)
    place = f"/sobjects/Contact/{made.json()['id']}"
    told = api.get(place, fields="Id,Email,Name")
    assert (told["Email"], told["Name"], told["attributes"]["type"]) == ("berg@example.com", "Berg", "Contact")
    changed = api.call("PATCH", place, {"Email": None})
    assert (changed.status_code, changed.content) == (204, b"")
    assert api.get(place)["Email"] is None
    assert api.refused("PATCH", place, {"Email": "nonsense"}) == (400, "INVALID_EMAIL_ADDRESS")
    assert api.refused("PATCH", place, {"Id": "x"}) == (400, "INVALID_FIELD")
    assert api.refused("GET", place, params={"fields": "Nope"}) == (400, "INVALID_FIELD")
    assert api.refused("POST", "/sobjects/Contact", {"FirstName": "x"}) == (400, "REQUIRED_FIELD_MISSING")
    assert api.call("DELETE", place).status_code == 204
    for method in ("GET", "PATCH", "DELETE"):
        assert api.refused(method, place, {}) == (404, "ENTITY_IS_DELETED")
    assert api.refused("GET", "/sobjects/Lead/" + made.json()["id"]) == (404, "NOT_FOUND")
    assert api.refused("GET", "/sobjects/Nothing/" + made.json()["id"]) == (404, "NOT_FOUND")


@pytest.mark.parametrize("value", ["a b", "a/b", "a?b", "O'Hara\\", "ü", "50%"])
def test_an_external_id_may_hold_anything_once_it_is_quoted(desk: OrgControl, api: Api, value: str) -> None:
    """SF-45."""
    from urllib.parse import quote

    place = f"/sobjects/Contact/Referral_Hub_Id__c/{quote(value, safe='')}"
    made = api.call("PATCH", place, {"LastName": "Berg"})
    assert (made.status_code, made.json()["created"]) == (201, True)
    again = api.call("PATCH", place, {"LastName": "Tal"})
    assert (again.status_code, again.json()["id"]) == (200, made.json()["id"])
    record = desk.read(made.json()["id"])
    assert (record["Referral_Hub_Id__c"], record["LastName"]) == (value, "Tal")
    assert api.get(place)["Id"] == record["Id"]


def test_rows_are_upserted_by_an_external_id_and_by_nothing_else(desk: OrgControl, api: Api) -> None:
    known = desk.create_contact(LastName="Known", Referral_Hub_Id__c="p1")
    rows = [{"Referral_Hub_Id__c": "p1", "Referral_Count__c": 1}, {"Referral_Hub_Id__c": "p2", "LastName": "New"}, {}]
    records = [{"attributes": {"type": "Contact"}, **row} for row in rows]
    told = api.call("PATCH", "/composite/sobjects/Contact/Referral_Hub_Id__c", {"records": records}).json()
    assert [(each["success"], each.get("created")) for each in told] == [(True, False), (True, True), (False, None)]
    assert told[0]["id"] == known["Id"]
    assert desk.read(told[1]["id"])["Referral_Hub_Id__c"] == "p2"
    wrong = "/composite/sobjects/Contact/Email"
    assert api.refused("PATCH", wrong, {"records": records}) == (404, "NOT_FOUND")


def test_an_external_id_is_somebodys_alone_and_its_case_matters(
    desk: OrgControl, api: Api, anna: dict[str, Any]
) -> None:
    desk.create_contact(LastName="Other", Referral_Hub_Id__c="p1")
    assert errors(api.save({"id": anna["Id"], "Referral_Hub_Id__c": "p1"})) == ["DUPLICATE_VALUE"]
    assert errors(api.save({"id": anna["Id"], "Referral_Hub_Id__c": "P1"})) == [None]


def test_a_lock_on_an_account_holds_its_contacts(desk: OrgControl, api: Api, anna: dict[str, Any]) -> None:
    row = {"id": anna["Id"], "Referral_Count__c": 1}
    desk.lock(anna["AccountId"], times=2)
    assert [errors(api.save(row)) for _ in range(3)] == [["UNABLE_TO_LOCK_ROW"], ["UNABLE_TO_LOCK_ROW"], [None]]
    desk.lock(anna["AccountId"], times=-1)
    assert [errors(api.save(row)) for _ in range(2)] == [["UNABLE_TO_LOCK_ROW"]] * 2
    desk.lock(anna["AccountId"], times=0)
    assert errors(api.save(row)) == [None]


def test_a_validation_rule_speaks_to_programs(desk: OrgControl, api: Api, anna: dict[str, Any]) -> None:
    desk.add_validation(
        "Contact", "Referral_Count__c > 5 AND Account.Name LIKE 'Anna%'", "Too many", ["Referral_Count__c"]
    )
    assert errors(api.save({"id": anna["Id"], "Referral_Count__c": 5})) == [None]
    (refused,) = api.save({"id": anna["Id"], "Referral_Count__c": 6})
    assert refused["errors"] == [
        {"statusCode": "FIELD_CUSTOM_VALIDATION_EXCEPTION", "message": "Too many", "fields": ["Referral_Count__c"]}
    ]
    desk.set_visibility("Contact", hidden=["Referral_Count__c"])
    desk.add_validation("Contact", "Referral_Count__c = 5 AND Title = 'x'", "Seen by the rule all the same")
    assert errors(api.save({"id": anna["Id"], "Title": "x"})) == ["FIELD_CUSTOM_VALIDATION_EXCEPTION"]
    desk.set_visibility("Contact", hidden=[])
    desk.clear_rules()
    assert errors(api.save({"id": anna["Id"], "Referral_Count__c": 6, "Title": "x"})) == [None]


def test_a_duplicate_rule_lets_those_pass_that_say_they_know(desk: OrgControl, api: Api, anna: dict[str, Any]) -> None:
    """SF-43."""
    desk.create_contact(LastName="Twin", Email=anna["Email"].upper())
    desk.add_duplicate_rule("Contact", ["Email"], blocks=False)
    row = {"id": anna["Id"], "Referral_Count__c": 1}
    knowing = {"Sforce-Duplicate-Rule-Header": "allowSave=true; includeRecordDetails=false; runAsCurrentUser=true"}
    assert errors(api.save(row)) == ["DUPLICATES_DETECTED"]
    assert errors(api.save(row, headers={"Sforce-Duplicate-Rule-Header": "allowSave=false"})) == ["DUPLICATES_DETECTED"]
    assert errors(api.save(row, headers=knowing)) == [None]
    desk.add_duplicate_rule("Contact", ["Email"])
    assert errors(api.save(row, headers=knowing)) == ["DUPLICATES_DETECTED"]
    assert errors(api.save({"id": desk.create_contact(LastName="Single")["Id"]})) == [None]


def test_hidden_fields_are_not_there_and_locked_ones_are_not_written(
    desk: OrgControl, api: Api, anna: dict[str, Any]
) -> None:
    """SF-41."""
    desk.set_visibility("Contact", hidden=["Referral_Code__c"], read_only=["Referral_Count__c"])
    assert errors(api.save({"id": anna["Id"], "Referral_Code__c": "x"})) == ["INVALID_FIELD"]
    assert errors(api.save({"id": anna["Id"], "Referral_Count__c": 1})) == ["INVALID_FIELD_FOR_INSERT_UPDATE"]
    for soql in ("SELECT Referral_Code__c FROM Contact", "SELECT Id FROM Contact WHERE Referral_Code__c = 'x'"):
        assert api.refused("GET", "/query", params={"q": soql}) == (400, "INVALID_FIELD")
    assert "Referral_Code__c" not in api.get(f"/sobjects/Contact/{anna['Id']}")
    assert desk.update(anna["Id"], Referral_Code__c="by a person")["Referral_Code__c"] == "by a person"


def test_an_object_that_may_not_be_read_is_not_there_and_one_that_may_not_be_edited_stays(
    desk: OrgControl, api: Api, anna: dict[str, Any]
) -> None:
    desk.set_permissions("Contact", edit=False)
    row = {"id": anna["Id"], "Referral_Count__c": 1}
    assert errors(api.save(row)) == ["INSUFFICIENT_ACCESS_OR_READONLY"]
    assert api.get("/sobjects/Contact/describe")["updateable"] is False
    assert len(api.rows("SELECT Id FROM Contact")) == 1
    desk.set_permissions("Contact", read=False, edit=True)
    assert errors(api.save(row)) == ["INSUFFICIENT_ACCESS_OR_READONLY"]
    assert api.refused("GET", "/sobjects/Contact/describe") == (404, "NOT_FOUND")
    assert api.refused("GET", "/query", params={"q": "SELECT Id FROM Contact"}) == (400, "INVALID_TYPE")
    assert api.refused("POST", "/sobjects/Contact", {"LastName": "x"}) == (404, "NOT_FOUND")
    desk.set_permissions("Contact", read=True)
    assert errors(api.save(row)) == [None]


def test_collections_make_read_and_delete_records_too(desk: OrgControl, api: Api) -> None:
    rows = [{"attributes": {"type": "Contact"}, "LastName": name} for name in ("One", "Two")]
    rows.append({"attributes": {"type": "Lead"}, "LastName": "No company"})
    told = api.call("POST", "/composite/sobjects", {"records": rows}).json()
    assert errors(told) == [None, None, "REQUIRED_FIELD_MISSING"]
    one, two = told[0]["id"], told[1]["id"]
    asked = {"ids": [two, "003SY0000000zzzAAA", one], "fields": ["LastName"]}
    read = api.call("POST", "/composite/sobjects/Contact", asked).json()
    assert [each and each["LastName"] for each in read] == ["Two", None, "One"]
    gone = api.call("DELETE", "/composite/sobjects", params={"ids": f"{one},{one}", "allOrNone": "false"}).json()
    assert errors(gone) == [None, "ENTITY_IS_DELETED"]
    assert (desk.read(one)["IsDeleted"], desk.read(two)["IsDeleted"]) == (True, False)
