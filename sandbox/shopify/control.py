"""ShopControl: makes things happen in a running sandbox shop over HTTP, and reads its truth."""

from __future__ import annotations

from typing import Any

from sandbox.ground.control import Body, Control, without_none


class ShopControl(Control):
    """A client of the desk under /_sandbox/; every method is one request and returns its JSON."""

    announced = "deliveries"

    def _post(self, path: str, body: Any = None) -> Any:
        return self._ask("POST", path, body or {})

    # Customers

    def create_customer(self, **given: Any) -> Body:
        """email, first_name, last_name, phone, note, state, tags; the new customer with its id and gid."""
        return dict(self._post("customers", given))

    def update_customer(self, customer: int, **given: Any) -> Body:
        return dict(self._post(f"customers/{customer}", given))

    def delete_customer(self, customer: int) -> Body:
        return dict(self._ask("DELETE", f"customers/{customer}"))

    def merge_customers(self, gone: int, into: int, failed: bool = False) -> Body:
        return dict(self._post(f"customers/{gone}/merge", {"into": into, "failed": failed}))

    def request_data(self, customer: int) -> None:
        self._post(f"customers/{customer}/privacy", {"kind": "data_request"})

    def redact_customer(self, customer: int) -> None:
        self._post(f"customers/{customer}/privacy", {"kind": "redact"})

    def give_credit(self, customer: int, amount: str, currency: str | None = None) -> Body:
        """The merchant credits by hand."""
        return dict(self._post(f"customers/{customer}/credit", without_none({"amount": amount, "currency": currency})))

    def spend_credit(self, customer: int, amount: str, currency: str | None = None) -> Body:
        """The customer pays an order with store credit."""
        return dict(
            self._post(f"customers/{customer}/credit", without_none({"amount": f"-{amount}", "currency": currency}))
        )

    def spend_gift_card(self, card: int, amount: str) -> Body:
        return dict(self._post(f"gift_cards/{card}/spend", {"amount": amount}))

    # Orders

    def create_order(self, **basket: Any) -> Body:
        """
        An order is placed, and paid with paid=True.

        lines [{title, price, quantity, gift_card, sku, tax_rate}], customer (id or None), discount_codes
        (a code of the shop, or {code, amount} or {code, percentage}), note_attributes (a mapping or pairs),
        landing_site, referring_site, source_name, test, taxes_included, tax_rate, shipping, tip, currency,
        presentment {currency, rate}, journey_ready, days_ago, email. Amounts are strings.
        """
        return dict(self._post("orders", basket))

    def pay_order(self, order: int) -> Body:
        return dict(self._post(f"orders/{order}/pay"))

    def cancel_order(self, order: int, reason: str = "customer", refund_money: bool = False) -> Body:
        return dict(self._post(f"orders/{order}/cancel", {"reason": reason, "refund_money": refund_money}))

    def edit_order(self, order: int, line: int, quantity: int = 1) -> Body:
        """So many pieces of a line (counted from 0, or its id) are removed."""
        return dict(self._post(f"orders/{order}/edit", {"line": line, "quantity": quantity}))

    def refund_order(self, order: int, **asked: Any) -> Body:
        """lines [{line, quantity}], amount, shipping, money=False, failed=True, note."""
        return dict(self._post(f"orders/{order}/refund", asked))

    def touch_order(self, order: int) -> Body:
        return dict(self._post(f"orders/{order}/touch"))

    def set_journey(self, order: int, ready: bool) -> Body:
        return dict(self._post(f"orders/{order}/journey", {"ready": ready}))

    def create_discount(self, code: str, **given: Any) -> Body:
        """amount, or percentage (0.1 is 10 %), title."""
        return dict(self._post("discounts", {"code": code, **given}))

    # The app's standing

    def uninstall(self) -> None:
        self._post("app/uninstall")

    def install(self, scopes: list[str] | None = None) -> list[str]:
        """The merchant says yes to what the app requires, or to these scopes; what is granted now."""
        return list(self._post("app/install", without_none({"scopes": scopes}))["scopes"])

    def set_scopes(self, scopes: list[str]) -> list[str]:
        return list(self._post("app/scopes", {"scopes": scopes})["scopes"])

    def deploy(self, **rights: list[str]) -> Body:
        """The app asks for other scopes, optional_scopes from now on, in every shop."""
        return dict(self._post("app/version", rights))

    def rotate_secret(self, secret: str) -> None:
        """For an hour of the shop's clock the old secret still signs webhooks."""
        self._post("app/secret", {"secret": secret})

    def save_shop(self) -> None:
        self._post("shop/update")

    def redact_shop(self) -> None:
        self._post("shop/redact")

    def settings(self, **given: Any) -> Body:
        """redacts, credit_limit, gift_card_limit, presentment_currencies, standing (open, frozen or locked)."""
        return dict(self._post("settings", given))

    def expire_tokens(self, refresh: bool = False) -> None:
        self._post("tokens/expire", {"refresh": refresh})

    def id_token(self, seconds: int = 60, **claims: Any) -> str:
        """A session token of the staff; claims replace its own, None takes one away."""
        return str(self._post("id_token", {"seconds": seconds, "claims": claims})["id_token"])

    def buyer_token(self, customer: int | None = None) -> str:
        """A token of a checkout or, with a customer, of an account page."""
        return str(self._post("id_token/buyer", {"customer": customer})["id_token"])

    # Webhooks

    def subscribe(self, uri: str, topics: list[str] | None = None) -> list[Body]:
        """As if configured with the app; without topics every topic, compliance included."""
        return list(self._post("subscriptions", {"uri": uri, "topics": topics}))

    def deliveries(self, **filters: str) -> list[Body]:
        """state, topic, event_id."""
        return list(self._ask("GET", "deliveries", query=dict(filters)))

    def send(self, delivery: int, times: int = 1) -> list[Body]:
        """Sent now, whatever its state; the attempts with their statuses."""
        return list(self._ask("POST", f"deliveries/{delivery}/send", {"times": times}, timeout=30 + 6 * times))

    def drop(self, delivery: int) -> Body:
        return dict(self._post(f"deliveries/{delivery}/drop"))

    def release(self, ids: list[int] | None = None) -> Any:
        """All held ones, or only these, in this order, at once."""
        return self._ask("POST", "deliveries/release", {"ids": ids or []}, timeout=120)

    def forge(self, uri: str, topic: str = "orders/paid", body: Any = None, **given: Any) -> Body:
        """A body with a wrong signature; secret signs it, headers replace (None removes) single headers."""
        return dict(self._post("deliveries/forge", {"uri": uri, "topic": topic, "body": body or {}, **given}))

    # Fates, clock, truth

    def fate(self, kind: str, match: str | None = None, **given: Any) -> list[Body]:
        """The next matching requests meet this; count, skip, seconds, code, field, retry_after, effect."""
        return list(self._post("fates", without_none({"kind": kind, "match": match}) | given))

    def throttle(self, **given: Any) -> Body:
        """size, per_second, drain=True."""
        return dict(self._post("throttle", given))

    def truth(self) -> Body:
        return dict(self._ask("GET", "truth"))

    def calls(self, field: str | None = None) -> list[Body]:
        return list(self._ask("GET", "calls", query=without_none({"field": field})))

    def balances(self) -> dict[tuple[str, str], str]:
        """Store credit by (customer gid, currency)."""
        accounts = self.truth()["store_credit_accounts"]
        return {(f"gid://shopify/Customer/{each['owner_id']}", each["currency"]): each["balance"] for each in accounts}
