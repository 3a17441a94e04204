"""The app's standing in the shop: installed, with which rights, and the privacy requests it must answer."""

from __future__ import annotations

from sandbox.shopify.nouns import Customer, Order
from sandbox.shopify.payloads import people_body
from sandbox.shopify.shop import Action, Shop
from sandbox.shopify.traffic import Token
from sandbox.shopify.webhooks.announce import announce


def uninstall(shop: Shop) -> None:
    """Every token is dead at once; app/uninstalled is announced afterwards."""
    with shop.truth.transaction():
        shop.truth.set("installed", False)
        for token in shop.truth.all(Token):
            shop.truth.forget(token)
        announce(shop, Action(shop.truth.now()), "app/uninstalled", people_body.shop_itself(shop))


def install(shop: Shop) -> None:
    with shop.truth.transaction():
        shop.truth.set("installed", True)


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
