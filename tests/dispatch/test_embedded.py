"""The engine inside the process: a wake is a hint, the tick is the safety net, an end is orderly."""

import threading
from collections.abc import Iterator

import pytest
from sqlalchemy.exc import OperationalError

from core import worker
from core.dispatch import embedded
from core.dispatch.embedded import EmbeddedDispatcher
from core.services.lease import Lane
from tests.support.live import Scene
from tests.support.processes import wait_for_line, wait_until

NEVER = 86_400.0
OFTEN = 0.1


@pytest.fixture
def dispatcher(stage: Scene) -> Iterator[EmbeddedDispatcher]:
    """Started; its next tick is a day away, so only a wake can move it."""
    made = EmbeddedDispatcher(stage.hub, tick_seconds=NEVER)
    made.start()
    yield made
    made.stop()


def order_arrives(stage: Scene) -> None:
    stage.advocate()
    stage.order(stage.friend())
    assert stage.desk.settle(30)


def is_paid(stage: Scene) -> bool:
    return stage.states() == {"advocate": "pushed", "friend": "pushed"}


def test_a_wake_is_enough_to_read_and_to_pay(stage: Scene, dispatcher: EmbeddedDispatcher) -> None:
    order_arrives(stage)
    dispatcher.wake(stage.connection_id)
    wait_until(lambda: is_paid(stage), "both are paid without a tick")
    stage.assert_sound()


def test_a_lost_wake_costs_only_time(stage: Scene) -> None:
    order_arrives(stage)
    ticking = EmbeddedDispatcher(stage.hub, tick_seconds=OFTEN)
    ticking.start()
    wait_until(lambda: is_paid(stage), "the tick finds the work by itself")
    ticking.stop()
    stage.assert_sound()


def test_a_hundred_wakes_do_nothing_twice(stage: Scene, dispatcher: EmbeddedDispatcher) -> None:
    order_arrives(stage)
    wakers = [
        threading.Thread(target=lambda: [dispatcher.wake(stage.connection_id) for _ in range(25)]) for _ in range(4)
    ]
    for waker in wakers:
        waker.start()
    for waker in wakers:
        waker.join()
    wait_until(lambda: is_paid(stage), "both are paid")
    dispatcher.stop()
    assert len(stage.desk.calls("storeCreditAccountCredit")) == 2
    stage.assert_sound()


def test_an_end_waits_for_the_push_under_way(stage: Scene, dispatcher: EmbeddedDispatcher) -> None:
    order_arrives(stage)
    stage.desk.fate("slow", match="storeCreditAccountCredit", seconds=0.002)
    dispatcher.wake(stage.connection_id)
    wait_until(lambda: bool(stage.desk.truth()["store_credit_accounts"]), "the first push is on its way")
    dispatcher.stop()
    assert {row["state"] for row in stage.referhub("pushes", "list")} <= {"confirmed", "intended"}
    before = len(stage.desk.calls())
    dispatcher.wake(stage.connection_id)
    assert len(stage.desk.calls()) == before
    stage.drain()
    assert is_paid(stage)
    stage.assert_sound()


def test_one_failure_does_not_end_the_ticking(stage: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that stopped for ever after one bad moment would be worse than the moment."""

    failed = threading.Event()
    real = embedded.drain

    def fails_once(*arguments: object, **options: object) -> int:
        if not failed.is_set():
            failed.set()
            raise RuntimeError("a bad moment")
        return real(*arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(embedded, "drain", fails_once)
    order_arrives(stage)
    ticking = EmbeddedDispatcher(stage.hub, tick_seconds=OFTEN)
    ticking.start()
    wait_until(lambda: is_paid(stage), "both are paid all the same")
    ticking.stop()
    assert failed.is_set()


def test_a_database_that_is_away_for_a_moment_does_not_end_the_ticking(
    stage: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:

    failures = iter(range(2))
    real = embedded.due_jobs

    def away(hub: object) -> object:
        if next(failures, None) is not None:
            raise OperationalError("SELECT", {}, Exception("the server closed the connection"))
        return real(hub)  # type: ignore[arg-type]

    monkeypatch.setattr(embedded, "due_jobs", away)
    order_arrives(stage)
    ticking = EmbeddedDispatcher(stage.hub, tick_seconds=OFTEN)
    ticking.start()
    wait_until(lambda: is_paid(stage), "both are paid once the database is back")
    ticking.stop()


def test_a_worker_process_works_and_ends_when_told(stage: Scene) -> None:
    with stage.worker() as process:
        wait_for_line(process, "The worker runs.")
        order_arrives(stage)
        wait_until(lambda: is_paid(stage), "the process pays")
        assert process.end() == 0, process.output
    stage.assert_sound()


def test_an_end_finishes_what_is_in_hand_and_begins_nothing_more(stage: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work without an end would otherwise hold the process until its time is over, again and again."""
    begun, go_on, finished = threading.Event(), threading.Event(), []

    def endless(*_: object) -> int:
        begun.set()
        assert go_on.wait(30)
        finished.append(1)
        return 1

    monkeypatch.setitem(worker.STEPS, Lane.READ, endless)  # type: ignore[arg-type]
    dispatcher = EmbeddedDispatcher(stage.hub, tick_seconds=NEVER)
    dispatcher.wake(stage.connection_id)
    assert begun.wait(30)
    ending = threading.Thread(target=dispatcher.stop)
    ending.start()
    wait_until(dispatcher._is_ending.is_set, "the end is known")
    go_on.set()
    ending.join(30)
    assert not ending.is_alive()
    assert finished == [1]
