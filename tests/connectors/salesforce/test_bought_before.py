"""Who recommended somebody may be noted after they bought: in which order it was entered must not matter."""

from typing import Any

import pytest

from connectors.salesforce.client import OrgApi
from connectors.salesforce.connector import Salesforce
from referhub import ContactSaved, DealReopened, DealWon, EvidenceKind, OrderPaid, TryLater
from sandbox.salesforce import OrgControl, SandboxOrg
from tests.connectors.salesforce.conftest import connect
from tests.connectors.salesforce.support import hint
from tests.connectors.salesforce.test_reading import kinds, read

CODE = "Referred_By_Code__c"


def bought(desk: OrgControl, **contact: Any) -> tuple[str, str]:
    """A contact and the opportunity that they have won already."""
    person = desk.create_contact(LastName="Frida", **contact)["Id"]
    deal = desk.create_opportunity(Name="Chairs", Amount=100, ContactId=person)["Id"]
    desk.win(deal)
    return person, deal


def test_a_code_that_is_noted_after_the_deal_was_won_is_told_with_the_deal(
    desk: OrgControl, salesforce: Salesforce
) -> None:
    """SF-17, X-01"""
    person, deal = bought(desk)
    lost = desk.create_opportunity(Name="Tables", ContactId=person)["Id"]
    desk.lose(lost)
    desk.update(person, **{CODE: "MIRA-7"})
    told = read(salesforce, "Contact", person)
    assert isinstance(told[0], ContactSaved)
    (won,) = [event for event in told if isinstance(event, DealWon)]
    assert won.order.source_id == deal
    assert [(one.kind, one.value) for one in won.order.evidence] == [(EvidenceKind.CONTACT_FIELD, "MIRA-7")]
    assert [event.order.source_id for event in told if isinstance(event, DealReopened)] == [lost]


def test_a_code_is_news_once_and_the_hint_that_told_it_tells_it_again(desk: OrgControl, salesforce: Salesforce) -> None:
    person, _deal = bought(desk, Referred_By_Code__c="MIRA-7")
    assert DealWon in kinds(read(salesforce, "Contact", person, "04lSY0000000001"))
    assert DealWon not in kinds(read(salesforce, "Contact", person, "04lSY0000000002"))
    # Its first telling may have been lost with its transaction.
    assert DealWon in kinds(read(salesforce, "Contact", person, "04lSY0000000001"))
    desk.update(person, **{CODE: "OLGA-1"})
    assert DealWon in kinds(read(salesforce, "Contact", person, "04lSY0000000003"))


def test_a_code_that_is_taken_away_and_noted_again_is_news_both_times(desk: OrgControl, salesforce: Salesforce) -> None:
    person, _deal = bought(desk, Referred_By_Code__c="MIRA-7")
    for place, code in enumerate(("MIRA-7", None, "MIRA-7")):
        desk.update(person, **{CODE: code})
        told = read(salesforce, "Contact", person, f"04lSY{place:010d}")
        (won,) = [event for event in told if isinstance(event, DealWon)]
        assert [one.value for one in won.order.evidence] == ([code] if code else [])


def test_an_order_that_was_activated_before_is_told_too(desk: OrgControl, salesforce: Salesforce) -> None:
    person = desk.create_contact(LastName="Frida", Referred_By_Code__c="MIRA-7")["Id"]
    order = desk.create_order(BillToContactId=person, AccountId=desk.create_account(Name="Acme")["Id"])["Id"]
    desk.set_order(order, "Activated", amount=80)
    (paid,) = [event for event in read(salesforce, "Contact", person) if isinstance(event, OrderPaid)]
    assert (paid.order.source_id, paid.order.evidence[0].value) == (order, "MIRA-7")


def test_what_a_person_account_bought_is_told_whichever_way_it_names_them(org: SandboxOrg, desk: OrgControl) -> None:
    """SF-21"""
    desk.switch("persons")
    person = desk.create_account(LastName="Anna", Referred_By_Code__pc="MIRA-7")
    deals = [desk.create_opportunity(Name="Chairs", AccountId=person["Id"])["Id"]]
    deals.append(desk.create_opportunity(Name="Tables", ContactId=person["PersonContactId"])["Id"])
    order = desk.create_order(AccountId=person["Id"])["Id"]
    for deal in deals:
        desk.win(deal)
    desk.set_order(order, "Activated", amount=80)
    told = read(connect(org), "Account", person["Id"])
    assert {event.order.source_id for event in told if isinstance(event, DealWon)} == set(deals)
    assert [event.order.source_id for event in told if isinstance(event, OrderPaid)] == [order]


def test_it_costs_a_call_for_each_object_however_many_they_are_and_none_without_a_code(
    desk: OrgControl, salesforce: Salesforce
) -> None:
    """SF-03"""
    some = [bought(desk, Referred_By_Code__c="MIRA-7")[0] for _ in range(5)]
    others = [bought(desk)[0] for _ in range(5)]
    salesforce.read(hint("Contact", others[0]))
    desk.forget_calls()
    salesforce.read_many([hint("Contact", one) for one in others])
    assert [call["object"] for call in desk.calls(operation="queryAll")] == ["Contact"]
    desk.forget_calls()
    answers = salesforce.read_many([hint("Contact", one) for one in some])
    assert all(DealWon in kinds(answer) for answer in answers)
    assert [call["object"] for call in desk.calls(operation="queryAll")] == ["Contact", "Opportunity", "Order"]


def test_what_is_not_asked_for_is_not_looked_up(org: SandboxOrg, desk: OrgControl) -> None:
    person, _deal = bought(desk, Referred_By_Code__c="MIRA-7")
    assert DealWon not in kinds(read(connect(org, objects="Contact, Order"), "Contact", person))


def test_trouble_while_looking_them_up_is_for_later_and_nobody_elses(desk: OrgControl, salesforce: Salesforce) -> None:
    person, _deal = bought(desk, Referred_By_Code__c="MIRA-7")
    other = desk.create_contact(LastName="Other")["Id"]
    salesforce.read(hint("Contact", other))
    desk.fate("503", match="queryAll Opportunity")
    hints = [hint("Contact", person), hint("Contact", other, "04lSY0000000102")]
    first, second = salesforce.read_many(hints)
    assert isinstance(first, TryLater)
    assert ContactSaved in kinds(second)
    assert DealWon in kinds(salesforce.read(hints[0]))


def test_a_purchase_that_cannot_be_read_to_its_end_is_told_later(
    desk: OrgControl, salesforce: Salesforce, monkeypatch: pytest.MonkeyPatch
) -> None:
    person, _deal = bought(desk, Referred_By_Code__c="MIRA-7")
    with monkeypatch.context() as trouble:
        trouble.setattr(OrgApi, "children", _busy)
        with pytest.raises(TryLater, match="busy"):
            read(salesforce, "Contact", person)
    assert DealWon in kinds(read(salesforce, "Contact", person))


def _busy(_api: OrgApi, _row: Any, _name: str) -> list[Any]:
    raise TryLater("busy")


@pytest.mark.parametrize("gone", ["delete", "purge"])
def test_nothing_is_looked_up_for_who_is_gone(gone: str, desk: OrgControl, salesforce: Salesforce) -> None:
    person, _deal = bought(desk, Referred_By_Code__c="MIRA-7")
    desk.delete(person)
    if gone == "purge":
        desk.purge(person)
    assert DealWon not in kinds(read(salesforce, "Contact", person))
