"""The inbox: stored before it is acknowledged, many at one commit, and never a silent loss."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import OperationalError

from core.contract.webhooks import Delivery
from core.gateway.hub import body_context
from core.models import StoredDelivery
from core.services.inbox import Busy, Inbox
from tests.support.hub import Scene, scene


def delivery(key: str, body: bytes = b"{}") -> Delivery:
    return Delivery(key=key, topic="news", body=body)


def lay(inbox: Inbox, stage: Scene, *deliveries: Delivery) -> None:
    inbox.lay(stage.connection.id, deliveries, stage.watch.at)


class HeldWriter:
    """Stands in the way of the writer's commits until it is let go; counts them."""

    def __init__(self, stage: Scene) -> None:
        self.engine = stage.hub.database.engine
        self.is_waiting, self.may_go_on = threading.Event(), threading.Event()
        self.commits = 0

    def __enter__(self) -> "HeldWriter":
        event.listen(self.engine, "commit", self._wait)
        return self

    def __exit__(self, *_: object) -> None:
        self.may_go_on.set()
        event.remove(self.engine, "commit", self._wait)

    def _wait(self, _connection: Any) -> None:
        self.commits += 1
        self.is_waiting.set()
        assert self.may_go_on.wait(10)


def soon(is_true: Callable[[], bool]) -> None:
    """Waits until it is true; fails if that takes too long."""
    ends = time.monotonic() + 5
    while not is_true():
        assert time.monotonic() < ends
        time.sleep(0.002)


def test_what_was_laid_is_stored_and_opens_again(bare: Scene) -> None:
    inbox = Inbox(bare.hub)
    lay(inbox, bare, delivery("one", b"body of one" * 200))
    row = bare.one(StoredDelivery)
    assert (row.key, row.state, row.size, row.received_at) == ("one", "stored", 2200, bare.watch.at)
    assert b"body of one" not in row.body
    assert bare.hub.vault.open(row.body, body_context(bare.connection.id, "one")) == b"body of one" * 200
    inbox.close()


def test_the_same_key_is_stored_once_and_the_first_stays(bare: Scene) -> None:
    """S4"""
    inbox = Inbox(bare.hub)
    lay(inbox, bare, delivery("one", b"first"), delivery("two"))
    lay(inbox, bare, delivery("one", b"second and longer"))
    assert {row.key: row.size for row in bare.all(StoredDelivery)} == {"one": 5, "two": 2}
    inbox.close()


def test_requests_that_wait_together_share_a_commit(bare: Scene) -> None:
    inbox = Inbox(bare.hub)
    with ThreadPoolExecutor(21) as threads, HeldWriter(bare) as writer:
        first = threads.submit(lay, inbox, bare, delivery("first"))
        assert writer.is_waiting.wait(5)
        rest = [threads.submit(lay, inbox, bare, delivery(f"{number}")) for number in range(20)]
        soon(lambda: inbox._waiting.qsize() == 20)
        assert not any(one.done() for one in (first, *rest))
        writer.may_go_on.set()
        for one in (first, *rest):
            one.result(10)
    assert writer.commits == 2
    assert len(bare.all(StoredDelivery)) == 21
    inbox.close()


def test_a_full_inbox_is_busy(bare: Scene) -> None:
    inbox = Inbox(bare.hub, capacity=2)
    with ThreadPoolExecutor(3) as threads, HeldWriter(bare) as writer:
        taken = threads.submit(lay, inbox, bare, delivery("taken"))
        assert writer.is_waiting.wait(5)
        waiting = [threads.submit(lay, inbox, bare, delivery(key)) for key in "ab"]
        soon(lambda: inbox._waiting.qsize() == 2)
        with pytest.raises(Busy, match="full"):
            lay(inbox, bare, delivery("refused"))
        writer.may_go_on.set()
        for one in (taken, *waiting):
            one.result(10)
    assert {row.key for row in bare.all(StoredDelivery)} == {"taken", "a", "b"}
    inbox.close()


def test_a_database_that_does_not_answer_in_time_is_busy(bare: Scene) -> None:
    inbox = Inbox(bare.hub, patience=0.05)
    with HeldWriter(bare), pytest.raises(Busy, match="in time"):
        lay(inbox, bare, delivery("one"))
    inbox.close()


def test_a_failing_database_is_busy_and_stores_nothing(bare: Scene) -> None:
    def fail(_connection: Any) -> None:
        raise OperationalError("COMMIT", {}, Exception("disk I/O error"))

    inbox = Inbox(bare.hub)
    event.listen(bare.hub.database.engine, "commit", fail)
    with pytest.raises(Busy, match="not available"):
        lay(inbox, bare, delivery("one"))
    event.remove(bare.hub.database.engine, "commit", fail)
    assert bare.all(StoredDelivery) == []
    lay(inbox, bare, delivery("one"))
    assert [row.key for row in bare.all(StoredDelivery)] == ["one"]
    inbox.close()


def test_one_that_cannot_be_stored_does_not_refuse_its_neighbours(bare: Scene) -> None:
    inbox = Inbox(bare.hub)
    bad = Delivery(key=None, topic="news", body=b"{}")  # type: ignore[arg-type]  # the database refuses it
    with ThreadPoolExecutor(4) as threads, HeldWriter(bare) as writer:
        first = threads.submit(lay, inbox, bare, delivery("first"))
        assert writer.is_waiting.wait(5)
        told = [threads.submit(lay, inbox, bare, one) for one in (delivery("a"), bad, delivery("b"))]
        soon(lambda: inbox._waiting.qsize() == 3)
        writer.may_go_on.set()
        errors = [one.exception(10) for one in (first, *told)]
    assert [error is not None for error in errors] == [False, False, True, False]
    assert {row.key for row in bare.all(StoredDelivery)} == {"first", "a", "b"}
    inbox.close()


def test_closing_stores_what_waits_and_refuses_what_comes(bare: Scene) -> None:
    inbox = Inbox(bare.hub)
    with ThreadPoolExecutor(2) as threads, HeldWriter(bare) as writer:
        waiting = threads.submit(lay, inbox, bare, delivery("one"))
        assert writer.is_waiting.wait(5)
        closing = threads.submit(inbox.close)
        writer.may_go_on.set()
        waiting.result(10)
        closing.result(10)
    with pytest.raises(Busy, match="stopping"):
        lay(inbox, bare, delivery("two"))
    assert [row.key for row in bare.all(StoredDelivery)] == ["one"]


def test_the_worker_is_woken_for_each_connection_once(bare: Scene) -> None:
    woken: list[str] = []
    bare.hub.wake = woken.append
    inbox = Inbox(bare.hub)
    lay(inbox, bare, delivery("one"), delivery("two"))
    inbox.close()
    assert woken == [bare.connection.id]


def test_a_hint_that_fails_harms_nobody(bare: Scene) -> None:
    def fail(_connection_id: str) -> None:
        raise RuntimeError("the engine is away")

    bare.hub.wake = fail
    inbox = Inbox(bare.hub)
    lay(inbox, bare, delivery("one"))
    lay(inbox, bare, delivery("two"))
    inbox.close()
    assert {row.key for row in bare.all(StoredDelivery)} == {"one", "two"}


def test_a_connection_that_died_while_idle_is_replaced_unnoticed(postgresql_url: str) -> None:
    stage = scene(postgresql_url)
    inbox = Inbox(stage.hub)
    lay(inbox, stage, delivery("one"))
    with stage.hub.database.engine.begin() as connection:
        others = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        assert connection.execute(text(f"SELECT pg_terminate_backend(pid) {others}")).all()
    lay(inbox, stage, delivery("two"))
    assert {row.key for row in stage.all(StoredDelivery)} == {"one", "two"}
    inbox.close()
    stage.hub.database.close()


class SlowStart:
    """The system takes its time to begin the writer's thread, until it may go on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.begun, self.may_go_on = threading.Event(), threading.Event()
        self.start = threading.Thread.start
        monkeypatch.setattr(threading.Thread, "start", lambda thread: self(thread))

    def __call__(self, thread: threading.Thread) -> None:
        if thread.name == "inbox":
            self.begun.set()
            assert self.may_go_on.wait(10)
        self.start(thread)


def test_closing_waits_for_a_writer_that_is_only_being_started(bare: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    slow, inbox = SlowStart(monkeypatch), Inbox(bare.hub)
    with ThreadPoolExecutor(2) as people:
        laying = people.submit(lay, inbox, bare, delivery("one"))
        assert slow.begun.wait(10)
        closing = people.submit(inbox.close)
        time.sleep(0.05)  # long enough for a close that does not wait to fail
        slow.may_go_on.set()
        laying.result(10)
        closing.result(10)
    assert bare.one(StoredDelivery).key == "one"
