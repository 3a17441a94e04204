"""Referral fields: absolute values in app-owned metafields, and tags that never push others out."""

from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.shopify.connector import Shopify
from connectors.shopify.fields import type_of
from connectors.shopify.preparing import DEFINITIONS
from referhub import Later, Money, NeedsAttention, Record, Refused
from sandbox.shopify import ShopControl
from tests.connectors.shopify.support import ScriptedHttp, answer, connector

SET, TAGS = "metafieldsSet", "tagsAdd"


def values(desk: ShopControl) -> dict[str, str]:
    return {each["name"]: each["value"] for each in desk.truth()["metafields"]}


def test_values_are_written_in_the_type_that_fits_them(shopify: Shopify, desk: ShopControl, customer: str) -> None:
    at = datetime(2026, 11, 25, 12, 0, 7, tzinfo=UTC)
    fields = {
        "code": "ALICE-8F2K",
        "friends": 3,
        "earned": Money(1250, "EUR"),
        "updated_at": at,
        "is_vip": True,
    }
    assert shopify.write([Record(customer, fields)]) == [None]
    assert values(desk) == {
        "code": "ALICE-8F2K",
        "friends": "3",
        "earned": '{"amount": "12.50", "currency_code": "EUR"}',
        "updated_at": "2026-11-25T12:00:07Z",
        "is_vip": "true",
    }
    assert {type_of(value) for value in fields.values()} == {
        "single_line_text_field",
        "number_integer",
        "money",
        "date_time",
        "boolean",
    }


def test_a_repeat_changes_nothing_and_none_clears_a_field(shopify: Shopify, desk: ShopControl, customer: str) -> None:
    for _ in range(2):
        assert shopify.write([Record(customer, {"code": "ALICE-8F2K", "friends": 3})]) == [None]
    assert values(desk) == {"code": "ALICE-8F2K", "friends": "3"}
    assert shopify.write([Record(customer, {"friends": None})]) == [None]
    assert values(desk) == {"code": "ALICE-8F2K"}


def test_sixty_customers_take_three_calls_and_one_bad_batch_does_not_block_the_others(
    shopify: Shopify, desk: ShopControl
) -> None:
    """SH-49"""
    customers = [desk.create_customer(email=f"c{i}@example.com")["gid"] for i in range(60)]
    customers[30] = "gid://shopify/Customer/404"
    outcomes = shopify.write([Record(gid, {"code": f"CODE-{i}"}) for i, gid in enumerate(customers)])
    assert isinstance(outcomes[30], Refused)
    assert [place for place, outcome in enumerate(outcomes) if outcome is not None] == [30]
    assert len(desk.truth()["metafields"]) == 59
    calls = desk.calls(SET)
    assert len(calls) == 4  # three batches, and the spoilt one again without the bad record


def test_a_stale_object_is_written_again_once() -> None:
    """SH-49"""
    stale = {SET: {"metafields": [], "userErrors": [{"code": "STALE_OBJECT", "elementIndex": 0}]}}
    fine = {SET: {"metafields": [{"id": "1"}], "userErrors": []}}
    http = ScriptedHttp(answer({"data": stale}), answer({"data": fine}))
    assert connector(http).write([Record("gid://shopify/Customer/1", {"code": "A"})]) == [None]
    http = ScriptedHttp(answer({"data": stale}), answer({"data": stale}))
    (outcome,) = connector(http).write([Record("gid://shopify/Customer/1", {"code": "A"})])
    assert isinstance(outcome, Later)


def test_an_error_without_index_concerns_the_whole_batch() -> None:
    data = {SET: {"metafields": [], "userErrors": [{"code": "APP_NOT_AUTHORIZED", "message": "no"}]}}
    records = [Record(f"gid://shopify/Customer/{i}", {"code": "A"}) for i in range(3)]
    outcomes = connector(ScriptedHttp(answer({"data": data}))).write(records)
    assert all(isinstance(outcome, Refused) for outcome in outcomes)


@pytest.mark.parametrize("fate", ["effect_then_drop", "502", "429", "throttled", "truncated"])
def test_whatever_is_lost_is_simply_written_again(
    fate: str, shopify: Shopify, desk: ShopControl, customer: str
) -> None:
    record = Record(customer, {"code": "ALICE-8F2K"}, ("advocate",))
    desk.fate(fate, SET)
    assert isinstance(shopify.write([record])[0], Later)
    assert shopify.write([record]) == [None]
    assert values(desk) == {"code": "ALICE-8F2K"}


def test_what_needs_a_person_stops_the_whole_call() -> None:
    """SH-53"""
    with pytest.raises(NeedsAttention):
        connector(ScriptedHttp(answer({}, status=423))).write([Record("gid://shopify/Customer/1", {"a": 1})])


def test_the_merchants_own_tags_stay(shopify: Shopify, desk: ShopControl) -> None:
    """SH-50"""
    gid = desk.create_customer(email="vip@example.com", tags=["VIP", "wholesale"])["gid"]
    assert shopify.write([Record(gid, {}, ("advocate",))]) == [None]
    (held,) = desk.truth()["customers"]
    assert sorted(held["tags"]) == ["VIP", "advocate", "wholesale"]


def test_of_many_tagged_customers_only_the_bad_one_fails(shopify: Shopify, desk: ShopControl) -> None:
    """SH-51: at most twenty aliases in one request, each with its own answer."""
    customers = [desk.create_customer(email=f"c{i}@example.com")["gid"] for i in range(25)]
    customers[7] = "gid://shopify/Customer/404"
    outcomes = shopify.write([Record(gid, {}, ("advocate",)) for gid in customers])
    assert isinstance(outcomes[7], Refused)
    assert [place for place, outcome in enumerate(outcomes) if outcome is not None] == [7]
    tagged = [each for each in desk.truth()["customers"] if each["tags"]]
    assert len(tagged) == 24


def test_nothing_to_write_sends_nothing(shopify: Shopify, desk: ShopControl) -> None:
    assert shopify.write([]) == []
    assert shopify.write([Record("gid://shopify/Customer/1", {})]) == [None]
    assert desk.calls(SET) == []


def test_only_what_was_given_is_written() -> None:
    fine = {SET: {"metafields": [{"id": "1"}], "userErrors": []}}
    http = ScriptedHttp(answer({"data": fine}))
    connector(http).write([Record("gid://shopify/Customer/1", {"code": "A"})])
    sent: list[dict[str, Any]] = http.asked[0]["json"]["variables"]["metafields"]
    assert sent == [
        {
            "ownerId": "gid://shopify/Customer/1",
            "namespace": "$app:referral",
            "key": "code",
            "type": "single_line_text_field",
            "value": "A",
        }
    ]


SAMPLES: dict[str, Any] = {
    "code": "MIRA",
    "link": "https://shop.example/?ref=MIRA",
    "referred_by": "ANNA",
    "status": "advocate",
    "friends_brought": 1,
    "revenue_brought": Money(1, "EUR"),
    "rewards_earned": Money(1, "EUR"),
    "rewards_pending": Money(1, "EUR"),
    "last_referral_at": datetime(2026, 3, 1, tzinfo=UTC),
    "last_reward_at": datetime(2026, 3, 1, tzinfo=UTC),
    "trace": "https://hub.example/dashboard/",
}


def test_every_field_that_is_written_is_defined_with_the_type_it_is_written_in() -> None:
    defined = {key: kind for key, _name, kind, _access in DEFINITIONS}
    written = {theirs: type_of(SAMPLES[ours]) for ours, theirs in Shopify.default_fields.items()}
    assert defined == written


def test_what_only_the_merchants_people_may_open_is_not_shown_to_customers() -> None:
    hidden = [key for key, _name, _kind, access in DEFINITIONS if access["customerAccount"] == "NONE"]
    assert hidden == ["trace"]
