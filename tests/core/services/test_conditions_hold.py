"""What sources tell decides: facts kept with the order, deals in open stages, contacts with a code."""

from dataclasses import replace
from typing import Any

from core.contract.events import ContactReferred, DealReopened, DealWon, OrderKind, OrderPaid
from core.contract.money import Money
from core.models import Reward
from tests.support.hub import DAY, HOUR, Scene, deal, order

WHEN = {"all": [{"field": "order.country", "is": "AT"}, {"field": "line.sku", "starts_with": "BOOK"}]}
LINES = ({"line.sku": "BOOK-1", "line.amount": "40.00"}, {"line.sku": "MUG", "line.amount": "60.00"})


def told(source_id: str = "1001", country: str = "AT", **changes: Any) -> OrderPaid:
    """An order of EUR 100 with a book for 40 and a mug for 60."""
    return OrderPaid(replace(order(source_id, **changes), fields={"order.country": country}, lines=LINES))


def test_facts_are_kept_and_decide_and_news_of_them_decides_anew(bare: Scene) -> None:
    bare.campaign(counts={"when": WHEN})
    bare.advocate()
    bare.tell(told(country="FR"))
    assert bare.order().facts == {"fields": {"order.country": "FR"}, "lines": list(LINES)}
    assert bare.all(Reward) == []
    bare.tell(told(country="AT", updated=HOUR))
    assert bare.states() == {("1001", "advocate"): "held", ("1001", "friend"): "held"}
    bare.tell(told(country="FR", updated=2 * HOUR))
    assert set(bare.states().values()) == {"withdrawn"}
    assert bare.violations() == {}


def test_a_side_whose_condition_fails_gets_nothing_and_a_percentage_is_of_its_lines(bare: Scene) -> None:
    books = {"field": "line.sku", "starts_with": "BOOK"}
    bare.campaign(advocate={"of_lines": books}, friend={"when": {"field": "order.country", "is": "DE"}})
    bare.advocate()
    bare.tell(told())
    assert bare.states() == {("1001", "advocate"): "held"}
    assert bare.reward().granted == Money(400, "EUR")
    bare.tell(told(country="DE", updated=HOUR))
    assert bare.states() == {("1001", "advocate"): "held", ("1001", "friend"): "held"}
    bare.tell(told(country="AT", updated=2 * HOUR))
    assert bare.states()["1001", "friend"] == "withdrawn"
    assert bare.violations() == {}


def test_a_deal_counts_while_it_is_in_one_of_the_stages_and_not_when_it_leaves_them(bare: Scene) -> None:
    bare.campaign(counts={"kinds": ["deal"], "deal_stages": ["proposal"]})
    bare.advocate()
    is_open = deal(code="MIRA", is_paid=False)
    at = is_open.placed_at

    def moved(stage: str, days: int, *, is_won: bool = False) -> None:
        one = replace(is_open, fields={"deal.stage": stage}, updated_at=at + days * DAY, is_paid=is_won)
        bare.tell(DealWon(one) if is_won else DealReopened(replace(one, cancelled_at=one.updated_at)))

    moved("qualified", 1)
    assert bare.all(Reward) == []
    moved("proposal", 2)
    assert bare.conversion("d1").state == "qualified"
    assert set(bare.states().values()) == {"held"}
    moved("closedwon", 3, is_won=True)
    assert bare.conversion("d1").state == "withdrawn"
    assert set(bare.states().values()) == {"withdrawn"}
    moved("proposal", 4)
    assert set(bare.states().values()) == {"held"}
    assert bare.violations() == {}


def test_a_contact_with_a_code_earns_once_and_not_when_it_is_gone(bare: Scene) -> None:
    bare.campaign(counts={"kinds": ["order", "contact"]}, advocate={"percent": "10"})
    bare.advocate()
    contact = replace(deal("p1", "0", code="MIRA"), kind=OrderKind.CONTACT, name="Pia Person")
    bare.tell(ContactReferred(contact), ContactReferred(contact))
    assert bare.states() == {("p1", "friend"): "held"}  # a percentage of nothing is nothing
    assert bare.order("p1").name == "p1"  # nobody's name is kept in the clear
    gone = contact.updated_at + HOUR
    bare.tell(ContactReferred(replace(contact, updated_at=gone, cancelled_at=gone)))
    assert bare.conversion("p1").state == "reversed"
    assert bare.states() == {("p1", "friend"): "void"}
    assert bare.violations() == {}
