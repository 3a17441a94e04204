"""Compare: what differs from the sources is found, told in words, and healed where that is the hub's to do."""

from dataclasses import replace
from datetime import timedelta

import pytest

from core.contract.errors import NeedsAttention, TryLater
from core.contract.events import DealWon, OrderKind, OrderPaid
from core.contract.money import Money
from core.contract.parts import Gone
from core.models import Connection
from core.services.compare import Comparison, Difference, compare
from core.services.connections import switch
from tests.support.hub import DAY, HOUR, START, Scene, beside, friend, order, refund


def look(*scenes: Scene, heal: bool = False) -> Comparison:
    """Everything of these connections since the start of the test is compared."""
    rows = [one.one(Connection, id=one.connection.id) for one in scenes]
    return compare(scenes[0].hub, rows, START - DAY, heal=heal)


def healed(found: Comparison) -> list[Difference]:
    """What differed and is right now."""
    return [one for one in found.differences if one.is_healed]


@pytest.fixture
def paid(stage: Scene) -> Scene:
    """Mira's and Anna's rewards for one order are paid."""
    stage.pay(order())
    return stage


def test_where_all_agree_nothing_is_told(paid: Scene) -> None:
    found = look(paid)
    assert (found.orders, found.credits, found.differences, found.is_agreed) == (1, 2, [], True)


def test_an_order_that_was_refunded_unheard_is_found_and_healed(paid: Scene) -> None:
    paid.stands(replace(order(refunds=[refund(amount="40.00", at=HOUR)]), updated_at=paid.watch.at))
    (told,) = look(paid).differences
    assert (told.kind, told.subject) == ("order", "#1001")
    assert (told.hub, told.there) == ("EUR 100.00, paid", "EUR 100.00, paid, EUR 40.00 refunded")
    assert paid.conversion().reversed_minor == 0  # looking changes nothing
    assert len(healed(look(paid, heal=True))) == 1
    assert paid.conversion().reversed_minor == 40_00
    assert look(paid).is_agreed


def test_an_order_that_is_gone_is_told_and_left_to_people(paid: Scene) -> None:
    paid.shop.orders["1001"] = Gone("deleted")
    (told,) = look(paid, heal=True).differences
    assert (told.there, told.is_healed) == ("gone: deleted", False)
    assert paid.states() == {("1001", "advocate"): "pushed", ("1001", "friend"): "pushed"}


def test_an_older_state_at_the_source_heals_nothing(paid: Scene) -> None:
    paid.tell(OrderPaid(order(updated=2 * HOUR, base="90.00")))
    paid.stands(order(base="100.00"))
    (told,) = look(paid, heal=True).differences
    assert not told.is_healed
    assert paid.order().base == Money.parse("90.00", "EUR")


def test_a_credit_that_the_shop_does_not_show_is_told(paid: Scene) -> None:
    lost = paid.shop.effects.pop()
    (told,) = look(paid, heal=True).differences
    assert (told.kind, told.subject, told.there) == ("credit", lost.recipient, "shows no such credit")
    assert not look(paid, heal=True).is_agreed


@pytest.mark.parametrize("problem", [TryLater("busy"), NeedsAttention("renew the token")])
def test_a_source_that_does_not_answer_is_unknown_and_not_agreed(paid: Scene, problem: Exception) -> None:
    paid.shop.orders["1001"] = problem
    found = look(paid)
    assert found.unknown == {"The shop": str(problem)}
    assert not found.is_agreed


def test_a_source_that_is_switched_off_is_unknown(paid: Scene) -> None:
    switch(paid.hub, paid.connection.id, on=False)
    assert look(paid).unknown == {"The shop": "it is switched off"}


def test_a_purchase_that_went_back_in_one_system_only_is_told(stage: Scene) -> None:
    """Hub, shop and CRM side by side."""
    anna = friend(email="anna@example.com")
    stage.pay(order(buyer=anna))
    crm = beside(stage)
    deal = replace(order("deal-1", buyer=anna), kind=OrderKind.DEAL, references=("1001",))
    crm.tell(DealWon(deal))
    crm.stands(deal)
    assert look(stage, crm).differences == []
    stage.stands(order(buyer=anna, refunds=[refund(at=HOUR)], updated=20 * DAY))
    found = look(stage, crm, heal=True)
    assert [(one.kind, one.is_healed) for one in found.differences] == [("order", True), ("purchase", False)]
    assert found.differences[1].subject == "#deal-1 is #1001"
    assert (found.differences[1].hub, found.differences[1].there) == ("went back whole", "stands")


def test_what_is_older_is_left_alone(paid: Scene) -> None:
    paid.shop.orders["1001"] = Gone("deleted")
    row = paid.one(Connection)
    found = compare(paid.hub, [row], START + timedelta(days=14, hours=1))
    assert found.orders == 0
