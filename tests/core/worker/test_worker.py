"""The worker: the database says what is due, and nothing is done twice or forgotten."""

import threading

import pytest

from core.contract.errors import NeedsAttention
from core.contract.events import OrderPaid
from core.models import Connection, Conversion, Push, StoredDelivery
from core.services.connections import connect, switch
from core.services.lease import Lane, lease
from core.worker import all_jobs, drain, due_jobs
from tests.support.hub import DAY, MINUTE, Scene, friend, order
from tests.support.shop import SHOPS, PretendShop


def lanes(stage: Scene) -> set[Lane]:
    """What the database says is due."""
    return {lane for _, lane in due_jobs(stage.hub)}


def test_an_idle_hub_has_nothing_due(stage: Scene) -> None:
    stage.work()
    assert lanes(stage) == set()
    assert {lane for _, lane in all_jobs(stage.hub)} == set(Lane)


def test_every_kind_of_waiting_work_is_due_in_its_lane(stage: Scene) -> None:
    stage.work()
    stage.stands(order())
    stage.deliver(OrderPaid(order()))
    assert lanes(stage) == {Lane.READ}
    drain(stage.hub, stage.connection.id, Lane.READ)
    drain(stage.hub, stage.connection.id, Lane.PAY)
    assert lanes(stage) == set()
    stage.watch.forward(14 * MINUTE)
    assert lanes(stage) == set()
    stage.watch.forward(MINUTE)
    assert lanes(stage) == {Lane.POLL}
    drain(stage.hub, stage.connection.id, Lane.POLL)
    stage.watch.forward(14 * DAY)
    assert Lane.PAY in lanes(stage)
    stage.work()
    assert lanes(stage) == set()


def test_an_unknown_push_becomes_due_when_its_quiet_time_is_over(stage: Scene) -> None:
    stage.shop.fates.extend(["lost_before", "lost_before"])
    stage.pay(order())
    assert lanes(stage) == set()
    stage.watch.forward(2 * MINUTE)
    assert lanes(stage) == {Lane.PAY}


def test_draining_a_lane_that_another_worker_holds_does_nothing(stage: Scene) -> None:
    """F42."""
    stage.deliver(OrderPaid(order()))
    with lease(stage.hub, stage.connection.id, Lane.READ):
        assert drain(stage.hub, stage.connection.id, Lane.READ) == 0
    assert stage.one(StoredDelivery).state == "stored"
    assert drain(stage.hub, stage.connection.id, Lane.READ) == 1


def test_many_workers_at_once_do_no_work_twice(stage: Scene) -> None:
    """F24 and F42: four workers, one database."""
    orders = [order(str(1000 + number), buyer=friend(f"friend-{number}")) for number in range(5)]
    stage.stands(*orders)
    for one in orders:
        stage.deliver(OrderPaid(one))
    stage.work()
    stage.watch.forward(15 * DAY)
    start = threading.Barrier(4)

    def work() -> None:
        start.wait()
        stage.work()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    stage.work()
    assert len(stage.all(Conversion)) == 5
    assert len(stage.all(Push)) == len(stage.shop.effects) == 10
    assert stage.shop.total() == 5 * 1500
    assert stage.violations() == {}


def test_a_switch_acts_on_the_next_batch(stage: Scene) -> None:
    """The connection is read anew between batches, not only when draining begins."""
    stage.deliver(problem=NeedsAttention("connect again"))
    stage.deliver(OrderPaid(order()))
    drain(stage.hub, stage.connection.id, Lane.READ)
    assert stage.one(Connection).status == "needs_attention"
    assert due_jobs(stage.hub) == all_jobs(stage.hub) == []


def test_one_connections_trouble_is_not_anothers(stage: Scene) -> None:
    """I29 and I5: a paused source leaves the other one working."""
    SHOPS["second"] = PretendShop("second")
    connect(stage.hub, "pretend", "The second shop", {"shop": "second"})
    stage.deliver(problem=NeedsAttention("connect again"))
    stage.work()
    working = [row.label for row in stage.all(Connection) if row.is_working]
    assert working == ["The second shop"]
    assert {connection_id for connection_id, _ in all_jobs(stage.hub)} == {
        row.id for row in stage.all(Connection) if row.is_working
    }


@pytest.mark.parametrize("lane", list(Lane))
def test_draining_a_connection_that_does_not_exist_any_more_is_no_crash(stage: Scene, lane: Lane) -> None:
    switch(stage.hub, "The shop", on=False)
    assert drain(stage.hub, stage.connection.id, lane) == 0
