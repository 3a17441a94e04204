"""What of a test order is played again in a room: what the order tells, and its largest line for all of them."""

from core.services.room_orders import facts_to_play


def test_the_line_that_is_worth_most_stands_for_all() -> None:
    lines = [
        {"line.sku": "TEA-1", "line.amount": "9.90"},
        {"line.sku": "POT-1", "line.amount": "100.00"},
        {"line.sku": "CARD", "line.amount": "500.00", "line.is_gift_card": True},
    ]
    told = facts_to_play("web", {"fields": {"order.country": "AT", "order.tags": ["member"]}, "lines": lines})
    assert told == {
        "order.channel": "web",
        "order.country": "AT",
        "order.tags": ["member"],
        "line.sku": "POT-1",
        "line.amount": "100.00",
    }


def test_an_order_of_which_nothing_is_told_has_its_channel_only() -> None:
    assert facts_to_play("pos", {}) == {"order.channel": "pos"}
