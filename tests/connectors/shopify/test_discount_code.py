"""Discount codes as rewards: our own code, once, for one customer."""

import pytest

from connectors.shopify.connector import Shopify
from referhub import Absent, Credit, Money, Pushed, Receipt, Refused, Undecided, Unsure
from sandbox.shopify import ShopControl
from tests.connectors.shopify.support import ScriptedHttp, answer, connector, credit

CREATE, DEACTIVATE = "discountCodeBasicCreate", "discountCodeDeactivate"


def code(customer: str, **given: object) -> Credit:
    return credit("discount_code", recipient=customer, **given)


def pushed(shopify: Shopify, wanted: Credit) -> Receipt:
    (outcome,) = shopify.push([wanted])
    assert isinstance(outcome, Pushed), outcome
    return outcome.receipt


def held(desk: ShopControl) -> dict[str, object]:
    (found,) = desk.truth()["discounts"]
    return dict(found)


def test_a_code_is_worth_the_amount_once_for_its_customer(shopify: Shopify, desk: ShopControl, customer: str) -> None:
    receipt = pushed(shopify, code(customer))
    found = held(desk)
    assert found["code"] == "7KQ2M9XA4B1CDE5F"
    assert found["amount"] == "12.50"
    assert (found["usage_limit"], found["once_per_customer"]) == (1, True)
    assert found["customer_ids"] == [int(customer.rpartition("/")[2])]
    assert str(found["ends_at"]).startswith("2027-12-31T22:59:07")
    assert receipt == Receipt(f"gid://shopify/DiscountCodeNode/{found['id']}", Money(1250, "EUR"), "7KQ2M9XA4B1CDE5F")


def test_a_repeat_is_confirmed_and_makes_no_second_code(shopify: Shopify, desk: ShopControl, customer: str) -> None:
    assert pushed(shopify, code(customer)) == pushed(shopify, code(customer))
    assert len(desk.truth()["discounts"]) == 1


@pytest.mark.parametrize("fate", ["effect_then_drop", "effect_then_500", "wrong_json"])
def test_a_lost_answer_is_found_again(fate: str, shopify: Shopify, desk: ShopControl, customer: str) -> None:
    desk.fate(fate, CREATE)
    assert isinstance(shopify.push([code(customer)])[0], Unsure)
    assert shopify.find(code(customer), frozenset()) == pushed(shopify, code(customer))


def test_a_code_that_never_was_is_absent(shopify: Shopify, customer: str) -> None:
    assert isinstance(shopify.find(code(customer), frozenset()), Absent)
    assert shopify.is_recognisable(code(customer))


def test_somebody_elses_code_is_a_collision(shopify: Shopify, desk: ShopControl, customer: str) -> None:
    desk.create_discount("7kq2m9xa4b1cde5f", amount="5.00", title="Summer sale")
    (outcome,) = shopify.push([code(customer)])
    assert isinstance(outcome, Refused)
    assert "code collision" in outcome.reason
    assert isinstance(shopify.find(code(customer), frozenset()), Undecided)


def test_another_currency_than_the_shops_is_refused_unsent(shopify: Shopify, desk: ShopControl, customer: str) -> None:
    """The amount of a discount has no currency: 1250 yen would become 1250 euros."""
    (outcome,) = shopify.push([code(customer, amount=Money(1250, "JPY"))])
    assert isinstance(outcome, Refused)
    assert desk.truth()["discounts"] == []


def test_a_definite_no_is_refused_and_an_internal_error_is_not() -> None:
    currency = answer({"data": {"shop": {"currencyCode": "EUR"}}})
    for name, kind in (("MAX_APP_DISCOUNTS", Refused), ("INTERNAL_ERROR", Unsure)):
        data = {CREATE: {"codeDiscountNode": None, "userErrors": [{"code": name, "message": "m"}]}}
        (outcome,) = connector(ScriptedHttp(currency, answer({"data": data}))).push([credit("discount_code")])
        assert type(outcome) is kind


def test_an_unused_code_is_taken_back(shopify: Shopify, desk: ShopControl, customer: str) -> None:
    given = pushed(shopify, code(customer))
    back = code(customer, gives=False, receipt=given.remote_id)
    assert isinstance(shopify.find(back, frozenset()), Absent)
    taken = pushed(shopify, back)
    assert taken.amount == Money(1250, "EUR")
    assert taken.remote_id != given.remote_id
    assert shopify.find(back, frozenset()) == taken
    assert pushed(shopify, back) == taken
    assert len(desk.calls(DEACTIVATE)) == 1


def test_a_used_code_stays(shopify: Shopify, desk: ShopControl, customer: str) -> None:
    given = pushed(shopify, code(customer))
    desk.create_order(
        customer=int(customer.rpartition("/")[2]),
        lines=[{"price": "50.00"}],
        discount_codes=["7KQ2M9XA4B1CDE5F"],
        paid=True,
    )
    (outcome,) = shopify.push([code(customer, gives=False, receipt=given.remote_id)])
    assert isinstance(outcome, Refused)
    assert "used already" in outcome.reason


def test_a_part_of_a_code_cannot_be_taken_back(shopify: Shopify, desk: ShopControl, customer: str) -> None:
    given = pushed(shopify, code(customer))
    part = code(customer, gives=False, receipt=given.remote_id, amount=Money(500, "EUR"))
    (outcome,) = shopify.push([part])
    assert isinstance(outcome, Refused)
    assert "whole" in outcome.reason
    assert desk.calls(DEACTIVATE) == []


def test_a_code_that_is_gone_cannot_be_taken_back(shopify: Shopify, customer: str) -> None:
    back = code(customer, gives=False, receipt="gid://shopify/DiscountCodeNode/404")
    assert isinstance(shopify.push([back])[0], Refused)
    assert isinstance(shopify.find(back, frozenset()), Undecided)
