"""Asking finds what webhooks lost, once, and costs nothing when nothing changed."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors.shopify import polling, reading
from connectors.shopify.client import AdminApi, Urgency
from connectors.shopify.connector import Shopify
from connectors.shopify.orders import fetch_order
from connectors.shopify.picking import Body
from referhub import Delivery, EvidenceKind, NeedsAttention, OrderPaid, TryLater, Unreadable
from sandbox.shopify import ShopControl
from tests.connectors.shopify.support import connector


def now(desk: ShopControl) -> datetime:
    return datetime.fromisoformat(desk.now()).astimezone(UTC)


def sweep(shopify: Shopify, desk: ShopControl, cursor: str | None) -> tuple[list[Delivery], str]:
    """All deliveries of one sweep, and the cursor after it."""
    deliveries: list[Delivery] = []
    for _page in range(200):
        try:
            page = shopify.poll(cursor, now(desk))
        except TryLater:  # on a busy machine an answer may get lost: asked again, as the hub does
            continue
        deliveries += page.deliveries
        cursor = page.cursor
        if page.is_last:
            return deliveries, cursor
    raise AssertionError("the sweep does not end")


def paid(desk: ShopControl, **basket: Any) -> dict[str, Any]:
    return desk.create_order(**{"lines": [{"price": "9.00"}], "paid": True} | basket)


def test_an_order_no_webhook_told_of_is_found_and_read(shopify: Shopify, desk: ShopControl) -> None:
    """SH-21"""
    order = paid(desk)
    (found,), _cursor = sweep(shopify, desk, None)
    assert found.topic == "orders/polled"
    assert found.key.startswith(f"poll:gid://shopify/Order/{order['id']}:")
    (event,) = shopify.read(found)
    assert type(event) is OrderPaid
    assert event.order == shopify.verify(f"gid://shopify/Order/{order['id']}")


def test_a_second_sweep_finds_and_fetches_nothing(shopify: Shopify, desk: ShopControl) -> None:
    """SH-21"""
    paid(desk)
    _found, cursor = sweep(shopify, desk, None)
    before = len(desk.calls("order"))
    again, cursor = sweep(shopify, desk, cursor)
    assert again == []
    assert len(desk.calls("order")) == before


def test_a_change_is_found_again_under_another_key(shopify: Shopify, desk: ShopControl) -> None:
    order = paid(desk)
    (first,), cursor = sweep(shopify, desk, None)
    desk.advance(5)
    desk.cancel_order(order["id"])
    (second,), _cursor = sweep(shopify, desk, cursor)
    assert second.key != first.key


def test_the_overlap_catches_what_became_visible_late(shopify: Shopify, desk: ShopControl) -> None:
    paid(desk)
    _found, cursor = sweep(shopify, desk, None)
    told = json.loads(cursor)
    late = datetime.fromisoformat(told["since"]) + timedelta(minutes=9)
    missed = json.dumps(told | {"since": late.strftime("%Y-%m-%dT%H:%M:%SZ"), "seen": {}})
    found, _cursor = sweep(shopify, desk, missed)
    assert len(found) == 1


def test_a_hundred_and_twenty_orders_come_in_small_pages_each_once(shopify: Shopify, desk: ShopControl) -> None:
    orders = [paid(desk) for _ in range(120)]
    deliveries, cursor = sweep(shopify, desk, None)
    expected = {f"gid://shopify/Order/{order['id']}" for order in orders}
    assert {json.loads(found.body)["id"] for found in deliveries} == expected
    assert len({found.key for found in deliveries}) == len(deliveries) == 120
    assert sweep(shopify, desk, cursor)[0] == []


def test_a_page_is_small_and_says_that_it_is_not_the_last(shopify: Shopify, desk: ShopControl) -> None:
    for _ in range(12):
        paid(desk)
    page = shopify.poll(None, now(desk))
    assert len(page.deliveries) == 10
    assert not page.is_last
    last = shopify.poll(page.cursor, now(desk))
    assert len(last.deliveries) == 2
    assert last.is_last


def test_a_page_that_is_asked_again_gives_the_same_keys(shopify: Shopify, desk: ShopControl) -> None:
    """The cursor is stored after the deliveries; a crash between the two asks again."""
    for _ in range(12):
        paid(desk)
    first, again = shopify.poll(None, now(desk)), shopify.poll(None, now(desk))
    assert [found.key for found in first.deliveries] == [found.key for found in again.deliveries]


def test_what_was_fetched_before_a_failure_is_kept(shopify: Shopify, desk: ShopControl) -> None:
    orders = [paid(desk) for _ in range(4)]
    desk.fate("throttled", "order", skip=2)
    page = shopify.poll(None, now(desk))
    assert len(page.deliveries) == 2
    assert not page.is_last
    rest, _cursor = sweep(shopify, desk, page.cursor)
    fetched = {json.loads(found.body)["id"] for found in (*page.deliveries, *rest)}
    assert fetched == {f"gid://shopify/Order/{order['id']}" for order in orders}


@pytest.mark.parametrize(("fate", "error"), [("503", TryLater), ("throttled", TryLater), ("403", NeedsAttention)])
def test_a_sweep_that_cannot_begin_says_why(
    fate: str, error: type[Exception], shopify: Shopify, desk: ShopControl
) -> None:
    paid(desk)
    desk.fate(fate, "orders")
    with pytest.raises(error):
        shopify.poll(None, now(desk))


def test_a_journey_that_is_not_ready_is_looked_at_again(shopify: Shopify, desk: ShopControl) -> None:
    """SH-30"""
    order = paid(desk, landing_site="/?ref=ALICE-8F2K", journey_ready=False)
    (early,), cursor = sweep(shopify, desk, None)
    assert visits(shopify, early) == set()
    assert sweep(shopify, desk, cursor)[0] == []  # not due yet
    desk.set_journey(order["id"], True)
    desk.advance(11 * 60)
    (late,), cursor = sweep(shopify, desk, cursor)
    assert visits(shopify, late) == {EvidenceKind.LAST_VISIT, EvidenceKind.FIRST_VISIT}
    assert late.key != early.key
    desk.advance(11 * 60)
    assert sweep(shopify, desk, cursor)[0] == []


def visits(shopify: Shopify, found: Delivery) -> set[EvidenceKind]:
    (event,) = shopify.read(found)
    assert isinstance(event, OrderPaid)
    return {item.kind for item in event.order.evidence}


def test_a_journey_that_never_comes_is_given_up_after_a_day(shopify: Shopify, desk: ShopControl) -> None:
    paid(desk, landing_site="/?ref=ALICE-8F2K", journey_ready=False)
    _found, cursor = sweep(shopify, desk, None)
    desk.advance(25 * 3600)
    _found, cursor = sweep(shopify, desk, cursor)
    assert json.loads(cursor)["waiting"] == {}
    desk.advance(11 * 60)
    assert sweep(shopify, desk, cursor)[0] == []


def test_a_sweep_begins_where_shopify_still_shows_orders(shopify: Shopify, desk: ShopControl) -> None:
    paid(desk, days_ago=59)
    recent, _cursor = sweep(shopify, desk, None)
    assert len(recent) == 1


@pytest.mark.parametrize("cursor", ["", "{}", "[]", "null", '{"since": 1}', '{"queue": 1, "waiting": {}}'])
def test_a_foreign_cursor_is_unreadable(cursor: str) -> None:
    with pytest.raises(Unreadable):
        connector().poll(cursor, datetime(2026, 11, 25, tzinfo=UTC))


def test_an_order_that_cannot_be_read_hides_no_other_order(
    shopify: Shopify, desk: ShopControl, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It comes as a delivery of its own, which a person sees and can have read again."""
    odd, fine = paid(desk)["id"], paid(desk)["id"]

    def fetch(api: AdminApi, order_id: str, urgency: Urgency = Urgency.PROMPT) -> Body | None:
        if order_id.endswith(f"/{odd}"):
            raise Unreadable("the order has more lines than can be read")
        return fetch_order(api, order_id, urgency)

    for module in (polling, reading):
        monkeypatch.setattr(module, "fetch_order", fetch)
    found, cursor = sweep(shopify, desk, None)
    unread = next(one for one in found if one.key.endswith(":unread"))
    assert [one.key for one in found if str(fine) in one.key] != []
    with pytest.raises(Unreadable, match="more lines"):
        shopify.read(unread)
    assert sweep(shopify, desk, cursor)[0] == []
    monkeypatch.undo()
    (event,) = shopify.read(unread)
    assert type(event) is OrderPaid
    assert event.order.source_id == f"gid://shopify/Order/{odd}"
