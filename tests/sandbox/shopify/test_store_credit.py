"""Store credit behaves as published: an account per currency, no idempotency, typed refusals, readable history."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest

from sandbox.shopify import ShopControl
from tests.sandbox.shopify.conftest import Api

CREDIT = """mutation Credit($id: ID!, $input: StoreCreditAccountCreditInput!) {
  storeCreditAccountCredit(id: $id, creditInput: $input) {
    storeCreditAccountTransaction {
      id expiresAt event amount { amount } balanceAfterTransaction { amount } account { id }
    }
    userErrors { code field }
  }
}"""
DEBIT = """mutation Debit($id: ID!, $input: StoreCreditAccountDebitInput!) {
  storeCreditAccountDebit(id: $id, debitInput: $input) {
    storeCreditAccountTransaction { id amount { amount } balanceAfterTransaction { amount } }
    userErrors { code }
  }
}"""
HISTORY = """query History($id: ID!, $filter: String, $first: Int = 10) {
  customer(id: $id) { storeCreditAccounts(first: 5) { nodes {
    balance { amount currencyCode }
    transactions(first: $first, reverse: true, query: $filter) { nodes {
      __typename amount { amount } event
      ... on StoreCreditAccountCreditTransaction { id remainingAmount { amount } }
    } } } } }
}"""


def credit(api: Api, owner: str, amount: str, currency: str = "EUR", **more: Any) -> Any:
    given = {"creditAmount": {"amount": amount, "currencyCode": currency}, **more}
    return api.ask(CREDIT, id=owner, input=given)["storeCreditAccountCredit"]


def debit(api: Api, owner: str, amount: str, currency: str = "EUR") -> Any:
    given = {"debitAmount": {"amount": amount, "currencyCode": currency}}
    return api.ask(DEBIT, id=owner, input=given)["storeCreditAccountDebit"]


def history(api: Api, owner: str, filter: str | None = None) -> list[Any]:
    accounts = api.ask(HISTORY, id=owner, filter=filter)["customer"]["storeCreditAccounts"]["nodes"]
    return list(accounts[0]["transactions"]["nodes"])


def codes(payload: Any) -> list[str]:
    return [error["code"] for error in payload["userErrors"]]


def test_two_equal_credits_credit_twice(api: Api, desk: ShopControl, alice: dict[str, Any]) -> None:
    first, second = (credit(api, alice["gid"], "12.50", expiresAt="2031-01-01T00:00:07Z") for _ in "12")
    one, two = first["storeCreditAccountTransaction"], second["storeCreditAccountTransaction"]
    assert one["id"] != two["id"]
    assert one["account"] == two["account"]
    assert (one["event"], one["expiresAt"]) == ("ADJUSTMENT", "2031-01-01T00:00:07Z")
    assert two["balanceAfterTransaction"]["amount"] == "25.0"
    assert desk.balances() == {(alice["gid"], "EUR"): "25.00"}


def test_each_currency_has_an_account_of_its_own(api: Api, desk: ShopControl, alice: dict[str, Any]) -> None:
    desk.settings(presentment_currencies=["USD"])
    credit(api, alice["gid"], "1", "EUR")
    credit(api, alice["gid"], "2", "USD")
    assert desk.balances() == {(alice["gid"], "EUR"): "1.00", (alice["gid"], "USD"): "2.00"}


@pytest.mark.parametrize(
    ("amount", "currency", "more", "code"),
    [
        ("0", "EUR", {}, "NEGATIVE_OR_ZERO_AMOUNT"),
        ("-1", "EUR", {}, "NEGATIVE_OR_ZERO_AMOUNT"),
        ("1", "USD", {}, "UNSUPPORTED_CURRENCY"),
        ("1", "EUR", {"expiresAt": "2020-01-01T00:00:00Z"}, "EXPIRES_AT_IN_PAST"),
        ("15000.01", "EUR", {}, "CREDIT_LIMIT_EXCEEDED"),
    ],
)
def test_a_credit_that_may_not_be_is_refused_by_its_code_and_changes_nothing(
    api: Api, desk: ShopControl, alice: dict[str, Any], amount: str, currency: str, more: Any, code: str
) -> None:
    assert codes(credit(api, alice["gid"], amount, currency, **more)) == [code]
    assert desk.balances() == {}
    assert not desk.calls("storeCreditAccountCredit")[0]["effect"]


def test_an_amount_finer_than_the_currency_is_refused(api: Api, desk: ShopControl, alice: dict[str, Any]) -> None:
    given = {"creditAmount": {"amount": "1.005", "currencyCode": "EUR"}}
    assert "smallest unit" in api.errors(CREDIT, id=alice["gid"], input=given)[0]["message"]
    assert desk.balances() == {}


def test_an_unknown_owner_and_an_unknown_account_have_different_codes(api: Api) -> None:
    assert codes(credit(api, "gid://shopify/Customer/1", "1")) == ["OWNER_NOT_FOUND"]
    assert codes(credit(api, "gid://shopify/StoreCreditAccount/1", "1")) == ["ACCOUNT_NOT_FOUND"]
    assert codes(credit(api, "gid://shopify/CompanyLocation/1", "1")) == ["OWNER_NOT_FOUND"]


def test_an_account_takes_only_its_own_currency(api: Api, desk: ShopControl, alice: dict[str, Any]) -> None:
    desk.settings(presentment_currencies=["USD"])
    account = credit(api, alice["gid"], "1")["storeCreditAccountTransaction"]["account"]["id"]
    assert codes(credit(api, account, "1", "USD")) == ["MISMATCHING_CURRENCY"]
    assert codes(debit(api, account, "1", "USD")) == ["MISMATCHING_CURRENCY"]
    assert codes(credit(api, account, "1")) == []


def test_a_debit_never_takes_more_than_is_there(api: Api, desk: ShopControl, alice: dict[str, Any]) -> None:
    credit(api, alice["gid"], "10")
    assert codes(debit(api, alice["gid"], "10.01")) == ["INSUFFICIENT_FUNDS"]
    taken = debit(api, alice["gid"], "4")["storeCreditAccountTransaction"]
    assert (taken["amount"]["amount"], taken["balanceAfterTransaction"]["amount"]) == ("-4.0", "6.0")
    desk.spend_credit(alice["id"], "6")
    assert codes(debit(api, alice["gid"], "0.01")) == ["INSUFFICIENT_FUNDS"]


def test_the_history_is_newest_first_and_can_be_read_from_an_id_on(api: Api, alice: dict[str, Any]) -> None:
    ids = [credit(api, alice["gid"], str(n))["storeCreditAccountTransaction"]["id"] for n in (1, 2, 3)]
    debit(api, alice["gid"], "1")
    kinds = [each["__typename"] for each in history(api, alice["gid"])]
    assert kinds == ["StoreCreditAccountDebitTransaction"] + ["StoreCreditAccountCreditTransaction"] * 3
    number = ids[0].rsplit("/", 1)[1]
    newer = history(api, alice["gid"], f"type:credit AND id:>{number}")
    assert [each["id"] for each in newer] == [ids[2], ids[1]]


PAGE = """query Page($id: ID!, $first: Int, $last: Int, $after: String, $before: String) {
  storeCreditAccount(id: $id) {
    transactions(first: $first, last: $last, after: $after, before: $before, reverse: true) {
      nodes { amount { amount } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    } } }"""


def test_the_history_is_paged_newest_first_in_both_directions(
    api: Api, desk: ShopControl, alice: dict[str, Any]
) -> None:
    for amount in ("1", "2", "3"):
        credit(api, alice["gid"], amount)
    account = desk.truth()["store_credit_accounts"][0]["gid"]

    def page(**where: Any) -> tuple[list[str], Any]:
        found = api.ask(PAGE, id=account, **where)["storeCreditAccount"]["transactions"]
        return [node["amount"]["amount"] for node in found["nodes"]], found["pageInfo"]

    newest, place = page(first=2)
    assert (newest, place["hasNextPage"], place["hasPreviousPage"]) == (["3.0", "2.0"], True, False)
    credit(api, alice["gid"], "4")  # a newer one does not move the page that follows
    rest, place = page(first=2, after=place["endCursor"])
    assert (rest, place["hasNextPage"]) == (["1.0"], False)
    assert page(last=2, before=place["startCursor"])[0] == ["3.0", "2.0"]
    assert "first or last" in api.errors(PAGE, id=account)[0]["message"]
    assert "Invalid cursor" in api.errors(PAGE, id=account, first=1, after="nonsense")[0]["message"]


def test_what_expires_unspent_leaves_by_a_transaction_of_its_own(
    api: Api, desk: ShopControl, alice: dict[str, Any]
) -> None:
    credit(api, alice["gid"], "5", expiresAt="2031-01-01T00:00:00Z")
    credit(api, alice["gid"], "7")
    debit(api, alice["gid"], "2")
    desk.advance(to="2031-01-01T00:00:01+00:00")
    newest = history(api, alice["gid"])[0]
    assert newest["__typename"] == "StoreCreditAccountExpirationTransaction"
    assert newest["amount"]["amount"] == "-3.0"
    assert desk.balances() == {(alice["gid"], "EUR"): "7.00"}


def test_the_merchants_own_credit_looks_like_the_apps(api: Api, desk: ShopControl, alice: dict[str, Any]) -> None:
    desk.give_credit(alice["id"], "12.50")
    only = history(api, alice["gid"])[0]
    assert (only["__typename"], only["event"]) == ("StoreCreditAccountCreditTransaction", "ADJUSTMENT")


def test_credits_from_many_threads_all_count(api: Api, desk: ShopControl, alice: dict[str, Any]) -> None:
    with ThreadPoolExecutor(8) as threads:
        payloads = list(threads.map(lambda _: credit(api, alice["gid"], "0.01"), range(40)))
    assert len({each["storeCreditAccountTransaction"]["id"] for each in payloads}) == 40
    assert Decimal(desk.balances()[alice["gid"], "EUR"]) == Decimal("0.40")


def test_a_merge_moves_the_credit_to_the_kept_customer(api: Api, desk: ShopControl, alice: dict[str, Any]) -> None:
    """Part of SH-47: the owner is not found any more, but the kept customer holds the sum."""
    double = desk.create_customer(email="alice@elsewhere.example")
    credit(api, alice["gid"], "5")
    credit(api, double["gid"], "7")
    desk.merge_customers(double["id"], into=alice["id"])
    assert desk.balances() == {(alice["gid"], "EUR"): "12.00"}
    assert codes(credit(api, double["gid"], "1")) == ["OWNER_NOT_FOUND"]
