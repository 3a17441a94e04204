"""Counting: every rule at its boundary, and the same verdicts in whatever order the orders are given."""

from collections.abc import Iterable
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest

from core.contract.events import Evidence, EvidenceKind, OrderKind
from core.contract.money import Money
from core.rules.attribution import CodeFacts
from core.rules.counting import TermsInForce, Verdict, judge, terms_at
from core.rules.purchases import OrderFacts
from core.rules.terms import parse_terms
from tests.support.hub import DAY, START, terms

KEY = b"k" * 32
CODES = {
    "mira": CodeFacts("c1", "friends", "mira", "MIRA", True),
    "zoe": CodeFacts("c2", "friends", "zoe", "ZOE", True),
}


def placed(number: int = 1, at: timedelta = timedelta(), code: str | None = "MIRA", **changes: Any) -> OrderFacts:
    """A paid order of EUR 100 with Mira's code."""
    facts: dict[str, Any] = {
        "order_id": f"o{number}",
        "source_id": str(number),
        "placed_at": START + at,
        "base": Money(10_000, "EUR"),
        "is_paid": True,
        "is_test": False,
        "is_cancelled": False,
        "evidence": (Evidence(EvidenceKind.CODE, code),) if code else (),
    }
    return OrderFacts(**{**facts, **changes})


def in_force(version: int = 1, since: timedelta = -400 * DAY, **changes: Any) -> TermsInForce:
    """The usual terms with some tables changed, from that time on."""
    return TermsInForce(f"t{version}", parse_terms(terms(**changes)), START + since)


def verdicts(
    *orders: OrderFacts, friend: str = "anna", versions: Any = None, paid: Iterable[str] = ()
) -> dict[str, Verdict]:
    """What is decided of each order."""
    judged = judge(orders, friend, versions or [in_force()], CODES, KEY, frozenset(paid))
    return {verdict.order_id: verdict for verdict in judged}


def failed(verdict: Verdict) -> list[str]:
    """The rules that were not met, evidence aside."""
    return [one.rule for one in verdict.reasons if not one.passed and not one.rule.startswith("evidence.")]


def test_a_referred_first_order_counts_with_every_rule_named() -> None:
    verdict = verdicts(placed())["o1"]
    assert verdict.counts
    assert verdict.brought is not None
    assert verdict.brought.code.advocate_id == "mira"
    rules = [one.rule for one in verdict.reasons]
    assert rules == [
        "evidence.code",
        "referral",
        "self_referral",
        "test",
        "cancelled",
        "currency",
        "minimum",
        "first_order",
        "window",
    ]


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"code": None}, "referral"),
        ({"code": "SUMMER10"}, "referral"),
        ({"is_test": True}, "test"),
        ({"is_cancelled": True, "is_paid": False}, "cancelled"),
        ({"base": Money(10_000, "USD")}, "currency"),
        ({"base": Money(2999, "EUR")}, "minimum"),
        ({"base": Money(0, "EUR")}, "minimum"),
        ({"base": Money(-5000, "EUR")}, "minimum"),
    ],
)
def test_one_rule_not_met_is_enough(changes: dict[str, Any], rule: str) -> None:
    verdict = verdicts(placed(**changes))["o1"]
    assert not verdict.counts
    assert rule in failed(verdict)


def test_an_order_of_exactly_the_minimum_counts() -> None:
    assert verdicts(placed(base=Money(3000, "EUR")))["o1"].counts


def test_an_order_of_nothing_does_not_count_even_without_a_minimum() -> None:
    versions = [in_force(counts={"minimum": "0"})]
    assert not verdicts(placed(base=Money(0, "EUR")), versions=versions)["o1"].counts
    assert verdicts(placed(base=Money(1, "EUR")), versions=versions)["o1"].counts


def test_an_order_cancelled_after_payment_still_counts_so_that_its_story_is_kept() -> None:
    assert verdicts(placed(is_cancelled=True))["o1"].counts


def test_an_unpaid_order_counts_and_waits() -> None:
    assert verdicts(placed(is_paid=False))["o1"].counts


def test_nobody_refers_himself() -> None:
    verdict = verdicts(placed(), friend="mira")["o1"]
    assert not verdict.counts
    assert verdict.brought is None
    assert "self_referral" in failed(verdict)


def test_only_the_first_purchase_counts() -> None:
    found = verdicts(placed(1), placed(2, DAY))
    assert (found["o1"].counts, found["o2"].counts) == (True, False)
    assert failed(found["o2"]) == ["first_order"]


def test_a_purchase_before_the_referral_spoils_it() -> None:
    assert not verdicts(placed(1, code=None), placed(2, DAY))["o2"].counts


def test_a_purchase_before_the_campaign_began_spoils_it_too() -> None:
    found = verdicts(placed(1, -500 * DAY, code=None), placed(2))
    assert failed(found["o1"]) == ["schedule"]
    assert failed(found["o2"]) == ["first_order"]


@pytest.mark.parametrize("changes", [{"is_paid": False}, {"is_test": True}, {"is_cancelled": True}])
def test_what_was_no_purchase_does_not_spoil_the_first_one(changes: dict[str, Any]) -> None:
    assert verdicts(placed(1, code=None, **changes), placed(2, DAY))["o2"].counts


def test_every_order_counts_where_the_terms_say_so() -> None:
    versions = [in_force(counts={"first_order_only": False})]
    found = verdicts(placed(1), placed(2, DAY, code=None), versions=versions)
    assert [one.counts for one in found.values()] == [True, True]


@pytest.mark.parametrize(("days", "counts"), [(90, True), (91, False)])
def test_a_later_order_counts_until_the_window_ends(days: int, counts: bool) -> None:
    versions = [in_force(counts={"first_order_only": False})]
    found = verdicts(placed(1), placed(2, days * DAY, code=None), versions=versions)
    assert found["o2"].counts is counts


def test_the_window_ends_on_the_second() -> None:
    versions = [in_force(counts={"first_order_only": False})]
    late = placed(2, 90 * DAY + timedelta(seconds=1))
    assert failed(verdicts(placed(1), late, versions=versions)["o2"]) == ["window"]


def test_a_friend_is_brought_once_and_by_the_first() -> None:
    """I7: another advocate's later code changes nothing."""
    versions = [in_force(counts={"first_order_only": False})]
    found = verdicts(placed(1), placed(2, DAY, code="ZOE"), versions=versions)
    assert {one.brought.code.text for one in found.values() if one.brought} == {"MIRA"}
    assert any("a friend is brought once" in one.words for one in found["o2"].reasons)


def test_a_test_order_brings_nobody() -> None:
    found = verdicts(placed(1, code="ZOE", is_test=True), placed(2, DAY, code="MIRA"))
    assert found["o2"].brought is not None
    assert found["o2"].brought.code.text == "MIRA"


def test_the_terms_of_the_day_of_the_order_hold() -> None:
    versions = [in_force(1), in_force(2, 10 * DAY, counts={"minimum": "200.00"})]
    found = verdicts(placed(1, 10 * DAY - timedelta(seconds=1)), versions=versions)
    assert found["o1"].counts
    assert not verdicts(placed(1, 10 * DAY), versions=versions)["o1"].counts


def test_before_the_first_version_nothing_holds() -> None:
    version = in_force(1, DAY)
    assert terms_at([version], START) is None
    assert terms_at([version], START + DAY) is version
    assert failed(verdicts(placed(), versions=[version])["o1"]) == ["schedule"]


def test_the_order_in_which_orders_are_given_does_not_matter() -> None:
    orders = [placed(1, 3 * DAY, code=None), placed(2, 2 * DAY), placed(3, DAY, is_paid=False), placed(4, DAY, "ZOE")]
    expected = verdicts(*orders)
    assert expected["o3"].counts
    for shuffled in permutations(orders):
        assert verdicts(*shuffled) == expected


def won(number: int = 9, at: timedelta = timedelta(), code: str | None = None, **changes: Any) -> OrderFacts:
    """A deal of EUR 100 that is won in the CRM."""
    field = (Evidence(EvidenceKind.CONTACT_FIELD, code),) if code else ()
    facts = {"kind": OrderKind.DEAL, "connection_id": "crm", "place": "The CRM", "name": "Big deal", "evidence": field}
    return placed(number, at, None, **{**facts, **changes})


def qualified(number: int = 8, at: timedelta = timedelta(), **changes: Any) -> OrderFacts:
    """A qualified lead with Mira's code: no money yet, in whatever currency the CRM counts."""
    return won(number, at, **{"code": "MIRA", "kind": OrderKind.LEAD, "base": Money(0, "USD"), **changes})


def test_one_purchase_told_twice_counts_once_and_says_where() -> None:
    """X-02: the order counts, the deal says that it is the same, and neither spoils the first order."""
    versions = [in_force(counts={"first_order_only": False})]
    found = verdicts(placed(1, DAY, connection_id="shop", place="The shop", name="#1"), won(at=DAY), versions=versions)
    assert (found["o1"].counts, found["o9"].counts, found["o9"].same_as) == (True, False, "o1")
    assert failed(found["o9"]) == ["duplicate"]
    words = "the same purchase as order #1 at The shop, which counts once: the same amount in the same days"
    assert found["o9"].reasons[0].words == words


def test_a_duplicate_that_was_told_earlier_is_no_purchase_before() -> None:
    found = verdicts(placed(1, DAY, connection_id="shop"), won(at=timedelta()))
    assert (found["o1"].counts, found["o9"].counts) == (True, False)


def test_evidence_that_only_the_crm_knows_brings_the_friend_of_the_shops_order() -> None:
    found = verdicts(placed(1, code=None, connection_id="shop"), won(at=DAY, code="MIRA"))
    assert found["o1"].counts
    assert found["o1"].brought is not None
    assert found["o1"].brought.evidence == "contact_field"


def test_a_deal_counts_like_an_order_and_says_that_it_is_one() -> None:
    verdict = verdicts(won(code="MIRA"))["o9"]
    assert verdict.counts
    assert "a deal counts in this campaign" in [one.words for one in verdict.reasons]


@pytest.mark.parametrize(("kinds", "counting"), [(["order"], "o1"), (["deal"], "o9"), (["order", "deal"], "o1")])
def test_of_one_purchase_counts_what_the_terms_list(kinds: list[str], counting: str) -> None:
    versions = [in_force(counts={"kinds": kinds})]
    found = verdicts(placed(1, connection_id="shop"), won(code="MIRA"), versions=versions)
    assert [order_id for order_id, verdict in found.items() if verdict.counts] == [counting]


def test_a_kind_that_the_terms_leave_out_does_not_count_and_says_so() -> None:
    assert failed(verdicts(won(code="MIRA"), versions=[in_force(counts={"kinds": ["order"]})])["o9"]) == ["kind"]
    assert failed(verdicts(qualified())["o8"]) == ["kind"]


def test_a_lead_counts_where_it_is_listed_whatever_its_currency_and_without_a_minimum() -> None:
    verdict = verdicts(qualified(), versions=[in_force(counts={"kinds": ["lead"]})])["o8"]
    assert verdict.counts
    assert not {"currency", "minimum", "first_order"} & {one.rule for one in verdict.reasons}


def test_a_lead_is_no_purchase_and_needs_not_be_the_first_of_anything() -> None:
    versions = [in_force(counts={"kinds": ["order", "lead"]})]
    found = verdicts(qualified(), placed(1, DAY, code=None), qualified(7, 2 * DAY), versions=versions)
    assert [one.counts for one in found.values()] == [True, True, True]


def test_a_lead_brings_the_friend_even_where_it_does_not_count() -> None:
    assert verdicts(qualified(), placed(1, 90 * DAY, code=None))["o1"].counts
    assert not verdicts(qualified(), placed(1, 91 * DAY, code=None))["o1"].counts


def test_a_lead_that_was_taken_back_keeps_its_story() -> None:
    verdict = verdicts(qualified(is_cancelled=True), versions=[in_force(counts={"kinds": ["lead"]})])["o8"]
    assert verdict.counts
    assert "the lead was given up after it was qualified" in [one.words for one in verdict.reasons]


def test_a_first_order_that_comes_to_light_after_another_was_paid_earns_nothing_more() -> None:
    found = verdicts(placed(1), placed(2, DAY, name="#2"), paid={"o2"})
    assert failed(found["o1"]) == ["first_order"]
    assert "already paid for order #2 as the friend's first" in found["o1"].reasons[-2].words


def test_an_order_for_which_was_paid_goes_on_counting_itself() -> None:
    assert verdicts(placed(1), paid={"o1"})["o1"].counts
    assert [one.counts for one in verdicts(placed(1), placed(2, DAY), paid={"o1"}).values()] == [True, False]


@pytest.mark.parametrize("changes", [{"is_cancelled": True}, {"is_test": True}])
def test_what_was_paid_for_an_order_that_went_back_leaves_the_place_to_another(changes: dict[str, Any]) -> None:
    assert verdicts(placed(1), placed(2, DAY, **changes), paid={"o2"})["o1"].counts


def test_where_every_order_counts_a_paid_one_stands_in_nobodys_way() -> None:
    versions = [in_force(counts={"first_order_only": False})]
    assert verdicts(placed(1), placed(2, DAY), versions=versions, paid={"o2"})["o1"].counts
