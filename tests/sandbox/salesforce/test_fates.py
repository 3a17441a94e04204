"""Fates: what befalls calls by script, whether the org acts, and the day's budget that no script needs."""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from typing import Any

import pytest
import requests

from sandbox.ground.control import DeskRefused
from sandbox.salesforce import OrgControl
from sandbox.salesforce.times import read_time
from tests.sandbox.salesforce.conftest import Api


def change(api: Api, anna: dict[str, Any], timeout: float = 30) -> requests.Response:
    row = {"attributes": {"type": "Contact"}, "id": anna["Id"], "Referral_Count__c": 7}
    headers = {"Authorization": f"Bearer {api.token}"}
    body = {"allOrNone": False, "records": [row]}
    return requests.patch(
        f"{api.base}/composite/sobjects", json=body, headers=headers, timeout=timeout, allow_redirects=False
    )


@pytest.mark.parametrize(
    ("kind", "acts"),
    [
        ("effect_then_drop", True),
        ("drop_before_effect", False),
        ("effect_then_timeout", True),
        ("timeout_before_effect", False),
        ("reset", True),
        ("truncated", True),
    ],
)
def test_a_lost_answer_hides_whether_the_org_acted(
    desk: OrgControl, api: Api, anna: dict[str, Any], kind: str, acts: bool
) -> None:
    """SF-39, SF-49."""
    desk.fate(kind, "collections", seconds=0.01)
    with pytest.raises(requests.RequestException):
        change(api, anna)
    assert desk.read(anna["Id"])["Referral_Count__c"] == (7 if acts else None)
    (call,) = desk.calls(operation="collections")
    assert (call["fate"], call["effect"]) == (kind, acts)
    assert change(api, anna).json()[0]["success"]
    assert desk.read(anna["Id"])["Referral_Count__c"] == 7


@pytest.mark.parametrize(
    ("kind", "status", "code", "acts"),
    [
        ("401", 401, "INVALID_SESSION_ID", False),
        ("403", 403, "API_DISABLED_FOR_ORG", False),
        ("403_limit", 403, "REQUEST_LIMIT_EXCEEDED", False),
        ("404", 404, "NOT_FOUND", False),
        ("429", 429, "REQUEST_LIMIT_EXCEEDED", False),
        ("500", 500, "UNKNOWN_EXCEPTION", False),
        ("503", 503, "SERVER_UNAVAILABLE", False),
    ],
)
def test_a_refusal_in_json(
    desk: OrgControl, api: Api, anna: dict[str, Any], kind: str, status: int, code: str, acts: bool
) -> None:
    desk.fate(kind, "collections Contact", retry_after="2")
    answer = change(api, anna)
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (status, code)
    assert answer.headers["Retry-After"] == "2"
    assert desk.read(anna["Id"]) == anna


def test_answers_that_are_not_what_was_asked_for(desk: OrgControl, api: Api, anna: dict[str, Any]) -> None:
    """SF-34."""
    for kind, status in (("401_html", 401), ("html", 200)):
        desk.fate(kind, "Contact")
        answer = change(api, anna)
        assert (answer.status_code, answer.headers["Content-Type"][:9], answer.text[:9]) == (
            status,
            "text/html",
            "<!DOCTYPE",
        )
    desk.fate("401_object", "Contact")
    assert change(api, anna).json() == {"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}
    desk.fate("redirect", location="https://elsewhere.example/x")
    assert change(api, anna).headers["Location"] == "https://elsewhere.example/x"
    assert desk.read(anna["Id"]) == anna
    desk.fate("effect_then_503")
    assert change(api, anna).status_code == 503
    assert desk.read(anna["Id"])["Referral_Count__c"] == 7
    desk.fate("short_results")
    assert change(api, anna).json() == []
    desk.fate("empty")
    assert (change(api, anna).status_code, change(api, anna).content != b"") == (200, True)
    desk.fate("slow", seconds=0.001)
    assert change(api, anna).json()[0]["success"]


def test_single_rows_are_refused_by_place_by_id_or_the_first(desk: OrgControl, api: Api) -> None:
    """SF-37, SF-42."""
    ids = desk.create_many("Contact", [{"LastName": name} for name in "ABC"])
    rows = [{"id": each, "Referral_Count__c": 1} for each in ids]

    def codes() -> list[str | None]:
        return [each["errors"][0]["statusCode"] if each["errors"] else None for each in api.save(*rows)]

    desk.fate("row_locked")
    assert codes() == ["UNABLE_TO_LOCK_ROW", None, None]
    desk.fate("row_validation", rows=[1, ids[2][:15]], message="No", fields=["Email"])
    assert codes() == [None, "FIELD_CUSTOM_VALIDATION_EXCEPTION", "FIELD_CUSTOM_VALIDATION_EXCEPTION"]
    desk.fate("row_error", rows=[2], code="CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY")
    assert codes() == [None, None, "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY"]
    desk.fate("row_deleted")
    assert api.refused("PATCH", f"/sobjects/Contact/{ids[0]}", {"Referral_Count__c": 2})[1] == "ENTITY_IS_DELETED"
    assert desk.read(ids[0])["Referral_Count__c"] == 1


def test_a_fate_meets_what_it_matches_so_often_and_after_so_many(desk: OrgControl, api: Api) -> None:
    desk.fate("503", "query Contact", skip=1, count=2)
    desk.fate("500", "describe", count=-1)

    def status(path: str, **query: str) -> int:
        return api.call("GET", path, params=query).status_code

    assert status("/query", q="SELECT Id FROM Lead") == 200
    asked = "SELECT Id, (SELECT Id FROM OpportunityContactRoles) FROM Contact WHERE LastName = 'x FROM Lead'"
    assert [status("/query", q=asked) for _ in range(4)] == [200, 503, 503, 200]
    assert [status("/sobjects/Lead/describe") for _ in range(3)] == [500] * 3
    assert [each["kind"] for each in desk.fates()] == ["500"]
    desk.clear_fates()
    assert status("/sobjects/Lead/describe") == 200


def test_a_caller_without_a_token_uses_up_no_fate(desk: OrgControl, api: Api) -> None:
    desk.fate("503")
    good, api.token = api.token, "made-up"
    assert api.refused("GET", "/sobjects") == (401, "INVALID_SESSION_ID")
    api.token = good
    assert api.refused("GET", "/sobjects") == (503, "SERVER_UNAVAILABLE")


def test_a_misspelt_fate_is_refused(desk: OrgControl) -> None:
    with pytest.raises(DeskRefused, match="no fate is called 'nonsense'"):
        desk.fate("nonsense")
    with pytest.raises(DeskRefused, match="needs the code"):
        desk.fate("row_error")
    with pytest.raises(DeskRefused, match="has no key 'mach'"):
        desk.fate("503", mach="query")


def test_every_call_costs_one_until_the_day_is_over(desk: OrgControl, api: Api) -> None:
    """SF-40."""
    desk.settings(calls_a_day=3)
    told = [api.call("GET", "/limits") for _ in range(4)]
    assert [each.status_code for each in told] == [200, 200, 200, 403]
    assert [each.headers["Sforce-Limit-Info"] for each in told] == [
        "api-usage=1/3",
        "api-usage=2/3",
        "api-usage=3/3",
        "api-usage=3/3",
    ]
    assert told[0].json()["DailyApiRequests"] == {"Max": 3, "Remaining": 2}
    assert told[3].json()[0]["errorCode"] == "REQUEST_LIMIT_EXCEEDED"
    assert api.ask_for_token().status_code == 200  # a token costs nothing
    desk.settings(calls_a_day=100_000, calls_used=81_000)
    assert api.call("GET", "/limits").headers["Sforce-Limit-Info"] == "api-usage=81001/100000"
    desk.advance(24 * 3600)
    assert Api(api.org).call("GET", "/limits").headers["Sforce-Limit-Info"] == "api-usage=1/100000"


def test_the_date_of_every_answer_is_the_orgs(desk: OrgControl, api: Api) -> None:
    """SF-48."""
    desk.advance(to="2027-03-01T10:00:00Z")
    for answer in (Api(api.org).call("GET", "/limits"), api.call("GET", "/nothing")):
        assert answer.headers["Date"].count("GMT") == 1
        late = parsedate_to_datetime(answer.headers["Date"]) - read_time("2027-03-01T10:00:00Z")
        assert 0 <= late.total_seconds() < 60


def test_the_call_log_says_who_asked_for_what(desk: OrgControl, api: Api, anna: dict[str, Any]) -> None:
    soql = f"SELECT Id FROM Contact WHERE Id = '{anna['Id']}'"
    api.rows(soql, everything=True)
    api.save({"id": anna["Id"], "Referral_Count__c": 1}, headers={"Sforce-Call-Options": "client=referhub"})
    api.refused("GET", "/nothing")
    asked, saved, lost = desk.calls()[-3:]
    assert (asked["operation"], asked["object"], asked["query"], asked["effect"]) == (
        "queryAll",
        "Contact",
        soql,
        False,
    )
    assert (saved["operation"], saved["object"], saved["effect"]) == ("collections", "Contact", True)
    assert saved["body"]["records"][0]["Referral_Count__c"] == 1
    assert saved["headers"]["sforce-call-options"] == "client=referhub"
    assert (lost["operation"], lost["status"]) == (None, 404)
    assert desk.calls(operation="collections", object="Contact") == [saved]
    desk.forget_calls()
    assert desk.calls() == []
