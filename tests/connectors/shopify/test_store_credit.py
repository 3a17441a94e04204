"""Store credit: given once, found again after a lost answer, and never taken below zero."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from connectors.shopify.connector import Shopify
from referhub import (
    Absent,
    Credit,
    HttpResponse,
    Later,
    Money,
    NeedsAttention,
    Pushed,
    Receipt,
    Refused,
    Rejected,
    TryLater,
    Undecided,
    Unsure,
)
from sandbox.shopify import ShopControl
from tests.connectors.shopify.support import ScriptedHttp, answer, connector, credit

GIVE, TAKE = "storeCreditAccountCredit", "storeCreditAccountDebit"


def marked(shopify: Shopify, wanted: Credit) -> Credit:
    return replace(wanted, watermark=shopify.watermark(wanted))


def pushed(shopify: Shopify, wanted: Credit) -> Receipt:
    (outcome,) = shopify.push([wanted])
    assert isinstance(outcome, Pushed), outcome
    return outcome.receipt


def found(shopify: Shopify, wanted: Credit, *claimed: str) -> Receipt:
    finding = shopify.find(wanted, frozenset(claimed))
    assert isinstance(finding, Receipt), finding
    return finding


def test_a_credit_comes_back_with_the_remote_id_and_the_balance(
    shopify: Shopify, desk: ShopControl, customer: str
) -> None:
    """SH-38"""
    desk.give_credit(int(customer.rpartition("/")[2]), "7.50")
    receipt = pushed(shopify, credit(recipient=customer))
    assert receipt.amount == Money(1250, "EUR")
    assert receipt.shown == "balance EUR 20.00"
    assert receipt.remote_id.startswith("gid://shopify/StoreCreditAccountCreditTransaction/")
    assert desk.balances() == {(customer, "EUR"): "20.00"}


def test_amount_currency_recipient_and_second_go_out_as_told(shopify: Shopify) -> None:
    http = ScriptedHttp(answer({}, status=500))
    connector(http).push([credit(amount=Money(1000, "JPY"))])
    assert http.asked[0]["json"]["variables"] == {
        "owner": "gid://shopify/Customer/7001000000000000009",
        "credit": {
            "creditAmount": {"amount": "1000", "currencyCode": "JPY"},
            "expiresAt": "2027-12-31T22:59:07Z",
        },
    }


@pytest.mark.parametrize("fate", ["effect_then_drop", "effect_then_500", "reset", "truncated", "wrong_json"])
def test_a_lost_answer_is_found_again_and_given_once(
    fate: str, shopify: Shopify, desk: ShopControl, customer: str
) -> None:
    """SH-39"""
    wanted = marked(shopify, credit(recipient=customer))
    desk.fate(fate, GIVE)
    assert isinstance(shopify.push([wanted])[0], Unsure)
    assert found(shopify, wanted).amount == Money(1250, "EUR")
    assert desk.balances() == {(customer, "EUR"): "12.50"}


@pytest.mark.parametrize("fate", ["drop_before_effect", "502", "html"])
def test_an_effect_that_never_was_is_absent(fate: str, shopify: Shopify, desk: ShopControl, customer: str) -> None:
    """SH-40"""
    wanted = marked(shopify, credit(recipient=customer))
    desk.fate(fate, GIVE)
    assert isinstance(shopify.push([wanted])[0], Unsure)
    assert isinstance(shopify.find(wanted, frozenset()), Absent)
    pushed(shopify, wanted)
    assert desk.balances() == {(customer, "EUR"): "12.50"}


def test_a_connection_that_was_never_made_is_certain() -> None:
    shopify = connector(ScriptedHttp(answer({}, status=429, retry_after="7")))
    assert shopify.push([credit()]) == [Later("Shopify asks us to slow down (HTTP 429)", timedelta(seconds=7))]


@pytest.mark.parametrize("status", [401, 402, 403, 423, 302])
def test_what_needs_a_person_stops_the_whole_push(status: int) -> None:
    """SH-53"""
    with pytest.raises(NeedsAttention):
        connector(ScriptedHttp(answer({}, status=status))).push([credit()])


@pytest.mark.parametrize(
    "code",
    [
        "ACCOUNT_NOT_FOUND",
        "CREDIT_LIMIT_EXCEEDED",
        "EXPIRES_AT_IN_PAST",
        "MISMATCHING_CURRENCY",
        "NEGATIVE_OR_ZERO_AMOUNT",
        "OWNER_NOT_FOUND",
        "UNSUPPORTED_CURRENCY",
        "A_CODE_OF_TOMORROW",
    ],
)
def test_a_definite_no_is_refused_with_its_code(code: str) -> None:
    """SH-47"""
    errors = [{"code": code, "field": ["id"], "message": "m"}]
    data = {GIVE: {"storeCreditAccountTransaction": None, "userErrors": errors}}
    (outcome,) = connector(ScriptedHttp(answer({"data": data}))).push([credit()])
    assert isinstance(outcome, Refused)
    assert code in outcome.reason


@pytest.mark.parametrize(
    "payload",
    [
        None,
        {},
        {"storeCreditAccountTransaction": None, "userErrors": []},
        {"storeCreditAccountTransaction": {"id": None, "amount": {}}, "userErrors": []},
        {"storeCreditAccountTransaction": {"id": "gid://1", "amount": None}, "userErrors": []},
    ],
)
def test_an_answer_that_says_nothing_is_no_answer(payload: object) -> None:
    (outcome,) = connector(ScriptedHttp(answer({"data": {GIVE: payload}}))).push([credit()])
    assert isinstance(outcome, Unsure)


@pytest.mark.parametrize("recipient", ["", "bob@example.com", "gid://shopify/Company/1", "gid://shopify/Customer/1x"])
def test_only_a_customer_can_receive(recipient: str) -> None:
    (outcome,) = connector().push([credit(recipient=recipient)])
    assert isinstance(outcome, Refused)


def test_without_an_account_the_mark_is_none_and_everything_later_is_new(shopify: Shopify, customer: str) -> None:
    wanted = marked(shopify, credit(recipient=customer))
    assert wanted.watermark == "none"
    assert isinstance(shopify.find(wanted, frozenset()), Absent)
    receipt = pushed(shopify, wanted)
    assert found(shopify, wanted) == receipt


def accounts(*currencies: str, more: str | None = None) -> HttpResponse:
    nodes = [
        {
            "id": f"gid://shopify/StoreCreditAccount/{currency}",
            "balance": {"amount": "1.00", "currencyCode": currency},
            "transactions": {"nodes": [{"__typename": "x", "id": f"newest in {currency}"}]},
        }
        for currency in currencies
    ]
    page = {"nodes": nodes, "pageInfo": {"hasNextPage": more is not None, "endCursor": more}}
    return answer({"data": {"customer": {"id": "x", "storeCreditAccounts": page}}})


def test_an_account_in_another_currency_is_not_looked_at() -> None:
    assert connector(ScriptedHttp(accounts("USD", "JPY"))).watermark(credit()) == "none"


def test_every_page_of_accounts_is_looked_at() -> None:
    """An account that is overlooked would make a push look absent, and pay it twice."""
    http = ScriptedHttp(accounts("USD", more="next"), accounts("EUR"))
    assert "newest in EUR" in connector(http).watermark(credit())
    assert http.asked[1]["json"]["variables"]["after"] == "next"


def test_a_customer_who_is_gone_has_no_mark_and_cannot_be_judged(shopify: Shopify) -> None:
    with pytest.raises(Rejected):
        shopify.watermark(credit(recipient="gid://shopify/Customer/404"))
    assert isinstance(shopify.find(credit(recipient="gid://shopify/Customer/404"), frozenset()), Undecided)


def test_what_was_there_before_the_mark_is_not_ours(shopify: Shopify, customer: str) -> None:
    pushed(shopify, credit(recipient=customer))
    wanted = marked(shopify, credit(recipient=customer))
    assert isinstance(shopify.find(wanted, frozenset()), Absent)


def test_nothing_older_than_the_mark_is_looked_at(shopify: Shopify, desk: ShopControl, customer: str) -> None:
    """A credit of the staff that looks like ours, and another transaction after it."""
    pushed(shopify, credit(recipient=customer, expires_at=None))
    desk.advance(5)
    desk.give_credit(int(customer.rpartition("/")[2]), "1.00")
    wanted = marked(shopify, credit(recipient=customer, expires_at=None))
    assert isinstance(shopify.find(wanted, frozenset()), Absent)


def test_a_claimed_transaction_is_not_ours(shopify: Shopify, customer: str) -> None:
    wanted = marked(shopify, credit(recipient=customer))
    receipt = pushed(shopify, wanted)
    assert isinstance(shopify.find(wanted, frozenset({receipt.remote_id})), Absent)


def test_an_equal_amount_with_another_second_is_not_ours(shopify: Shopify, customer: str) -> None:
    wanted = marked(shopify, credit(recipient=customer))
    assert wanted.expires_at
    pushed(shopify, replace(wanted, expires_at=wanted.expires_at + timedelta(seconds=1)))
    pushed(shopify, replace(wanted, expires_at=None))
    assert isinstance(shopify.find(wanted, frozenset()), Absent)
    receipt = pushed(shopify, wanted)
    assert found(shopify, wanted) == receipt


def test_two_that_look_alike_are_for_a_person(shopify: Shopify, customer: str) -> None:
    """Without an expiry nothing tells a credit of the staff from ours."""
    wanted = marked(shopify, credit(recipient=customer, expires_at=None))
    first, second = pushed(shopify, wanted), pushed(shopify, wanted)
    finding = shopify.find(wanted, frozenset())
    assert isinstance(finding, Undecided)
    assert first.remote_id in finding.evidence
    assert found(shopify, wanted, first.remote_id) == second


@pytest.mark.parametrize(
    "cut", ["2027-12-31T22:59:00Z", "2027-12-31T00:00:00Z", "2027-12-31T23:59:59Z", "2028-01-01T00:00:00Z"]
)
def test_a_shop_that_does_not_keep_the_second_is_noticed(cut: str, shopify: Shopify, customer: str) -> None:
    """Then finding nothing would be no proof, and sending again could pay twice."""
    wanted = marked(shopify, credit(recipient=customer))
    pushed(shopify, replace(wanted, expires_at=datetime.fromisoformat(cut)))
    assert isinstance(shopify.find(wanted, frozenset()), Undecided)


def test_only_an_expiring_credit_can_be_recognised_for_certain() -> None:
    shopify = connector()
    assert shopify.is_recognisable(credit())
    assert not shopify.is_recognisable(credit(expires_at=None))
    assert not shopify.is_recognisable(credit(gives=False))


def test_many_newer_transactions_are_read_page_by_page(shopify: Shopify, desk: ShopControl, customer: str) -> None:
    wanted = marked(shopify, credit(recipient=customer))
    receipt = pushed(shopify, wanted)
    for _ in range(45):
        desk.give_credit(int(customer.rpartition("/")[2]), "1.00")
    assert found(shopify, wanted) == receipt


def test_a_stale_read_is_a_read_and_a_failing_one_is_repeated_later(
    shopify: Shopify, desk: ShopControl, customer: str
) -> None:
    wanted = marked(shopify, credit(recipient=customer))
    desk.fate("503", "customer")
    with pytest.raises(TryLater):
        shopify.find(wanted, frozenset())


def test_a_take_back_stops_at_the_balance_and_says_what_it_took(
    shopify: Shopify, desk: ShopControl, customer: str
) -> None:
    """SH-48"""
    given = pushed(shopify, credit(recipient=customer))
    desk.spend_credit(int(customer.rpartition("/")[2]), "9.00")
    back = credit(recipient=customer, gives=False, receipt=given.remote_id)
    assert pushed(shopify, back).amount == Money(350, "EUR")
    (again,) = shopify.push([back])
    assert isinstance(again, Refused)
    assert "nothing left" in again.reason
    assert desk.balances() == {(customer, "EUR"): "0.00"}
    assert len(desk.calls(TAKE)) == 1


def test_a_part_of_a_credit_can_be_taken_back(shopify: Shopify, desk: ShopControl, customer: str) -> None:
    pushed(shopify, credit(recipient=customer))
    back = credit(recipient=customer, gives=False, amount=Money(250, "EUR"))
    assert pushed(shopify, back).amount == Money(250, "EUR")
    assert desk.balances() == {(customer, "EUR"): "10.00"}


def test_a_balance_that_falls_meanwhile_does_not_loop(shopify: Shopify, desk: ShopControl, customer: str) -> None:
    """SH-48"""
    pushed(shopify, credit(recipient=customer))
    desk.fate("user_errors", TAKE, code="INSUFFICIENT_FUNDS")
    (outcome,) = shopify.push([credit(recipient=customer, gives=False)])
    assert isinstance(outcome, Refused)
    assert len(desk.calls(TAKE)) == 1


@pytest.mark.parametrize("spent", ["0", "9.00"])
def test_a_take_back_whose_answer_was_lost_is_found_again(
    spent: str, shopify: Shopify, desk: ShopControl, customer: str
) -> None:
    number = int(customer.rpartition("/")[2])
    pushed(shopify, credit(recipient=customer))
    if spent != "0":
        desk.spend_credit(number, spent)
    back = marked(shopify, credit(recipient=customer, gives=False))
    desk.fate("effect_then_drop", TAKE)
    assert isinstance(shopify.push([back])[0], Unsure)
    expected = Money(1250 if spent == "0" else 350, "EUR")
    assert found(shopify, back).amount == expected
    assert desk.balances() == {(customer, "EUR"): "0.00"}


def test_a_purchase_with_store_credit_is_not_taken_for_a_take_back(
    shopify: Shopify, desk: ShopControl, customer: str
) -> None:
    pushed(shopify, credit(recipient=customer))
    back = marked(shopify, credit(recipient=customer, gives=False))
    desk.spend_credit(int(customer.rpartition("/")[2]), "12.50")
    assert isinstance(shopify.find(back, frozenset()), Absent)


def test_an_unknown_kind_is_refused() -> None:
    assert isinstance(connector().push([credit("free_pizza")])[0], Refused)
    assert isinstance(connector().find(credit("free_pizza"), frozenset()), Undecided)


def test_a_list_of_accounts_that_never_ends_is_left_for_later() -> None:
    page = {"nodes": [], "pageInfo": {"hasNextPage": True}}
    endless = answer({"data": {"customer": {"storeCreditAccounts": page}}})
    with pytest.raises(TryLater, match="does not end"):
        connector(ScriptedHttp(*[endless] * 60)).watermark(credit())
