"""Reverse: a refund takes its share back once, however often, in whatever order and by whichever topic it is told."""

from itertools import permutations

import pytest

from core.contract.events import DealReopened, DealWon, OrderCancelled, OrderPaid
from core.models import Reversal
from tests.support.hub import DAY, HOUR, Scene, order, refund, refunded

THIRDS = [refund(f"r{number}", "33.33", at=number * DAY) for number in (1, 2, 3)]


def test_a_refund_told_ten_times_by_two_topics_takes_back_once(stage: Scene) -> None:
    """F30 and I13."""
    stage.tell(OrderPaid(order()))
    for _ in range(5):
        stage.tell(refunded("1001", refund(amount="25.00")))
        stage.tell(OrderPaid(order(updated=HOUR, refunds=[refund(amount="25.00")])))
    assert stage.one(Reversal).base_minor == 2_500
    assert stage.reward().net.minor == 750
    assert stage.violations() == {}


def test_three_thirds_leave_the_odd_cent_once(stage: Scene) -> None:
    """F30."""
    stage.tell(OrderPaid(order()), *(refunded("1001", one) for one in THIRDS))
    assert stage.conversion().reversed_minor == 9_999
    assert stage.facts()["rewards"] == []
    assert stage.balance("held") == 0
    assert stage.violations() == {}


def test_refunds_beyond_the_order_take_no_more_than_the_order(stage: Scene) -> None:
    """I12."""
    stage.tell(OrderPaid(order()), *(refunded("1001", refund(f"r{n}", "60.00", at=n * DAY)) for n in (1, 2, 3)))
    assert stage.conversion().reversed_minor == 10_000
    assert stage.conversion().state == "reversed"
    assert {one.cause: one.base_minor for one in stage.all(Reversal)} == {"r1": 6_000, "r2": 4_000, "r3": 0}
    assert stage.violations() == {}


def test_a_refund_in_another_currency_takes_nothing(stage: Scene) -> None:
    """F34."""
    stage.tell(OrderPaid(order()), refunded("1001", refund(amount="40.00", currency="USD")))
    assert stage.conversion().reversed_minor == 0


def test_a_pending_refund_counts_with_its_money_and_never_shrinks(stage: Scene) -> None:
    stage.tell(OrderPaid(order()))
    for amount in ("0", "40.00", "0"):
        stage.tell(refunded("1001", refund(amount=amount)))
    assert stage.conversion().reversed_minor == 4_000


def test_a_cancellation_takes_the_rest_after_the_refunds(stage: Scene) -> None:
    stage.tell(OrderPaid(order()))
    stage.tell(refunded("1001", refund(amount="40.00")))
    stage.tell(OrderCancelled(order(updated=HOUR, cancelled=HOUR)))
    assert {one.cause: one.base_minor for one in stage.all(Reversal)} == {"r1": 4_000, "cancelled": 6_000}
    assert stage.conversion().state == "reversed"
    assert set(stage.states().values()) == {"void"}
    assert stage.violations() == {}


def test_a_refund_after_the_cancellation_takes_nothing_twice(stage: Scene) -> None:
    stage.tell(OrderCancelled(order(updated=HOUR, cancelled=HOUR)))
    stage.tell(refunded("1001", refund(amount="40.00")))
    assert sum(one.base_minor for one in stage.all(Reversal)) == stage.conversion().reversed_minor == 10_000
    assert stage.violations() == {}


@pytest.mark.parametrize("told", list(permutations(range(3))))
def test_a_deal_that_is_won_lost_and_won_again_counts_whatever_was_heard_first(
    stage: Scene, told: tuple[int, ...]
) -> None:
    events = [
        DealWon(order()),
        DealReopened(order(updated=HOUR, cancelled=HOUR)),
        DealWon(order(updated=2 * HOUR)),
    ]
    for number in told:
        stage.tell(events[number])
        assert stage.violations() == {}
    assert stage.conversion().state == "qualified"
    assert set(stage.states().values()) == {"held"}
    assert stage.reward().net.minor == 1000


@pytest.mark.parametrize("told", list(permutations(range(3))))
def test_an_exchange_that_makes_a_refunded_order_larger_owes_the_rest_whatever_was_heard_first(
    stage: Scene, told: tuple[int, ...]
) -> None:
    """Everything was sent back, then something else was put on the same order."""
    events = [
        OrderPaid(order()),
        refunded("1001", refund(amount="100.00")),
        OrderPaid(order(base="200.00", updated=DAY)),
    ]
    for number in told:
        stage.tell(events[number])
        assert stage.violations() == {}
    assert stage.conversion().state == "qualified"
    assert (stage.reward().state, stage.reward().net.minor) == ("held", 1000)
    assert stage.balance("held") == 1000 + 250


def test_a_refund_after_payout_is_owed_back(stage: Scene) -> None:
    stage.pay(order())
    stage.shop.fates.extend(["refused", "refused"])
    stage.tell(refunded("1001", refund(amount="40.00")))
    assert stage.balance("receivable") == 400 + 200
    assert stage.reward().net.minor == 600
    assert stage.reward().state == "pushed"
    assert stage.violations() == {}


def test_a_refund_after_payout_counts_once_too(stage: Scene) -> None:
    stage.pay(order())
    for _ in range(3):
        stage.tell(refunded("1001", refund(amount="40.00")))
    assert stage.balance("receivable") == 600
    stage.tell(refunded("1001", refund("r2", "60.00")))
    assert stage.balance("receivable") == 1500
    assert stage.violations() == {}
