"""The desk under /_sandbox/: where a test or the demo makes things happen in the shop and reads the whole truth."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from dataclasses import fields
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

from sandbox.shopify import tokens
from sandbox.shopify.answers import Answer, json_answer
from sandbox.shopify.codec import as_json
from sandbox.shopify.fates import Fate
from sandbox.shopify.graph import credit
from sandbox.shopify.ledger import everything, shown_delivery, shown_order
from sandbox.shopify.nouns import Customer, DiscountCodeNode, GiftCard, StoreCreditAccount
from sandbox.shopify.traffic import Call, Delivery, Token
from sandbox.shopify.refusal import Refused
from sandbox.shopify.server import Request
from sandbox.shopify.shop import Shop
from sandbox.shopify.trade import app, orders, people
from sandbox.shopify.trade.checkout import decimal
from sandbox.shopify.webhooks.announce import API_VERSION, COMPLIANCE, TOPICS, signature, subscribe
from sandbox.shopify.webhooks.courier import Courier
from sandbox.shopify.webhooks.posting import post

PREFIX = "/_sandbox/"
Body = dict[str, Any]


class Desk:
    """Each request is one row of ROUTES; what cannot happen in a shop is answered with 422 and a sentence."""

    def __init__(self, shop: Shop, courier: Courier) -> None:
        self.shop, self.courier = shop, courier

    def respond(self, request: Request) -> Answer:
        for method, pattern, act in ROUTES:
            found = re.fullmatch(pattern, request.path.removeprefix(PREFIX))
            if found and method == request.method:
                return self._act(request, act, [int(number) for number in found.groups()])
        return json_answer(404, {"error": f"the desk has no {request.method} {request.path}"})

    def _act(self, request: Request, act: Callable[..., Any], numbers: list[int]) -> Answer:
        try:
            given = request.json() or {}
            return json_answer(200, act(self, {**request.query, **given}, *numbers))
        except Refused as error:
            return json_answer(422, {"error": str(error)})
        except (KeyError, TypeError, ValueError) as error:
            return json_answer(422, {"error": f"{type(error).__name__}: {error}"})

    # What happens in the shop

    def create_customer(self, given: Body) -> Any:
        return self._customer(people.create(self.shop, given))

    def update_customer(self, given: Body, number: int) -> Any:
        return self._customer(people.update(self.shop, number, given))

    def delete_customer(self, given: Body, number: int) -> Any:
        return self._customer(people.delete(self.shop, number))

    def merge_customer(self, given: Body, number: int) -> Any:
        return self._customer(people.merge(self.shop, int(given["into"]), number, bool(given.get("failed"))))

    def request_privacy(self, given: Body, number: int) -> Any:
        act = {"data_request": app.data_request, "redact": app.redact_customer}[given["kind"]]
        act(self.shop, people.found(self.shop, number))
        return {}

    def credit_customer(self, given: Body, number: int) -> Any:
        """The merchant gives store credit by hand, or the buyer spends some (a negative amount)."""
        amount, currency = decimal(given["amount"], "amount"), str(given.get("currency", self.shop.currency))
        with self.shop.truth.transaction():
            who = people.found(self.shop, number)
            if amount > 0:
                return as_json(credit.give(self.shop, who, currency, amount))
            account = next((each for each in self._accounts(who) if each.currency == currency), None)
            if account is None or account.balance < -amount:
                raise Refused(f"customer {number} does not hold {-amount} {currency}")
            return as_json(credit.spend(self.shop, account, -amount, event="ORDER_PAYMENT"))

    def _accounts(self, who: Customer) -> list[StoreCreditAccount]:
        return self.shop.truth.with_key(StoreCreditAccount, str(who.id))

    def _customer(self, who: Customer) -> Any:
        return as_json(who) | {"gid": who.gid}

    def place_order(self, given: Body) -> Any:
        return shown_order(orders.place(self.shop, given))

    def pay_order(self, given: Body, number: int) -> Any:
        return shown_order(orders.pay(self.shop, number))

    def cancel_order(self, given: Body, number: int) -> Any:
        reason, money = str(given.get("reason", "customer")), bool(given.get("refund_money"))
        return shown_order(orders.cancel(self.shop, number, reason, money))

    def edit_order(self, given: Body, number: int) -> Any:
        return shown_order(orders.edit(self.shop, number, int(given["line"]), int(given.get("quantity", 1))))

    def refund_order(self, given: Body, number: int) -> Any:
        return as_json(orders.refund(self.shop, number, given))

    def touch_order(self, given: Body, number: int) -> Any:
        return shown_order(orders.touch(self.shop, number))

    def set_journey(self, given: Body, number: int) -> Any:
        return shown_order(orders.set_journey(self.shop, number, bool(given["ready"])))

    def create_discount(self, given: Body) -> Any:
        with self.shop.truth.transaction():
            now = self.shop.truth.now()
            node = DiscountCodeNode(
                self.shop.new_id("DiscountCodeNode"),
                given["code"],
                str(given.get("title", "Made by hand")),
                now,
                now,
            )
            if self.shop.truth.with_key(DiscountCodeNode, node.key()):
                raise Refused(f"the code {given['code']} is taken")
            node.amount = decimal(given["amount"], "amount") if "amount" in given else None
            node.percentage = decimal(given["percentage"], "percentage") if "percentage" in given else None
            self.shop.truth.keep(node)
        return as_json(node)

    def spend_gift_card(self, given: Body, number: int) -> Any:
        with self.shop.truth.transaction():
            card, amount = self.shop.truth.find(GiftCard, number), decimal(given["amount"], "amount")
            if card is None or card.deactivated_at or not Decimal(0) < amount <= card.balance:
                raise Refused(f"gift card {number} cannot pay {amount}")
            card.balance -= amount
            self.shop.truth.keep(card)
        return as_json(card)

    # The app's standing

    def uninstall(self, given: Body) -> Any:
        app.uninstall(self.shop)
        return {}

    def install(self, given: Body) -> Any:
        app.install(self.shop)
        return {}

    def set_scopes(self, given: Body) -> Any:
        app.set_scopes(self.shop, [str(scope) for scope in given["scopes"]])
        return {"scopes": self.shop.scopes()}

    def save_shop(self, given: Body) -> Any:
        app.save_shop(self.shop)
        return {}

    def redact_shop(self, given: Body) -> Any:
        app.redact_shop(self.shop)
        return {}

    def settings(self, given: Body) -> Any:
        """redacts, credit_limit, gift_card_limit, presentment_currencies."""
        known = {"redacts", "credit_limit", "gift_card_limit", "presentment_currencies"}
        if set(given) - known:
            raise Refused(f"the settings are {sorted(known)}")
        for name, value in given.items():
            self.shop.truth.set(name, value)
        return given

    def expire_tokens(self, given: Body) -> Any:
        """Every issued access token ends now; refresh tokens too with refresh=True."""
        with self.shop.truth.transaction():
            for token in self.shop.truth.all(Token):
                token.expires_at = self.shop.truth.now()
                if given.get("refresh"):
                    token.refresh_expires_at = self.shop.truth.now()
                self.shop.truth.keep(token)
        return {}

    def id_token(self, given: Body) -> Any:
        return {"id_token": tokens.id_token(self.shop, int(given.get("seconds", 60)))}

    # Webhooks

    def subscribe(self, given: Body) -> Any:
        topics = given.get("topics") or [*TOPICS, *COMPLIANCE]
        return [as_json(each) for each in subscribe(self.shop, str(given["uri"]), topics, "app")]

    def deliveries(self, given: Body) -> Any:
        found = self.shop.truth.all(Delivery)
        for name in ("state", "topic", "event_id"):
            if given.get(name):
                found = [each for each in found if getattr(each, name) == given[name]]
        return [shown_delivery(each) for each in found]

    def send(self, given: Body, number: int) -> Any:
        """The delivery is sent now, so many times; what each attempt was answered."""
        attempts = [self.courier.send(number) for _ in range(int(given.get("times", 1)))]
        if None in attempts:
            raise Refused(f"there is no delivery {number}")
        return [as_json(attempt) for attempt in attempts]

    def drop(self, given: Body, number: int) -> Any:
        """The delivery is lost on its way: it never arrives by itself."""
        with self.shop.truth.transaction():
            delivery = self.shop.truth.find(Delivery, number)
            if delivery is None:
                raise Refused(f"there is no delivery {number}")
            delivery.state = "dropped"
            self.shop.truth.keep(delivery)
        return shown_delivery(delivery)

    def hold(self, given: Body) -> Any:
        self.shop.truth.set("holding", True)
        return {}

    def release(self, given: Body) -> Any:
        """Held deliveries go out, and new ones are no longer held; with ids only these, in that order, at once."""
        if given.get("ids"):
            return [self.send({}, int(number)) for number in given["ids"]]
        with self.shop.truth.transaction():
            self.shop.truth.set("holding", False)
            for delivery in self.shop.truth.with_key(Delivery, "held"):
                delivery.state = "waiting"
                self.shop.truth.keep(delivery)
        self.shop.woken.set()
        return {}

    def settle(self, given: Body) -> Any:
        """Waits until nothing is due any more; says whether that came about in time."""
        ends = time.monotonic() + float(given.get("timeout", 5))
        while time.monotonic() < ends:
            if not self.courier.due() and not self.courier.busy:
                return {"settled": True}
            self.shop.woken.set()
            time.sleep(0.01)
        return {"settled": False}

    def forge(self, given: Body) -> Any:
        """Somebody else posts to the address: signed with the wrong secret, unless a secret or a whole signature is given."""
        body = given.get("body", {})
        raw = (body if isinstance(body, str) else as_text(body)).encode()
        sent = {
            "Content-Type": "application/json",
            "X-Shopify-Topic": str(given.get("topic", "orders/paid")),
            "X-Shopify-Shop-Domain": self.shop.domain,
            "X-Shopify-API-Version": API_VERSION,
            "X-Shopify-Webhook-Id": str(uuid4()),
            "X-Shopify-Event-Id": str(uuid4()),
            "X-Shopify-Triggered-At": self.shop.truth.now().isoformat(),
            "X-Shopify-Hmac-Sha256": signature(str(given.get("secret", "not the secret")), raw),
        }
        sent |= {
            str(name): str(value) for name, value in (given.get("headers") or {}).items() if value is not None
        }
        for name in [name for name, value in (given.get("headers") or {}).items() if value is None]:
            sent.pop(name, None)
        status, error = post(str(given["uri"]), sent, raw)
        return {"status": status, "error": error}

    # Fates, clock, truth

    def add_fate(self, given: Body) -> Any:
        known = {each.name for each in fields(Fate)}
        if set(given) - known:
            raise Refused(f"a fate is described by {sorted(known)}")
        fate = Fate(**given)
        self.shop.fates.add(fate, self.shop.truth)
        return self.shop.fates.coming()

    def coming_fates(self, given: Body) -> Any:
        return self.shop.fates.coming()

    def clear_fates(self, given: Body) -> Any:
        self.shop.fates.clear()
        return []

    def throttle(self, given: Body) -> Any:
        """size and per_second reshape the bucket; drain=True empties it, as the merchant's other apps would."""
        bucket = self.shop.bucket
        if "size" in given or "per_second" in given:
            bucket.resize(
                int(given.get("size", bucket.size)), int(given.get("per_second", bucket.per_second))
            )
        if given.get("drain"):
            bucket.drain(self.shop.truth.now())
        return bucket.status(self.shop.truth.now())

    def clock(self, given: Body) -> Any:
        return {"now": self.shop.truth.now().isoformat()}

    def advance(self, given: Body) -> Any:
        """The shop's clock moves on by so many seconds, or to a time (`to`); what became due happens."""
        seconds = float(given.get("seconds", 0))
        if "to" in given:
            seconds = (datetime.fromisoformat(given["to"]) - self.shop.truth.now()).total_seconds()
        self.shop.truth.advance(seconds)
        self.shop.fates.run_late(self.shop.truth.now())
        self.shop.woken.set()
        return self.clock({})

    def truth(self, given: Body) -> Any:
        return everything(self.shop)

    def calls(self, given: Body) -> Any:
        found = self.shop.truth.all(Call)
        if given.get("field"):
            found = [each for each in found if given["field"] in each.fields]
        return [as_json(each) for each in found]

    def hello(self, given: Body) -> Any:
        return {
            "domain": self.shop.domain,
            "currency": self.shop.currency,
            "now": self.shop.truth.now().isoformat(),
        }


def as_text(body: Any) -> str:
    return json.dumps(body, separators=(",", ":"), ensure_ascii=False)


ID = r"(\d+)"
ROUTES: list[tuple[str, str, Callable[..., Any]]] = [
    ("GET", "", Desk.hello),
    ("POST", "customers", Desk.create_customer),
    ("POST", f"customers/{ID}", Desk.update_customer),
    ("DELETE", f"customers/{ID}", Desk.delete_customer),
    ("POST", f"customers/{ID}/merge", Desk.merge_customer),
    ("POST", f"customers/{ID}/privacy", Desk.request_privacy),
    ("POST", f"customers/{ID}/credit", Desk.credit_customer),
    ("POST", "orders", Desk.place_order),
    ("POST", f"orders/{ID}/pay", Desk.pay_order),
    ("POST", f"orders/{ID}/cancel", Desk.cancel_order),
    ("POST", f"orders/{ID}/edit", Desk.edit_order),
    ("POST", f"orders/{ID}/refund", Desk.refund_order),
    ("POST", f"orders/{ID}/touch", Desk.touch_order),
    ("POST", f"orders/{ID}/journey", Desk.set_journey),
    ("POST", "discounts", Desk.create_discount),
    ("POST", f"gift_cards/{ID}/spend", Desk.spend_gift_card),
    ("POST", "app/uninstall", Desk.uninstall),
    ("POST", "app/install", Desk.install),
    ("POST", "app/scopes", Desk.set_scopes),
    ("POST", "shop/update", Desk.save_shop),
    ("POST", "shop/redact", Desk.redact_shop),
    ("POST", "settings", Desk.settings),
    ("POST", "tokens/expire", Desk.expire_tokens),
    ("GET", "id_token", Desk.id_token),
    ("POST", "subscriptions", Desk.subscribe),
    ("GET", "deliveries", Desk.deliveries),
    ("POST", f"deliveries/{ID}/send", Desk.send),
    ("POST", f"deliveries/{ID}/drop", Desk.drop),
    ("POST", "deliveries/hold", Desk.hold),
    ("POST", "deliveries/release", Desk.release),
    ("POST", "deliveries/settle", Desk.settle),
    ("POST", "deliveries/forge", Desk.forge),
    ("POST", "fates", Desk.add_fate),
    ("GET", "fates", Desk.coming_fates),
    ("DELETE", "fates", Desk.clear_fates),
    ("POST", "throttle", Desk.throttle),
    ("GET", "clock", Desk.clock),
    ("POST", "clock", Desk.advance),
    ("GET", "truth", Desk.truth),
    ("GET", "calls", Desk.calls),
]
