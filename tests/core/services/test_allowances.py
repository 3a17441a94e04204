"""Allowances: the budget and the caps stop exactly where they say, from the very first reward on."""

import threading

from core.contract.events import ContactsMerged, IdentityClaim, IdentityKind, OrderCancelled, OrderPaid
from core.models import Allowance, Reward
from core.services.campaigns import create_campaign, publish
from tests.support.hub import DAY, HOUR, START, Scene, friend, order, refund, refunded, terms

ONLY_ADVOCATE = {"friend": None, "advocate": {"kind": "store_credit", "amount": "10.00", "percent": None}}


def limited(bare: Scene, **limits: object) -> Scene:
    """A campaign that gives the advocate EUR 10.00 for each friend, within limits."""
    body = terms(friend=None, limits=limits)
    body["advocate"] = {"kind": "store_credit", "amount": "10.00"}
    create_campaign(bare.hub, body)
    publish(bare.hub, "friends", effective_at=START - 400 * DAY)
    bare.advocate()
    return bare


def orders(count: int, first: int = 1) -> list[OrderPaid]:
    """That many friends with an order each."""
    return [
        OrderPaid(order(str(1000 + number), buyer=friend(f"friend-{number}"))) for number in range(first, first + count)
    ]


def granted(scene: Scene) -> list[Reward]:
    """The rewards for which there was room."""
    return [reward for reward in scene.all(Reward) if reward.state == "held"]


def test_fifty_orders_with_a_budget_for_three_give_exactly_three(bare: Scene) -> None:
    """F26: one by one, and the very first reward of the campaign among them."""
    limited(bare, budget="39.99")
    for told in orders(50):
        bare.tell(told)
    assert len(granted(bare)) == 3
    refused = [reward for reward in bare.all(Reward) if reward.state == "void"]
    assert len(refused) == 47
    assert all(reward.reason.startswith("budget_exhausted") for reward in refused)
    assert bare.one(Allowance, name="budget:EUR").used == bare.balance("held") == 3000
    assert bare.violations() == {}


def test_fifty_orders_in_one_batch_give_no_more(bare: Scene) -> None:
    limited(bare, budget="30.00")
    bare.tell(*orders(50))
    assert len(granted(bare)) == 3
    assert bare.violations() == {}


def test_deciders_at_the_same_time_cannot_pass_the_budget_together(bare: Scene) -> None:
    """F26 with four threads and no reward before them."""
    limited(bare, budget="30.00")
    start = threading.Barrier(4)

    def decide(first: int) -> None:
        start.wait()
        for told in orders(3, first):
            bare.tell(told)

    threads = [threading.Thread(target=decide, args=(1 + 3 * number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(bare.all(Reward)) == 12
    assert len(granted(bare)) == 3
    assert bare.violations() == {}


def test_what_a_refund_frees_can_be_promised_again(bare: Scene) -> None:
    limited(bare, budget="10.00")
    first, second = orders(2)
    bare.tell(first)
    bare.tell(refunded("1001", refund(amount="100.00")))
    bare.tell(second)
    assert [reward.conversion_id for reward in granted(bare)] == [bare.conversion("1002").id]
    assert bare.violations() == {}


def test_a_raised_order_without_room_keeps_what_was_promised(bare: Scene) -> None:
    body = terms(friend=None, limits={"budget": "12.00"})
    create_campaign(bare.hub, body)
    publish(bare.hub, "friends", effective_at=START - DAY)
    bare.advocate()
    bare.tell(OrderPaid(order()))
    bare.tell(OrderPaid(order(base="150.00", updated=HOUR)))
    assert bare.reward().net.minor == 1000
    bare.tell(OrderPaid(order(base="120.00", updated=2 * HOUR)))
    assert bare.reward().net.minor == 1200
    assert bare.violations() == {}


def test_a_budget_lowered_below_what_is_promised_stops_new_rewards_only(bare: Scene) -> None:
    """F27."""
    limited(bare, budget="30.00")
    bare.tell(*orders(2))
    body = terms(friend=None, limits={"budget": "10.00"})
    body["advocate"] = {"kind": "store_credit", "amount": "10.00"}
    create_campaign(bare.hub, body)
    publish(bare.hub, "friends")
    bare.tell(*orders(1, first=3))
    assert len(granted(bare)) == 2
    bare.tell(refunded("1001", refund()), refunded("1002", refund("r2")))
    bare.tell(*orders(1, first=4))
    assert [reward.conversion_id for reward in granted(bare)] == [bare.conversion("1004").id]
    assert bare.violations() == {}


def test_an_advocate_earns_no_more_often_than_the_cap_allows(bare: Scene) -> None:
    limited(bare, rewards_per_advocate=2, per_days=30)
    bare.advocate("ZOE")
    bare.tell(*orders(3))
    bare.tell(OrderPaid(order("2001", code="ZOE", buyer=friend("zoes-friend"))))
    states = {order_id: state for (order_id, _), state in bare.states().items()}
    assert sorted(states.values()) == ["held", "held", "held", "void"]
    assert states["2001"] == "held"
    (refused,) = bare.all(Reward, state="void")
    assert refused.reason.startswith("cap_reached: the advocate has 2 rewards in these 30 days")
    assert bare.violations() == {}


def test_the_cap_counts_by_the_day_of_the_order_and_begins_anew(bare: Scene) -> None:
    limited(bare, rewards_per_advocate=1, per_days=30)
    first, second = orders(2)
    later = OrderPaid(order("1003", placed=31 * DAY, buyer=friend("friend-3")))
    bare.tell(later, first, second)
    assert len(granted(bare)) == 2
    assert bare.states()["1003", "advocate"] == "held"


def test_an_edit_of_a_rewarded_order_is_not_another_reward_under_the_cap(bare: Scene) -> None:
    limited(bare, rewards_per_advocate=2)
    bare.tell(OrderPaid(order("1001", buyer=friend("friend-1"))))
    for step in range(1, 4):
        bare.tell(OrderPaid(order("1001", base=f"{step}0.00", buyer=friend("friend-1"), updated=step * HOUR)))
    bare.tell(*orders(1, first=2))
    assert len(granted(bare)) == 2


def test_a_reward_that_was_cancelled_gives_its_place_under_the_cap_back(bare: Scene) -> None:
    limited(bare, rewards_per_advocate=1)
    bare.tell(*orders(1))
    bare.tell(OrderCancelled(order("1001", buyer=friend("friend-1"), updated=HOUR, cancelled=HOUR)))
    bare.tell(*orders(1, first=2))
    assert [reward.conversion_id for reward in granted(bare)] == [bare.conversion("1002").id]


def test_a_budget_published_for_later_changes_nothing_before_its_time(bare: Scene) -> None:
    limited(bare, budget="20.00")
    body = terms(friend=None, limits={"budget": "40.00"})
    body["advocate"] = {"kind": "store_credit", "amount": "10.00"}
    create_campaign(bare.hub, body)
    publish(bare.hub, "friends", effective_at=bare.hub.now() + DAY)
    bare.tell(*orders(5))
    assert len(granted(bare)) == 2
    bare.watch.forward(2 * DAY)
    bare.tell(*orders(5, first=6))
    assert len(granted(bare)) == 4
    assert bare.violations() == {}


def test_advocates_who_become_one_share_one_cap(bare: Scene) -> None:
    """The younger took the places, and the elder remains."""
    limited(bare, rewards_per_advocate=2)
    bare.advocate("NORA")
    elder, younger = (IdentityClaim(IdentityKind.CUSTOMER, f"customer-{name}") for name in ("mira", "nora"))
    for number in (1, 2):
        bare.tell(OrderPaid(order(f"100{number}", code="NORA", buyer=friend(f"friend-{number}"))))
    bare.tell(ContactsMerged(kept=elder, gone=younger), OrderPaid(order("1009", buyer=friend("friend-9"))))
    assert len(granted(bare)) == 2
    assert str(bare.reward("1009").reason).startswith("cap_reached")
    assert bare.violations() == {}
