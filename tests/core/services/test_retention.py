"""Retention: what was kept long enough is erased, and nothing that is still needed."""

from dataclasses import replace
from datetime import timedelta

import pytest

from core.contract.errors import Unreadable
from core.contract.events import OrderPaid, PersonErased
from core.gateway.keeping import LATE, Keeping
from core.models import AuditEntry, ErasedMark, StoredDelivery, WriteRun, new_id
from core.services import retention
from core.services.bodies import body_of, is_emptied
from core.services.retention import keep_within_time
from tests.core.services.test_erase import BOB, laid
from tests.support.hub import DAY, START, Scene, order


def kept(stage: Scene, **times: timedelta) -> Scene:
    stage.hub.keeping = replace(Keeping(), **times)
    return stage


def emptied(stage: Scene) -> set[str]:
    return {row.id for row in stage.all(StoredDelivery) if is_emptied(row)}


def read_now(stage: Scene, text: str) -> str:
    delivery_id = stage.deliver(key=text)
    stage.work()
    return delivery_id


def test_a_body_is_erased_when_its_time_is_over_and_its_row_stays(stage: Scene) -> None:
    kept(stage, bodies=90 * DAY)
    old = read_now(stage, "old")
    stage.watch.forward(DAY)
    young = read_now(stage, "young")
    before = stage.one(StoredDelivery, id=old)
    stage.watch.forward(89 * DAY + timedelta(seconds=1))
    stage.work()
    assert emptied(stage) == {old}
    row = stage.one(StoredDelivery, id=old)
    assert (row.key, row.state, row.reason) == (before.key, before.state, before.reason), "a repeat is still known"
    assert body_of(stage.hub, row) == b""
    assert body_of(stage.hub, stage.one(StoredDelivery, id=young)) != b""


def test_what_is_unread_or_parked_is_never_erased(stage: Scene) -> None:
    kept(stage, bodies=90 * DAY)
    parked = stage.deliver(key="parked", problem=Unreadable("what is this?"))
    stage.work()
    unread = laid(stage, "unread", state="stored")
    with stage.hub.database.transaction() as session:
        session.get_one(StoredDelivery, unread).due_at = START + 5000 * DAY
    stage.watch.forward(1000 * DAY)
    stage.work()
    assert stage.one(StoredDelivery, id=parked).state == "unreadable"
    assert emptied(stage) == set()


def test_what_told_of_an_order_that_is_still_to_be_paid_for_stays_until_it_is(stage: Scene) -> None:
    kept(stage, bodies=DAY)
    stage.stands(order("1001", buyer=BOB))
    delivery_id = stage.deliver(OrderPaid(order("1001", buyer=BOB)))
    stage.work()
    stage.watch.forward(3 * DAY)
    stage.work()
    assert emptied(stage) == set(), "its rewards are held for fourteen days"
    stage.watch.forward(15 * DAY)
    stage.work()
    stage.watch.forward(DAY)
    stage.work()
    assert emptied(stage) == {delivery_id}


@pytest.mark.parametrize("days", [0])
def test_zero_keeps_for_ever(stage: Scene, days: int) -> None:
    kept(stage, bodies=days * DAY, write_runs=days * DAY)
    read_now(stage, "old")
    stage.watch.forward(4000 * DAY)
    stage.work()
    assert emptied(stage) == set()


def test_it_goes_on_in_small_steps_until_everything_is_done(stage: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "STEP", 2)
    kept(stage, bodies=90 * DAY)
    ids = {stage.deliver(key=str(number)) for number in range(5)}
    stage.work()
    stage.watch.forward(91 * DAY)
    assert keep_within_time(stage.hub) == 5
    assert emptied(stage) == ids


def test_runs_acts_and_marks_go_when_their_time_is_over(stage: Scene) -> None:
    kept(stage, write_runs=365 * DAY, audit=400 * DAY)
    stage.tell(PersonErased(contact=BOB, asked_at=stage.watch.at))
    run = WriteRun(
        id=new_id(),
        merchant_id=stage.connection.merchant_id,
        connection_id=stage.connection.id,
        kind="sync",
        started_at=START,
        ended_at=START,
    )
    with stage.hub.database.transaction() as session:
        session.add(run)
    stage.watch.forward(LATE + timedelta(seconds=1))
    keep_within_time(stage.hub)
    assert {row.is_address for row in stage.all(ErasedMark)} == {False}, "an address may begin anew, an account never"
    assert stage.all(WriteRun) != []
    acts = len(stage.all(AuditEntry))
    stage.watch.forward(365 * DAY)
    keep_within_time(stage.hub)
    assert stage.all(WriteRun) == []
    assert len(stage.all(AuditEntry)) < acts
    assert stage.violations() == {}
