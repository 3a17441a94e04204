"""The library that integrations use finds its way around the sandbox org as around a real one."""

from __future__ import annotations

from typing import Any

import pytest
import requests
from simple_salesforce.api import Salesforce
from simple_salesforce.exceptions import SalesforceExpiredSession, SalesforceMalformedRequest, SalesforceRefusedRequest

from sandbox.salesforce import OrgControl
from tests.sandbox.salesforce.conftest import Api


class PlainSession(requests.Session):
    """The library writes https before every address; the sandbox is on loopback and speaks plainly."""

    def request(self, method: str | bytes, url: str | bytes, *args: Any, **more: Any) -> requests.Response:
        return super().request(method, str(url).replace("https://127.0.0.1", "http://127.0.0.1"), *args, **more)


@pytest.fixture
def salesforce(api: Api) -> Salesforce:
    where = {"session_id": api.token, "instance_url": api.org.base_url, "version": "66.0"}
    return Salesforce(**where, session=PlainSession())


def test_it_queries_page_by_page_and_sees_the_bin(salesforce: Salesforce, desk: OrgControl) -> None:
    desk.settings(page_size=2)
    ids = desk.create_many("Contact", [{"LastName": f"N{number}"} for number in range(5)])
    desk.delete(ids[0])
    assert [row["Id"] for row in salesforce.query_all_iter("SELECT Id FROM Contact ORDER BY Id")] == ids[1:]
    found = salesforce.query_all("SELECT Id FROM Contact ORDER BY Id", include_deleted=True)
    assert [row["Id"] for row in found["records"]] == ids


def test_it_makes_changes_describes_and_deletes(salesforce: Salesforce, desk: OrgControl) -> None:
    made = salesforce.Contact.create({"LastName": "Berg"})
    salesforce.Contact.update(made["id"], {"Referral_Code__c": "ANNA-1"})
    assert salesforce.Contact.get(made["id"])["Referral_Code__c"] == "ANNA-1"
    assert salesforce.Contact.upsert("Referral_Hub_Id__c/p1", {"LastName": "Tal"}) == 201
    names = [each["name"] for each in salesforce.Contact.describe()["fields"]]
    assert "Referral_Code__c" in names
    salesforce.Contact.delete(made["id"])
    assert desk.read(made["id"])["IsDeleted"] is True
    salesforce.query("SELECT Id FROM Contact")
    assert salesforce.api_usage["api-usage"].used == 7


def test_it_writes_collections_and_bulk_tables(salesforce: Salesforce, desk: OrgControl) -> None:
    first, second = desk.create_many("Contact", [{"LastName": "One"}, {"LastName": "Two"}])
    rows = [{"attributes": {"type": "Contact"}, "id": each, "Referral_Count__c": 5} for each in (first, second)]
    told = salesforce.restful("composite/sobjects", method="PATCH", json={"allOrNone": False, "records": rows})
    assert [each["success"] for each in told] == [True, True]
    table = [{"Id": first, "Referral_Code__c": "A"}, {"Id": "003SY0000000zzzAAA", "Referral_Code__c": "B"}]
    (job,) = salesforce.bulk2.Contact.update(records=table, wait=0.01)
    assert (job["numberRecordsProcessed"], job["numberRecordsFailed"]) == (2, 1)
    assert "INVALID_CROSS_REFERENCE_KEY" in salesforce.bulk2.Contact.get_failed_records(job["job_id"])
    assert (desk.read(first)["Referral_Code__c"], desk.read(first)["Referral_Count__c"]) == ("A", 5)


def test_its_errors_are_those_of_the_vendor(salesforce: Salesforce, desk: OrgControl) -> None:
    with pytest.raises(SalesforceMalformedRequest) as refused:
        salesforce.query("SELECT Nope FROM Contact")
    assert refused.value.content[0]["errorCode"] == "INVALID_FIELD"
    desk.settings(calls_a_day=0)
    with pytest.raises(SalesforceRefusedRequest) as limited:
        salesforce.query("SELECT Id FROM Contact")
    assert limited.value.content[0]["errorCode"] == "REQUEST_LIMIT_EXCEEDED"
    desk.end_tokens()
    with pytest.raises(SalesforceExpiredSession):
        salesforce.query("SELECT Id FROM Contact")
