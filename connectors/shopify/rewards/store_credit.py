"""Store credit: money on the customer's account; with no key against doubles, it is recognised afterwards.

Until API 2027-01 a credit carries no reference either. What marks ours is the exact second of its expiry, and
that it is newer than the transaction which was newest before the first send.
https://shopify.dev/docs/api/admin-graphql/2026-10/mutations/storeCreditAccountCredit
"""

import json
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from typing import NamedTuple

from connectors.shopify.client import AdminApi, Urgency
from connectors.shopify.picking import Body, child, moment, objects, parsed_moment
from connectors.shopify.rewards.outcome import (
    CUSTOMER,
    error_codes,
    is_same_second,
    iso,
    money_of,
    payload_of,
    refusal,
    remote_id_of,
    settled,
    written,
)
from referhub import (
    Absent,
    Credit,
    Finding,
    Outcome,
    Pushed,
    Receipt,
    Refused,
    Rejected,
    TryLater,
    Undecided,
    Unknown,
)

NO_ACCOUNT = "none"
MOST_PAGES = 10
WORDS = {
    "ACCOUNT_NOT_FOUND": "the customer's store credit account no longer exists",
    "CREDIT_LIMIT_EXCEEDED": "the customer's account would hold more than Shopify allows",
    "EXPIRES_AT_IN_PAST": "the credit would have expired already",
    "INSUFFICIENT_FUNDS": "the customer spent the credit meanwhile, nothing was taken back",
    "MISMATCHING_CURRENCY": "the customer's account is in another currency",
    "NEGATIVE_OR_ZERO_AMOUNT": "the amount has to be above zero",
    "OWNER_NOT_FOUND": "the shop no longer has this customer",
    "UNSUPPORTED_CURRENCY": "Shopify offers no store credit in this currency",
}


class StoreCredit:
    """Credits and debits of store credit accounts; a customer has one per currency."""

    def __init__(self, api: AdminApi) -> None:
        self._api = api

    def give(self, credit: Credit) -> Outcome:
        if not CUSTOMER.fullmatch(credit.recipient):
            return Refused("the recipient is not a customer of this shop")
        return settled(lambda: self._credit(credit))

    def _credit(self, credit: Credit) -> Outcome:
        wanted: Body = {"creditAmount": written(credit)}
        if credit.expires_at:
            wanted["expiresAt"] = iso(credit.expires_at)
        data = self._api.mutate("store_credit_credit", {"owner": credit.recipient, "credit": wanted})
        return _outcome(payload_of(data, "storeCreditAccountCredit"))

    def take_back(self, credit: Credit) -> Outcome:
        return settled(lambda: self._debit(credit))

    def _debit(self, credit: Credit) -> Outcome:
        account = self._account(credit)
        balance = money_of(account.get("balance")) if account else None
        if account is None or not balance:
            return Refused("nothing left to take back: the customer's store credit is spent or expired")
        taken = min(balance, credit.amount)
        wanted = {"debitAmount": {"amount": taken.text(), "currencyCode": taken.currency}}
        data = self._api.mutate("store_credit_debit", {"account": account["id"], "debit": wanted})
        return _outcome(payload_of(data, "storeCreditAccountDebit"))

    def watermark(self, credit: Credit) -> str:
        """The newest transaction of the account in this currency, as JSON; "none" without an account."""
        account = self._account(credit)
        if account is None:
            return NO_ACCOUNT
        newest = next(objects(child(account, "transactions").get("nodes")), {})  # an expiration has no id
        return json.dumps({"transaction": newest.get("id"), "at": newest.get("createdAt")})

    def _account(self, credit: Credit) -> Body | None:
        """The customer's account in the credit's currency. Raises `Rejected` without such a customer."""
        after: str | None = None
        for _page in range(MOST_PAGES):
            variables = {"customer": credit.recipient, "after": after}
            customer = self._api.query("store_credit_accounts", variables, Urgency.PROMPT).get("customer")
            if not isinstance(customer, dict):
                raise Rejected("the shop no longer has this customer")
            page = child(customer, "storeCreditAccounts")
            for account in objects(page.get("nodes")):
                if child(account, "balance").get("currencyCode") == credit.amount.currency:
                    return account
            if child(page, "pageInfo").get("hasNextPage") is not True:
                return None
            after = child(page, "pageInfo").get("endCursor")
        raise TryLater("Shopify's list of the customer's accounts does not end")

    def is_recognisable(self, credit: Credit) -> bool:
        return credit.gives and credit.expires_at is not None

    def find(self, credit: Credit, claimed: frozenset[str]) -> Finding:
        try:
            account = self._account(credit)
        except Rejected as error:
            return Undecided(str(error))
        if account is None:
            return Absent(f"the customer has no account in {credit.amount.currency}")
        seen = self._newer(str(account["id"]), _Mark.read(credit.watermark))
        if seen is None:
            return Undecided("the account has too many newer transactions to look through")
        return _judged([found for found in seen if found.get("id") not in claimed], credit)

    def _newer(self, account_id: str, mark: "_Mark") -> list[Body] | None:
        """The account's transactions since the mark, newest first; None when there are too many to read."""
        seen: list[Body] = []
        after: str | None = None
        for _page in range(MOST_PAGES):
            variables = {"account": account_id, "after": after}
            data = self._api.query("store_credit_transactions", variables, Urgency.PROMPT)
            page = child(child(data, "storeCreditAccount"), "transactions")
            listed = list(objects(page.get("nodes")))
            fresh = list(takewhile(mark.is_reached_by, listed))
            seen += [found for found in fresh if found.get("id") != mark.transaction]
            if len(fresh) < len(listed) or child(page, "pageInfo").get("hasNextPage") is not True:
                return seen
            after = child(page, "pageInfo").get("endCursor")
        return None


class _Mark(NamedTuple):
    """The newest transaction at the time of the watermark; both None when there was none."""

    transaction: str | None = None
    at: datetime | None = None

    @classmethod
    def read(cls, watermark: str | None) -> "_Mark":
        if not watermark or watermark == NO_ACCOUNT:
            return cls()
        told = json.loads(watermark)
        return cls(told.get("transaction"), moment(told, "at"))

    def is_reached_by(self, found: Body) -> bool:
        """True when `found` is not older; within the mark's own second Shopify's order says nothing."""
        return self.at is None or parsed_moment(found.get("createdAt")) >= self.at


def _judged(free: list[Body], credit: Credit) -> Finding:
    if any(_could_be_rounded(found, credit) for found in free):
        return Undecided("a credit of this amount is there, but its expiry is not to the second as sent")
    ours = [found for found in free if _is_ours(found, credit)]
    if len(ours) > 1:
        return Undecided("several could be it: " + ", ".join(str(item.get("id")) for item in ours))
    return _receipt(ours[0]) if ours else Absent(f"none of {len(free)} newer transactions is it")


def _outcome(payload: Body) -> Outcome:
    transaction = child(payload, "storeCreditAccountTransaction")
    if transaction:
        return Pushed(_receipt(transaction))
    codes = error_codes(payload)
    if not codes:
        raise Unknown("Shopify named neither a transaction nor an error")
    return refusal(codes, WORDS)


def _receipt(transaction: Body) -> Receipt:
    balance = money_of(transaction.get("balanceAfterTransaction"))
    return Receipt(remote_id_of(transaction), money_of(transaction.get("amount")), f"balance {balance}")


def _is_ours(found: Body, credit: Credit) -> bool:
    if credit.gives:
        # A second of its own names it, whatever it is worth; without one only the amount can.
        is_like_it = _is_credit(found) if credit.expires_at else _is_equal_credit(found, credit)
        return is_like_it and is_same_second(found.get("expiresAt"), credit.expires_at)
    # An adjustment, unlike a payment with store credit; and a smaller one only if it emptied the account.
    if found.get("__typename") != "StoreCreditAccountDebitTransaction" or found.get("event") != "ADJUSTMENT":
        return False
    taken, left = money_of(found.get("amount")), money_of(found.get("balanceAfterTransaction"))
    return taken == credit.amount or (taken < credit.amount and not left)


def _is_credit(found: Body) -> bool:
    # Our credits come back with the event ADJUSTMENT, so it is the type that tells a credit.
    return found.get("__typename") == "StoreCreditAccountCreditTransaction"


def _is_equal_credit(found: Body, credit: Credit) -> bool:
    return _is_credit(found) and money_of(found.get("amount")) == credit.amount


def _could_be_rounded(found: Body, credit: Credit) -> bool:
    """True when the expiry is ours cut to a minute or a day: then the second is no fingerprint here."""
    told = found.get("expiresAt")
    if not credit.gives or credit.expires_at is None or told is None or not _is_equal_credit(found, credit):
        return False
    at, expected = parsed_moment(told), credit.expires_at.astimezone(UTC).replace(microsecond=0)
    day = expected.replace(hour=0, minute=0, second=0)
    cuts = (expected.replace(second=0), day, day + timedelta(days=1, seconds=-1), day + timedelta(days=1))
    return at != expected and at in cuts
