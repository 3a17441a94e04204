"""Gift cards and discount codes: a repeat with the same code is seen, so these rewards cannot double."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.ground.control import DeskRefused
from sandbox.shopify import ShopControl
from tests.sandbox.shopify.conftest import Api

CARD = """mutation Card($input: GiftCardCreateInput!) { giftCardCreate(input: $input) {
  giftCard { id lastCharacters note initialValue { amount currencyCode } balance { amount } customer { id } }
  giftCardCode userErrors { code field } } }"""
CLOSE = """mutation Close($id: ID!) { giftCardDeactivate(id: $id) {
  giftCard { enabled deactivatedAt balance { amount } } userErrors { message } } }"""
CARDS = "query Cards($q: String) { giftCards(first: 10, query: $q, reverse: true) { nodes { id note } } }"
CODE = """mutation Code($d: DiscountCodeBasicInput!) { discountCodeBasicCreate(basicCodeDiscount: $d) {
  codeDiscountNode { id codeDiscount { __typename ... on DiscountCodeBasic { title status usageLimit } } }
  userErrors { code field } } }"""
END = """mutation End($id: ID!) { discountCodeDeactivate(id: $id) {
  codeDiscountNode { codeDiscount { ... on DiscountCodeBasic { status } } } userErrors { code } } }"""
BY_CODE = """query ByCode($code: String!) { codeDiscountNodeByCode(code: $code) { id codeDiscount {
  ... on DiscountCodeBasic { title status asyncUsageCount customerGets { value {
    ... on DiscountAmount { amount { amount currencyCode } } ... on DiscountPercentage { percentage } } } } } } }"""
CARD_INPUT = {
    "initialAmount": {"amount": "20.00", "currencyCode": "EUR"},
    "code": "rfhub7kq2m9xa4b1c",
    "note": "push 1",
}
CODE_INPUT = {
    "title": "Reward 1",
    "code": "FRIEND-7KQ2M9XA",
    "startsAt": "2026-01-01T00:00:00Z",
    "context": {"all": "ALL"},
    "customerGets": {"items": {"all": True}, "value": {"discountAmount": {"amount": "10.00"}}},
    "usageLimit": 1,
}


def card(api: Api, **changed: Any) -> Any:
    return api.ask(CARD, input=CARD_INPUT | changed)["giftCardCreate"]


def code(api: Api, **changed: Any) -> Any:
    return api.ask(CODE, d=CODE_INPUT | changed)["discountCodeBasicCreate"]


def codes(payload: Any) -> list[str]:
    return [error["code"] for error in payload["userErrors"]]


def test_the_same_gift_card_code_is_taken_and_the_first_card_can_be_read_back(
    api: Api, desk: ShopControl, alice: dict[str, Any]
) -> None:
    """SH-46: a repeat answers TAKEN, and note and amount tell whose it is."""
    made = card(api, customerId=alice["gid"])
    assert made["giftCardCode"] == "rfhub7kq2m9xa4b1c"
    assert made["giftCard"]["initialValue"] == {"amount": "20.0", "currencyCode": "EUR"}
    assert codes(card(api, note="push 2", code="RFHUB7KQ2M9XA4B1C")) == ["TAKEN"]
    assert len(desk.truth()["gift_cards"]) == 1
    for query in ("4b1c", f"id:{made['giftCard']['id'].rsplit('/', 1)[1]}", f"customer_id:{alice['id']}"):
        assert api.ask(CARDS, q=query)["giftCards"]["nodes"] == [{"id": made["giftCard"]["id"], "note": "push 1"}]
    assert api.ask(CARDS, q="9999")["giftCards"]["nodes"] == []


@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        ({"code": "short12"}, "TOO_SHORT"),
        ({"code": "x" * 21}, "TOO_LONG"),
        ({"code": "with-dash-1"}, "INVALID"),
        ({"initialAmount": None}, "MISSING_ARGUMENT"),
        ({"initialAmount": {"amount": "0", "currencyCode": "EUR"}}, "GREATER_THAN"),
        ({"customerId": "gid://shopify/Customer/1"}, "CUSTOMER_NOT_FOUND"),
        ({"recipientAttributes": {"id": "gid://shopify/Customer/1"}}, "RECIPIENT_NOT_FOUND"),
    ],
)
def test_a_gift_card_that_may_not_be_is_refused_by_its_code(
    api: Api, desk: ShopControl, changed: dict[str, Any], refusal: str
) -> None:
    assert codes(card(api, **changed)) == [refusal]
    assert desk.truth()["gift_cards"] == []


def test_the_shops_gift_cards_have_a_limit(api: Api, desk: ShopControl) -> None:
    desk.settings(gift_card_limit=1)
    card(api)
    assert codes(card(api, code="anothercode1")) == ["GIFT_CARD_LIMIT_EXCEEDED"]


def test_a_deactivated_card_keeps_its_balance_and_pays_nothing(api: Api, desk: ShopControl) -> None:
    made = card(api)["giftCard"]
    number = int(made["id"].rsplit("/", 1)[1])
    desk.spend_gift_card(number, "5.00")
    closed = api.ask(CLOSE, id=made["id"])["giftCardDeactivate"]["giftCard"]
    assert (closed["enabled"], closed["balance"]["amount"]) == (False, "15.0")
    with pytest.raises(DeskRefused):
        desk.spend_gift_card(number, "1.00")
    assert api.ask(CLOSE, id="gid://shopify/GiftCard/1")["giftCardDeactivate"]["userErrors"] != []


def test_the_same_discount_code_is_taken_in_any_case(api: Api, desk: ShopControl) -> None:
    """SH-28: codes do not tell letter case apart."""
    made = code(api)["codeDiscountNode"]
    assert made["codeDiscount"] == {
        "__typename": "DiscountCodeBasic", "title": "Reward 1", "status": "ACTIVE", "usageLimit": 1,
    }  # fmt: skip
    assert codes(code(api, code="friend-7kq2m9xa", title="Other")) == ["TAKEN"]
    found = api.ask(BY_CODE, code="Friend-7kq2m9xa")["codeDiscountNodeByCode"]
    assert (found["id"], found["codeDiscount"]["title"]) == (made["id"], "Reward 1")
    assert found["codeDiscount"]["customerGets"]["value"] == {"amount": {"amount": "10.0", "currencyCode": "EUR"}}
    assert api.ask(BY_CODE, code="NOPE")["codeDiscountNodeByCode"] is None


@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        ({"title": " "}, "BLANK"),
        ({"code": ""}, "BLANK"),
        ({"endsAt": "2025-01-01T00:00:00Z"}, "END_DATE_BEFORE_START_DATE"),
        ({"usageLimit": 0}, "GREATER_THAN"),
        ({"context": None}, "MISSING_ARGUMENT"),
        ({"context": {"customers": {"add": ["gid://shopify/Customer/1"]}}}, "INVALID"),
        ({"customerGets": {"items": {"all": True}, "value": {"percentage": 1.5}}}, "VALUE_OUTSIDE_RANGE"),
        ({"customerGets": {"items": {"all": True}, "value": {}}}, "INVALID"),
    ],
)
def test_a_code_that_may_not_be_is_refused_by_its_code(
    api: Api, desk: ShopControl, changed: dict[str, Any], refusal: str
) -> None:
    assert codes(code(api, **changed)) == [refusal]
    assert desk.truth()["discounts"] == []


def test_a_code_made_by_the_app_is_used_once_at_the_checkout_and_can_be_ended(api: Api, desk: ShopControl) -> None:
    made = code(api)["codeDiscountNode"]
    order = desk.create_order(lines=[{"price": "50.00"}], discount_codes=["friend-7kq2m9xa"])
    assert order["subtotal"] == "40.00"
    with pytest.raises(DeskRefused):
        desk.create_order(discount_codes=["friend-7kq2m9xa"])
    assert api.ask(BY_CODE, code=CODE_INPUT["code"])["codeDiscountNodeByCode"]["codeDiscount"]["asyncUsageCount"] == 1
    ended = api.ask(END, id=made["id"])["discountCodeDeactivate"]
    assert ended["codeDiscountNode"]["codeDiscount"]["status"] == "EXPIRED"


def test_a_code_starts_and_ends_by_the_clock(api: Api, desk: ShopControl) -> None:
    later = code(api, startsAt="2031-01-01T00:00:00Z", endsAt="2031-02-01T00:00:00Z")["codeDiscountNode"]
    seen = [later["codeDiscount"]["status"]]
    for day in ("2031-01-15", "2031-02-02"):
        desk.advance(to=f"{day}T00:00:00+00:00")
        seen.append(api.ask(BY_CODE, code=CODE_INPUT["code"])["codeDiscountNodeByCode"]["codeDiscount"]["status"])
    assert seen == ["SCHEDULED", "ACTIVE", "EXPIRED"]
