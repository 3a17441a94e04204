"""Ten thousand people: as few calls as the source allows, no look twice, and the same memory as for a thousand."""

import threading
import tracemalloc

import pytest

from core.contract.credits import Record
from core.models import Campaign
from core.services.lease import Lane, lease
from core.services.sync import sync_due
from core.worker import drain
from tests.support.crm import CrmScene, connect_crm
from tests.support.hub import MINUTE, Scene, scene


def known(stage: Scene, count: int, label: str = "CRM") -> CrmScene:
    """A CRM whose people were all looked at, and of whom something is to be written."""
    crm = connect_crm(stage, label)
    crm.seen(crm.advocates(count, stage.one(Campaign).id, label))
    crm.go_live()
    return crm


def test_450_people_go_out_in_three_calls_and_are_not_looked_at_again(stage: Scene) -> None:
    """SF-36"""
    crm = known(stage, 450)
    crm.work()
    assert crm.crm.calls == {"write": 3}
    assert crm.crm.sizes == [200, 200, 50]
    assert sorted(crm.crm.people) == [f"c-{number:06}" for number in range(450)]


def test_people_of_whom_nothing_changed_take_no_place_in_a_call(stage: Scene) -> None:
    crm = known(stage, 450)
    crm.work()
    crm.crm.calls.clear()
    changed = crm.rows()[::2]
    with stage.hub.database.transaction() as session:
        for row in changed:
            stored = session.get_one(type(row), row.id)
            stored.written = {"fields": {**row.written["fields"], "ref_trace": "elsewhere"}, "tags": []}
    crm.soil()
    crm.work()
    assert crm.crm.calls == {"write": 2}
    assert not any(row.is_dirty for row in crm.rows())


def test_more_than_the_connector_likes_go_the_slower_way_that_costs_fewer_calls(stage: Scene) -> None:
    crm = known(stage, 450)
    crm.crm.bulk_above = 300
    crm.work()
    assert crm.crm.calls == {"bulk": 1}
    assert crm.crm.sizes == [450]
    assert not any(row.is_dirty for row in crm.rows())


def test_the_lane_is_given_back_to_money_after_some_calls(stage: Scene) -> None:
    crm = known(stage, 450)
    with lease(stage.hub, crm.connection.id, Lane.PAY) as held:
        assert held
        assert sync_due(stage.hub, crm.connection, held, most_batches=2) == 400
    assert crm.crm.calls == {"write": 2}


def test_two_workers_write_everybody_once_in_one_run(stage: Scene) -> None:
    """X-04"""
    crm = known(stage, 450)
    start = threading.Barrier(3)

    def work() -> None:
        start.wait()
        drain(stage.hub, crm.connection.id, Lane.PAY)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    crm.work()
    assert sorted(record.source_id for record in crm.crm.written) == sorted(crm.crm.people)
    assert len(crm.crm.people) == 450
    assert [(run.kind, run.written, run.calls) for run in crm.runs()] == [("sync", 450, 3)]


def peak_of(crm: CrmScene) -> int:
    """The most memory that writing out everybody took, in bytes, to a CRM that remembers nobody."""

    def forget(record: Record) -> None:
        crm.crm.written.clear()
        crm.crm.people.clear()

    crm.crm.on_write = forget
    tracemalloc.start()
    try:
        crm.work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.long
def test_ten_thousand_people_take_fifty_calls_and_the_memory_of_a_thousand(sqlite_url: str) -> None:
    """X-10"""
    stage = scene(sqlite_url).campaign()
    few = known(stage, 1_000)
    peak = peak_of(few)
    assert few.crm.calls == {"write": 5}
    stage.watch.forward(MINUTE)
    many = known(stage, 10_000, "GREAT")
    assert peak_of(many) < 1.5 * peak
    assert many.crm.calls == {"write": 50}
    assert set(many.crm.sizes) == {200}
    stage.hub.database.close()
