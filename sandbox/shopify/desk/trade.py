"""The desk's trade: customers, orders, codes and credit; what a merchant and the buyers do by hand."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sandbox.ground.desk import NUMBER, Body, Route
from sandbox.ground.keys import keys
from sandbox.ground.refusal import Refused
from sandbox.shopify.codec import as_json
from sandbox.shopify.desk.routing import Desk
from sandbox.shopify.graph import credit
from sandbox.shopify.ledger import shown_order
from sandbox.shopify.nouns import Customer, DiscountCodeNode, GiftCard, StoreCreditAccount
from sandbox.shopify.trade import app, orders, people
from sandbox.shopify.trade.checkout import decimal

CUSTOMER = keys(" ".join(people.GIVEN) + " state tags")
BASKET = keys(
    "customer email paid test taxes_included tax_rate shipping tip currency days_ago journey_ready source_name"
    " landing_site referring_site note_attributes tags country street browser_ip",
    lines=keys("title price quantity gift_card sku vendor tax_rate"),
    discount_codes=keys("code amount percentage"),
    presentment=keys("currency rate"),
)
REFUND = keys("amount shipping money failed note", lines=keys("line quantity"))


def _customer(who: Customer) -> Body:
    return as_json(who) | {"gid": who.gid}


def create_customer(desk: Desk, given: Body) -> Any:
    return _customer(people.create(desk.shop, given))


def update_customer(desk: Desk, given: Body, number: int) -> Any:
    return _customer(people.update(desk.shop, number, given))


def delete_customer(desk: Desk, given: Body, number: int) -> Any:
    return _customer(people.delete(desk.shop, number))


def merge_customer(desk: Desk, given: Body, number: int) -> Any:
    return _customer(people.merge(desk.shop, int(given["into"]), number, bool(given.get("failed"))))


def request_privacy(desk: Desk, given: Body, number: int) -> Any:
    act = {"data_request": app.data_request, "redact": app.redact_customer}[given["kind"]]
    act(desk.shop, people.found(desk.shop, number))
    return {}


def credit_customer(desk: Desk, given: Body, number: int) -> Any:
    """The merchant gives store credit by hand, or the buyer spends some (a negative amount)."""
    amount = decimal(given["amount"], "amount")
    currency = str(given.get("currency", desk.shop.currency))
    with desk.shop.truth.transaction():
        who = people.found(desk.shop, number)
        if amount > 0:
            return as_json(credit.give(desk.shop, who, currency, amount))
        theirs = desk.shop.truth.with_key(StoreCreditAccount, str(who.id))
        account = next((each for each in theirs if each.currency == currency), None)
        if account is None or account.balance < -amount:
            raise Refused(f"customer {number} does not hold {-amount} {currency}")
        return as_json(credit.spend(desk.shop, account, -amount, event="ORDER_PAYMENT"))


def place_order(desk: Desk, given: Body) -> Any:
    return shown_order(orders.place(desk.shop, given))


def pay_order(desk: Desk, given: Body, number: int) -> Any:
    return shown_order(orders.pay(desk.shop, number))


def cancel_order(desk: Desk, given: Body, number: int) -> Any:
    reason, money = str(given.get("reason", "customer")), bool(given.get("refund_money"))
    return shown_order(orders.cancel(desk.shop, number, reason, money))


def edit_order(desk: Desk, given: Body, number: int) -> Any:
    return shown_order(orders.edit(desk.shop, number, int(given["line"]), int(given.get("quantity", 1))))


def refund_order(desk: Desk, given: Body, number: int) -> Any:
    made = orders.refund(desk.shop, number, given)
    return as_json(made) | {"gid": made.gid}


def touch_order(desk: Desk, given: Body, number: int) -> Any:
    return shown_order(orders.touch(desk.shop, number))


def set_journey(desk: Desk, given: Body, number: int) -> Any:
    return shown_order(orders.set_journey(desk.shop, number, bool(given["ready"])))


def create_discount(desk: Desk, given: Body) -> Any:
    """A code of the merchant's own: amount or percentage (0.1 is 10 %)."""
    truth = desk.shop.truth
    with truth.transaction():
        now, code = truth.now(), str(given["code"])
        if truth.with_key(DiscountCodeNode, code.casefold()):
            raise Refused(f"the code {code} is taken")
        title = str(given.get("title", "Made by hand"))
        node = DiscountCodeNode(desk.shop.new_id("DiscountCodeNode"), code, title, now, now)
        if "percentage" in given:
            node.percentage = decimal(given["percentage"], "percentage")
        else:
            node.amount = decimal(given.get("amount", "0"), "amount")
        truth.keep(node)
    return as_json(node) | {"gid": node.gid}


def spend_gift_card(desk: Desk, given: Body, number: int) -> Any:
    with desk.shop.truth.transaction():
        card, amount = desk.shop.truth.find(GiftCard, number), decimal(given["amount"], "amount")
        if card is None or card.deactivated_at or not Decimal(0) < amount <= card.balance:
            raise Refused(f"gift card {number} cannot pay {amount}")
        card.balance -= amount
        desk.shop.truth.keep(card)
    return as_json(card)


ROUTES: list[Route] = [
    ("POST", "customers", create_customer, CUSTOMER),
    ("POST", f"customers/{NUMBER}", update_customer, CUSTOMER),
    ("DELETE", f"customers/{NUMBER}", delete_customer, keys()),
    ("POST", f"customers/{NUMBER}/merge", merge_customer, keys("into failed")),
    ("POST", f"customers/{NUMBER}/privacy", request_privacy, keys("kind")),
    ("POST", f"customers/{NUMBER}/credit", credit_customer, keys("amount currency")),
    ("POST", "orders", place_order, BASKET),
    ("POST", f"orders/{NUMBER}/pay", pay_order, keys()),
    ("POST", f"orders/{NUMBER}/cancel", cancel_order, keys("reason refund_money")),
    ("POST", f"orders/{NUMBER}/edit", edit_order, keys("line quantity")),
    ("POST", f"orders/{NUMBER}/refund", refund_order, REFUND),
    ("POST", f"orders/{NUMBER}/touch", touch_order, keys()),
    ("POST", f"orders/{NUMBER}/journey", set_journey, keys("ready")),
    ("POST", "discounts", create_discount, keys("code title amount percentage")),
    ("POST", f"gift_cards/{NUMBER}/spend", spend_gift_card, keys("amount")),
]
