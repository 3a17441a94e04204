"""An order's sums are right to the smallest unit, whatever happens to it afterwards."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from sandbox.ground.control import DeskRefused
from sandbox.shopify import SandboxShop, ShopControl
from tests.sandbox.shopify.conftest import Api

ORDER = """query Order($id: ID!) { order(id: $id) {
  legacyResourceId displayFinancialStatus customer { id } test sourceName
  subtotalPriceSet { shopMoney { amount } presentmentMoney { amount currencyCode } }
  totalTaxSet { shopMoney { amount } } totalPriceSet { shopMoney { amount currencyCode } }
  currentSubtotalPriceSet { shopMoney { amount } } currentTotalPriceSet { shopMoney { amount } }
  totalRefundedSet { shopMoney { amount } } netPaymentSet { shopMoney { amount } }
  customerJourneySummary { ready customerOrderIndex lastVisit { landingPage referralCode utmParameters { medium } } }
  refunds(first: 10) { id }
  lineItems(first: 10) { nodes {
    quantity currentQuantity isGiftCard
    discountedTotalSet { shopMoney { amount } }
    withCodes: discountedTotalSet(withCodeDiscounts: true) { shopMoney { amount } }
    discountedUnitPriceAfterAllDiscountsSet { shopMoney { amount } }
    taxLines { rate }
    discountAllocations { allocatedAmountSet { shopMoney { amount } } }
  } }
} }"""
SWEEP = """query Sweep($first: Int!, $after: String, $filter: String) {
  orders(first: $first, after: $after, query: $filter, sortKey: UPDATED_AT) {
    nodes { id updatedAt } pageInfo { hasNextPage endCursor }
  }
}"""


def read(api: Api, order: dict[str, Any]) -> Any:
    return api.ask(ORDER, id=order["gid"])["order"]


def shop_amount(bag: Any) -> str:
    return str(bag["shopMoney"]["amount"])


def test_tax_discount_and_shipping_come_out_to_the_cent(api: Api, desk: ShopControl) -> None:
    """SH-33's order: 19 % included, 10 % off, 5.00 shipping."""
    order = desk.create_order(
        lines=[{"price": "49.99", "quantity": 2}, {"price": "0.05"}],
        discount_codes=[{"code": "TEN", "percentage": "0.1"}],
        shipping="5.00",
        tax_rate="0.19",
    )
    assert (order["subtotal"], order["total"]) == ("90.03", "95.03")
    goods_tax = sum(Decimal(line["tax"]) for line in order["lines"])
    assert Decimal(order["total_tax"]) == goods_tax + Decimal("0.80")
    assert order["lines"][0]["tax"] == "14.37"  # 99.98 - 10.00 is 89.98; 89.98 * 19 / 119
    shown = read(api, order)
    assert shop_amount(shown["subtotalPriceSet"]) == "90.03"
    assert shop_amount(shown["totalTaxSet"]) == "15.18"


def test_a_fixed_discount_is_shared_without_losing_a_cent(desk: ShopControl) -> None:
    lines = [
        {"price": "10.00"},
        {"price": "10.00"},
        {"price": "10.00"},
        {"price": "50.00", "gift_card": True},
    ]
    order = desk.create_order(lines=lines, discount_codes=[{"code": "X", "amount": "10.00"}])
    assert [line["discount"] for line in order["lines"]] == ["3.34", "3.33", "3.33", "0"]
    assert order["subtotal"] == "70.00"


def test_line_totals_leave_codes_out_unless_asked(api: Api, desk: ShopControl) -> None:
    order = desk.create_order(
        lines=[{"price": "30.00", "quantity": 3}], discount_codes=[{"code": "X", "amount": "9.00"}]
    )
    line = read(api, order)["lineItems"]["nodes"][0]
    assert shop_amount(line["discountedTotalSet"]) == "90.0"
    assert shop_amount(line["withCodes"]) == "81.0"
    assert shop_amount(line["discountedUnitPriceAfterAllDiscountsSet"]) == "27.0"
    assert [shop_amount(each["allocatedAmountSet"]) for each in line["discountAllocations"]] == ["9.0"]
    assert line["taxLines"][0]["rate"] == 0.19


def test_prices_without_tax_add_it_on_top(desk: ShopControl) -> None:
    order = desk.create_order(lines=[{"price": "100.00"}], taxes_included=False, tax_rate="0.07", shipping="10.00")
    assert (order["subtotal"], order["total_tax"], order["total"]) == ("100.00", "7.70", "117.70")


def test_a_shop_in_yen_knows_no_fractions() -> None:
    with SandboxShop(currency="JPY") as shop:
        order = ShopControl(shop.base_url).create_order(
            lines=[{"price": "999"}], discount_codes=[{"code": "X", "percentage": "0.15"}], tax_rate="0.1"
        )
        assert (order["subtotal"], order["total_tax"]) == ("849", "77")
        shown = read(Api(shop), order)
    assert shop_amount(shown["subtotalPriceSet"]) == "849.0"


def test_the_buyers_currency_never_mixes_with_the_shops(api: Api, desk: ShopControl) -> None:
    order = desk.create_order(lines=[{"price": "100.00"}], presentment={"currency": "USD", "rate": "1.1"})
    shown = read(api, order)["subtotalPriceSet"]
    assert shown["shopMoney"]["amount"] == "100.0"
    assert shown["presentmentMoney"] == {"amount": "110.0", "currencyCode": "USD"}


def test_the_states_of_a_paid_order(api: Api, desk: ShopControl) -> None:
    order = desk.create_order(lines=[{"price": "60.00", "quantity": 2}])
    assert order["financial_status"] == "pending"
    assert desk.pay_order(order["id"])["financial_status"] == "paid"
    desk.refund_order(order["id"], lines=[{"line": 0}])
    shown = read(api, order)
    assert shown["displayFinancialStatus"] == "PARTIALLY_REFUNDED"
    assert shop_amount(shown["currentSubtotalPriceSet"]) == "60.0"
    assert (shop_amount(shown["totalRefundedSet"]), shop_amount(shown["netPaymentSet"])) == ("60.0", "60.0")
    assert desk.cancel_order(order["id"], refund_money=True)["financial_status"] == "refunded"
    assert shop_amount(read(api, order)["currentTotalPriceSet"]) == "0.0"


def test_a_refund_of_less_than_the_pieces_keeps_the_difference_in_the_price(desk: ShopControl) -> None:
    order = desk.create_order(
        lines=[{"price": "89.00"}],
        discount_codes=[{"code": "X", "amount": "10.00"}],
        shipping="5.00",
        paid=True,
    )
    refund = desk.refund_order(order["id"], lines=[{"line": 0}], amount="40.00")
    assert [(each["kind"], each["amount"]) for each in refund["adjustments"]] == [("refund_discrepancy", "39.00")]
    after = desk.touch_order(order["id"])
    assert (after["current_subtotal"], after["current_total"], after["refunded"]) == (
        "0.00",
        "44.00",
        "40.00",
    )


def test_money_alone_and_shipping_alone_can_go_back(desk: ShopControl) -> None:
    order = desk.create_order(lines=[{"price": "50.00"}], shipping="5.95", paid=True)
    money = desk.refund_order(order["id"], amount="10.00")
    assert [(each["kind"], each["amount"]) for each in money["adjustments"]] == [("refund_discrepancy", "-10.00")]
    shipping = desk.refund_order(order["id"], shipping="5.95")
    assert [(each["kind"], each["amount"], each["tax"]) for each in shipping["adjustments"]] == [
        ("shipping_refund", "-5.95", "-0.95")
    ]
    assert desk.touch_order(order["id"])["current_total"] == "40.00"


def test_a_return_without_money_and_money_that_fails_leave_the_payment(api: Api, desk: ShopControl) -> None:
    order = desk.create_order(lines=[{"price": "50.00", "quantity": 2}], paid=True)
    assert desk.refund_order(order["id"], lines=[{"line": 0}], money=False)["transactions"] == []
    failed = desk.refund_order(order["id"], lines=[{"line": 0}], failed=True)
    assert failed["transactions"][0]["status"] == "failure"
    shown = read(api, order)
    assert (shown["displayFinancialStatus"], shop_amount(shown["totalRefundedSet"])) == ("PAID", "0.0")
    assert shop_amount(shown["currentSubtotalPriceSet"]) == "0.0"


def test_three_refunds_of_a_third_add_up_to_the_line(desk: ShopControl) -> None:
    order = desk.create_order(
        lines=[{"price": "33.34", "quantity": 3}], discount_codes=[{"code": "X", "amount": "0.02"}], paid=True
    )
    parts = [desk.refund_order(order["id"], lines=[{"line": 0}]) for _ in range(3)]
    assert sum(Decimal(part["lines"][0]["subtotal"]) for part in parts) == Decimal("100.00")
    assert sum(Decimal(part["lines"][0]["tax"]) for part in parts) == Decimal(order["lines"][0]["tax"])


def test_an_edit_lowers_what_is_left_but_not_what_was_bought(api: Api, desk: ShopControl) -> None:
    """SH-37's edit: a line is removed."""
    order = desk.create_order(lines=[{"price": "20.00"}, {"price": "30.00"}], paid=True)
    desk.edit_order(order["id"], line=1)
    shown = read(api, order)
    assert [line["currentQuantity"] for line in shown["lineItems"]["nodes"]] == [1, 0]
    assert [line["quantity"] for line in shown["lineItems"]["nodes"]] == [1, 1]
    assert (shop_amount(shown["subtotalPriceSet"]), shop_amount(shown["currentSubtotalPriceSet"])) == (
        "50.0",
        "20.0",
    )


@pytest.mark.parametrize(
    "act",
    [
        lambda desk, order: desk.pay_order(order),
        lambda desk, order: desk.refund_order(order, amount="50.01"),
        lambda desk, order: desk.refund_order(order, lines=[{"line": 0, "quantity": 2}]),
        lambda desk, order: desk.refund_order(order, shipping="0.01"),
        lambda desk, order: desk.refund_order(order),
        lambda desk, order: desk.edit_order(order, line=0, quantity=2),
        lambda desk, order: desk.edit_order(order, line=7),
        lambda desk, order: desk.cancel_order(order, reason="boredom"),
        lambda desk, order: desk.create_order(lines=[{"price": 10.5}]),
        lambda desk, order: desk.create_order(lines=[{"price": "ten"}]),
        lambda desk, order: desk.create_order(customer=1),
        lambda desk, order: desk.create_order(discount_codes=["NO-SUCH-CODE"]),
    ],
)
def test_what_cannot_happen_in_a_shop_is_refused_and_nothing_changes(desk: ShopControl, act: Any) -> None:
    order = desk.create_order(lines=[{"price": "50.00"}], paid=True)
    before = desk.truth()
    with pytest.raises(DeskRefused):
        act(desk, order["id"])
    assert desk.truth() == before


def test_a_code_of_the_shop_works_in_any_case_until_it_is_used_up(desk: ShopControl) -> None:
    desk.create_discount("FRIEND-7KQ2M9XA", percentage="0.1")
    order = desk.create_order(lines=[{"price": "50.00"}], discount_codes=["friend-7kq2m9xa"])
    assert order["codes"] == [{"code": "friend-7kq2m9xa", "amount": "5.00", "type": "percentage"}]
    assert desk.truth()["discounts"][0]["used"] == 1


def test_the_journey_is_empty_until_it_is_ready(api: Api, desk: ShopControl, alice: dict[str, Any]) -> None:
    """SH-30: not ready at first, later it names the referral."""
    site = "/products/mug?ref=ALICE-8F2K&utm_medium=referral"
    order = desk.create_order(customer=alice["id"], landing_site=site, journey_ready=False)
    assert read(api, order)["customerJourneySummary"] == {
        "ready": False,
        "customerOrderIndex": None,
        "lastVisit": None,
    }
    desk.set_journey(order["id"], ready=True)
    journey = read(api, order)["customerJourneySummary"]
    assert (journey["ready"], journey["lastVisit"]["referralCode"]) == (True, "ALICE-8F2K")
    assert journey["lastVisit"]["landingPage"].endswith(site)
    assert journey["lastVisit"]["utmParameters"] == {"medium": "referral"}
    assert read(api, desk.create_order(source_name="pos"))["customerJourneySummary"] is None


def test_a_guest_a_test_and_a_free_order(api: Api, desk: ShopControl) -> None:
    """SH-27's orders."""
    guest = read(api, desk.create_order(test=True, source_name="pos"))
    assert (guest["customer"], guest["test"], guest["sourceName"]) == (None, True, "pos")
    assert desk.create_order(lines=[{"price": "0"}])["financial_status"] == "paid"


def test_a_sweep_by_updated_at_sees_every_order_once_and_changed_ones_again(api: Api, desk: ShopControl) -> None:
    orders = [desk.create_order() for _ in range(5)]
    seen, after = [], None
    while True:
        page = api.ask(SWEEP, first=2, after=after, filter="updated_at:>='2020-01-01T00:00:00Z'")["orders"]
        seen += [node["id"] for node in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert seen == [order["gid"] for order in orders]
    now = desk.advance(60)
    desk.touch_order(orders[2]["id"])
    changed = api.ask(SWEEP, first=10, filter=f"updated_at:>='{now}'")["orders"]["nodes"]
    assert [node["id"] for node in changed] == [orders[2]["gid"]]


def test_orders_older_than_sixty_days_need_a_scope(api: Api, desk: ShopControl) -> None:
    """SH-36: the query answers nothing, so the payload has to do."""
    old = desk.create_order(days_ago=90, paid=True)
    assert read(api, old) is None
    assert api.ask(SWEEP, first=10, filter=None)["orders"]["nodes"] == []
    desk.set_scopes(["read_orders", "read_all_orders", "read_customers"])
    assert read(api, old)["displayFinancialStatus"] == "PAID"


def test_large_ids_keep_every_digit() -> None:
    with SandboxShop(large_ids=True) as shop:
        order = ShopControl(shop.base_url).create_order()
        assert order["id"] > 2**53
        assert read(Api(shop), order)["legacyResourceId"] == str(order["id"])
