"""Gaps: what only asking brought to light is counted with its times."""

from datetime import timedelta

import pytest

from core.contract.events import OrderPaid
from core.contract.parts import Page
from core.contract.webhooks import Delivery
from core.models import StoredDelivery
from core.queries.gaps import Gap, gaps
from core.services.inbox import delivery_row
from core.services.poll import ask_now
from tests.support.hub import DAY, HOUR, MINUTE, START, Scene, order


def hear(stage: Scene, subject: str, at: timedelta) -> None:
    """A webhook about this record arrives at that time."""
    told = Delivery(key=f"hook-{subject}-{at}", topic="news", body=b"", subject=subject, triggered_at=START + at)
    with stage.hub.database.transaction() as session:
        session.add(StoredDelivery(**delivery_row(stage.hub, stage.connection.id, told, START + at)))


def ask(stage: Scene, **changed: timedelta) -> None:
    """The source is asked and tells that these records changed at those times."""
    found = [
        Delivery(key=f"poll-{subject}-{at}", topic="news", body=b"x", subject=subject, triggered_at=START + at)
        for subject, at in changed.items()
    ]
    stage.shop.news["x"] = []
    stage.shop.pages.append(Page(tuple(found), "c"))
    ask_now(stage.hub, stage.connection.id)
    stage.work()


def gap(stage: Scene) -> Gap | None:
    """What the connection's webhooks missed."""
    with stage.hub.database.reading() as session:
        return gaps(session, stage.hub.now()).get(stage.connection.id)


@pytest.fixture
def asked(stage: Scene) -> Scene:
    """Three changes; one was told at once, one later, and one never."""
    hear(stage, "told", MINUTE)
    hear(stage, "late", 20 * MINUTE)
    stage.watch.forward(30 * MINUTE)
    ask(stage, told=MINUTE, late=2 * MINUTE, never=3 * MINUTE)
    return stage


def test_what_was_never_told_is_a_gap_with_its_time(asked: Scene) -> None:
    """SF-47: `push_gap`."""
    asked.watch.forward(HOUR)
    assert gap(asked) == Gap(3, 1, START + 3 * MINUTE, START + 3 * MINUTE)


def test_within_the_hour_a_webhook_may_still_come(asked: Scene) -> None:
    assert gap(asked) is None


def test_a_webhook_of_an_earlier_change_does_not_cover_a_later_one(asked: Scene) -> None:
    ask(asked, told=25 * MINUTE)
    asked.watch.forward(2 * HOUR)
    assert gap(asked) == Gap(4, 2, START + 3 * MINUTE, START + 25 * MINUTE)


def test_an_old_gap_is_forgotten_after_a_week(asked: Scene) -> None:
    asked.watch.forward(8 * DAY)
    assert gap(asked) is None


def test_what_happened_before_we_were_connected_is_no_gap(stage: Scene) -> None:
    ask(stage, history=-DAY)
    stage.watch.forward(2 * HOUR)
    assert gap(stage) is None


def test_a_delivery_that_does_not_say_its_record_is_known_by_what_was_read_in_it(stage: Scene) -> None:
    stage.deliver(OrderPaid(order("1001")))
    stage.work()
    assert stage.one(StoredDelivery).subject == "1001"
