"""Every recorded, synthetic and sample body of the shared data is read without a crash."""

import json
from pathlib import Path

import pytest

from referhub import (
    ContactErased,
    ContactSaved,
    ContactsMerged,
    Event,
    OrderCancelled,
    OrderPaid,
    OrderPlaced,
    OrderRefunded,
    SourceChanged,
    SourceRemoved,
    TryLater,
    Unreadable,
)
from tests.connectors.shopify.support import ScriptedHttp, answer, connector, delivery
from tests.support.places import shared_data_path

SHOPIFY = shared_data_path() / "shopify"
RECORDED = sorted(
    str(path.relative_to(SHOPIFY))
    for folder in ("webhooks", "fixtures-mit")
    for path in SHOPIFY.glob(f"{folder}/*/*.json")
)
ALL_TOPICS = ("orders/paid", "refunds/create", "customers/update", "app/uninstalled", "orders/edited")


def read(path: Path, topic: str) -> list[Event]:
    http = ScriptedHttp(answer({"data": {"order": {"taxesIncluded": True}}}))
    return list(connector(http, shop="refhub-demo.myshopify.com").read(delivery(topic, path.read_bytes())))


@pytest.mark.parametrize("name", RECORDED or ["(none)"])
def test_no_body_under_any_topic_raises_anything_but_unreadable(name: str, shared_data: Path) -> None:
    for topic in ALL_TOPICS:
        try:
            events = read(shared_data / "shopify" / name, topic)
        except (Unreadable, TryLater):
            continue
        assert all(isinstance(event, Event) for event in events)


MEANINGS = {
    "app_scopes_update": SourceChanged,
    "app_uninstalled": SourceRemoved,
    "customers_create": ContactSaved,
    "customers_delete": ContactErased,
    "customers_merge__completed": ContactsMerged,
    "customers_update": ContactSaved,
    "orders_cancelled__after_paid": OrderCancelled,
    "orders_create__pending_referred": OrderPlaced,
    "orders_paid__guest_without_customer": OrderPaid,
    "orders_paid__pos_no_attribution": OrderPaid,
    "orders_paid__protected_fields_redacted": OrderPaid,
    "orders_paid__referred": OrderPaid,
    "orders_paid__test_order": OrderPaid,
    "orders_paid__zero_total_free_order": OrderPaid,
    "orders_updated__partially_refunded": OrderPaid,
    "refunds_create__partial_line": OrderRefunded,
    "refunds_create__shipping_only": OrderRefunded,
}


@pytest.mark.parametrize("name", sorted(MEANINGS))
def test_each_synthetic_body_means_what_its_name_says(name: str, shared_data: Path) -> None:
    """SH-26, SH-27"""
    topic = name.partition("__")[0].replace("_", "/", 1)
    (event,) = read(shared_data / "shopify" / "webhooks" / "synthetic" / f"{name}.json", topic)
    assert type(event) is MEANINGS[name]


def test_a_restock_without_money_means_nothing(shared_data: Path) -> None:
    folder = shared_data / "shopify" / "webhooks" / "synthetic"
    assert read(folder / "refunds_create__restock_without_money.json", "refunds/create") == []


def test_a_partial_refund_of_40_out_of_79_is_told_the_same_by_both_topics(shared_data: Path) -> None:
    """SH-35: 40/79 of the net 66.39."""
    folder = shared_data / "shopify" / "webhooks" / "synthetic"
    (alone,) = read(folder / "refunds_create__partial_line.json", "refunds/create")
    (order,) = read(folder / "orders_updated__partially_refunded.json", "orders/updated")
    assert isinstance(alone, OrderRefunded)
    assert isinstance(order, OrderPaid)
    assert alone.refund.amount.minor == 3362
    assert order.order.refunds == (alone.refund,)


def test_ids_beyond_the_reach_of_a_float_are_exact(shared_data: Path) -> None:
    body = json.loads((shared_data / "shopify/webhooks/synthetic/orders_paid__referred.json").read_bytes())
    body["id"] = 820982911946154508
    (event,) = connector().read(delivery("orders/paid", body))
    assert isinstance(event, OrderPaid)
    assert event.order.source_id == "gid://shopify/Order/820982911946154508"
