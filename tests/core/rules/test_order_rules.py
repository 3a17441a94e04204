"""What the terms ask of one order: schedule, pauses, conditions, stages, kinds; and touch and new again beside it."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest

from core.contract.events import OrderKind
from core.contract.money import Money
from core.rules.conditions import Facts
from core.rules.counting import TermsInForce, Verdict, judge
from core.rules.order_rules import PauseFacts
from core.rules.purchases import OrderFacts
from core.rules.terms import parse_terms
from tests.core.rules.test_counting import CODES, KEY, failed, in_force, placed
from tests.support.hub import DAY, START

SECOND = timedelta(seconds=1)
LAST: dict[str, Any] = {"attribution": {"touch": "last"}, "counts": {"first_order_only": False}}
STAGES: dict[str, Any] = {"counts": {"kinds": ["deal"], "deal_stages": ["proposal", "Closed Won"]}}


def judged(
    *orders: OrderFacts,
    versions: Sequence[TermsInForce] | None = None,
    pauses: Sequence[PauseFacts] = (),
    paid: frozenset[str] = frozenset(),
    **changes: Any,
) -> dict[str, Verdict]:
    """What is decided of each of Anna's orders under the usual terms with some tables changed."""
    versions = versions or [in_force(**changes)]
    return {one.order_id: one for one in judge(orders, "anna", versions, CODES, KEY, paid, pauses=pauses)}


def with_facts(fields: dict[str, Any], *lines: dict[str, Any], **changes: Any) -> OrderFacts:
    return placed(facts=Facts(fields, lines), **changes)


def brought_by(verdict: Verdict) -> str | None:
    return verdict.brought.code.advocate_id if verdict.brought else None


def day(offset: timedelta) -> str:
    return (START + offset).isoformat()


@pytest.mark.parametrize(
    ("at", "counts"),
    [(-SECOND, False), (timedelta(), True), (5 * DAY - SECOND, True), (5 * DAY, False), (9 * DAY, False)],
)
def test_an_order_counts_from_the_beginning_on_and_before_the_end(at: timedelta, *, counts: bool) -> None:
    schedule = {"starts_at": day(timedelta()), "ends_at": day(5 * DAY)}
    verdict = judged(placed(at=at), campaign=schedule)["o1"]
    assert verdict.counts is counts
    assert failed(verdict) == ([] if counts else ["schedule"])


@pytest.mark.parametrize(
    ("at", "counts"), [(DAY - SECOND, True), (DAY, False), (2 * DAY - SECOND, False), (2 * DAY, True)]
)
def test_nothing_that_is_ordered_in_a_pause_counts(at: timedelta, *, counts: bool) -> None:
    pauses = [PauseFacts(START + DAY, START + 2 * DAY)]
    assert judged(placed(at=at), pauses=pauses)["o1"].counts is counts


def test_a_pause_without_an_end_goes_on() -> None:
    assert not judged(placed(at=300 * DAY), pauses=[PauseFacts(START)])["o1"].counts


def test_what_is_ordered_while_the_campaign_rests_brings_nobody_later() -> None:
    pauses = [PauseFacts(START, START + DAY)]
    found = judged(placed(1), placed(2, at=2 * DAY, code=None), pauses=pauses, counts={"first_order_only": False})
    assert not found["o2"].counts
    assert brought_by(found["o2"]) is None


def test_a_campaign_that_rests_says_so_even_of_an_order_that_names_nobody() -> None:
    verdict = judged(placed(code=None), pauses=[PauseFacts(START)])["o1"]
    assert failed(verdict) == ["referral", "schedule"]


WHEN = {"all": [{"field": "order.country", "is_one_of": ["DE", "AT"]}, {"field": "order.base", "at_least": "50.00"}]}


@pytest.mark.parametrize(
    ("changes", "counts"),
    [
        ({"fields": {"order.country": "AT"}}, True),
        ({"fields": {"order.country": "FR"}}, False),
        ({"fields": {}}, False),
        ({"fields": {"order.country": "AT"}, "base": Money(4999, "EUR")}, False),
    ],
)
def test_an_order_counts_only_where_the_terms_condition_holds(changes: dict[str, Any], *, counts: bool) -> None:
    verdict = judged(with_facts(**changes), counts={"when": WHEN})["o1"]
    assert verdict.counts is counts
    assert failed(verdict) == ([] if counts else ["condition"])


def test_the_reason_names_the_value_that_was_found() -> None:
    verdict = judged(with_facts({"order.country": "FR"}), counts={"when": WHEN})["o1"]
    (reason,) = [one for one in verdict.reasons if one.rule == "condition"]
    assert reason.words == "the order's country is FR, which is not one of DE, AT"


def test_one_sides_condition_is_told_and_is_no_obstacle() -> None:
    verdict = judged(with_facts({"order.country": "FR"}), friend={"when": WHEN})["o1"]
    assert verdict.counts
    assert [one.passed for one in verdict.reasons if one.rule == "friend.when"] == [False]


def test_with_first_touch_a_friend_is_brought_once() -> None:
    found = judged(placed(1), placed(2, at=DAY, code="ZOE"), counts={"first_order_only": False})
    assert [brought_by(found[one]) for one in ("o1", "o2")] == ["mira", "mira"]


def test_with_last_touch_whoever_came_last_brings_each_order_and_what_came_before_stays() -> None:
    orders = [placed(1), placed(2, at=DAY, code="ZOE"), placed(3, at=2 * DAY, code=None), placed(4, at=3 * DAY)]
    for some in permutations(orders):
        found = judged(*some, **LAST)
        assert [brought_by(found[one]) for one in ("o1", "o2", "o3", "o4")] == ["mira", "zoe", "zoe", "mira"]


def test_with_last_touch_the_window_begins_anew_with_each_touch() -> None:
    orders = [placed(1), placed(2, at=80 * DAY), placed(3, at=160 * DAY, code=None)]
    assert judged(*orders, **LAST)["o3"].counts
    assert not judged(*orders, counts={"first_order_only": False})["o3"].counts


@pytest.mark.parametrize(("after", "counts"), [(180 * DAY, False), (180 * DAY + SECOND, True)])
def test_who_bought_nothing_for_long_enough_is_new_again_and_may_be_brought_anew(
    after: timedelta, *, counts: bool
) -> None:
    found = judged(placed(1), placed(2, at=after, code="ZOE"), counts={"new_after_days": 180})
    assert found["o2"].counts is counts
    assert brought_by(found["o2"]) == ("zoe" if counts else "mira")


def test_without_that_term_nobody_becomes_new_again() -> None:
    assert "first_order" in failed(judged(placed(1), placed(2, at=3000 * DAY, code="ZOE"))["o2"])


def test_a_first_order_that_was_paid_does_not_keep_a_friend_from_being_new_again() -> None:
    orders = [placed(1), placed(2, at=200 * DAY)]
    terms: dict[str, Any] = {"counts": {"new_after_days": 180}}
    found = judged(*orders, paid=frozenset({"o1"}), **terms)
    assert found["o2"].counts
    late = judged(placed(0, at=-DAY), *orders, paid=frozenset({"o1"}), **terms)
    assert failed(late["o0"]) == ["first_order"]


def deal(stage: str | None, **changes: Any) -> OrderFacts:
    return with_facts({"deal.stage": stage} if stage else {}, kind=OrderKind.DEAL, **changes)


@pytest.mark.parametrize(
    ("stage", "counts"), [("proposal", True), ("closed won", True), ("qualified", False), (None, False)]
)
@pytest.mark.parametrize("is_won", [True, False])
def test_a_deal_counts_in_the_stages_that_the_terms_name_whether_or_not_it_is_won(
    stage: str | None, *, counts: bool, is_won: bool
) -> None:
    verdict = judged(deal(stage, is_paid=is_won, is_cancelled=not is_won), **STAGES)["o1"]
    assert verdict.counts is counts
    assert (verdict.order.is_paid, verdict.order.is_cancelled) == (counts, not counts)
    assert failed(verdict) == ([] if counts else ["stage"])


def test_without_stages_a_deal_counts_once_it_is_won() -> None:
    assert judged(deal("proposal"))["o1"].counts
    assert not judged(deal("Closed Won", is_paid=False, is_cancelled=True))["o1"].counts


def test_a_deal_in_a_stage_that_counts_is_the_same_purchase_as_its_order() -> None:
    twins = [deal("proposal", is_paid=False, is_cancelled=True, connection_id="crm"), placed(2, connection_id="shop")]
    found = judged(*twins, counts={"deal_stages": ["proposal"]})
    assert found["o1"].same_as == "o2"


@pytest.mark.parametrize("kind", [OrderKind.LEAD, OrderKind.CONTACT])
def test_a_lead_and_a_contact_count_where_the_terms_say_so_without_money_or_being_first(kind: OrderKind) -> None:
    told = placed(kind=kind, base=Money(0, "EUR"), at=DAY)
    assert judged(placed(0, code=None), told, counts={"kinds": ["order", str(kind)]})["o1"].counts
    assert failed(judged(told)["o1"]) == ["kind"]


def test_a_contact_takes_no_order_its_being_first() -> None:
    contact = placed(1, kind=OrderKind.CONTACT, base=Money(0, "EUR"))
    assert judged(contact, placed(2, at=DAY), counts={"kinds": ["order", "contact"]})["o2"].counts


@pytest.mark.parametrize(
    ("base", "counts"),
    [("EUR 30.00", True), ("EUR 29.99", False), ("USD 33.00", True), ("USD 32.99", False), ("CHF 90.00", False)],
)
def test_each_currency_has_a_minimum_of_its_own(base: str, *, counts: bool) -> None:
    currency, amount = base.split()
    each = {"kind": "store_credit", "amount": {"EUR": "5.00", "USD": "5.50"}}
    counting = {"currencies": ["EUR", "USD"], "minimum": {"EUR": "30.00", "USD": "33.00"}}
    body = {"campaign": {"slug": "friends", "name": "Friends"}, "counts": counting, "advocate": each}
    version = TermsInForce("t1", parse_terms(body), START - DAY)
    assert judged(placed(base=Money.parse(amount, currency)), versions=[version])["o1"].counts is counts
