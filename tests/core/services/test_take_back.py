"""Take back and set off: what was paid for a refunded order is asked back once, and what remains is set off."""

import pytest

from core.contract.events import ContactsMerged, OrderPaid
from core.models import Allowance, Push, Reward
from core.services.judge_reward import approve, void_reward
from tests.support.hub import DAY, MINUTE, Scene, customer, friend, order, refund, refunded


@pytest.fixture
def paid(bare: Scene) -> Scene:
    """Mira was paid EUR 10.00 for order 1001; friends get nothing."""
    bare.campaign(friend=None)
    bare.advocate()
    bare.pay(order())
    return bare


def next_order(scene: Scene, number: int, base: str = "100.00") -> None:
    """Another friend of Mira's buys, and the hold passes."""
    bought = order(str(number), base, placed=scene.watch.at - order().placed_at, buyer=friend(f"friend-{number}"))
    scene.pay(bought)


def test_a_refund_after_payout_is_asked_back_at_the_source(paid: Scene) -> None:
    paid.tell(refunded("1001", refund(amount="40.00")))
    paid.work()
    assert [effect.minor for effect in paid.shop.effects] == [1000, -400]
    taken = paid.push(gives=False)
    assert (taken.state, taken.amount_minor, taken.undoes) == ("confirmed", 400, paid.push(gives=True).remote_id)
    assert (paid.balance("pushed"), paid.balance("receivable")) == (600, 0)
    assert paid.one(Allowance, name="budget:EUR").used == 600
    assert paid.violations() == {}


def test_a_full_refund_ends_in_clawed_back(paid: Scene) -> None:
    paid.tell(refunded("1001", refund()))
    paid.work()
    assert (paid.reward().state, paid.shop.total()) == ("clawed_back", 0)
    assert paid.violations() == {}


def test_the_same_refund_again_is_not_asked_back_again(paid: Scene) -> None:
    for _ in range(3):
        paid.tell(refunded("1001", refund(amount="40.00")))
        paid.work()
    assert len(paid.all(Push, gives=False)) == 1
    paid.tell(refunded("1001", refund("r2", "60.00")))
    paid.work()
    assert [effect.minor for effect in paid.shop.effects] == [1000, -400, -600]
    assert paid.violations() == {}


def test_a_lost_answer_to_a_take_back_is_looked_up_too(paid: Scene) -> None:
    paid.shop.fates.append("lost_after")
    paid.tell(refunded("1001", refund(amount="40.00")))
    paid.work()
    assert paid.push(gives=False).state == "unknown"
    paid.watch.forward(2 * MINUTE)
    paid.work()
    assert (paid.push(gives=False).state, paid.shop.total()) == ("confirmed", 600)
    assert paid.violations() == {}


def test_a_credit_that_was_spent_stays_owed_and_is_not_asked_for_for_ever(paid: Scene) -> None:
    """F32."""
    paid.shop.fates.append("refused")
    paid.tell(refunded("1001", refund(amount="40.00")))
    for _ in range(3):
        paid.work()
        paid.watch.forward(DAY)
    assert len(paid.all(Push, gives=False)) == 1
    assert (paid.balance("receivable"), paid.reward().state) == (400, "pushed")
    assert paid.violations() == {}


def owing(paid: Scene, amount: str = "40.00") -> Scene:
    """Mira has spent the credit for 1001, which was refunded by this amount."""
    paid.shop.fates.append("refused")
    paid.tell(refunded("1001", refund(amount=amount)))
    paid.work()
    return paid


def test_what_is_owed_is_set_off_against_the_next_reward(paid: Scene) -> None:
    """F32."""
    next_order(owing(paid), 1002)
    second = paid.reward("1002")
    assert (second.state, second.netted_minor, second.owed.minor) == ("pushed", 400, 600)
    assert [effect.minor for effect in paid.shop.effects] == [1000, 600]
    assert (paid.balance("receivable"), paid.balance("netted"), paid.balance("pushed")) == (0, 400, 1200)
    assert paid.violations() == {}


def test_a_small_reward_is_set_off_in_full_and_nothing_is_sent(paid: Scene) -> None:
    next_order(owing(paid, "100.00"), 1002, "40.00")
    assert (paid.reward("1002").state, paid.balance("receivable")) == ("netted", 600)
    assert len(paid.shop.effects) == 1
    next_order(paid, 1003)
    assert (paid.reward("1003").state, paid.reward("1003").owed.minor, paid.balance("receivable")) == ("pushed", 400, 0)
    assert paid.violations() == {}


def test_a_refund_of_a_reward_that_was_set_off_makes_it_owed_again_step_by_step(paid: Scene) -> None:
    next_order(owing(paid, "100.00"), 1002)
    assert paid.reward("1002").state == "netted"
    for number, owed in ((1, 400), (2, 700), (3, 1000)):
        amounts = {1: "40.00", 2: "30.00", 3: "30.00"}
        paid.tell(refunded("1002", refund(f"s{number}", amounts[number])))
        assert (paid.balance("receivable"), paid.reward("1002").owed.minor) == (owed, 0)
        assert paid.violations() == {}


def test_a_set_off_is_undone_when_the_rest_cannot_be_paid(paid: Scene) -> None:
    owing(paid)
    paid.shop.fates.append("refused")
    next_order(paid, 1002)
    assert (paid.reward("1002").state, paid.reward("1002").netted_minor) == ("rejected", 0)
    assert (paid.balance("receivable"), paid.balance("due"), paid.balance("netted")) == (400, 1000, 0)
    assert paid.violations() == {}
    approve(paid.hub, paid.reward("1002").id, "try again")
    paid.work()
    assert (paid.reward("1002").state, paid.balance("receivable"), paid.shop.total()) == ("pushed", 0, 1600)
    assert paid.violations() == {}


def test_a_reward_given_up_after_a_set_off_leaves_the_old_debt(paid: Scene) -> None:
    owing(paid)
    paid.shop.fates.append("refused")
    next_order(paid, 1002)
    void_reward(paid.hub, paid.reward("1002").id, "given up")
    assert (paid.balance("receivable"), paid.balance("due"), paid.balance("netted")) == (400, 0, 0)
    assert paid.violations() == {}


def test_what_is_being_asked_back_is_not_set_off_as_well(paid: Scene) -> None:
    """The same EUR 4.00 must not come back twice: once from the account, once from the next reward."""
    paid.shop.fates.append("lost_after")
    paid.tell(refunded("1001", refund(amount="40.00")))
    paid.work()
    assert paid.push(gives=False).state == "unknown"
    paid.tell(ContactsMerged(kept=customer("mira-new"), gone=customer("customer-mira")))
    bought = order("1002", placed=DAY, buyer=friend("friend-2"))
    paid.stands(bought)
    paid.tell(OrderPaid(bought))
    with paid.hub.database.transaction() as session:
        session.get_one(Push, paid.push(gives=False).id).due_at = paid.watch.at + 60 * DAY  # the look takes its time
    paid.watch.forward(DAY)
    paid.work()
    assert (paid.reward("1002").state, paid.reward("1002").netted_minor) == ("pushed", 0)
    with paid.hub.database.transaction() as session:
        session.get_one(Push, paid.push(gives=False).id).due_at = paid.watch.at
    paid.work()
    assert (paid.shop.total(), paid.balance("receivable"), paid.balance("pushed")) == (1600, 0, 1600)
    assert paid.violations() == {}


def test_the_debt_of_a_person_who_became_another_twice_is_still_set_off(bare: Scene) -> None:
    """The debt stays on the account of the youngest of three, who are all one person in the end."""
    bare.campaign(friend=None)
    for number, elder in enumerate(("eldest", "elder")):
        bare.tell(OrderPaid(order(f"090{number}", code=None, placed=-50 * DAY, buyer=friend(elder))))
    bare.advocate()
    bare.pay(order())
    owing(bare)
    bare.tell(ContactsMerged(kept=customer("elder"), gone=customer("customer-mira")))
    bare.tell(ContactsMerged(kept=customer("eldest"), gone=customer("elder")))
    next_order(bare, 1002)
    assert bare.reward("1002").netted_minor == 400
    assert bare.balance("receivable") == 0
    assert bare.violations() == {}


def test_one_mans_debt_is_not_another_mans(paid: Scene) -> None:
    owing(paid).advocate("ZOE")
    bought = order("1002", code="ZOE", placed=DAY, buyer=friend("zoes-friend"))
    paid.pay(bought)
    assert (paid.reward("1002").state, paid.reward("1002").netted_minor) == ("pushed", 0)
    assert paid.balance("receivable") == 400


def test_nothing_is_asked_back_from_an_account_with_a_push_under_way(paid: Scene) -> None:
    """I22."""
    bought = order("1002", placed=DAY, buyer=friend("friend-2"))
    paid.shop.fates.append("lost_before")
    paid.pay(bought)
    assert paid.push(state="unknown").gives
    paid.tell(refunded("1001", refund(amount="40.00")))
    paid.work()
    assert paid.all(Push, gives=False) == []
    for wait in (2 * MINUTE, MINUTE):
        paid.watch.forward(wait)
        paid.work()
    assert paid.shop.total() == 1600
    assert {reward.state for reward in paid.all(Reward)} == {"pushed"}
    assert paid.violations() == {}


def test_a_debt_is_collected_once_though_the_debtor_was_merged_meanwhile(bare: Scene) -> None:
    bare.campaign(friend=None)
    bare.advocate("ELDER", customer="elder")
    bare.advocate("MIRA", customer="mira")
    bare.pay(order())
    bare.tell(refunded("1001", refund()), ContactsMerged(kept=customer("elder"), gone=customer("mira")))
    bare.work()
    assert (bare.shop.total(), bare.balance("receivable")) == (0, 0)
    next_order(bare, 1002)
    assert bare.reward("1002").state == "pushed"
    assert bare.shop.total() == 1000
    assert bare.violations() == {}


def test_a_card_that_is_gone_whole_settles_no_more_than_was_asked_back(paid: Scene) -> None:
    """A code that expired unused is worth nothing any more, though only a part of it was to come back."""
    paid.shop.fates.append("whole")
    paid.tell(refunded("1001", refund(amount="40.00")))
    paid.work()
    taken = paid.push(gives=False)
    assert (taken.state, taken.moved_minor, paid.balance("receivable")) == ("confirmed", 400, 0)
    assert paid.violations() == {}


def test_a_push_that_must_be_sent_again_is_set_off_against_a_debt_that_came_meanwhile(paid: Scene) -> None:
    paid.shop.fates.append("later")
    next_order(paid, 1002)
    paid.shop.fates.append("refused")  # if it is asked back instead
    paid.tell(refunded("1001", refund(amount="40.00")))
    paid.watch.forward(DAY)
    paid.work()
    assert (paid.shop.total(), paid.balance("receivable")) == (1600, 0)
    assert paid.violations() == {}
