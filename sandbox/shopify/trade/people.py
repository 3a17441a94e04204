"""The shop's customers: they sign up, change, merge and leave."""

from __future__ import annotations

from typing import Any

from sandbox.ground.refusal import Refused
from sandbox.shopify.nouns import CreditMove, Customer, Order, StoreCreditAccount
from sandbox.shopify.payloads import people_body
from sandbox.shopify.shop import Action, Shop
from sandbox.shopify.webhooks.announce import announce

GIVEN = ("email", "first_name", "last_name", "phone", "note")


def create(shop: Shop, asked: dict[str, Any]) -> Customer:
    """A customer signed up; customers/create is announced."""
    with shop.truth.transaction():
        action = Action(shop.truth.now())
        email = asked.get("email")
        if email and shop.truth.with_key(Customer, email.lower()):
            raise Refused(f"the shop already has a customer with the email {email}")
        given = {name: asked.get(name) for name in GIVEN}
        state = str(asked.get("state", "DISABLED"))
        made = Customer(
            shop.new_id("Customer"),
            action.at,
            action.at,
            **given,
            state=state,
            tags=list(asked.get("tags", [])),
        )
        shop.truth.keep(made)
        announce(shop, action, "customers/create", people_body.customer(shop, made))
    return made


def changed(shop: Shop, customer: Customer) -> None:
    """The customer is kept as it is now; customers/update is announced, also when an app did it."""
    with shop.truth.transaction():
        action = Action(shop.truth.now())
        customer.updated_at = action.at
        shop.truth.keep(customer)
        announce(shop, action, "customers/update", people_body.customer(shop, customer))


def update(shop: Shop, customer_id: int, asked: dict[str, Any]) -> Customer:
    with shop.truth.transaction():
        customer = found(shop, customer_id)
        for name in [*GIVEN, "state", "tags"]:
            if name in asked:
                setattr(customer, name, asked[name])
        changed(shop, customer)
    return customer


def delete(shop: Shop, customer_id: int) -> Customer:
    """The customer is gone; customers/delete carries only the ids."""
    with shop.truth.transaction():
        customer, action = found(shop, customer_id), Action(shop.truth.now())
        shop.truth.forget(customer)
        announce(shop, action, "customers/delete", people_body.customer_gone(customer))
    return customer


def merge(shop: Shop, kept_id: int, gone_id: int, failed: bool = False) -> Customer:
    """Orders and credit move to the kept customer, the other is gone; a failed merge only tells of itself."""
    with shop.truth.transaction():
        kept, gone, action = found(shop, kept_id), found(shop, gone_id), Action(shop.truth.now())
        if not failed:
            _move_orders(shop, gone, kept)
            _move_credit(shop, gone, kept)
            shop.truth.forget(gone)
        announce(shop, action, "customers/merge", people_body.merge(kept, gone, failed))
    return kept


def found(shop: Shop, customer_id: int) -> Customer:
    customer = shop.truth.find(Customer, customer_id)
    if not customer:
        raise Refused(f"the shop has no customer {customer_id}")
    return customer


def _move_orders(shop: Shop, gone: Customer, kept: Customer) -> None:
    for order in shop.truth.with_key(Order, str(gone.id)):
        order.customer_id = kept.id
        shop.truth.keep(order)


def _move_credit(shop: Shop, gone: Customer, kept: Customer) -> None:
    """An account of the same currency is joined with its moves; another one simply changes its owner."""
    theirs = {account.currency: account for account in shop.truth.with_key(StoreCreditAccount, str(kept.id))}
    for account in shop.truth.with_key(StoreCreditAccount, str(gone.id)):
        target = theirs.get(account.currency)
        if target is None:
            account.owner_id = kept.id
            shop.truth.keep(account)
            continue
        for move in shop.truth.with_key(CreditMove, str(account.id)):
            move.account_id = target.id
            shop.truth.keep(move)
        target.balance += account.balance
        shop.truth.keep(target)
        shop.truth.forget(account)
