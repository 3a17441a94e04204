"""The referral fields: each says what its users expect, goes down when money goes back, and costs the same for many."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event

from core.contract.events import OrderPaid
from core.contract.money import Money
from core.models import Assessment, Campaign, Identity, Person
from core.queries.fields import ReferralFields, fields_of
from core.rules.fields import FIELDS, Value
from core.services.judge_reward import void_reward
from tests.support.crm import connect_crm
from tests.support.hub import DAY, START, Scene, friend, order, refund, refunded, scene

PAGE = "https://shop.example/welcome?a=1#top"


@pytest.fixture
def stage(database_url: str) -> Iterator[Scene]:
    """MIRA passes on a link to a page, and brought nobody yet."""
    built = scene(database_url).campaign(campaign={"destination": PAGE})
    built.advocate()
    yield built
    built.hub.database.close()


def of(stage: Scene, source_id: str) -> ReferralFields:
    person_id = stage.one(Identity, lookup=source_id).person_id
    with stage.hub.database.reading() as session:
        return fields_of(session, [person_id], base_url="https://hub.example/")[person_id]


def said(stage: Scene, source_id: str) -> dict[str, Value]:
    """What there is to say of them."""
    return {name: value for name, value in of(stage, source_id).fields.items() if value is not None}


def test_an_advocate_who_brought_nobody_has_a_code_and_a_link(stage: Scene) -> None:
    person_id = stage.one(Identity, lookup="customer-mira").person_id
    assert said(stage, "customer-mira") == {
        "code": "MIRA",
        "link": "https://shop.example/welcome?a=1&ref=MIRA#top",
        "status": "advocate",
        "friends_brought": 0,
        "trace": f"https://hub.example/dashboard/people/{person_id}",
        "hub_id": person_id,
    }


def test_a_purchase_shows_on_both_sides(stage: Scene) -> None:
    stage.tell(OrderPaid(order()))
    mira, anna = said(stage, "customer-mira"), said(stage, "anna")
    assert (mira["friends_brought"], mira["revenue_brought"]) == (1, Money(10_000, "EUR"))
    assert (mira["rewards_pending"], mira["rewards_earned"]) == (Money(1_000, "EUR"), Money(0, "EUR"))
    assert (mira["currency"], mira["last_referral_at"]) == ("EUR", START)
    assert "last_reward_at" not in mira
    assert (anna["referred_by"], anna["status"], anna["friends_brought"]) == ("MIRA", "converted", 0)
    assert anna["rewards_pending"] == Money(500, "EUR")
    assert "code" not in anna
    assert "revenue_brought" not in anna


def test_a_reward_that_was_given_is_earned_and_no_longer_pending(stage: Scene) -> None:
    stage.pay(order())
    mira = said(stage, "customer-mira")
    assert (mira["rewards_earned"], mira["rewards_pending"]) == (Money(1_000, "EUR"), Money(0, "EUR"))
    assert mira["last_reward_at"] == START + 15 * DAY


def test_a_refund_takes_its_share_of_everything(stage: Scene) -> None:
    """X-09"""
    stage.pay(order())
    stage.tell(refunded("1001", refund(amount="40.00")))
    mira = said(stage, "customer-mira")
    assert (mira["revenue_brought"], mira["rewards_earned"]) == (Money(6_000, "EUR"), Money(600, "EUR"))
    assert mira["friends_brought"] == 1
    stage.tell(refunded("1001", refund("r2", amount="60.00")))
    mira, anna = said(stage, "customer-mira"), said(stage, "anna")
    assert (mira["revenue_brought"], mira["rewards_earned"]) == (Money(0, "EUR"), Money(0, "EUR"))
    assert mira["friends_brought"] == 0
    assert "last_referral_at" not in mira
    assert anna["status"] == "reversed"


def test_an_order_that_is_not_paid_makes_a_referral_and_no_revenue(stage: Scene) -> None:
    stage.tell(OrderPaid(order(is_paid=False)))
    assert said(stage, "anna")["status"] == "referred"
    mira = said(stage, "customer-mira")
    assert mira["friends_brought"] == 0
    assert "revenue_brought" not in mira


def test_a_friends_own_story_outweighs_that_they_pass_on_a_code_too(stage: Scene) -> None:
    stage.tell(OrderPaid(order()))
    stage.advocate("ANNA", customer="anna")
    anna = of(stage, "anna")
    assert (anna.fields["code"], anna.fields["status"]) == ("ANNA", "converted")
    assert anna.tags == ("referral-advocate", "referral-friend")


def test_an_order_that_does_not_count_after_all_says_nothing_of_its_buyer(stage: Scene) -> None:
    stage.tell(OrderPaid(order(placed=DAY)))
    stage.tell(OrderPaid(order("1000", code=None)))
    assert "referred_by" not in said(stage, "anna")
    assert said(stage, "customer-mira")["friends_brought"] == 0


def test_a_void_reward_is_neither_pending_nor_earned(stage: Scene) -> None:
    stage.tell(OrderPaid(order()))
    void_reward(stage.hub, stage.reward().id, "by hand")
    mira = said(stage, "customer-mira")
    assert (mira["rewards_pending"], mira["rewards_earned"]) == (Money(0, "EUR"), Money(0, "EUR"))


def test_a_purchase_that_was_refused_as_fraud_is_no_friend_and_no_revenue(stage: Scene) -> None:
    stage.tell(OrderPaid(order()), OrderPaid(order("1002", buyer=friend("ben"))))
    with stage.hub.database.transaction() as session:
        session.get_one(Assessment, stage.all(Assessment)[0].id).state = "blocked"
    mira = said(stage, "customer-mira")
    assert (mira["friends_brought"], mira["revenue_brought"]) == (1, Money(10000, "EUR"))


def test_many_friends_are_counted_once_each(stage: Scene) -> None:
    stage.tell(
        OrderPaid(order()), *(OrderPaid(order(f"200{n}", "50.00", buyer=friend(f"friend-{n}"))) for n in range(4))
    )
    mira = said(stage, "customer-mira")
    assert (mira["friends_brought"], mira["revenue_brought"]) == (5, Money(30_000, "EUR"))


def test_whoever_has_no_part_in_it_has_no_fields(stage: Scene) -> None:
    stage.tell(OrderPaid(order(code=None)))
    assert said(stage, "anna") == {}


def test_every_field_is_named_whether_or_not_there_is_something_to_say(stage: Scene) -> None:
    assert set(of(stage, "customer-mira").fields) == set(FIELDS)


@contextmanager
def counted(stage: Scene) -> Iterator[list[str]]:
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    event.listen(stage.hub.database.engine, "before_cursor_execute", note)
    yield statements
    event.remove(stage.hub.database.engine, "before_cursor_execute", note)


def test_a_thousand_people_cost_as_many_statements_as_one(stage: Scene) -> None:
    connect_crm(stage).advocates(1_000, stage.one(Campaign).id)
    ids = [person.id for person in stage.all(Person)]
    with counted(stage) as few, stage.hub.database.reading() as session:
        fields_of(session, ids[:1])
    with counted(stage) as many, stage.hub.database.reading() as session:
        assert len(fields_of(session, ids)) == len(ids) == 1_001
    asked = [[one for one in statements if one.startswith("SELECT")] for statements in (few, many)]
    assert len(asked[0]) == len(asked[1]) == 6
