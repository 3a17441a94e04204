"""The other ways to pay: gift cards and discount codes, given once, found again, taken back whole."""

from typing import Any

import pytest

from tests.support.live import Scene

GIFT_CARD = {"kind": "gift_card", "amount": "10.00", "expires_days": 365}
DISCOUNT = {"kind": "discount_code", "amount": "10.00", "expires_days": 365}
KINDS = [
    pytest.param(GIFT_CARD, "gift_cards", "giftCardCreate", id="gift card"),
    pytest.param(DISCOUNT, "discounts", "discountCodeBasicCreate", id="discount code"),
]


def given(stage: Scene, where: str) -> list[dict[str, Any]]:
    """What the shop holds of the kind, without the code that the friend bought with."""
    return [one for one in stage.desk.truth()[where] if "ALICE" not in one["code"]]


def paid_order(stage: Scene, reward: dict[str, Any]) -> dict[str, Any]:
    """An order whose advocate has a reward of that kind coming, its hold over."""
    stage.campaign(advocate=reward, friend=None)
    stage.advocate()
    order = stage.order(stage.friend(), lines=[{"title": "Mug", "price": "40.00", "quantity": 2}])
    stage.settle()
    stage.later("15d")
    return order


@pytest.mark.parametrize(("reward", "where", "mutation"), KINDS)
def test_it_is_given_once_and_its_code_stays_out_of_lists(
    stage: Scene, reward: dict[str, Any], where: str, mutation: str
) -> None:
    """SH-46: the shop holds one, worth what was promised."""
    paid_order(stage, reward)
    stage.drain()
    (one,) = given(stage, where)
    assert one.get("initial", one.get("amount")) == "10.00"
    assert stage.states() == {"advocate": "pushed"}
    stage.later("1d")
    stage.drain()
    assert len(stage.desk.calls(mutation)) == 1
    if where == "gift_cards":
        listed = stage.invoke("pushes", "list").output + stage.invoke("rewards", "list").output
        assert one["code"].lower() not in listed.lower()
        assert all(one["code"].lower() not in str(row).lower() for row in stage.rows("pushes"))
    stage.assert_sound()


@pytest.mark.parametrize("fate", ["effect_then_drop", "drop_before_effect", "effect_then_500", "truncated"])
@pytest.mark.parametrize(("reward", "where", "mutation"), KINDS)
def test_a_lost_answer_still_ends_in_exactly_one(
    stage: Scene, reward: dict[str, Any], where: str, mutation: str, fate: str
) -> None:
    """F39, F53: the code is our own, so a repeat answers TAKEN and is recognised."""
    paid_order(stage, reward)
    stage.desk.fate(fate, match=mutation)
    stage.drain()
    assert stage.states() == {"advocate": "pushing"}
    for _ in range(3):
        stage.later("5m")
        stage.drain()
    assert len(given(stage, where)) == 1
    assert stage.states() == {"advocate": "pushed"}
    stage.assert_sound()


@pytest.mark.parametrize(("reward", "where", "mutation"), KINDS)
def test_it_is_taken_back_when_nobody_used_it(stage: Scene, reward: dict[str, Any], where: str, mutation: str) -> None:
    order = paid_order(stage, reward)
    stage.drain()
    stage.desk.refund_order(order["id"], lines=[{"line": 0, "quantity": 2}])
    stage.settle()
    (one,) = given(stage, where)
    assert one.get("deactivated_at") or one["status"] == "EXPIRED"
    assert stage.states() == {"advocate": "clawed_back"}
    assert stage.referhub("check")["sound"]


@pytest.mark.parametrize(
    ("reward", "where", "mutation", "looked_up_by"),
    [
        pytest.param(GIFT_CARD, "gift_cards", "giftCardCreate", "giftCards", id="gift card"),
        pytest.param(DISCOUNT, "discounts", "discountCodeBasicCreate", "codeDiscountNodeByCode", id="discount code"),
    ],
)
def test_sent_again_after_two_blind_looks_it_is_still_the_same_one(
    stage: Scene, reward: dict[str, Any], where: str, mutation: str, looked_up_by: str
) -> None:
    """F53: the shop answers TAKEN, and what is there is recognised as ours."""
    paid_order(stage, reward)
    stage.desk.fate("stale_read", match=looked_up_by, count=2)
    stage.desk.fate("effect_then_drop", match=mutation)
    stage.drain()
    for _ in range(3):
        stage.later("5m")
        stage.drain()
    assert len(stage.desk.calls(mutation)) == 2
    assert len(given(stage, where)) == 1
    assert stage.states() == {"advocate": "pushed"}
    stage.assert_sound()
