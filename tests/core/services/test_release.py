"""Release: nothing leaves its hold before its time, nor without the source's own word."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from core.contract.errors import NeedsAttention, TryLater
from core.contract.events import (
    Contact,
    ContactErased,
    ContactReferred,
    ContactsMerged,
    DealWon,
    IdentityClaim,
    IdentityKind,
    LeadQualified,
    OrderKind,
    OrderPaid,
)
from core.models import Push, Reward
from tests.support.hub import DAY, MINUTE, START, Scene, contact, deal, email, friend, lead, order, refund, scene
from tests.support.shop import unreadable


def held(stage: Scene, **changes: object) -> Scene:
    """Anna's order is told, and the shop has it."""
    told = order(**changes)  # type: ignore[arg-type]
    stage.stands(told)
    stage.tell(OrderPaid(told))
    return stage


def test_nothing_is_released_a_second_before_its_time(stage: Scene) -> None:
    """I11."""
    held(stage)
    stage.watch.at = START + 14 * DAY - timedelta(seconds=1)
    stage.work()
    assert set(stage.states().values()) == {"held"}
    stage.watch.forward(timedelta(seconds=1))
    stage.work()
    assert set(stage.states().values()) == {"pushed"}
    assert stage.conversion().verified_at == stage.watch.at
    assert stage.violations() == {}


def test_a_clock_that_jumps_back_releases_nothing(stage: Scene) -> None:
    """I32."""
    held(stage)
    stage.watch.at = START - 30 * DAY
    stage.work()
    assert set(stage.states().values()) == {"held"}


def test_an_order_that_the_source_no_longer_has_is_not_paid(stage: Scene) -> None:
    held(stage)
    stage.shop.orders.clear()
    stage.watch.forward(15 * DAY)
    stage.work()
    assert set(stage.states().values()) == {"void"}
    assert stage.reward().reason == "the source no longer has the order: deleted"
    assert stage.shop.credits == []
    assert stage.violations() == {}


@pytest.mark.parametrize(
    "event",
    [DealWon(deal("d1", code="MIRA")), ContactReferred(lead("c-anna", code="MIRA", kind=OrderKind.CONTACT))],
    ids=["a deal whose buyer is still there", "a contact of whose end nobody told"],
)
def test_what_is_gone_and_lives_on_nowhere_is_not_paid(bare: Scene, event: DealWon | ContactReferred) -> None:
    bare.campaign(counts={"kinds": ["deal", "contact"]})
    bare.advocate()
    bare.tell(event)
    assert set(bare.states().values()) == {"held"}
    bare.watch.forward(15 * DAY)
    bare.work()
    assert set(bare.states().values()) == {"void"}


@pytest.mark.parametrize("known_as", [IdentityClaim(IdentityKind.LEAD, "l-anna"), contact("c-anna")])
@pytest.mark.parametrize(("event", "state"), [(ContactsMerged, "pushed"), (ContactErased, "void")])
def test_a_lead_that_is_cleared_away_counts_as_long_as_its_person_lives_on_at_the_source(
    bare: Scene, event: type[Any], state: str, known_as: IdentityClaim
) -> None:
    """SF-16, SF-22, HS-24: what was converted or merged is deleted by and by, and that takes nothing back"""
    bare.campaign(counts={"kinds": ["lead", "deal"]})
    bare.advocate()
    lead_id = IdentityClaim(IdentityKind.LEAD, "l-anna")
    told = lead("l-anna", code="MIRA", buyer=Contact(identities=(known_as, email("anna@example.com"))))
    bare.tell(LeadQualified(told))
    bare.tell(event(kept=contact("c-anna"), gone=lead_id) if event is ContactsMerged else event(known_as))
    assert set(bare.states().values()) == {"held"}
    bare.watch.forward(15 * DAY)
    bare.work()
    assert set(bare.states().values()) == {state}
    assert bare.violations() == {}


@pytest.mark.parametrize(
    ("changes", "state", "paid"),
    [
        ({"is_paid": False}, "withdrawn", 0),
        ({"is_test": True}, "withdrawn", 0),
        ({"cancelled": DAY}, "void", 0),
        ({"base": "20.00"}, "withdrawn", 0),
        ({"base": "50.00"}, "pushed", 500 + 500),
        ({"refunds": [refund(amount="40.00")]}, "pushed", 600 + 300),
        ({"refunds": [refund()]}, "void", 0),
        ({"buyer": friend("customer-mira")}, "withdrawn", 0),
    ],
)
def test_what_the_source_says_now_is_what_counts(
    stage: Scene, changes: dict[str, object], state: str, paid: int
) -> None:
    """No webhook told of the change: the order is read again before anything is paid."""
    held(stage)
    stage.stands(order(updated=2 * DAY, **changes))  # type: ignore[arg-type]
    stage.watch.forward(15 * DAY)
    stage.work()
    assert set(stage.states().values()) == {state}
    assert stage.shop.total() == paid
    assert stage.violations() == {}


@pytest.mark.parametrize("problem", [TryLater("busy", 5 * MINUTE), unreadable()])
def test_a_source_that_cannot_answer_is_asked_again_later(stage: Scene, problem: Exception) -> None:
    held(stage)
    stage.shop.orders["1001"] = problem
    stage.watch.forward(15 * DAY)
    stage.work()
    assert set(stage.states().values()) == {"held"}
    assert stage.reward().due_at > stage.watch.at
    assert "waiting to be verified" in (stage.reward().reason or "")
    stage.stands(order())
    stage.watch.forward(DAY)
    stage.work()
    assert set(stage.states().values()) == {"pushed"}


def test_a_source_that_needs_a_person_pauses_the_connection(stage: Scene) -> None:
    held(stage)
    stage.shop.orders["1001"] = NeedsAttention("connect again")
    stage.watch.forward(15 * DAY)
    stage.work()
    from core.models import Connection

    assert stage.one(Connection).status == "needs_attention"
    assert stage.one(Connection).hint == "connect again"
    assert set(stage.states().values()) == {"held"}


def test_a_person_without_an_account_waits_for_a_person(stage: Scene) -> None:
    held(stage, buyer=friend(None, "anna@example.com"))
    stage.watch.forward(15 * DAY)
    stage.work()
    assert stage.states() == {("1001", "advocate"): "pushed", ("1001", "friend"): "review"}
    assert "has no account for this person" in (stage.reward(side="friend").reason or "")
    assert stage.violations() == {}


def test_a_person_known_by_address_alone_is_found_by_it(stage: Scene) -> None:
    stage.shop.accounts["anna@example.com"] = "anna-77"
    held(stage, buyer=friend(None, "anna@example.com"))
    stage.watch.forward(15 * DAY)
    stage.work()
    assert stage.reward(side="friend").recipient == "anna-77"
    assert stage.reward(side="friend").state == "pushed"


def test_both_sides_into_one_account_wait_for_a_person(stage: Scene) -> None:
    stage.shop.accounts["anna@example.com"] = "customer-mira"
    stage.pay(order(buyer=friend(None, "anna@example.com")))
    assert "review" in stage.states().values()
    assert stage.shop.total() <= 1000
    assert stage.violations() == {}


def test_two_people_into_one_account_wait_for_a_person(stage: Scene) -> None:
    """I14."""
    stage.shop.accounts |= {"anna@example.com": "shared", "ben@example.com": "shared"}
    stage.pay(
        order("1001", buyer=friend(None, "anna@example.com")), order("1002", buyer=friend(None, "ben@example.com"))
    )
    friends = [state for (_, side), state in stage.states().items() if side == "friend"]
    assert "review" in friends
    assert len([one for one in stage.shop.effects if one.recipient == "shared"]) <= 1


def test_a_source_that_cannot_be_asked_is_taken_at_its_word(database_url: str) -> None:
    plain = scene(database_url, connector="plain").campaign()
    plain.advocate()
    plain.tell(OrderPaid(order()))
    plain.watch.forward(15 * DAY)
    plain.work()
    assert set(plain.states().values()) == {"pushed"}
    assert plain.conversion().verified_at is None
    assert plain.violations() == {}
    plain.hub.database.close()


def test_an_order_that_is_unpaid_at_the_source_is_released_once_it_is_paid(stage: Scene) -> None:
    held(stage)
    stage.stands(order(is_paid=False, updated=DAY))
    stage.watch.forward(15 * DAY)
    stage.work()
    assert stage.all(Push) == []
    stage.stands(order(updated=15 * DAY))
    stage.tell(OrderPaid(order(updated=15 * DAY)))
    stage.work()
    assert {reward.state for reward in stage.all(Reward)} == {"pushed"}
    assert stage.violations() == {}


def test_an_advocate_who_is_paid_into_the_buyers_own_account_is_held_for_review(bare: Scene) -> None:
    """I8 and SH-26: without addresses on orders, only the account found for the advocate gives him away."""
    bare.campaign(friend=None)
    bare.advocate(email="anna@example.com")
    bare.shop.accounts["anna@example.com"] = "anna"
    bare.pay(order(buyer=friend("anna")))
    assert (bare.reward().state, bare.shop.effects) == ("review", [])
    assert "2 people would be paid into this one account" in str(bare.reward().reason)


@pytest.mark.parametrize(
    ("shown", "told"),
    [
        ({"base": "40.00"}, {"base": "9000.00", "updated": 4000 * DAY}),
        ({"is_paid": False}, {"is_paid": True}),
    ],
)
def test_nothing_is_paid_on_a_state_that_the_source_itself_does_not_show(
    stage: Scene, shown: dict[str, Any], told: dict[str, Any]
) -> None:
    """I11: whoever holds the webhook secret can tell of any order, but cannot make the shop show it."""
    stage.stands(order(**shown))
    stage.tell(OrderPaid(order(**told)))
    stage.watch.forward(15 * DAY)
    stage.work()
    assert (set(stage.states().values()), stage.shop.effects) == ({"held"}, [])
    assert "later state of this order than the source shows" in str(stage.reward().reason)
    stage.stands(order(**told))
    stage.watch.forward(DAY)
    stage.work()
    assert set(stage.states().values()) == {"pushed"}


def test_a_deal_that_was_lost_within_the_second_it_was_won_in_is_taken_back_when_it_is_looked_at(stage: Scene) -> None:
    """The source gives states of one time; the one that was asked for later is the one to go by."""
    won = replace(order(), kind=OrderKind.DEAL, is_current=True)
    stage.deliver(DealWon(won))
    stage.work()
    stage.stands(replace(won, is_paid=False, cancelled_at=won.updated_at))
    stage.watch.forward(15 * DAY)
    stage.work()
    assert (set(stage.states().values()), stage.shop.effects) == ({"withdrawn"}, [])
    assert stage.violations() == {}


def test_an_order_that_cannot_be_looked_at_holds_up_nobody_else(stage: Scene) -> None:
    stage.tell(OrderPaid(order("1001")))
    stage.shop.orders["1001"] = KeyError("a bug")
    stage.pay(order("1002", buyer=friend("ben")))
    assert stage.reward("1002").state == "pushed"
    assert (stage.reward("1001").state, stage.reward("1001").attempts) == ("held", 1)
    assert "KeyError" in str(stage.reward("1001").reason)
