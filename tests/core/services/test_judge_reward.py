"""Judging: a person approves or voids a reward, within the rules, and the books follow."""

import threading
import time

import pytest

from core.contract.events import OrderPaid
from core.models import Allowance, AuditEntry, Reward
from core.rules.states import IllegalChange
from core.services.book import open_book
from core.services.connections import NotFound
from core.services.judge_reward import approve, void_reward
from tests.support.hub import DAY, Scene, friend, order, refund, refunded


def test_a_void_reward_is_owed_no_more(stage: Scene) -> None:
    stage.tell(OrderPaid(order()))
    void_reward(stage.hub, stage.reward().id, "a fraud", actor="Ada")
    assert stage.reward().state == "void"
    assert stage.balance("held") == 500
    assert stage.one(Allowance, name="budget:EUR").used == 500
    entry = stage.one(AuditEntry, verb="void_reward")
    assert (entry.actor, entry.detail, entry.subject) == ("Ada", "a fraud", f"reward:{stage.reward().id}")
    assert stage.violations() == {}


def test_what_a_person_made_void_stays_void_whatever_the_order_does(stage: Scene) -> None:
    stage.tell(OrderPaid(order()))
    void_reward(stage.hub, stage.reward().id, "a fraud")
    stage.tell(OrderPaid(order(base="300.00", updated=DAY)))
    assert stage.reward().state == "void"
    assert stage.violations() == {}


def test_a_paid_reward_that_is_made_void_is_owed_back_and_taken_back(stage: Scene) -> None:
    stage.pay(order())
    given = stage.reward()
    row = void_reward(stage.hub, given.id, "paid by mistake")
    assert (row.state, row.net.minor, row.reason) == ("pushed", 0, "paid by mistake")
    assert stage.balance("receivable") == given.granted_minor
    stage.work()
    assert stage.reward().state == "clawed_back"
    assert stage.balance("receivable") == 0
    assert stage.violations() == {}


def test_a_paid_reward_is_made_void_once_and_never_approved(stage: Scene) -> None:
    stage.pay(order())
    with pytest.raises(IllegalChange):
        approve(stage.hub, stage.reward().id, "too late")
    void_reward(stage.hub, stage.reward().id, "paid by mistake")
    before = stage.digest()
    with pytest.raises(IllegalChange):
        void_reward(stage.hub, stage.reward().id, "once more")
    assert stage.digest() == before


def test_an_unknown_reward_is_not_found(stage: Scene) -> None:
    with pytest.raises(NotFound, match="there is no reward 'nope'"):
        approve(stage.hub, "nope", "why not")


def test_a_reward_in_review_goes_on_once_it_is_approved(stage: Scene) -> None:
    """Both sides would be paid into one account: a person may allow it, and it is verified all the same."""
    stage.shop.accounts["anna@example.com"] = "customer-mira"
    stage.pay(order(buyer=friend(None, "anna@example.com")))
    waiting = {side for (_, side), state in stage.states().items() if state == "review"}
    assert "friend" in waiting
    approve(stage.hub, stage.reward(side="friend").id, "they are a couple")
    stage.work()
    assert stage.reward(side="friend").state == "pushed"
    assert stage.violations() == {}


def test_an_approved_reward_is_still_verified_at_the_source(stage: Scene) -> None:
    stage.shop.accounts["anna@example.com"] = "customer-mira"
    stage.pay(order(buyer=friend(None, "anna@example.com")))
    stage.shop.orders.clear()
    approve(stage.hub, stage.reward(side="friend").id, "they are a couple")
    stage.work()
    assert stage.reward(side="friend").state == "void"
    assert stage.shop.held(stage.reward(side="friend").id) == []


def test_a_refused_reward_can_be_tried_again(stage: Scene) -> None:
    stage.shop.fates.extend(["refused", "refused"])
    stage.pay(order())
    assert set(stage.states().values()) == {"rejected"}
    approve(stage.hub, stage.reward().id, "the account was opened")
    stage.work()
    assert (stage.reward().state, stage.shop.total()) == ("pushed", 1000)
    assert stage.violations() == {}


def test_a_refund_while_a_reward_is_refused_counts(stage: Scene) -> None:
    """Tried again later, only what is still owed may be given."""
    stage.shop.fates.extend(["refused", "refused"])
    stage.pay(order())
    stage.tell(refunded("1001", refund(amount="40.00")))
    assert (stage.reward().state, stage.reward().net.minor, stage.balance("due")) == ("rejected", 600, 900)
    approve(stage.hub, stage.reward().id, "the account was opened")
    stage.stands(order(refunds=[refund(amount="40.00")]))
    stage.work()
    assert stage.shop.total() == 600
    assert stage.violations() == {}


def test_a_full_refund_while_a_reward_is_refused_ends_it(stage: Scene) -> None:
    stage.shop.fates.extend(["refused", "refused"])
    stage.pay(order())
    stage.tell(refunded("1001", refund()))
    assert set(stage.states().values()) == {"void"}
    assert stage.balance("due") == 0
    assert stage.violations() == {}


def test_a_refused_reward_can_be_given_up(stage: Scene) -> None:
    stage.shop.fates.extend(["refused", "refused"])
    stage.pay(order())
    void_reward(stage.hub, stage.reward().id, "the account is closed for ever")
    assert stage.balance("due") == 500
    assert stage.violations() == {}


def test_a_reward_that_a_worker_takes_up_meanwhile_cannot_be_made_void(stage: Scene) -> None:
    """On PostgreSQL a reward that was read before the lock was ours is no longer what it was."""
    stage.tell(OrderPaid(order()))
    reward_id = stage.reward().id
    told: list[Exception] = []

    def judge() -> None:
        try:
            void_reward(stage.hub, reward_id, "a fraud")
        except IllegalChange as error:
            told.append(error)

    with stage.hub.database.transaction() as session:
        open_book(stage.hub, session, stage.connection.merchant_id)
        judging = threading.Thread(target=judge)
        judging.start()
        time.sleep(0.3)  # it has read what it can, and waits for the lock
        session.get_one(Reward, reward_id).state = "pushing"
    judging.join(20)
    assert len(told) == 1
    assert stage.reward().state == "pushing"
