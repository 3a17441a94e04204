"""Discount codes worth a fixed amount, once, for one customer: the code is our own, derived from the push.

https://shopify.dev/docs/api/admin-graphql/2026-10/mutations/discountCodeBasicCreate
"""

from datetime import UTC, datetime

from connectors.shopify.client import AdminApi, Urgency
from connectors.shopify.picking import Body, child
from connectors.shopify.rewards.outcome import (
    CUSTOMER,
    TAKEN,
    error_codes,
    iso,
    marked,
    money_of,
    payload_of,
    refusal,
    remote_id_of,
    settled,
    taken_back,
)
from referhub import (
    Absent,
    Credit,
    Finding,
    Money,
    Outcome,
    Pushed,
    Receipt,
    Refused,
    Undecided,
    Unknown,
    Unsure,
)

WORDS = {
    "END_DATE_BEFORE_START_DATE": "the code would have expired already",
    "EXCEEDED_MAX": "the shop has as many discount codes as Shopify allows",
    "MAX_APP_DISCOUNTS": "the shop has as many discounts of apps as Shopify allows",
}


class DiscountCodes:
    """Codes for the whole order that only the recipient can use, one time."""

    def __init__(self, api: AdminApi) -> None:
        self._api = api
        self._shop_currency: str | None = None

    def give(self, credit: Credit) -> Outcome:
        if not CUSTOMER.fullmatch(credit.recipient):
            return Refused("the recipient is not a customer of this shop")
        return settled(lambda: self._create(credit))

    def _create(self, credit: Credit) -> Outcome:
        # The amount of a discount has no currency of its own: it is the shop's.
        if credit.amount.currency != self._currency():
            return Refused(f"discount codes are in {self._currency()}, not in {credit.amount.currency}")
        data = self._api.mutate("discount_code_create", {"discount": _wanted(credit)})
        payload = payload_of(data, "discountCodeBasicCreate")
        node = child(payload, "codeDiscountNode")
        if node:
            return Pushed(Receipt(remote_id_of(node), credit.amount, credit.code))
        codes = error_codes(payload)
        if TAKEN in codes:
            return self._already_there(credit)
        if not codes:
            raise Unknown("Shopify named neither a discount nor an error")
        return refusal(codes, WORDS)

    def _currency(self) -> str:
        if self._shop_currency is None:
            shop = child(self._api.query("shop_currency", {}, Urgency.PROMPT), "shop")
            self._shop_currency = str(shop.get("currencyCode"))
        return self._shop_currency

    def _already_there(self, credit: Credit) -> Outcome:
        node = self._by_code(credit)
        if node is None:
            return Unsure("the code is taken, but its discount is not to be seen")
        if _is_ours(node, credit):
            return Pushed(_receipt(node, credit))
        return Refused("code collision: another discount has this code")

    def find(self, credit: Credit, claimed: frozenset[str]) -> Finding:
        if not credit.gives:
            return self._find_taken_back(credit)
        node = self._by_code(credit)
        if node is None:
            return Absent("no discount has this push's code")
        return _receipt(node, credit) if _is_ours(node, credit) else Undecided("another discount has this code")

    def _by_code(self, credit: Credit) -> Body | None:
        data = self._api.query("discount_code_by_code", {"code": credit.code}, Urgency.PROMPT)
        return child(data, "codeDiscountNodeByCode") or None

    def take_back(self, credit: Credit) -> Outcome:
        return settled(lambda: self._deactivate(credit))

    def _deactivate(self, credit: Credit) -> Outcome:
        node = self._node(credit)
        if node is None:
            return Refused("the shop no longer has this discount code")
        discount = child(node, "codeDiscount")
        if discount.get("asyncUsageCount"):
            return Refused("the discount code is used already: nothing left to take back")
        if discount.get("status") == "EXPIRED":
            return Pushed(taken_back(node, _value(node)))
        if _value(node) != credit.amount:
            return Refused(f"a discount code can only be taken back whole, and this is worth {_value(node)}")
        payload = payload_of(self._api.mutate("discount_code_deactivate", {"id": node["id"]}), "discountCodeDeactivate")
        codes = error_codes(payload)
        return refusal(codes, WORDS) if codes else Pushed(taken_back(node, credit.amount))

    def _find_taken_back(self, credit: Credit) -> Finding:
        node = self._node(credit)
        if node is None:
            return Undecided("the shop no longer has this discount code")
        if child(node, "codeDiscount").get("status") == "EXPIRED":
            return taken_back(node, _value(node))
        return Absent("the discount code is still active")

    def _node(self, credit: Credit) -> Body | None:
        data = self._api.query("discount_code", {"id": credit.receipt}, Urgency.PROMPT)
        return child(data, "codeDiscountNode") or None

    def watermark(self, credit: Credit) -> str:
        """Nothing to remember: the code is unique in the shop for ever."""
        return ""

    def is_recognisable(self, credit: Credit) -> bool:
        return True


def _wanted(credit: Credit) -> Body:
    wanted: Body = {
        "title": marked(credit),
        "code": credit.code,
        "startsAt": iso(datetime.now(UTC)),
        "usageLimit": 1,
        "appliesOncePerCustomer": True,
        "context": {"customers": {"add": [credit.recipient]}},
        "customerGets": {
            "items": {"all": True},
            "value": {"discountAmount": {"amount": credit.amount.text(), "appliesOnEachItem": False}},
        },
    }
    return wanted | ({"endsAt": iso(credit.expires_at)} if credit.expires_at else {})


def _is_ours(node: Body, credit: Credit) -> bool:
    return credit.push_id in str(child(node, "codeDiscount").get("title"))


def _value(node: Body) -> Money:
    return money_of(child(child(child(node, "codeDiscount"), "customerGets"), "value").get("amount"))


def _receipt(node: Body, credit: Credit) -> Receipt:
    return Receipt(remote_id_of(node), _value(node), credit.code)
