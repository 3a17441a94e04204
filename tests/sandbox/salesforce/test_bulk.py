"""Bulk 2.0: a table is worked through row by row, and every row is accounted for."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest

from sandbox.salesforce import OrgControl
from tests.sandbox.salesforce.conftest import Api

JOBS = "/jobs/ingest"


def job(api: Api, table: str, operation: str = "update", **more: Any) -> str:
    """The id of a job that was made, uploaded and closed."""
    asked = {"object": "Contact", "operation": operation, "contentType": "CSV", "lineEnding": "LF", **more}
    made = api.call("POST", JOBS, asked).json()
    assert (made["state"], made["apiVersion"]) == ("Open", 66.0)
    upload = api.call("PUT", f"{JOBS}/{made['id']}/batches", data=table.encode(), headers={"Content-Type": "text/csv"})
    assert (upload.status_code, upload.content) == (201, b"")
    closed = api.call("PATCH", f"{JOBS}/{made['id']}", {"state": "UploadComplete"})
    assert closed.json()["state"] == "UploadComplete"
    return str(made["id"])


def end(api: Api, number: str) -> dict[str, Any]:
    """The job once it is worked through."""
    assert api.get(f"{JOBS}/{number}")["state"] == "InProgress"
    return dict(api.get(f"{JOBS}/{number}"))


def results(api: Api, number: str, which: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(api.call("GET", f"{JOBS}/{number}/{which}").text)))


def test_rows_are_saved_one_by_one(desk: OrgControl, api: Api) -> None:
    one, two, three = desk.create_many("Contact", [{"LastName": name, "Referral_Code__c": "old"} for name in "ABC"])
    desk.delete(three)
    table = f'Id,Referral_Code__c,Referral_Count__c\n{one},"new, and ""quoted""",1\n{two},#N/A,\n{three},x,1\n,x,1\n'
    number = job(api, table)
    done = end(api, number)
    assert (done["state"], done["numberRecordsProcessed"], done["numberRecordsFailed"]) == ("JobComplete", 4, 2)
    assert [row["sf__Id"] for row in results(api, number, "successfulResults")] == [one, two]
    failed = results(api, number, "failedResults")
    assert [row["sf__Error"].split(":")[0] for row in failed] == ["ENTITY_IS_DELETED", "MISSING_ARGUMENT"]
    assert (failed[0]["sf__Id"], failed[0]["Referral_Code__c"]) == (three, "x")
    assert results(api, number, "unprocessedrecords") == []
    kept = [(desk.read(each)["Referral_Code__c"], desk.read(each)["Referral_Count__c"]) for each in (one, two)]
    assert kept == [('new, and "quoted"', 1), (None, None)]


def test_rows_are_upserted_inserted_and_deleted(desk: OrgControl, api: Api) -> None:
    known = desk.create_contact(LastName="Known", Referral_Hub_Id__c="p1")["Id"]
    number = job(
        api,
        "Referral_Hub_Id__c,LastName\np1,Changed\np2,New\n,Nobody\n",
        "upsert",
        externalIdFieldName="Referral_Hub_Id__c",
    )
    assert end(api, number)["numberRecordsFailed"] == 1
    made = results(api, number, "successfulResults")
    assert [(row["sf__Created"], row["sf__Id"] == known) for row in made] == [("false", True), ("true", False)]
    assert desk.read(known)["LastName"] == "Changed"
    end(api, job(api, "LastName\nInserted\n", "insert"))
    assert [row["LastName"] for row in desk.records("Contact")][-1] == "Inserted"
    end(api, job(api, f"Id\n{known}\n", "delete"))
    assert desk.read(known)["IsDeleted"] is True


@pytest.mark.parametrize(
    ("table", "complaint"),
    [
        ("Id,Nope__c\n003SY0000000001YAA,1\n", "Field name not found : Nope__c"),
        ("Id,Referral_Code__c\r\n003SY0000000001YAA,x\r\n", "LineEnding is invalid"),
        ("", "Field name not found"),
    ],
)
def test_a_table_that_cannot_be_read_fails_as_a_whole(
    desk: OrgControl, api: Api, anna: dict[str, Any], table: str, complaint: str
) -> None:
    number = job(api, table)
    done = end(api, number)
    assert done["state"] == "Failed"
    assert complaint in done["errorMessage"]
    assert desk.read(anna["Id"]) == anna
    assert api.call("GET", f"{JOBS}/{number}/unprocessedrecords").text == table


def test_a_job_goes_forward_only(desk: OrgControl, api: Api) -> None:
    desk.settings(bulk_looks=0)
    number = job(api, "LastName\nOne\n", "insert")
    assert api.refused("GET", f"{JOBS}/{number}/successfulResults") == (400, "INVALIDJOBSTATE")
    assert api.get(f"{JOBS}/{number}")["state"] == "JobComplete"
    assert api.refused("PATCH", f"{JOBS}/{number}", {"state": "UploadComplete"}) == (400, "INVALIDJOBSTATE")
    assert api.refused("PUT", f"{JOBS}/{number}/batches") == (400, "INVALIDJOBSTATE")
    assert len(desk.records("Contact")) == 1
    assert api.call("DELETE", f"{JOBS}/{number}").status_code == 204
    assert api.refused("GET", f"{JOBS}/{number}") == (404, "NOT_FOUND")
    open_job = api.call("POST", JOBS, {"object": "Contact", "operation": "insert"}).json()["id"]
    assert api.call("PATCH", f"{JOBS}/{open_job}", {"state": "Aborted"}).json()["state"] == "Aborted"


@pytest.mark.parametrize(
    ("asked", "refused"),
    [
        ({"object": "Nothing", "operation": "insert"}, (400, "INVALIDENTITY")),
        ({"object": "Contact", "operation": "guess"}, (400, "INVALIDJOB")),
        ({"object": "Contact", "operation": "upsert", "externalIdFieldName": "Email"}, (404, "NOT_FOUND")),
    ],
)
def test_a_job_that_makes_no_sense_is_not_made(api: Api, asked: dict[str, str], refused: tuple[int, str]) -> None:
    assert api.refused("POST", JOBS, asked) == refused
