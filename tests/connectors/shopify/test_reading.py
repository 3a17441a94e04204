"""What each topic means."""

from datetime import UTC, datetime
from typing import Any

import pytest

from referhub import (
    Contact,
    ContactErased,
    ContactSaved,
    ContactsMerged,
    Event,
    IdentityClaim,
    IdentityKind,
    OrderPaid,
    SourceChanged,
    SourceRemoved,
    TryLater,
    Unreadable,
)
from tests.connectors.shopify.support import CUSTOMER, NOW, ScriptedHttp, answer, connector, delivery, payload

BOB = IdentityClaim(IdentityKind.CUSTOMER, CUSTOMER)


def read(topic: str, body: object, **headers: str) -> list[Event]:
    return list(connector().read(delivery(topic, body, **headers)))


@pytest.mark.parametrize("topic", ["customers/create", "customers/update"])
def test_a_saved_customer_is_a_contact(topic: str) -> None:
    email = IdentityClaim(IdentityKind.EMAIL, "bob@example.com")
    assert read(topic, payload("customer")) == [ContactSaved(Contact(identities=(BOB, email), name="Bob Beispiel"))]


def test_a_deleted_customer_is_erased() -> None:
    body = {"id": 7001000000000000009, "tax_exemptions": []}
    assert read("customers/delete", body) == [ContactErased(BOB)]


def test_a_completed_merge_names_who_stays_and_who_goes() -> None:
    kept = IdentityClaim(IdentityKind.CUSTOMER, "gid://shopify/Customer/7001000000000000001")
    assert read("customers/merge", payload("customers_merged")) == [ContactsMerged(kept=kept, gone=BOB)]


@pytest.mark.parametrize("status", ["failed", "requested", None])
def test_a_merge_that_is_not_completed_means_nothing(status: str | None) -> None:
    assert read("customers/merge", payload("customers_merged") | {"status": status}) == []


def test_an_uninstalled_app_is_a_removed_source_at_the_time_of_the_trigger() -> None:
    assert read("app/uninstalled", payload("shop")) == [SourceRemoved(NOW)]


@pytest.mark.parametrize("topic", ["shop/update", "app/scopes_update"])
def test_changes_of_shop_and_rights_are_told(topic: str) -> None:
    assert read(topic, payload("shop")) == [SourceChanged(NOW)]


@pytest.mark.parametrize("topic", ["app/uninstalled", "shop/update"])
def test_another_shop_in_the_body_is_recorded_and_not_applied(topic: str) -> None:
    """SH-23"""
    with pytest.raises(Unreadable, match="another shop"):
        read(topic, payload("shop") | {"myshopify_domain": "other.myshopify.com"})


@pytest.mark.parametrize("topic", ["orders/paid", "customers/delete", "app/uninstalled"])
def test_another_shop_in_the_header_is_recorded_and_not_applied(topic: str) -> None:
    """SH-23"""
    with pytest.raises(Unreadable, match="another shop"):
        read(topic, payload("shop"), **{"x-shopify-shop-domain": "other.myshopify.com"})


@pytest.mark.parametrize(
    "topic",
    ["", "moon/landed", "orders/delete"],
)
def test_a_topic_that_means_nothing_to_us_is_read_as_nothing(topic: str) -> None:
    """SH-23"""
    assert read(topic, b"{ not even JSON") == []


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"text"', b"null", b"3", b'{"id": 1, "id": 2}', b"\xff"])
@pytest.mark.parametrize("topic", ["orders/paid", "refunds/create", "customers/update", "app/uninstalled"])
def test_a_body_that_is_not_an_object_is_unreadable(topic: str, body: bytes) -> None:
    """SH-16"""
    with pytest.raises(Unreadable):
        read(topic, body)


def test_another_api_version_is_read_all_the_same() -> None:
    """SH-24"""
    (event,) = read("orders/paid", payload("order_paid"), **{"x-shopify-api-version": "2027-01"})
    assert type(event) is OrderPaid


ORDER: dict[str, Any] = {
    "id": "gid://shopify/Order/6001000000000000007",
    "name": "#1042",
    "createdAt": "2026-11-20T09:15:30Z",
    "updatedAt": "2026-11-21T08:00:00Z",
    "displayFinancialStatus": "PAID",
    "currencyCode": "EUR",
    "taxesIncluded": False,
    "lineItems": {"nodes": [], "pageInfo": {"hasNextPage": False}},
    "refunds": [],
}


def edited(*answers: Any) -> list[Event]:
    opened = connector(ScriptedHttp(*answers))
    return list(opened.read(delivery("orders/edited", payload("order_edited"))))


def test_an_edited_order_is_read_again_at_the_shop() -> None:
    (event,) = edited(answer({"data": {"order": ORDER}}))
    assert type(event) is OrderPaid
    assert event.order.source_id == ORDER["id"]
    assert event.order.updated_at == datetime(2026, 11, 21, 8, tzinfo=UTC)


def test_an_edited_order_that_is_gone_means_nothing() -> None:
    assert edited(answer({"data": {"order": None}})) == []


@pytest.mark.parametrize("status", [401, 402, 403, 423, 429, 500, 503])
def test_an_edited_order_is_read_later_when_the_shop_does_not_answer(status: int) -> None:
    with pytest.raises(TryLater):
        edited(answer({}, status=status))


def test_an_edit_without_order_number_is_unreadable() -> None:
    with pytest.raises(Unreadable):
        read("orders/edited", {"order_edit": {}})
