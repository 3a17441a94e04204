"""Every recorded and synthetic message and body of the shared data is understood, or refused by its rule."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from connectors.salesforce.connector import Salesforce
from connectors.salesforce.rows import Fate, RowError, error_of, results_of
from referhub import ConnectorError, Ignored, NotAccepted, Record, TryLater
from tests.connectors.salesforce.support import (
    USER,
    ScriptedHttp,
    answer,
    connector,
    hint,
    login,
    message,
    records,
)
from tests.support.places import shared_data_path

HERE = shared_data_path() / "salesforce"
MESSAGES = sorted(str(path.relative_to(HERE)) for path in HERE.glob("*/*.xml") if path.parent.name != "metadata")
BODIES = sorted(path.name for path in (HERE / "rest").glob("*.json"))
ORG = "00DSY00000000012AA"
# How many hints each message becomes, or the status with which it is refused.
RULES = {
    "synthetic/100-notifications.xml": (100, 200),
    "synthetic/opportunity-closed-won.xml": (1, 200),
    "synthetic/lead-converted-utf8.xml": (1, 200),
    "synthetic/contact-echo-from-integration-user.xml": (1, 200),
    "synthetic/order-activated.xml": (1, 200),
    "synthetic/person-account.xml": (1, 200),
    "synthetic/ack-true.xml": (0, 400),
    "synthetic/hostile-101-notifications.xml": (0, 400),
    "synthetic/hostile-doctype-amplification.xml": (0, 400),
    "synthetic/hostile-doctype-xxe.xml": (0, 400),
    "synthetic/hostile-missing-record-id.xml": (1, 200),
    "synthetic/hostile-record-deleted-before-delivery-empty-sobject.xml": (1, 200),
    "synthetic/hostile-record-deleted-before-delivery-no-sobject.xml": (1, 200),
    "synthetic/hostile-truncated.xml": (0, 400),
    "synthetic/hostile-wrong-namespace.xml": (0, 400),
    "synthetic/hostile-wrong-org.xml": (0, 403),
    "outbound-messages/aspnet-outbound-3-leads-with-bom.xml": (3, 200),
    "outbound-messages/aspnet-outbound-empty-notifications.xml": (0, 403),
    "outbound-messages/aspnetcore-outbound-2-contacts.xml": (2, 200),
    "outbound-messages/aspnet-ack-response.xml": (0, 400),
}


def opened(org: str = ORG) -> Salesforce:
    """A connector that has logged in to that org."""
    one = connector(ScriptedHttp(login(org=org)))
    one._api.sessions.current()
    return one


def org_of(body: bytes, name: str) -> str:
    found = re.search(rb"OrganizationId>(\w{15,18})<", body)
    return found[1].decode() if found and name.startswith("outbound") else ORG


@pytest.mark.parametrize("name", MESSAGES or ["(none)"])
def test_a_message_is_taken_whole_or_refused_by_its_rule(name: str, shared_data: Path) -> None:
    """SF-02 SF-03 SF-04 SF-07 SF-10 SF-11 SF-12 SF-13 SF-15"""
    body = (shared_data / "salesforce" / name).read_bytes()
    count, status = RULES[name]
    salesforce = opened(org_of(body, name))
    if status != 200:
        with pytest.raises(NotAccepted) as caught:
            salesforce.receive(message(body))
        assert caught.value.status == status
        return
    reception = salesforce.receive(message(body))
    assert (len(reception.deliveries), reception.reply.status) == (count, status)
    session = re.search(rb"SessionId>([^<]+)<", body)
    for delivery in reception.deliveries:
        kept = delivery.body + repr(delivery).encode()
        assert session is None or session[1] not in kept
        assert b"@" not in kept


def test_every_message_has_a_rule(shared_data: Path) -> None:
    found = {str(path.relative_to(HERE)) for path in HERE.glob("*/*.xml") if path.parent.name != "metadata"}
    assert found == set(RULES)


def test_the_record_that_was_deleted_before_delivery_asks_nobody(shared_data: Path) -> None:
    """SF-15"""
    for path in sorted((shared_data / "salesforce/synthetic").glob("hostile-record-deleted*.xml")):
        salesforce = opened()
        (delivery,) = salesforce.receive(message(path.read_bytes())).deliveries
        (event,) = salesforce.read(delivery)
        assert isinstance(event, Ignored)


def test_the_synthetic_echo_names_our_user(shared_data: Path) -> None:
    """SF-25"""
    body = (shared_data / "salesforce/synthetic/contact-echo-from-integration-user.xml").read_bytes()
    (delivery,) = opened().receive(message(body)).deliveries
    assert json.loads(delivery.body)["by"] == USER


@pytest.mark.parametrize("name", BODIES or ["(none)"])
@pytest.mark.parametrize("status", [200, 400, 404])
def test_no_recorded_body_brings_anything_else_than_the_contracts_errors(
    name: str, status: int, shared_data: Path
) -> None:
    """SF-34"""
    body = (shared_data / "salesforce/rest" / name).read_bytes()
    answers = [login(), *[answer(body, status)] * 120]
    for work in (
        lambda one: one.read_many([hint("Lead", "00QSY0000000001YAA")]),
        lambda one: one.write([Record("003ak00000jvIfpAAE", {"Referral_Code__c": "A"})] * 2),
        lambda one: one.ping(),
    ):
        try:
            work(connector(ScriptedHttp(*answers)))
        except ConnectorError:
            continue


def results(shared_data: Path, name: str) -> list[RowError | None]:
    body: Any = json.loads((shared_data / f"salesforce/rest/{name}.json").read_bytes())
    found = results_of(body, 2)
    assert found is not None
    return [error_of(one) for one in found]


def test_recorded_results_of_collections_are_told_row_by_row(shared_data: Path) -> None:
    """SF-37, SF-41"""
    assert results(shared_data, "amp_batch_update_contacts_success") == [None, None]
    rolled_back, unknown = results(shared_data, "amp_batch_update_contacts_partial-but-allOrNone")
    assert rolled_back is not None
    assert unknown is not None
    assert (rolled_back.fate, unknown.fate) == (Fate.AGAIN, Fate.FIELD)
    assert unknown.field == "unknownField_LastName"
    required, _ = results(shared_data, "amp_batch_create_contacts_partial-but-allOrNone")
    assert required is not None
    assert (required.fate, required.fields) == (Fate.PARK, ("LastName",))


def test_a_recorded_page_that_is_done_is_not_followed_though_it_names_another(shared_data: Path) -> None:
    body = (shared_data / "salesforce/rest/amp_read-list-leads.json").read_bytes()
    http = ScriptedHttp(login(), answer(body), records())
    assert len(connector(http)._api.query("SELECT City FROM Lead")) == len(json.loads(body)["records"])
    assert len(http.asked) == 2


def test_a_recorded_sub_select_is_read_with_its_roles(shared_data: Path) -> None:
    body = (shared_data / "salesforce/rest/amp_read-opportunity-with-contacts.json").read_bytes()
    api = connector(ScriptedHttp(login(), answer(body)))._api
    (found,) = api.query("SELECT Id FROM Opportunity")
    first, second = api.children(found, "OpportunityContactRoles")
    assert first["ContactId"] == "003ak000003dQCGAA2"
    assert second["Id"] != first["Id"]


def test_a_recorded_error_about_an_object_is_a_refusal_that_can_be_told(shared_data: Path) -> None:
    body = (shared_data / "salesforce/rest/amp_unknown-object.json").read_bytes()
    one = connector(ScriptedHttp(login(), *[answer(body, 400)] * 20))
    (told,) = one.read_many([hint("Lead", "00QSY0000000001YAA")])
    # The object is not there, so nothing can be asked of it.
    assert not isinstance(told, TryLater)
