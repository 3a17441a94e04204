"""SOQL: what a query finds, in which order, in which shape, and which queries are refused."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.salesforce import OrgControl, SandboxOrg
from tests.sandbox.salesforce.conftest import Api

PEOPLE = [
    {
        "LastName": "Alpha",
        "Email": "alpha@example.com",
        "Referral_Count__c": 3,
        "Referral_Last_At__c": "2026-03-01T10:00:00Z",
    },
    {"LastName": "beta", "Email": "BETA@example.com", "Referral_Count__c": 10},
    {"LastName": "O'Hara\\", "FirstName": "100%", "Referral_Count__c": "2.4"},
    {"LastName": "Ümlaut", "FirstName": "a_b", "Referral_Hub_Id__c": "Case"},
]


@pytest.fixture(autouse=True)
def _people(request: pytest.FixtureRequest) -> None:
    """In an org of the test's own the same people live."""
    if "desk" in request.fixturenames:
        request.getfixturevalue("desk").create_many("Contact", PEOPLE)


@pytest.fixture(scope="module")
def library() -> Iterator[Api]:
    """An org that is only read."""
    with SandboxOrg() as running:
        OrgControl(running.base_url).create_many("Contact", PEOPLE)
        yield Api(running)


def names(api: Api, where: str, rest: str = "ORDER BY Id") -> list[str]:
    return [str(row["LastName"]) for row in api.rows(f"SELECT LastName FROM Contact WHERE {where} {rest}")]


@pytest.mark.parametrize(
    ("where", "found"),
    [
        ("LastName = 'ALPHA'", ["Alpha"]),
        ("LastName != 'Alpha' AND Email != null", ["beta"]),
        ("Email = null", ["O'Hara\\", "Ümlaut"]),
        ("Email <> null", ["Alpha", "beta"]),
        (r"LastName = 'O\'Hara\\'", ["O'Hara\\"]),
        (r"LastName = '\u00dcMLAUT'", ["Ümlaut"]),
        ("LastName IN ('alpha', 'Beta', 'nobody')", ["Alpha", "beta"]),
        ("LastName NOT IN ('alpha', 'Beta')", ["O'Hara\\", "Ümlaut"]),
        ("Email LIKE '%@EXAMPLE.com'", ["Alpha", "beta"]),
        ("LastName LIKE '_eta'", ["beta"]),
        (r"FirstName LIKE '100\%'", ["O'Hara\\"]),
        (r"FirstName LIKE 'a\_b'", ["Ümlaut"]),
        (r"FirstName LIKE 'a\_'", []),
        ("Referral_Count__c > 2", ["Alpha", "beta"]),
        ("Referral_Count__c <= 3.0", ["Alpha", "O'Hara\\"]),
        ("Referral_Count__c = 2", ["O'Hara\\"]),
        ("Referral_Hub_Id__c = 'Case'", ["Ümlaut"]),
        ("Referral_Hub_Id__c = 'case'", []),
        ("IsDeleted = false AND (LastName = 'beta' OR LastName = 'Ümlaut')", ["beta", "Ümlaut"]),
        ("NOT (LastName = 'beta' OR LastName = 'Ümlaut')", ["Alpha", "O'Hara\\"]),
        ("Referral_Last_At__c = 2026-03-01T11:00:00+01:00", ["Alpha"]),
        ("Referral_Last_At__c < 2026-03-01T10:00:01Z", ["Alpha"]),
        ("Referral_Last_At__c >= 2026-03-01T10:00:01Z", []),
        ("CreatedDate = LAST_N_DAYS:7", []),
        ("CreatedDate >= LAST_N_DAYS:7 AND LastName = 'beta'", ["beta"]),
        ("Owner.Username = 'sam@acme.example' AND LastName = 'beta'", ["beta"]),
        ("Account.Name = 'x'", []),
        ("Account.Name = null AND LastName = 'beta'", ["beta"]),
    ],
)
def test_a_condition_finds(library: Api, where: str, found: list[str]) -> None:
    assert names(library, where) == found


def test_ids_are_found_in_both_lengths_and_case_matters(desk: OrgControl, api: Api) -> None:
    """The trap of 15 characters: record 36 ends in A, record 62 more in a."""
    there = {row["Id"] for row in desk.records("Contact")}
    there |= set(desk.create_many("Contact", [{"LastName": f"N{number}"} for number in range(60)]))
    upper, lower = (next(each for each in there if each[14] == letter) for letter in "Aa")
    assert upper[:15].lower() == lower[:15].lower()
    for asked in (lower, lower[:15]):
        assert [row["Id"] for row in api.rows(f"SELECT Id FROM Contact WHERE Id = '{asked}'")] == [lower]
    both = api.rows(f"SELECT Id FROM Contact WHERE Id IN ('{lower}','{upper[:15]}','{lower}') ORDER BY Id")
    assert [row["Id"] for row in both] == [upper, lower]


def test_rows_are_ordered_and_cut(library: Api) -> None:
    assert names(library, "Id != null", "ORDER BY LastName DESC") == ["Ümlaut", "O'Hara\\", "beta", "Alpha"]
    assert names(library, "Id != null", "ORDER BY Email") == ["O'Hara\\", "Ümlaut", "Alpha", "beta"]
    assert names(library, "Id != null", "ORDER BY Email NULLS LAST, LastName DESC LIMIT 3") == [
        "Alpha",
        "beta",
        "Ümlaut",
    ]
    assert names(library, "Id != null", "ORDER BY Referral_Count__c DESC NULLS LAST LIMIT 2 OFFSET 1") == [
        "Alpha",
        "O'Hara\\",
    ]


def test_stamp_and_id_page_through_everything_once(desk: OrgControl, api: Api) -> None:
    desk.advance(60)
    desk.create_many("Contact", [{"LastName": f"N{number}"} for number in range(70)])
    seen: list[str] = []
    where = "SystemModstamp >= 2020-01-01T00:00:00Z"
    while True:
        rows = api.rows(
            f"SELECT Id, SystemModstamp FROM Contact WHERE {where} ORDER BY SystemModstamp, Id LIMIT 10", True
        )
        if not rows:
            break
        seen += [row["Id"] for row in rows]
        stamp, last = rows[-1]["SystemModstamp"].replace("+0000", "Z"), rows[-1]["Id"]
        where = f"SystemModstamp > {stamp} OR (SystemModstamp = {stamp} AND Id > '{last}')"
    assert len(seen) == len(set(seen)) == 74


def test_a_row_says_what_it_is_and_walks_to_others(desk: OrgControl, api: Api) -> None:
    account = desk.create_account(Name="Bakery")
    contact = desk.create_contact(
        LastName="Berg", AccountId=account["Id"], Referral_Count__c=5, Referral_Revenue__c="19.90"
    )
    (row,) = api.get(
        "/query",
        q="select id, c.referral_count__c, Referral_Revenue__c, Account.Name, Account.Owner.Username, Owner.Name "
        f"from Contact c where Id = '{contact['Id']}'",
    )["records"]
    assert row == {
        "attributes": {"type": "Contact", "url": f"/services/data/v66.0/sobjects/Contact/{contact['Id']}"},
        "Id": contact["Id"],
        "Referral_Count__c": 5,
        "Referral_Revenue__c": row["Referral_Revenue__c"],
        "Account": {
            "attributes": {"type": "Account", "url": f"/services/data/v66.0/sobjects/Account/{account['Id']}"},
            "Name": "Bakery",
            "Owner": {
                "attributes": row["Account"]["Owner"]["attributes"],
                "Username": "sam@acme.example",
            },
        },
        "Owner": {"attributes": row["Owner"]["attributes"], "Name": "Sam Sales"},
    }
    assert str(row["Referral_Revenue__c"]) == "19.9"
    (lonely,) = api.get("/query", q="SELECT Account.Name FROM Contact WHERE LastName = 'beta'")["records"]
    assert lonely["Account"] is None


def test_children_come_as_a_result_of_their_own_or_as_none(desk: OrgControl, api: Api) -> None:
    contacts = desk.create_many("Contact", [{"LastName": "One"}, {"LastName": "Two"}])
    deal = desk.create_opportunity(ContactId=contacts[0])
    desk.add_role(deal["Id"], contacts[1])
    lonely = desk.create_opportunity()
    soql = "SELECT Id, (SELECT ContactId, Contact.LastName FROM OpportunityContactRoles{}) FROM Opportunity ORDER BY Id"
    both, none = api.rows(soql.format(" ORDER BY IsPrimary DESC"))
    assert [row["Contact"]["LastName"] for row in both["OpportunityContactRoles"]["records"]] == ["One", "Two"]
    assert (both["OpportunityContactRoles"]["totalSize"], both["OpportunityContactRoles"]["done"]) == (2, True)
    assert (none["Id"], none["OpportunityContactRoles"]) == (lonely["Id"], None)
    primary, _ = api.rows(soql.format(" WHERE IsPrimary = true LIMIT 5"))
    assert [row["ContactId"] for row in primary["OpportunityContactRoles"]["records"]] == [contacts[0]]


def test_a_semi_join_and_a_count(desk: OrgControl, api: Api) -> None:
    contact = desk.create_contact(LastName="Buyer")
    desk.create_opportunity(ContactId=contact["Id"])
    where = "Id IN (SELECT ContactId FROM OpportunityContactRole WHERE IsPrimary = true)"
    assert names(api, where) == ["Buyer"]
    assert len(names(api, where.replace("IN", "NOT IN"))) == 4
    assert api.get("/query", q=f"SELECT COUNT() FROM Contact WHERE {where}") == {
        "totalSize": 1,
        "done": True,
        "records": [],
    }


def test_all_fields_come_only_in_small_portions(library: Api) -> None:
    (row,) = library.rows("SELECT FIELDS(ALL) FROM Contact WHERE LastName = 'beta' LIMIT 200")
    assert {"SystemModstamp", "AccountId", "Referral_Code__c"} <= set(row)
    (custom,) = library.rows("SELECT FIELDS(CUSTOM) FROM Contact WHERE LastName = 'beta' LIMIT 1")
    assert all(name.endswith("__c") for name in custom)
    assert library.refused("GET", "/query", params={"q": "SELECT FIELDS(ALL) FROM Contact"}) == (400, "MALFORMED_QUERY")


@pytest.mark.parametrize(
    ("soql", "code"),
    [
        ("SELECT Nope FROM Contact", "INVALID_FIELD"),
        ("SELECT Id FROM Contact WHERE Nope = 1", "INVALID_FIELD"),
        ("SELECT Id FROM Contact ORDER BY Nope", "INVALID_FIELD"),
        ("SELECT Nobody.Name FROM Contact", "INVALID_FIELD"),
        ("SELECT Id, (SELECT Id FROM Nobodies) FROM Contact", "INVALID_TYPE"),
        ("SELECT Id FROM Nothing", "INVALID_TYPE"),
        ("SELECT Id FROM Contact WHERE LastName = Alpha", "INVALID_FIELD"),
        ("SELECT Id FROM Contact WHERE LastName = 5", "INVALID_FIELD"),
        ("SELECT Id FROM Contact WHERE Referral_Count__c = '5'", "INVALID_FIELD"),
        ("SELECT Id FROM Contact WHERE SystemModstamp > '2026-01-01T00:00:00Z'", "INVALID_FIELD"),
        ("SELECT Id FROM Contact WHERE SystemModstamp > 2026-01-01", "INVALID_FIELD"),
        ("SELECT Id FROM Opportunity WHERE CloseDate > 2026-01-01T00:00:00Z", "INVALID_FIELD"),
        ("SELECT Id FROM Contact WHERE IsDeleted = 'false'", "INVALID_FIELD"),
        ("SELECT Id FROM Contact WHERE Id = 'short'", "INVALID_QUERY_FILTER_OPERATOR"),
        ("SELECT Id FROM Contact WHERE LastName = 'O'Hara'", "MALFORMED_QUERY"),
        (r"SELECT Id FROM Contact WHERE LastName = 'a\qb'", "MALFORMED_QUERY"),
        ("SELECT Id FROM Contact WHERE LastName = 'a", "MALFORMED_QUERY"),
        ("SELECT Id FROM Contact WHERE LastName = 'a' OR Email = 'b' AND Phone = 'c'", "MALFORMED_QUERY"),
        ("SELECT Id FROM Contact WHERE Id IN ()", "MALFORMED_QUERY"),
        ("SELECT Id FROM Contact LIMIT many", "MALFORMED_QUERY"),
        ("SELECT Id FROM Contact; DELETE", "MALFORMED_QUERY"),
        ("SELECT FROM Contact", "MALFORMED_QUERY"),
        ("SELECT Id", "MALFORMED_QUERY"),
        ("", "MALFORMED_QUERY"),
        ("SELECT Id FROM Contact WHERE LastName = '" + "x" * 16_400 + "'", "NOT_FOUND"),
    ],
)
def test_a_query_that_makes_no_sense_is_refused(library: Api, soql: str, code: str) -> None:
    status = 414 if code == "NOT_FOUND" else 400
    assert library.refused("GET", "/query", params={"q": soql}) == (status, code)


def test_a_long_answer_comes_in_pages_of_the_moment_it_was_asked(desk: OrgControl, api: Api) -> None:
    desk.settings(page_size=3)
    first = api.get("/query", q="SELECT Id, LastName FROM Contact ORDER BY Id")
    assert (first["totalSize"], first["done"], len(first["records"])) == (4, False, 3)
    desk.update(desk.records("Contact")[3]["Id"], LastName="Changed")
    rest = api.get(first["nextRecordsUrl"])
    assert (rest["done"], [row["LastName"] for row in rest["records"]]) == (True, ["Ümlaut"])
    assert "nextRecordsUrl" not in rest
    gone = first["nextRecordsUrl"].replace("01gSY", "01gXX")
    assert api.refused("GET", gone) == (400, "INVALID_QUERY_LOCATOR")


def test_a_caller_may_wish_for_smaller_pages_but_not_tiny_ones(desk: OrgControl, api: Api) -> None:
    desk.create_many("Contact", [{"LastName": f"N{number}"} for number in range(300)])
    headers = {"Sforce-Query-Options": "batchSize=10"}
    told = api.call("GET", "/query", params={"q": "SELECT Id FROM Contact"}, headers=headers).json()
    assert (len(told["records"]), told["nextRecordsUrl"][-4:]) == (200, "-200")


def test_what_lies_in_the_bin_is_found_only_by_the_query_for_all(desk: OrgControl, api: Api) -> None:
    gone: dict[str, Any] = desk.delete(desk.records("Contact")[0]["Id"])
    soql = f"SELECT Id, IsDeleted FROM Contact WHERE Id = '{gone['Id']}'"
    assert api.rows(soql) == []
    assert api.rows(soql, everything=True) == [{"Id": gone["Id"], "IsDeleted": True}]
