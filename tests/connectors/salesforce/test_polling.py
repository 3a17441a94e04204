"""Asking for changes: nothing is missed, whatever was lost on the way and whatever the hub's clock says."""

import json
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from connectors.salesforce import polling
from connectors.salesforce.connector import Salesforce
from referhub import Delivery, TryLater, Unreadable
from sandbox.salesforce import OrgControl, SandboxOrg
from tests.connectors.salesforce.conftest import connect

LONG_AGO = datetime(1999, 1, 1, tzinfo=UTC)


def swept(salesforce: Salesforce, cursor: str | None, now: datetime = LONG_AGO) -> tuple[list[Delivery], str]:
    """Everything that one poll finds, and the cursor after it."""
    found: list[Delivery] = []
    for _page in range(100):
        page = salesforce.poll(cursor, now)
        found += page.deliveries
        cursor = page.cursor
        if page.is_last:
            return found, cursor
    raise AssertionError("the poll does not end")


def settled(desk: OrgControl) -> None:
    """The changes made so far are old enough to be told, and too old to be found again by the overlap."""
    desk.advance(seconds=600)


def subjects(found: list[Delivery]) -> set[str]:
    return {delivery.subject for delivery in found}


def test_every_kind_of_change_is_found(desk: OrgControl, salesforce: Salesforce) -> None:
    """SF-47"""
    contact = desk.create_contact(LastName="Ada")["Id"]
    lead = desk.create_lead(LastName="Lee")["Id"]
    deal = desk.create_opportunity(Name="Chairs")["Id"]
    order = desk.create_order(AccountId=desk.create_account(Name="Acme")["Id"])["Id"]
    settled(desk)
    found, _cursor = swept(salesforce, None)
    assert subjects(found) == {contact, lead, deal, order}
    assert {(one.topic, one.subject) for one in found} == {
        ("Contact", contact),
        ("Lead", lead),
        ("Opportunity", deal),
        ("Order", order),
    }


def test_a_second_poll_finds_only_what_is_new_under_new_keys(desk: OrgControl, salesforce: Salesforce) -> None:
    first = desk.create_contact(LastName="Ada")["Id"]
    settled(desk)
    found, cursor = swept(salesforce, None)
    desk.advance(seconds=3600)
    second = desk.create_contact(LastName="Bea")["Id"]
    settled(desk)
    later, cursor = swept(salesforce, cursor)
    assert subjects(later) == {second}
    desk.update(first, Email="ada@example.com")
    settled(desk)
    again, _cursor = swept(salesforce, cursor)
    assert first in subjects(again)
    assert {one.key for one in found}.isdisjoint(one.key for one in again if one.subject == first)


def test_what_the_overlap_finds_again_bears_the_same_key(desk: OrgControl, salesforce: Salesforce) -> None:
    desk.create_contact(LastName="Ada")
    desk.advance(seconds=120)
    found, cursor = swept(salesforce, None)
    again, _cursor = swept(salesforce, cursor)
    assert [one.key for one in again] == [one.key for one in found]
    assert found


def test_deleted_and_merged_records_are_found(desk: OrgControl, salesforce: Salesforce) -> None:
    """SF-22, SF-24"""
    kept, gone, deleted = (desk.create_contact(LastName=name)["Id"] for name in ("K", "G", "D"))
    settled(desk)
    _found, cursor = swept(salesforce, None)
    desk.advance(seconds=3600)
    desk.merge(kept, gone)
    desk.delete(deleted)
    settled(desk)
    found, _cursor = swept(salesforce, cursor)
    assert {gone, deleted} <= subjects(found)


def test_a_contact_role_is_told_as_its_opportunity(desk: OrgControl, salesforce: Salesforce) -> None:
    """SF-19"""
    deal = desk.create_opportunity(Name="Chairs")["Id"]
    contact = desk.create_contact(LastName="Ada")["Id"]
    settled(desk)
    _found, cursor = swept(salesforce, None)
    desk.advance(seconds=3600)
    role = desk.add_role(deal, contact)["Id"]
    settled(desk)
    (found,), _cursor = swept(salesforce, cursor)
    assert (found.topic, found.subject) == ("Opportunity", deal)
    assert role in found.key
    assert json.loads(found.body)["id"] == deal


def test_changes_of_the_last_minute_are_left_for_the_next_poll(desk: OrgControl, salesforce: Salesforce) -> None:
    """SF-48"""
    early = desk.create_contact(LastName="Early")["Id"]
    desk.advance(seconds=59)
    late = desk.create_contact(LastName="Late")["Id"]
    desk.advance(seconds=5)
    found, cursor = swept(salesforce, None)
    assert subjects(found) == {early}
    desk.advance(seconds=120)
    found, _cursor = swept(salesforce, cursor)
    assert late in subjects(found)


def test_the_hubs_clock_decides_nothing(desk: OrgControl, salesforce: Salesforce) -> None:
    """SF-48"""
    contact = desk.create_contact(LastName="Ada")["Id"]
    settled(desk)
    found, cursor = swept(salesforce, None, datetime(2099, 1, 1, tzinfo=UTC))
    assert subjects(found) == {contact}
    desk.advance(seconds=600)
    second = desk.create_contact(LastName="Bea")["Id"]
    settled(desk)
    found, _cursor = swept(salesforce, cursor, LONG_AGO)
    assert second in subjects(found)


@pytest.mark.parametrize("page_size", [1, 7])
def test_no_page_loses_a_change_though_many_share_a_second(
    page_size: int, desk: OrgControl, salesforce: Salesforce, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = {desk.create_contact(LastName=f"C{place}")["Id"] for place in range(12)}
    settled(desk)
    monkeypatch.setattr(polling, "PAGE", page_size)
    found, _cursor = swept(salesforce, None)
    counts = Counter(one.subject for one in found if one.topic == "Contact")
    assert set(counts) == made
    assert set(counts.values()) == {1}


def test_a_page_of_the_orgs_own_size_loses_nothing(desk: OrgControl, salesforce: Salesforce) -> None:
    made = {desk.create_contact(LastName=f"C{place}")["Id"] for place in range(9)}
    settled(desk)
    desk.settings(page_size=4)
    found, _cursor = swept(salesforce, None)
    assert subjects(found) == made


def test_a_cursor_moves_only_with_its_page(desk: OrgControl, salesforce: Salesforce) -> None:
    desk.create_contact(LastName="Ada")
    settled(desk)
    page = salesforce.poll(None, LONG_AGO)
    assert salesforce.poll(None, LONG_AGO).deliveries == page.deliveries
    desk.fate("503", match="queryAll")
    with pytest.raises(TryLater):
        salesforce.poll(page.cursor, LONG_AGO)
    assert not salesforce.poll(page.cursor, LONG_AGO).is_last


def test_once_a_day_the_poll_looks_two_days_back(desk: OrgControl, salesforce: Salesforce) -> None:
    contact = desk.create_contact(LastName="Ada")["Id"]
    settled(desk)
    _found, cursor = swept(salesforce, None)
    desk.advance(seconds=6 * 3600)
    found, cursor = swept(salesforce, cursor)
    assert contact not in subjects(found)
    desk.advance(seconds=19 * 3600)
    # The time is known from the last answer, so it may take one more poll.
    found, cursor = swept(salesforce, cursor)
    again, _cursor = swept(salesforce, cursor)
    assert contact in subjects(found) | subjects(again)


def test_a_new_connection_begins_yesterday_or_when_it_is_told_to(org: SandboxOrg, desk: OrgControl) -> None:
    old = desk.create_contact(LastName="Old")["Id"]
    desk.advance(seconds=3 * 86400)
    new = desk.create_contact(LastName="New")["Id"]
    settled(desk)
    assert subjects(swept(connect(org), None)[0]) == {new}
    since = (datetime.now(UTC) - timedelta(days=1)).date().isoformat()
    assert subjects(swept(connect(org, since=since), None)[0]) == {old, new}


def test_a_hub_that_was_down_for_thirty_hours_finds_everything(desk: OrgControl, salesforce: Salesforce) -> None:
    """SF-47"""
    _found, cursor = swept(salesforce, None)
    deals = {desk.create_opportunity(Name=f"Deal {place}")["Id"] for place in range(5)}
    desk.advance(seconds=30 * 3600)
    found, _cursor = swept(salesforce, cursor)
    assert deals <= subjects(found)


def test_what_the_org_does_not_have_is_not_asked_for(org: SandboxOrg, desk: OrgControl) -> None:
    desk.switch("orders", on=False)
    salesforce = connect(org)
    salesforce.ping()
    desk.forget_calls()
    swept(salesforce, None)
    asked = {call["object"] for call in desk.calls(operation="queryAll")}
    assert asked == {"Contact", "Lead", "Opportunity", "OpportunityContactRole"}


def test_person_accounts_are_found_once(org: SandboxOrg, desk: OrgControl) -> None:
    """SF-21"""
    desk.switch("persons")
    person = desk.create_account(LastName="Anna")
    desk.create_account(Name="Company")
    settled(desk)
    found, _cursor = swept(connect(org), None)
    assert subjects(found) == {person["Id"]}


def test_only_the_objects_that_are_configured_are_asked_for(org: SandboxOrg, desk: OrgControl) -> None:
    desk.create_lead(LastName="Lee")
    deal = desk.create_opportunity(Name="Chairs")["Id"]
    settled(desk)
    assert subjects(swept(connect(org, objects="Opportunity"), None)[0]) == {deal}


@pytest.mark.parametrize(
    "odd", ["", "{}", "[]", "null", '{"places": {"Contact": {"x": 1}}, "left": [], "deep_at": ""}']
)
def test_a_cursor_that_is_not_ours_is_refused(odd: str, salesforce: Salesforce) -> None:
    with pytest.raises(Unreadable, match="cursor"):
        salesforce.poll(odd, LONG_AGO)


def test_polls_stop_before_the_orgs_calls_are_used_up(desk: OrgControl, salesforce: Salesforce) -> None:
    """SF-40"""
    salesforce.ping()
    desk.settings(calls_a_day=1000, calls_used=900)
    salesforce.ping()
    desk.forget_calls()
    with pytest.raises(TryLater, match="left to others"):
        salesforce.poll(None, LONG_AGO)
    assert not desk.calls(operation="queryAll")
    desk.settings(calls_used=10)
    salesforce.ping()
    salesforce.poll(None, LONG_AGO)
