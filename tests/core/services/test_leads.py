"""Leads: a qualified lead earns a fixed amount where the terms list it, and gives it back whole or not at all."""

from dataclasses import replace
from typing import Any

import pytest

from core.contract.events import DealWon, LeadQualified, Order
from core.models import Reversal
from tests.support.hub import DAY, HOUR, Scene, deal, lead


@pytest.fixture
def crm(bare: Scene) -> Scene:
    """A campaign that pays EUR 5 to the friend, and a tenth to the advocate, for leads and deals."""
    bare.campaign(counts={"kinds": ["lead", "deal"]})
    bare.advocate()
    return bare


def qualified(**changes: Any) -> Order:
    """Anna is a qualified lead with Mira's code."""
    return replace(lead(code="MIRA"), **changes)


def taken_back(is_paid: bool = True) -> Order:
    """Anna is no lead after all; some sources say so by unqualifying her, too."""
    told = qualified()
    at = told.updated_at + HOUR
    return replace(told, updated_at=at, cancelled_at=at, is_paid=is_paid)


def test_a_lead_earns_what_is_fixed_and_no_share_of_nothing(crm: Scene) -> None:
    crm.tell(LeadQualified(qualified()))
    conversion = crm.conversion("l1")
    assert (conversion.state, conversion.base_minor, conversion.currency) == ("qualified", 0, "EUR")
    assert crm.states() == {("l1", "friend"): "held"}
    assert crm.balance("held") == 500
    assert crm.violations() == {}


def test_the_name_of_a_lead_is_kept_nowhere_in_the_clear(crm: Scene) -> None:
    crm.tell(LeadQualified(qualified(name="Anna Example")))
    assert crm.order("l1").name == "l1"


def test_a_lead_in_another_currency_is_counted_in_the_campaigns(crm: Scene) -> None:
    told = lead(code="MIRA", currency="USD")
    crm.tell(LeadQualified(told))
    assert crm.conversion("l1").currency == "EUR"
    assert crm.reward("l1", "friend").net.currency == "EUR"


def test_a_lead_that_is_taken_back_owes_nobody_and_may_come_again(crm: Scene) -> None:
    crm.tell(LeadQualified(qualified()), LeadQualified(taken_back()))
    assert crm.conversion("l1").state == "reversed"
    assert crm.balance("held") == 0
    assert crm.facts()["rewards"] == []
    again = qualified(updated_at=qualified().updated_at + 2 * HOUR)
    crm.tell(LeadQualified(again))
    assert crm.conversion("l1").state == "qualified"
    assert crm.states() == {("l1", "friend"): "held"}
    assert [row.base_minor for row in crm.all(Reversal)] == [0]
    assert crm.violations() == {}


@pytest.mark.parametrize("is_paid", [True, False])
def test_a_lead_that_is_taken_back_after_it_was_paid_is_owed_back_whole(crm: Scene, is_paid: bool) -> None:
    crm.pay(qualified())
    assert crm.states() == {("l1", "friend"): "pushed"}
    crm.tell(LeadQualified(taken_back(is_paid)))
    assert crm.reward("l1", "friend").net.minor == 0
    assert crm.balance("receivable") == 500
    assert crm.violations() == {}


def test_taking_a_lead_back_and_qualifying_it_may_come_in_any_order(crm: Scene) -> None:
    crm.tell(LeadQualified(taken_back()))
    crm.tell(LeadQualified(qualified()))
    assert crm.facts()["rewards"] == []


def test_a_lead_is_no_first_purchase_so_its_deal_counts_too(crm: Scene) -> None:
    crm.tell(LeadQualified(qualified()), DealWon(deal("d1", placed=DAY)))
    assert {key for key, state in crm.states().items() if state == "held"} == {
        ("l1", "friend"),
        ("d1", "advocate"),
        ("d1", "friend"),
    }


def test_a_lead_does_not_count_where_the_terms_do_not_list_it(stage: Scene) -> None:
    stage.tell(LeadQualified(qualified()))
    assert stage.states() == {}
    words = [reason["words"] for reason in stage.order("l1").reasons["friends"] if not reason["passed"]]
    assert words == ["a lead does not count in this campaign"]
