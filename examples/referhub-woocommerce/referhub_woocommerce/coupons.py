"""Rewards as coupons: worth a fixed amount, once, for one customer; the code is ours, so a repeat gives no more.

https://woocommerce.github.io/woocommerce-rest-api-docs/#coupons
"""

from collections.abc import Callable
from datetime import UTC
from typing import Any

from referhub_woocommerce.api import Api

from referhub import (
    Absent,
    Credit,
    Finding,
    Later,
    Outcome,
    Pushed,
    Receipt,
    Refused,
    Rejected,
    TryLater,
    Undecided,
    Unknown,
    Unsure,
)

KIND = "discount_code"
TAKEN = "woocommerce_rest_coupon_code_already_exists"
NO_COUPON = "woocommerce_rest_shop_coupon_invalid_id"
NO_CUSTOMER = "woocommerce_rest_invalid_id"


class Coupons:
    """Gives coupons, takes them back, and tells what became of them."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def give(self, credit: Credit) -> Outcome:
        return _settled(lambda: self._create(credit))

    def _create(self, credit: Credit) -> Outcome:
        # A coupon's amount has no currency of its own: it is the shop's.
        currency = currency_of(self._api)
        if credit.amount.currency != currency:
            return Refused(f"coupons of this shop are in {currency}, not in {credit.amount.currency}")
        try:
            return Pushed(_receipt(self._api.send("POST", "coupons", _wanted(credit, self._email(credit))), credit))
        except Rejected as problem:
            if str(problem) != TAKEN:
                raise
        finding = self.find(credit)
        return Pushed(finding) if isinstance(finding, Receipt) else Unsure("the code is taken, but is not to be seen")

    def _email(self, credit: Credit) -> str:
        if not credit.recipient.isdecimal():
            raise Rejected("the recipient is not a customer of this shop")
        email = _field(self._api.get(f"customers/{credit.recipient}"), "email")
        if not isinstance(email, str) or not email:
            raise Rejected("the customer has no e-mail address for a coupon to be theirs")
        return email

    def take_back(self, credit: Credit) -> Outcome:
        return _settled(lambda: self._delete(credit))

    def _delete(self, credit: Credit) -> Outcome:
        coupon = self._api.get(f"coupons/{credit.receipt}")
        if _field(coupon, "usage_count") != 0:
            return Refused("the coupon is used already: nothing left to take back")
        gone = self._api.send("DELETE", f"coupons/{credit.receipt}?force=true")
        if str(_field(gone, "id")) != credit.receipt:
            raise Unknown("the shop's answer does not name the coupon")
        return Pushed(_taken_back(credit))

    def find(self, credit: Credit) -> Finding:
        if not credit.gives:
            return self._find_taken_back(credit)
        listed = self._api.get("coupons", code=credit.code.lower())
        if not isinstance(listed, list):
            raise TryLater("the shop's answer could not be read")
        if not listed:
            return Absent("no coupon has this push's code")
        try:
            return _receipt(listed[0], credit)
        except Unknown:
            return Undecided("another coupon has this code")

    def _find_taken_back(self, credit: Credit) -> Finding:
        try:
            coupon = self._api.get(f"coupons/{credit.receipt}")
        except Rejected as problem:
            if str(problem) == NO_COUPON:
                return _taken_back(credit)
            raise
        if str(_field(coupon, "id")) != credit.receipt:
            raise TryLater("the shop's answer could not be read")
        return Absent("the coupon is still there")


def currency_of(api: Api) -> str:
    """The shop's currency."""
    code = _field(api.get("data/currencies/current"), "code")
    if not isinstance(code, str) or len(code) != 3:
        raise TryLater("the shop's answer names no currency")
    return code


def _settled(attempt: Callable[[], Outcome]) -> Outcome:
    try:
        return attempt()
    except TryLater as problem:
        return Later(str(problem), problem.after)
    except Rejected as problem:
        return Refused(f"the shop said no: {problem}")
    except Unknown as problem:
        return Unsure(str(problem))


def _wanted(credit: Credit, email: str) -> dict[str, Any]:
    wanted: dict[str, Any] = {
        "code": credit.code.lower(),  # WooCommerce keeps codes in lower case, and takes them in any
        "discount_type": "fixed_cart",
        "amount": credit.amount.text(),
        "usage_limit": 1,
        "email_restrictions": [email],
        "description": _mark(credit),
    }
    if credit.expires_at:
        wanted["date_expires_gmt"] = credit.expires_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return wanted


def _mark(credit: Credit) -> str:
    return f"{credit.note} · {credit.push_id}"


def _receipt(coupon: Any, credit: Credit) -> Receipt:
    """The proof that this very push made the coupon. Raises `Unknown` if it does not show that."""
    number = _field(coupon, "id")
    if (
        type(number) is not int
        or _field(coupon, "code") != credit.code.lower()
        or _field(coupon, "description") != _mark(credit)
    ):
        raise Unknown("the shop's answer does not show the coupon")
    return Receipt(str(number), credit.amount, credit.code)


def _taken_back(credit: Credit) -> Receipt:
    return Receipt(f"{credit.receipt}#deleted", credit.amount, "deleted")


def _field(told: Any, name: str) -> Any:
    return told.get(name) if isinstance(told, dict) else None
