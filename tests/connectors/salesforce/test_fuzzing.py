"""Whatever arrives, from Salesforce or from somebody who says so: only the contract's errors come out."""

import json
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from connectors.salesforce.connector import Salesforce
from connectors.salesforce.mapping import (
    Settings,
    account_events,
    contact_events,
    lead_events,
    opportunity_events,
    order_events,
)
from connectors.salesforce.polling import Cursor
from connectors.salesforce.soql import listed, quoted
from referhub import (
    ConnectorError,
    Event,
    HttpResponse,
    NotAccepted,
    Order,
    Reception,
    Record,
    Unreadable,
    WebhookRequest,
)
from referhub.testing import faults_of
from tests.connectors.salesforce.support import (
    NOW,
    ORG,
    TOKEN,
    ScriptedHttp,
    answer,
    config,
    hint,
    login,
    message,
    payload,
    row,
)

OUR_SETTINGS = Settings(
    config(opportunity_code_field="Code__c", opportunity_reference_field="Shop__c"), ZoneInfo("UTC")
)
CONFIG = config(org_id="00DSY0000000001")
STATUSES = [200, 201, 204, 300, 400, 401, 403, 404, 429, 500, 503]
WON = payload("closed-won.xml")
odd_values = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.decimals(allow_nan=False, allow_infinity=False, places=3, min_value=-(10**14), max_value=10**14),
    st.text(max_size=20),
    st.sampled_from(["", "EUR", "003SY0000000001YAA", "2026-11-20", "2026-11-20T14:03:11.000+0000", "9" * 400, "=1+1"]),
)
anything = st.recursive(
    odd_values,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=4,
)
NAMES = sorted(
    {
        *row("opportunity"),
        "Email",
        "Phone",
        "IsPersonAccount",
        "PersonEmail",
        "MasterRecordId",
        "IsConverted",
        "ConvertedDate",
        "ConvertedContactId",
        "ConvertedContact",
        "Account",
        "BillToContact",
        "BillToContactId",
        "TotalAmount",
        "StatusCode",
        "EffectiveDate",
        "ActivatedDate",
        "LastStageChangeDate",
        "OpportunityId",
        "CurrencyIsoCode",
        "Referred_By_Code__c",
        "Code__c",
        "Shop__c",
    }
)
changes = st.dictionaries(st.sampled_from(NAMES), anything, max_size=5)
TRANSLATIONS = {
    "contact": contact_events,
    "lead": lead_events,
    "account": account_events,
    "order": order_events,
}


@given(changes, st.sampled_from(sorted(TRANSLATIONS)))
@settings(max_examples=100, deadline=None)
def test_a_row_becomes_good_events_or_is_unreadable(changed: dict[str, Any], kind: str) -> None:
    try:
        events = TRANSLATIONS[kind](row("opportunity") | {"Amount": 5} | changed, OUR_SETTINGS)
    except Unreadable:
        return
    assert_good(events)


role_rows = st.dictionaries(st.sampled_from(["Id", "ContactId", "IsPrimary", "Contact"]), anything)


@given(changes, st.lists(role_rows, max_size=3))
@settings(max_examples=100, deadline=None)
def test_an_opportunity_with_any_roles_does_too(changed: dict[str, Any], roles: list[dict[str, Any]]) -> None:
    try:
        events = opportunity_events(row("opportunity") | {"Amount": 5} | changed, roles, OUR_SETTINGS)
    except Unreadable:
        return
    assert_good(events)


def assert_good(events: Any) -> None:
    assert events
    for event in events:
        assert isinstance(event, Event)
        assert not list(faults_of(event))
        order = getattr(event, "order", None)
        if isinstance(order, Order):
            assert len(order.name) <= 320


def over(*answers: HttpResponse | Exception) -> Salesforce:
    return Salesforce(CONFIG, ScriptedHttp(*answers))


@given(st.data())
@settings(max_examples=100, deadline=None)
def test_a_bent_message_is_taken_whole_or_refused(data: st.DataObject) -> None:
    """SF-11"""
    place = data.draw(st.integers(0, len(WON)))
    length = data.draw(st.integers(0, 40))
    bent = WON[:place] + data.draw(st.binary(max_size=12)) + WON[place + length :]
    assert_received(message(bent))


few_headers = st.dictionaries(st.text(max_size=12), st.text(max_size=12), max_size=3)


@given(st.binary(max_size=200), st.text(max_size=40), few_headers)
@example(b"", "", {})
@example(WON, f"/hooks/1/{TOKEN}", {"content-type": "text/xml; charset=\udcff"})
@settings(max_examples=60, deadline=None)
def test_a_request_of_any_kind_is_taken_or_refused(body: bytes, path: str, headers: dict[str, str]) -> None:
    assert_received(WebhookRequest("POST", path, "", headers, body, NOW))


def assert_received(sent: WebhookRequest) -> None:
    status, reception = 200, Reception(())
    try:
        reception = over().receive(sent)
    except NotAccepted as refusal:
        status = refusal.status
    assert status in (200, 400, 403, 404, 413, 415)
    for delivery in reception.deliveries:
        assert set(json.loads(delivery.body)) == {"object", "id", "modstamp", "by"}


json_bytes = anything.map(lambda value: json.dumps(value, default=str).encode())


@given(st.one_of(json_bytes, st.binary(max_size=60)), st.sampled_from(STATUSES))
@settings(max_examples=60, deadline=None)
def test_no_answer_of_the_api_brings_anything_else_than_the_contracts_errors(body: bytes, status: int) -> None:
    """SF-34"""
    odd = HttpResponse(status, {"content-type": "application/json"}, body)
    for work in (
        lambda one: one.read_many([hint("Contact", "003SY0000000001YAA")]),
        lambda one: one.poll(None, NOW),
        lambda one: one.write([Record("003SY0000000001YAA", {"Referral_Code__c": "A"})]),
        lambda one: one.show(["003SY0000000001YAA"], ["Referral_Code__c"]),
        lambda one: one.ping(),
    ):
        try:
            work(over(login(org=ORG), *[odd] * 200))
        except ConnectorError:
            continue


DESCRIBED = {"fields": [{"name": name, "type": "string", "length": 255, "updateable": True} for name in ("Id", "X__c")]}


@given(json_bytes)
@settings(max_examples=60, deadline=None)
def test_any_results_of_a_write_are_one_outcome_for_each_record(body: bytes) -> None:
    one = over(login(org=ORG), answer(DESCRIBED), *[answer(body)] * 5)
    outcomes = one.write([Record("003SY0000000001YAA", {"X__c": "A"}), Record("003SY0000000002YAA", {"X__c": None})])
    assert len(outcomes) == 2


@given(st.text(max_size=60))
@example("O'Hara\\")
@example("' OR Name != '")
@settings(max_examples=100, deadline=None)
def test_a_text_cannot_leave_its_quotes(value: str) -> None:
    """SF-45"""
    text = quoted(value)
    inner = text[1:-1]
    assert text[0] == text[-1] == "'"
    # Every quote inside is escaped by an odd number of backslashes.
    for place, letter in enumerate(inner):
        if letter == "'":
            before = len(inner[:place]) - len(inner[:place].rstrip("\\"))
            assert before % 2 == 1
    assert (len(inner) - len(inner.rstrip("\\"))) % 2 == 0
    assert listed([value, value]) == f"({text},{text})"


@given(st.one_of(st.text(max_size=40), json_bytes.map(bytes.decode)))
@settings(max_examples=100, deadline=None)
def test_a_cursor_is_ours_or_refused(text: str) -> None:
    try:
        Cursor.read(text)
    except Unreadable:
        return


@pytest.mark.parametrize("odd", ["+14:00 year 1", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "1e9"])
def test_a_time_at_the_ends_of_the_calendar_is_no_time(odd: str) -> None:
    told = row("opportunity") | {"Amount": 1, "SystemModstamp": odd}
    with pytest.raises(Unreadable):
        opportunity_events(told, [], OUR_SETTINGS)
