"""The health of a connection in one word."""

from datetime import timedelta
from typing import Any

import pytest

from core.queries.attention import attention
from core.queries.connections import connections
from core.rules.switches import Lock, Place, Switches
from core.services.audit import note
from tests.support.story import NOW, Story

LATE, SOON = NOW - timedelta(minutes=5, seconds=1), NOW - timedelta(minutes=5)


@pytest.mark.parametrize(
    ("told", "waiting_since", "health"),
    [
        ({}, None, "quiet"),
        ({"last_poll_at": NOW}, None, "healthy"),
        ({}, SOON, "healthy"),
        ({}, LATE, "late"),
        ({"status": "needs_attention", "hint": "click"}, LATE, "needs_attention"),
        ({"status": "needs_attention", "is_enabled": False}, LATE, "disabled"),
        ({"status": "removed", "is_enabled": False}, LATE, "removed"),
    ],
)
def test_health_names_what_matters_most(story: Story, told: dict[str, Any], waiting_since: Any, health: str) -> None:
    shop = story.connection(story.merchant(), **told)
    if waiting_since:
        story.delivery(shop, state="stored", received_at=waiting_since)
    (seen,) = connections(story.session, NOW)
    assert seen.health == health


def test_a_connector_that_is_switched_off_in_the_configuration_is_told_as_disabled(story: Story) -> None:
    merchant = story.merchant()
    story.connection(merchant, "A", last_poll_at=NOW)
    story.connection(merchant, "B", last_poll_at=NOW, connector="demo")
    switches = Switches((Place({"demo": Lock(False, "a file")}),))
    assert [one.health for one in connections(story.session, NOW, switches)] == ["healthy", "disabled"]


def test_who_switched_it_off_is_told_until_it_is_on_again(story: Story) -> None:
    merchant = story.merchant()
    one = story.connection(merchant, "A", last_poll_at=NOW, is_enabled=False)
    other = story.connection(merchant, "B", last_poll_at=NOW, is_enabled=False)
    for actor in ("zoe", "anna"):
        note(story.session, merchant.id, "disable", f"connection:{one.id}", "", NOW, actor=actor)
        note(story.session, merchant.id, "enable", f"connection:{one.id}", "", NOW, actor="nobody")
    note(story.session, merchant.id, "disable", f"connection:{other.id}", "", NOW)
    story.session.flush()
    a, b = connections(story.session, NOW)
    assert (a.off_by, a.locked_by) == (f"by anna on {NOW:%Y-%m-%d}", "")
    assert b.off_by == f"by an admin on {NOW:%Y-%m-%d}"
    place = Place({}, {"a": Lock(True, "configuration file x"), "b": Lock(False, "environment variable Y")})
    a, b = connections(story.session, NOW, Switches((place,)))
    assert (a.health, a.off_by, a.locked_by) == ("healthy", "", "configuration file x")
    assert (b.health, b.off_by, b.locked_by) == ("disabled", "by environment variable Y", "environment variable Y")


def test_counts_and_times_belong_to_their_own_connection(story: Story) -> None:
    merchant = story.merchant()
    first, second = story.connection(merchant, "A"), story.connection(merchant, "B")
    story.delivery(first, state="stored", received_at=NOW - timedelta(minutes=2))
    story.delivery(first, state="stored", received_at=NOW - timedelta(minutes=1))
    story.delivery(second, state="read", received_at=NOW)
    story.delivery(second, state="unreadable", received_at=NOW - timedelta(hours=1))
    a, b = connections(story.session, NOW)
    assert (a.backlog, a.oldest_waiting_at, a.unreadable) == (2, NOW - timedelta(minutes=2), 0)
    assert a.last_delivery_at == NOW - timedelta(minutes=1)
    assert (b.backlog, b.oldest_waiting_at, b.unreadable, b.last_delivery_at) == (0, None, 1, NOW)


def test_a_pause_the_source_asked_for_is_told_until_it_is_over(story: Story) -> None:
    merchant = story.merchant()
    story.connection(merchant, "A", blocked_until=NOW + timedelta(seconds=1))
    story.connection(merchant, "B", blocked_until=NOW)
    assert [one.blocked_until for one in connections(story.session, NOW)] == [
        NOW + timedelta(seconds=1),
        None,
    ]


def test_attention_counts_what_does_not_go_on_by_itself(story: Story) -> None:
    assert not attention(story.session).is_needed
    merchant = story.merchant()
    shop = story.connection(merchant, "A", status="needs_attention")
    story.connection(merchant, "B", status="needs_attention", is_enabled=False)
    story.delivery(shop, state="unreadable")
    story.delivery(shop, state="stored")
    waits = attention(story.session)
    assert waits.is_needed
    assert (waits.connections_in_need, waits.unreadable_deliveries) == (1, 1)
    assert (waits.parked_pushes, waits.rewards_in_review) == (0, 0)


def test_a_parked_record_waits_for_a_person_only_while_its_source_is_there(story: Story) -> None:
    merchant = story.merchant()
    somebody = story.person(merchant)
    story.synced_record(story.connection(merchant, "A"), somebody, is_parked=True)
    story.synced_record(story.connection(merchant, "B", is_enabled=False), somebody, is_parked=True)
    story.synced_record(story.connection(merchant, "C", status="removed"), somebody, is_parked=True)
    assert attention(story.session).parked_records == 1
