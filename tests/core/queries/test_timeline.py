"""The order of time: each moment says what was true then, whatever became of it later."""

from collections.abc import Iterator

import pytest

from core.contract.events import OrderCancelled, OrderPaid
from core.queries.timeline import timeline
from core.queries.trace import trace
from core.services.reattribute import reattribute
from tests.support.hub import DAY, HOUR, Scene, friend, order, scene

TIERS, MILESTONES = [{"from": 2, "percent": "15"}], [{"at": 2, "amount": "7.00"}]


@pytest.fixture
def stage(sqlite_url: str) -> Iterator[Scene]:
    """Of orders of EUR 100.00 advocates get EUR 10.00, and EUR 15.00 from their second friend on; two have bought."""
    made = scene(sqlite_url).campaign(advocate={"tiers": TIERS, "milestones": MILESTONES}, limits={"budget": "42.00"})
    made.advocate()
    made.tell(OrderPaid(order()), OrderPaid(order("1002", placed=HOUR, buyer=friend("carl"))))
    made.watch.forward(DAY)
    yield made
    made.hub.database.close()


def moments(stage: Scene, source_id: str, topic: str) -> list[str]:
    """What is told of that order in the order of time."""
    with stage.hub.database.reading() as session:
        found = trace(session, stage.order(source_id).id)
    assert found is not None
    return [one.words for one in timeline(found) if one.topic == topic and "the friend" not in one.words]


def test_a_promise_is_told_as_it_was_made_and_as_it_became(stage: Scene) -> None:
    stage.tell(OrderCancelled(order(updated=HOUR, cancelled=HOUR)))
    assert stage.reward("1002").granted.minor == 10_00
    assert moments(stage, "1002", "reward") == [
        "EUR 15.00 as store credit was promised to the advocate",
        "EUR 7.00 as store credit was promised to the advocate, for a milestone",
        "From now on EUR 10.00 as store credit is promised to the advocate",
    ]


def test_what_a_refund_emptied_had_been_promised(stage: Scene) -> None:
    stage.tell(OrderCancelled(order("1002", placed=HOUR, buyer=friend("carl"), updated=HOUR, cancelled=HOUR)))
    told = moments(stage, "1002", "reward")
    assert told[0] == "EUR 15.00 as store credit was promised to the advocate"
    assert "From now on no store credit is promised to the advocate" in told
    assert not any("could not be promised" in words for words in told)


def test_a_lost_milestone_says_whether_another_order_reached_it(stage: Scene) -> None:
    stage.tell(OrderCancelled(order(updated=HOUR, cancelled=HOUR)))
    lost = stage.reward("1002", "milestone")
    assert (lost.state, lost.reason) == ("withdrawn", "fewer friends stand by now than this milestone is for")


def test_a_milestone_that_goes_to_another_order_says_so(stage: Scene) -> None:
    stage.tell(OrderPaid(order("1000", placed=-HOUR, buyer=friend("dora"))))
    assert stage.reward("1002", "milestone").reason == "the milestone is reached with another order"


def test_what_a_cap_refused_was_never_promised(stage: Scene) -> None:
    """EUR 42.00 are promised for two orders; the third friend's advocate finds nothing left."""
    stage.tell(OrderPaid(order("1003", placed=DAY, buyer=friend("dora"))))
    (refused,) = moments(stage, "1003", "reward")
    assert refused == (
        "EUR 15.00 as store credit could not be promised to the advocate: "
        "the campaign's budget has no room for this reward"
    )


def test_who_brought_it_is_not_told_of_the_time_before_an_operator_said_so(stage: Scene) -> None:
    stage.advocate("ZOE")
    reattribute(stage.hub, stage.order().id, "ZOE", "she told him")
    (counted,) = moments(stage, "1001", "decision")
    assert counted.startswith("It counts in Friends; the hold ends ")


def test_what_could_count_then_is_told_and_what_changed_since(stage: Scene) -> None:
    stage.tell(OrderPaid(order("1004", base="80.00", placed=DAY, buyer=friend("emil"), is_paid=False)))
    stage.watch.forward(HOUR)
    stage.tell(OrderPaid(order("1004", base="60.00", placed=DAY, updated=HOUR, buyer=friend("emil"))))
    assert moments(stage, "1004", "order") == [
        "Order #1004 was placed; EUR 80.00 of it can count",
        "From now on EUR 60.00 of it can count, no longer EUR 80.00",
        "The order is paid",
    ]
    assert moments(stage, "1004", "decision")[0].startswith("It will count in Friends once it is paid: the code MIRA")
