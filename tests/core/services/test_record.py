"""Record: of two states that a source tells of one purchase, which one holds."""

from dataclasses import replace
from itertools import product

from core.contract.events import DealReopened, DealWon, OrderCancelled, OrderEvent, OrderKind, OrderPaid
from core.models import Conversion, StoredOrder
from tests.support.hub import MINUTE, START, Scene, order

BEAT = MINUTE / 60
STATES = ("open", "won", "lost")


def deal(state: str, name: str = "1001", *, is_current: bool = True) -> OrderEvent:
    """The deal in one of its states, all of them within the same second of the source."""
    is_won = state == "won"
    told = replace(order(name, is_paid=is_won), kind=OrderKind.DEAL, is_current=is_current)
    return DealWon(told) if is_won else DealReopened(replace(told, cancelled_at=told.updated_at))


def asked(stage: Scene, *told: OrderEvent) -> None:
    """The source is asked once for each, one after the other."""
    for one in told:
        stage.deliver(one)
        stage.work()
        stage.watch.forward(BEAT)


def counts(stage: Scene) -> bool:
    """Whether the purchase counts, as it stands."""
    assert stage.violations() == {}
    return any(one.state == "qualified" for one in stage.all(Conversion))


def test_a_deal_made_and_won_within_one_second_counts_though_it_was_asked_for_in_between(stage: Scene) -> None:
    asked(stage, deal("open"))
    assert not counts(stage)
    asked(stage, deal("won"))
    assert counts(stage)


def test_a_deal_won_and_lost_within_one_second_is_lost(stage: Scene) -> None:
    asked(stage, deal("won"), deal("lost"))
    assert not counts(stage)


def test_an_answer_that_was_asked_for_earlier_does_not_overrule_a_later_one(stage: Scene) -> None:
    """A delivery that was read before and decided after another one: its answer is the older one."""
    asked(stage, deal("won"))
    stage.watch.at = START - BEAT
    asked(stage, deal("open"))
    assert counts(stage)


def test_of_states_that_were_delivered_the_further_one_holds_in_any_order(stage: Scene) -> None:
    """When they were on their way says nothing of which came first."""
    told = order()
    cancelled = OrderCancelled(replace(told, cancelled_at=told.updated_at))
    asked(stage, cancelled, OrderPaid(told))
    assert not counts(stage)
    assert stage.order().cancelled_at == told.updated_at


def test_what_was_asked_for_does_not_overrule_what_was_delivered_of_the_same_instant(stage: Scene) -> None:
    asked(stage, deal("lost", is_current=False), deal("won"))
    assert not counts(stage)
    asked(stage, deal("won"))
    assert not counts(stage)


def test_a_later_time_of_the_source_holds_whenever_it_was_asked(stage: Scene) -> None:
    later = deal("lost")
    asked(stage, replace(later, order=replace(later.order, updated_at=START + MINUTE)), deal("won"))
    assert not counts(stage)


def test_however_often_it_changed_within_the_second_the_state_asked_for_last_holds(stage: Scene) -> None:
    lives = {f"deal-{number}": life for number, life in enumerate(product(STATES, repeat=3))}
    for step in range(3):
        for name, life in lives.items():
            stage.deliver(deal(life[step], name))
        stage.work()
        stage.watch.forward(BEAT)
    standing = {one.source_id for one in stage.all(StoredOrder) if one.is_paid and one.cancelled_at is None}
    assert standing == {name for name, life in lives.items() if life[-1] == "won"}
    assert len(stage.all(StoredOrder)) == len(STATES) ** 3
    assert stage.violations() == {}
