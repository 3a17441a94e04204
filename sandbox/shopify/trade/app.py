"""The app's standing in the shop: installed, with which rights, and the privacy requests it must answer."""

from __future__ import annotations

from datetime import datetime, timedelta

from sandbox.shopify.nouns import Customer, Order
from sandbox.shopify.payloads import people_body
from sandbox.shopify.shop import Action, Shop
from sandbox.shopify.traffic import Token
from sandbox.shopify.webhooks.announce import announce

# https://shopify.dev/docs/apps/build/compliance/privacy-law-compliance
REDACT_AFTER = timedelta(hours=48)


def uninstall(shop: Shop) -> None:
    """Every token is dead at once; app/uninstalled is announced, and shop/redact two days later."""
    with shop.truth.transaction():
        for token in shop.truth.all(Token):
            shop.truth.forget(token)
        if shop.installed():
            shop.truth.set("redact_at", (shop.truth.now() + REDACT_AFTER).isoformat())
            announce(shop, Action(shop.truth.now()), "app/uninstalled", people_body.shop_itself(shop))
        shop.truth.set("installed", False)


def install(shop: Shop, scopes: list[str] | None = None) -> None:
    """The merchant said yes to these scopes; None leaves the rights as they were."""
    with shop.truth.transaction():
        shop.truth.set("installed", True)
        shop.truth.set("redact_at", None)
        if scopes is not None:
            shop.truth.set("scopes", scopes)


def come_due(shop: Shop) -> None:
    """A shop that left two days ago, and did not come back, asks to be forgotten."""
    with shop.truth.transaction():
        due_at = shop.truth.setting("redact_at")
        if due_at and datetime.fromisoformat(str(due_at)) <= shop.truth.now():
            shop.truth.set("redact_at", None)
            redact_shop(shop)


def set_scopes(shop: Shop, scopes: list[str]) -> None:
    """The rights are these from now on; app/scopes_update is announced."""
    with shop.truth.transaction():
        action, previous = Action(shop.truth.now()), shop.scopes()
        shop.truth.set("scopes", scopes)
        announce(shop, action, "app/scopes_update", people_body.scopes(shop, previous, scopes, action.at))


def save_shop(shop: Shop) -> None:
    """The merchant saved the shop's settings: shop/update."""
    with shop.truth.transaction():
        announce(shop, Action(shop.truth.now()), "shop/update", people_body.shop_itself(shop))


def data_request(shop: Shop, customer: Customer) -> None:
    """A customer asked what is known; customers/data_request is announced."""
    _compliance(shop, "customers/data_request", customer, "orders_requested")


def redact_customer(shop: Shop, customer: Customer) -> None:
    """A customer asked to be forgotten; customers/redact is announced."""
    _compliance(shop, "customers/redact", customer, "orders_to_redact")


def redact_shop(shop: Shop) -> None:
    """The shop left for good; shop/redact is announced."""
    with shop.truth.transaction():
        announce(shop, Action(shop.truth.now()), "shop/redact", people_body.compliance(shop))


def _compliance(shop: Shop, topic: str, customer: Customer, orders_key: str) -> None:
    with shop.truth.transaction():
        orders = [order.id for order in shop.truth.with_key(Order, str(customer.id))]
        body = people_body.compliance(shop) | {"customer": people_body.contact(customer), orders_key: orders}
        if topic == "customers/data_request":
            body["data_request"] = {"id": shop.new_id("DataRequest")}
        announce(shop, Action(shop.truth.now()), topic, body)
