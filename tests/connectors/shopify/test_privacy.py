"""The compliance topics: what a shop or one of its customers asks for, in the hub's words."""

from dataclasses import replace
from typing import Any

import pytest

from connectors.shopify.connector import Shopify
from referhub import DataRequested, Event, IdentityClaim, IdentityKind, PersonErased, SourceErased, Unreadable
from tests.connectors.shopify.support import NOW, NoNetwork, config, delivery

BODY: dict[str, Any] = {
    "shop_id": 954889,
    "shop_domain": "demo.myshopify.com",
    "customer": {"id": 191167, "email": "john@example.com", "phone": "555-625-1199"},
}
ACCOUNT = IdentityClaim(IdentityKind.CUSTOMER, "gid://shopify/Customer/191167")
EMAIL = IdentityClaim(IdentityKind.EMAIL, "john@example.com")


def read(topic: str, body: Any) -> Event:
    (event,) = Shopify(config(), NoNetwork()).read(delivery(topic, body))
    return event


def test_a_customer_who_asks_is_named_with_their_orders() -> None:
    """SH-56"""
    event = read("customers/data_request", {**BODY, "orders_requested": [299938, 280263], "data_request": {"id": 9999}})
    assert isinstance(event, DataRequested)
    assert (event.request_id, event.asked_at) == ("9999", NOW)
    assert event.contact.identities[:2] == (ACCOUNT, EMAIL)
    assert event.order_ids == ("gid://shopify/Order/299938", "gid://shopify/Order/280263")


@pytest.mark.parametrize(
    ("customer", "named"),
    [
        ({"id": 191167}, (ACCOUNT,)),
        ({"email": "john@example.com"}, (EMAIL,)),
        ({"id": None, "email": EMAIL.value}, (EMAIL,)),
    ],
)
def test_a_customer_is_erased_by_id_or_by_email_only(
    customer: dict[str, Any], named: tuple[IdentityClaim, ...]
) -> None:
    """SH-56"""
    event = read("customers/redact", {**BODY, "customer": customer, "orders_to_redact": [1, "x", -2, None]})
    assert isinstance(event, PersonErased)
    assert event.contact.identities == named
    assert event.order_ids == ("gid://shopify/Order/1",)


@pytest.mark.parametrize("customer", [None, {}, {"email": ""}, "john@example.com"])
def test_a_request_that_names_nobody_is_kept_for_a_person(customer: Any) -> None:
    with pytest.raises(Unreadable, match="names nobody"):
        read("customers/redact", {**BODY, "customer": customer})


def test_a_shop_that_left_is_erased_as_of_when_it_was_asked() -> None:
    assert read("shop/redact", BODY) == SourceErased(asked_at=NOW)


def test_a_shop_is_not_erased_when_nothing_says_when_that_was_asked() -> None:
    """It may be installed again since"""
    with pytest.raises(Unreadable, match="nothing says when"):
        Shopify(config(), NoNetwork()).read(replace(delivery("shop/redact", BODY), triggered_at=None))


@pytest.mark.parametrize("topic", sorted(Shopify.duty_topics))
def test_what_another_shop_asks_for_is_not_applied_here(topic: str) -> None:
    """SH-23"""
    with pytest.raises(Unreadable, match="another shop"):
        read(topic, {**BODY, "shop_domain": "other.myshopify.com"})
