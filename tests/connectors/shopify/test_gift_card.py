"""Gift cards: our own code makes a repeat harmless."""

import logging

import pytest

from connectors.shopify.connector import Shopify
from referhub import Absent, Credit, Money, NeedsAttention, Pushed, Receipt, Refused, Undecided, Unsure
from sandbox.shopify import ShopControl
from tests.connectors.shopify.support import ScriptedHttp, answer, connector, credit

CREATE, DEACTIVATE = "giftCardCreate", "giftCardDeactivate"


def card(customer: str, **given: object) -> Credit:
    return credit("gift_card", recipient=customer, **given)


def pushed(shopify: Shopify, wanted: Credit) -> Receipt:
    (outcome,) = shopify.push([wanted])
    assert isinstance(outcome, Pushed), outcome
    return outcome.receipt


def test_a_gift_card_carries_amount_customer_note_and_our_code_in_small_letters(
    shopify: Shopify, desk: ShopControl, customer: str
) -> None:
    """SH-46: since 2026-07 the amount has a currency of its own."""
    receipt = pushed(shopify, card(customer))
    (held,) = desk.truth()["gift_cards"]
    assert held["code"] == "7kq2m9xa4b1cde5f"
    assert (held["initial"], held["currency"]) == ("12.50", "EUR")
    assert "push_01JABC" in held["note"]
    assert held["expires_on"] == "2027-12-31"
    assert receipt.amount == Money(1250, "EUR")
    assert receipt.remote_id == f"gid://shopify/GiftCard/{held['id']}"
    assert held["code"] not in receipt.shown


def test_a_repeat_is_confirmed_and_not_given_twice(shopify: Shopify, desk: ShopControl, customer: str) -> None:
    """SH-46"""
    assert pushed(shopify, card(customer)) == pushed(shopify, card(customer))
    assert len(desk.truth()["gift_cards"]) == 1


@pytest.mark.parametrize("fate", ["effect_then_drop", "effect_then_500", "truncated"])
def test_a_lost_answer_is_found_again(fate: str, shopify: Shopify, desk: ShopControl, customer: str) -> None:
    desk.fate(fate, CREATE)
    assert isinstance(shopify.push([card(customer)])[0], Unsure)
    finding = shopify.find(card(customer), frozenset())
    assert isinstance(finding, Receipt)
    assert finding == pushed(shopify, card(customer))


def test_a_card_that_never_was_is_absent(shopify: Shopify, desk: ShopControl, customer: str) -> None:
    desk.fate("drop_before_effect", CREATE)
    assert isinstance(shopify.push([card(customer)])[0], Unsure)
    assert isinstance(shopify.find(card(customer), frozenset()), Absent)
    assert shopify.is_recognisable(card(customer))


def test_somebody_elses_code_is_a_collision(shopify: Shopify, desk: ShopControl, customer: str) -> None:
    """SH-46"""
    pushed(shopify, card(customer, push_id="push_of_another_hub"))
    (outcome,) = shopify.push([card(customer)])
    assert isinstance(outcome, Refused)
    assert "code collision" in outcome.reason
    assert isinstance(shopify.find(card(customer), frozenset()), Absent)


def test_a_taken_code_that_cannot_be_searched_yet_is_unknown() -> None:
    taken = {CREATE: {"giftCard": None, "userErrors": [{"code": "TAKEN", "message": "taken"}]}}
    http = ScriptedHttp(answer({"data": taken}), answer({"data": {"giftCards": {"nodes": []}}}))
    assert isinstance(connector(http).push([credit("gift_card")])[0], Unsure)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("CUSTOMER_NOT_FOUND", Refused),
        ("GIFT_CARD_LIMIT_EXCEEDED", Refused),
        ("GREATER_THAN", Refused),
        ("INTERNAL_ERROR", Unsure),
    ],
)
def test_shopifys_errors_are_told_apart(code: str, kind: type) -> None:
    """SH-47: only an error inside Shopify leaves the effect open."""
    data = {CREATE: {"giftCard": None, "userErrors": [{"code": code, "message": "m"}]}}
    (outcome,) = connector(ScriptedHttp(answer({"data": data}))).push([credit("gift_card")])
    assert type(outcome) is kind


def test_an_untouched_card_is_taken_back_whole(shopify: Shopify, desk: ShopControl, customer: str) -> None:
    """SH-46"""
    given = pushed(shopify, card(customer))
    back = card(customer, gives=False, receipt=given.remote_id)
    assert isinstance(shopify.find(back, frozenset()), Absent)
    taken = pushed(shopify, back)
    assert taken.amount == Money(1250, "EUR")
    assert taken.remote_id != given.remote_id
    assert desk.truth()["gift_cards"][0]["deactivated_at"] is not None
    assert shopify.find(back, frozenset()) == taken
    assert pushed(shopify, back) == taken


def test_a_card_in_use_or_worth_more_than_asked_stays(shopify: Shopify, desk: ShopControl, customer: str) -> None:
    """SH-46: a deactivation cannot be undone and takes everything."""
    given = pushed(shopify, card(customer))
    (part,) = shopify.push([card(customer, gives=False, receipt=given.remote_id, amount=Money(500, "EUR"))])
    assert isinstance(part, Refused)
    desk.spend_gift_card(int(given.remote_id.rpartition("/")[2]), "1.00")
    (spent,) = shopify.push([card(customer, gives=False, receipt=given.remote_id)])
    assert isinstance(spent, Refused)
    assert "partly spent" in spent.reason
    assert desk.truth()["gift_cards"][0]["deactivated_at"] is None


def test_a_lost_deactivation_is_found_again(shopify: Shopify, desk: ShopControl, customer: str) -> None:
    given = pushed(shopify, card(customer))
    back = card(customer, gives=False, receipt=given.remote_id)
    desk.fate("effect_then_drop", DEACTIVATE)
    assert isinstance(shopify.push([back])[0], Unsure)
    assert isinstance(shopify.find(back, frozenset()), Receipt)


def test_a_card_that_is_gone_cannot_be_taken_back(shopify: Shopify, customer: str) -> None:
    back = card(customer, gives=False, receipt="gid://shopify/GiftCard/404")
    assert isinstance(shopify.push([back])[0], Refused)
    assert isinstance(shopify.find(back, frozenset()), Undecided)


def test_the_code_is_in_no_log_and_no_outcome(
    shopify: Shopify, desk: ShopControl, customer: str, caplog: pytest.LogCaptureFixture
) -> None:
    """SH-46, SH-58"""
    caplog.set_level(logging.DEBUG)
    told = [repr(shopify.push([card(customer)]))]
    for fate in ("effect_then_500", "user_errors"):
        desk.fate(fate, CREATE)
        told.append(repr(shopify.push([card(customer)])))
    desk.fate("401", CREATE)
    with pytest.raises(NeedsAttention) as caught:
        shopify.push([card(customer)])
    assert "7kq2m9xa4b1cde5f" not in "".join([*told, repr(caught.value), caplog.text]).lower()
