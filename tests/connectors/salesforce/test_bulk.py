"""Many people at once: a handful of calls, row by row results, and a job that is found again."""

from collections.abc import Sequence
from typing import Any

import pytest

from connectors.salesforce import bulk
from connectors.salesforce.bulk import bulk_error
from connectors.salesforce.connector import Salesforce
from referhub import FieldRefused, Later, Money, Record, Refused
from sandbox.salesforce import OrgControl
from tests.connectors.salesforce.conftest import connect
from tests.connectors.salesforce.support import ScriptedHttp, answer, connector, login

CODE, COUNT = "Referral_Code__c", "Referral_Count__c"


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "FIRST_GLANCE_SECONDS", 0.01)


def in_bulk(salesforce: Salesforce, ids: Sequence[str], **fields: Any) -> list[Any]:
    return list(salesforce.write_in_bulk([Record(own_id, fields) for own_id in ids]))


def people(desk: OrgControl, count: int) -> list[str]:
    return [desk.create_contact(LastName=f"Person {place}")["Id"] for place in range(count)]


def test_a_job_writes_everybody_in_a_few_calls(desk: OrgControl, salesforce: Salesforce) -> None:
    ids = people(desk, 30)
    salesforce.show(ids[:1], [CODE])
    desk.forget_calls()
    values = {CODE: 'a "b", c\nd', "Referral_Revenue__c": Money(120_050, "EUR"), COUNT: 3}
    assert in_bulk(salesforce, ids, **values) == [None] * 30
    assert len(desk.calls()) <= 8
    shown = salesforce.show(ids, list(values))
    assert all(one == {name: salesforce.spelt(value) for name, value in values.items()} for one in shown.values())


def test_a_line_break_of_any_kind_is_no_end_of_a_row(desk: OrgControl, salesforce: Salesforce) -> None:
    first, second = people(desk, 2)
    outcomes = salesforce.write_in_bulk([Record(first, {CODE: "a\rb\r\nc"}), Record(second, {CODE: "d"})])
    assert list(outcomes) == [None, None]
    assert salesforce.show([first, second], [CODE]) == {first: {CODE: "a\nb\nc"}, second: {CODE: "d"}}


def test_what_is_not_named_stays_and_what_is_over_is_emptied(desk: OrgControl, salesforce: Salesforce) -> None:
    first, second = people(desk, 2)
    in_bulk(salesforce, [first, second], Referral_Code__c="A", Referral_Count__c=1)
    outcomes = salesforce.write_in_bulk([Record(first, {CODE: None}), Record(second, {COUNT: 2})])
    assert list(outcomes) == [None, None]
    assert salesforce.show([first, second], [CODE, COUNT]) == {
        first: {CODE: None, COUNT: "1"},
        second: {CODE: "A", COUNT: "2"},
    }


def test_rows_that_fail_are_told_apart(desk: OrgControl, salesforce: Salesforce) -> None:
    good, long, gone = people(desk, 3)
    desk.delete(gone)
    outcomes = salesforce.write_in_bulk(
        [Record(good, {CODE: "A"}), Record(long, {CODE: "x" * 65}), Record(gone, {CODE: "A"}), Record("7", {CODE: "A"})]
    )
    assert outcomes[0] is None
    assert isinstance(outcomes[1], Refused)
    assert "STRING_TOO_LONG" in outcomes[1].reason
    assert isinstance(outcomes[2], Later)
    assert isinstance(outcomes[3], Refused)


def test_contacts_leads_and_persons_are_jobs_of_their_own(org: Any, desk: OrgControl) -> None:
    desk.switch("persons")
    salesforce = connect(org)
    ids = [
        desk.create_contact(LastName="C")["Id"],
        desk.create_lead(LastName="L")["Id"],
        desk.create_account(LastName="P")["Id"],
    ]
    assert in_bulk(salesforce, ids, Referral_Code__c="A") == [None] * 3
    assert desk.read(ids[2])["Referral_Code__pc"] == "A"


def test_a_job_that_takes_its_time_is_found_again_instead_of_begun_anew(
    desk: OrgControl, salesforce: Salesforce, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = people(desk, 2)
    monkeypatch.setattr(bulk, "PATIENCE_SECONDS", 0.0)
    assert all(isinstance(outcome, Later) for outcome in in_bulk(salesforce, ids, Referral_Code__c="A"))
    monkeypatch.setattr(bulk, "PATIENCE_SECONDS", 5.0)
    assert in_bulk(salesforce, ids, Referral_Code__c="A") == [None, None]
    assert len(desk.calls(operation="bulk_create")) == 1
    # Done and told; the same values again would be another job.
    assert in_bulk(salesforce, ids, Referral_Code__c="A") == [None, None]
    assert len(desk.calls(operation="bulk_create")) == 2


def test_a_job_that_fails_whole_names_the_field(desk: OrgControl, salesforce: Salesforce) -> None:
    """SF-41"""
    ids = people(desk, 2)
    salesforce.show(ids, [CODE])
    desk.remove_field("Contact", "Referral_Status__c")
    outcomes = in_bulk(salesforce, ids, Referral_Code__c="A", Referral_Status__c="x")
    assert all(isinstance(outcome, FieldRefused) and outcome.field == "Referral_Status__c" for outcome in outcomes)


@pytest.mark.parametrize("step", ["bulk_create", "bulk_upload", "bulk_close", "bulk_state", "bulk_results"])
@pytest.mark.parametrize("fate", ["effect_then_drop", "503", "html"])
def test_trouble_at_any_step_means_later_and_then_the_same_values(
    step: str, fate: str, desk: OrgControl, salesforce: Salesforce
) -> None:
    """SF-39"""
    ids = people(desk, 2)
    desk.fate(fate, match=step)
    outcomes = in_bulk(salesforce, ids, Referral_Count__c=4)
    if step == "bulk_results" and fate == "html":
        assert all(outcome is None or isinstance(outcome, Later) for outcome in outcomes)
    else:
        assert all(isinstance(outcome, Later) for outcome in outcomes)
    assert in_bulk(salesforce, ids, Referral_Count__c=4) == [None, None]
    assert {desk.read(own_id)[COUNT] for own_id in ids} == {4}


FAILED = b'"sf__Id","sf__Error","Id"\n"","STRING_TOO_LONG:too long:Referral_Code__c --","003SY0000000001YAA"\n'
EMPTY = b'"sf__Id","sf__Error","Id"\n'


@pytest.mark.parametrize(
    ("processed", "failed", "table", "kinds"),
    [
        (2, 1, FAILED, [Refused, type(None)]),
        (2, 0, EMPTY, [type(None), type(None)]),
        (1, 0, EMPTY, [Later, Later]),  # it has not seen one of them
        (2, 1, EMPTY, [Later, Later]),  # the table of those who failed was cut off
        (None, None, EMPTY, [Later, Later]),
    ],
)
def test_results_that_do_not_add_up_are_no_results(
    processed: int | None, failed: int | None, table: bytes, kinds: list[type[Any]]
) -> None:
    """SF-39: whoever is told of nowhere counts as written only if the job says that it saw them all"""
    described = {"fields": [{"name": name, "type": "string", "updateable": True} for name in ("Id", CODE)]}
    state = {"state": "JobComplete", "numberRecordsProcessed": processed, "numberRecordsFailed": failed}
    told: tuple[object, ...] = (described, {"id": "750SY0000000001"}, b"", {}, state, table, b"")
    http = ScriptedHttp(login(), *map(answer, told))
    outcomes = in_bulk(connector(http), ["003SY0000000001YAA", "003SY0000000002YAA"], Referral_Code__c="A")
    assert [type(outcome) for outcome in outcomes] == kinds


@pytest.mark.parametrize(
    ("told", "code", "fields"),
    [
        (
            "INVALID_FIELD:Failed to deserialize field at col 3. Due to, 'x' is no date:CloseDate --",
            "INVALID_FIELD",
            ("CloseDate",),
        ),
        (
            "REQUIRED_FIELD_MISSING:Required fields are missing: [LastName]:LastName --",
            "REQUIRED_FIELD_MISSING",
            ("LastName",),
        ),
        ("UNABLE_TO_LOCK_ROW:unable to obtain exclusive access:--", "UNABLE_TO_LOCK_ROW", ()),
        ("", "UNKNOWN_EXCEPTION", ()),
        ("nonsense", "nonsense", ()),
    ],
)
def test_the_bulk_apis_way_of_telling_an_error(told: str, code: str, fields: tuple[str, ...]) -> None:
    error = bulk_error(told)
    assert (error.code, error.fields) == (code, fields)


def test_from_when_on_bulk_is_used_is_a_setting() -> None:
    assert connector().bulk_above == 10_000
    assert connector(bulk_above="500").bulk_above == 500
