"""Polling: what webhooks lost is found, once, and the cursor moves only with what it covers."""

import pytest
from sqlalchemy import event

from core.contract.errors import NeedsAttention, TryLater, Unreadable
from core.contract.events import OrderPaid
from core.contract.parts import Page
from core.contract.webhooks import Delivery
from core.models import Connection, Conversion, StoredDelivery
from core.services.lease import Lane
from core.services.poll import ask_now
from core.worker import drain, due_jobs
from tests.support.hub import MINUTE, Scene, order


def page(cursor: str, *keys: str, is_last: bool = True) -> Page:
    """Deliveries found by asking."""
    return Page(tuple(Delivery(key=key, topic="news", body=f"body of {key}".encode()) for key in keys), cursor, is_last)


def poll(stage: Scene) -> None:
    """The connection's time has come."""
    ask_now(stage.hub, stage.connection.id)
    drain(stage.hub, stage.connection.id, Lane.POLL)


def test_lost_webhooks_are_found_by_asking(stage: Scene) -> None:
    """F21."""
    stage.shop.news["body of p1"] = [OrderPaid(order())]
    stage.shop.pages.append(page("c1", "p1"))
    poll(stage)
    stage.work()
    assert len(stage.all(Conversion)) == 1
    assert stage.one(Connection).cursor == "c1"
    assert stage.one(Connection).last_poll_at == stage.watch.at


def test_all_pages_are_asked_for_from_where_the_last_one_ended(stage: Scene) -> None:
    stage.shop.pages.extend([page("c1", "p1", is_last=False), page("c2", "p2", is_last=False), page("c3", "p3")])
    poll(stage)
    assert stage.shop.cursors == [None, "c1", "c2"]
    assert sorted(row.key for row in stage.all(StoredDelivery)) == ["p1", "p2", "p3"]
    assert stage.one(Connection).cursor == "c3"


def test_what_the_overlap_brings_again_is_not_stored_again(stage: Scene) -> None:
    """F22."""
    stage.shop.pages.extend([page("c1", "p1"), page("c2", "p1", "p2")])
    poll(stage)
    poll(stage)
    assert sorted(row.key for row in stage.all(StoredDelivery)) == ["p1", "p2"]


def test_a_page_that_cannot_be_stored_leaves_the_cursor_where_it_was(stage: Scene) -> None:
    stage.shop.pages.append(page("c1", "p1"))
    poll(stage)

    def refuse(*_: object) -> None:
        raise RuntimeError("the disk is full")

    stage.shop.pages.append(page("c2", "p2"))
    event.listen(Connection, "before_update", refuse)
    try:
        with pytest.raises(RuntimeError, match="disk"):
            drain_after_asking(stage)
    finally:
        event.remove(Connection, "before_update", refuse)
    assert stage.one(Connection).cursor == "c1"
    assert [row.key for row in stage.all(StoredDelivery)] == ["p1"]


def drain_after_asking(stage: Scene) -> None:
    """The next poll's time has come by itself."""
    stage.watch.forward(stage.hub.timings.poll_every)
    drain(stage.hub, stage.connection.id, Lane.POLL)


def test_a_source_that_is_busy_is_asked_again_at_its_own_time(stage: Scene) -> None:
    stage.shop.pages.extend([page("c1", "p1", is_last=False), TryLater("slow down", 5 * MINUTE), page("c2", "p2")])
    poll(stage)
    assert (stage.one(Connection).cursor, stage.one(Connection).last_poll_at) == ("c1", None)
    stage.watch.forward(4 * MINUTE)
    drain(stage.hub, stage.connection.id, Lane.POLL)
    assert len(stage.shop.cursors) == 2
    stage.watch.forward(MINUTE)
    drain(stage.hub, stage.connection.id, Lane.POLL)
    assert stage.shop.cursors == [None, "c1", "c1"]
    assert stage.one(Connection).cursor == "c2"


def test_nobody_asks_before_its_time(stage: Scene) -> None:
    poll(stage)
    asked = len(stage.shop.cursors)
    stage.watch.forward(14 * MINUTE)
    drain(stage.hub, stage.connection.id, Lane.POLL)
    assert len(stage.shop.cursors) == asked
    stage.watch.forward(MINUTE)
    drain(stage.hub, stage.connection.id, Lane.POLL)
    assert len(stage.shop.cursors) == asked + 1


def test_a_revoked_token_pauses_the_connection(stage: Scene) -> None:
    stage.shop.pages.append(NeedsAttention("connect again"))
    poll(stage)
    assert stage.one(Connection).status == "needs_attention"
    stage.work()
    assert len(stage.shop.cursors) == 1


def test_a_poll_that_cannot_be_understood_is_not_repeated_every_second(stage: Scene) -> None:
    stage.shop.pages.append(Unreadable("an odd order"))
    poll(stage)
    assert stage.one(Connection).next_poll_at == stage.watch.at + stage.hub.timings.poll_every
    assert (stage.connection.id, Lane.POLL) not in due_jobs(stage.hub)


def test_a_clock_that_jumps_back_asks_nobody_twice_and_skips_no_round(stage: Scene) -> None:
    """F43."""
    stage.work()
    asked_at, next_at = stage.one(Connection).last_poll_at, stage.one(Connection).next_poll_at
    assert asked_at == stage.watch.at
    assert next_at is not None
    stage.watch.at -= 60 * MINUTE
    stage.work()
    assert stage.one(Connection).last_poll_at == asked_at
    stage.watch.at = next_at
    stage.work()
    assert stage.one(Connection).last_poll_at == next_at
