"""Store credit: an account per customer and currency, with no protection at all against repeats."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

from graphql import GraphQLError

from sandbox.ground.refusal import Refused
from sandbox.shopify.graph.access import require
from sandbox.shopify.graph.connection import Place, connection
from sandbox.shopify.graph.context import Info, View
from sandbox.shopify.graph.ids import number
from sandbox.shopify.graph.search import search
from sandbox.shopify.money import graph_money, rounded
from sandbox.shopify.nouns import ZERO, CreditMove, Customer, StoreCreditAccount
from sandbox.shopify.shop import Shop

# Public help pages speak of 15,000 per customer; the vendor does not publish the limit.
LIMIT = "15000"
SORTS: dict[str, Callable[[CreditMove], Place]] = {
    "CREATED_AT": lambda move: (move.created_at.isoformat(), move.id),
    "EXPIRES_AT": lambda move: (move.expires_at.isoformat() if move.expires_at else "", move.id),
}
FILTERS: dict[str, Callable[[CreditMove], Any]] = {
    "id": lambda move: move.id,
    "type": lambda move: move.kind,
    "expires_at": lambda move: move.expires_at,
    "created_at": lambda move: move.created_at,
}


def error(code: str, field: list[str] | None, message: str) -> View:
    """A refusal by the mutation: nothing was done, and the code says why."""
    return {
        "storeCreditAccountTransaction": None,
        "userErrors": [{"code": code, "field": field, "message": message}],
    }


def store_credit_account_credit(info: Info, id: str, credit_input: View) -> View:
    """The id names a customer (an account is opened for a new currency) or one account."""
    shop = info.context
    amount, currency = _sum(credit_input["credit_amount"])
    expires_at: datetime | None = credit_input.get("expires_at")
    if amount <= 0:
        return error(
            "NEGATIVE_OR_ZERO_AMOUNT",
            ["creditInput", "creditAmount", "amount"],
            "The amount must be positive",
        )
    if expires_at and expires_at <= shop.truth.now():
        return error("EXPIRES_AT_IN_PAST", ["creditInput", "expiresAt"], "The expiry lies in the past")
    account = _account_to_credit(shop, id, currency)
    if isinstance(account, dict):
        return account
    settle_expired(shop, account)
    if account.balance + amount > Decimal(str(shop.truth.setting("credit_limit", LIMIT))):
        return error("CREDIT_LIMIT_EXCEEDED", ["creditInput", "creditAmount"], "The account would exceed its limit")
    shop.truth.keep(account)
    return {
        "storeCreditAccountTransaction": move_view(shop, _add(shop, account, amount, expires_at)),
        "userErrors": [],
    }


def _sum(given: View) -> tuple[Decimal, str]:
    """Amount and currency; an amount finer than the currency's smallest unit is nobody's intention."""
    amount, currency = given["amount"], given["currency_code"]
    if rounded(amount, currency) != amount:
        raise GraphQLError(f"{amount} is finer than the smallest unit of {currency}")
    return rounded(amount, currency), currency


def _account_to_credit(shop: Shop, gid: str, currency: str) -> StoreCreditAccount | View:
    account = shop.truth.find(StoreCreditAccount, number(gid, "StoreCreditAccount"))
    if account and account.currency != currency:
        return error(
            "MISMATCHING_CURRENCY",
            ["creditInput", "creditAmount", "currencyCode"],
            "The account has another currency",
        )
    if account:
        return account
    if number(gid, "StoreCreditAccount"):
        return error("ACCOUNT_NOT_FOUND", ["id"], "The account does not exist")
    who = shop.truth.find(Customer, number(gid, "Customer"))
    if not who:
        return error("OWNER_NOT_FOUND", ["id"], "The owner does not exist")
    if currency not in shop.currencies():
        return error(
            "UNSUPPORTED_CURRENCY",
            ["creditInput", "creditAmount", "currencyCode"],
            "The shop does not use it",
        )
    for theirs in shop.truth.with_key(StoreCreditAccount, str(who.id)):
        if theirs.currency == currency:
            return theirs
    return StoreCreditAccount(shop.new_id("StoreCreditAccount"), who.id, currency, rounded(ZERO, currency))


def store_credit_account_debit(info: Info, id: str, debit_input: View) -> View:
    """The id names one account, or a customer who has an account in the currency."""
    shop = info.context
    amount, currency = _sum(debit_input["debit_amount"])
    if amount <= 0:
        return error("NEGATIVE_OR_ZERO_AMOUNT", ["debitInput", "debitAmount", "amount"], "The amount must be positive")
    account = shop.truth.find(StoreCreditAccount, number(id, "StoreCreditAccount"))
    if account is None:
        theirs = shop.truth.with_key(StoreCreditAccount, str(number(id, "Customer")))
        account = next((each for each in theirs if each.currency == currency), None)
    if account is None:
        return error("ACCOUNT_NOT_FOUND", ["id"], "The account does not exist")
    if account.currency != currency:
        return error(
            "MISMATCHING_CURRENCY",
            ["debitInput", "debitAmount", "currencyCode"],
            "The account has another currency",
        )
    settle_expired(shop, account)
    if account.balance < amount:
        return error("INSUFFICIENT_FUNDS", ["debitInput", "debitAmount"], "The account holds less than that")
    return {"storeCreditAccountTransaction": move_view(shop, spend(shop, account, amount)), "userErrors": []}


def give(shop: Shop, who: Customer, currency: str, amount: Decimal) -> CreditMove:
    """The merchant credits by hand; the account is opened if it has to be."""
    account = _account_to_credit(shop, who.gid, currency)
    if isinstance(account, dict):
        raise Refused(str(account["userErrors"][0]["message"]))
    return _add(shop, account, rounded(amount, currency), None)


def _add(shop: Shop, account: StoreCreditAccount, amount: Decimal, expires_at: datetime | None) -> CreditMove:
    account.balance += amount
    number = shop.new_id("CreditMove")
    now = shop.truth.now()
    move = CreditMove(number, account.id, "credit", amount, account.balance, now, expires_at, remaining=amount)
    shop.truth.keep(account)
    shop.truth.keep(move)
    return move


def spend(shop: Shop, account: StoreCreditAccount, amount: Decimal, event: str = "ADJUSTMENT") -> CreditMove:
    """The amount leaves the account; the credit that expires first is used first."""
    left = amount
    for credit in _unspent(shop, account):
        used = min(left, credit.remaining)
        credit.remaining -= used
        left -= used
        shop.truth.keep(credit)
    return _take(shop, account, "debit", amount, event)


def settle_expired(shop: Shop, account: StoreCreditAccount) -> None:
    """What expired unspent is taken off by a transaction of its own."""
    now = shop.truth.now()
    for credit in _unspent(shop, account):
        if credit.expires_at and credit.expires_at <= now:
            amount, credit.remaining = credit.remaining, ZERO
            shop.truth.keep(credit)
            _take(shop, account, "expiration", amount, "ADJUSTMENT")


def _unspent(shop: Shop, account: StoreCreditAccount) -> list[CreditMove]:
    open_credits = [each for each in shop.truth.with_key(CreditMove, str(account.id)) if each.remaining]
    return sorted(open_credits, key=lambda each: (each.expires_at is None, each.expires_at or each.created_at, each.id))


def _take(shop: Shop, account: StoreCreditAccount, kind: str, amount: Decimal, event: str) -> CreditMove:
    account.balance -= amount
    number, now = shop.new_id("CreditMove"), shop.truth.now()
    move = CreditMove(number, account.id, kind, -amount, account.balance, now, event=event)
    shop.truth.keep(account)
    shop.truth.keep(move)
    return move


def accounts_of(shop: Shop, who: Customer, args: View) -> View:
    require(shop, "storeCreditAccounts")
    theirs = shop.truth.with_key(StoreCreditAccount, str(who.id))
    fields: dict[str, Callable[[StoreCreditAccount], Any]] = {
        "id": lambda account: account.id,
        "currency_code": lambda account: account.currency,
    }
    return connection(search(theirs, args.get("query"), fields), lambda each: account_view(shop, each), args)


def store_credit_account(info: Info, id: str) -> View | None:
    shop = info.context
    found = shop.truth.find(StoreCreditAccount, number(id, "StoreCreditAccount"))
    return account_view(shop, found) if found else None


def account_view(shop: Shop, account: StoreCreditAccount) -> View:
    with shop.truth.transaction():
        settle_expired(shop, account)
    return {
        "id": account.gid,
        "balance": graph_money(account.balance, account.currency),
        "transactions": lambda info, **args: transactions(shop, account, args),
    }


def transactions(shop: Shop, account: StoreCreditAccount, args: View) -> View:
    require(shop, "transactions")
    moves = search(shop.truth.with_key(CreditMove, str(account.id)), args.get("query"), FILTERS)
    return connection(moves, lambda each: move_view(shop, each), args, SORTS[args.get("sort_key") or "CREATED_AT"])


def move_view(shop: Shop, move: CreditMove) -> View:
    account = shop.truth.find(StoreCreditAccount, move.account_id)
    currency = account.currency if account else shop.currency
    return {
        "__typename": move.typename,
        "id": move.gid,
        "amount": graph_money(move.amount, currency),
        "balanceAfterTransaction": graph_money(move.balance_after, currency),
        "createdAt": move.created_at,
        "event": move.event,
        "expiresAt": move.expires_at,
        "remainingAmount": graph_money(move.remaining, currency),
        "account": lambda info: account_view(shop, account) if account else None,
    }


QUERIES: dict[str, Callable[..., Any]] = {"storeCreditAccount": store_credit_account}
MUTATIONS: dict[str, Callable[..., Any]] = {
    "storeCreditAccountCredit": store_credit_account_credit,
    "storeCreditAccountDebit": store_credit_account_debit,
}
