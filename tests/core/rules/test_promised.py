"""What each side is promised: tiers, milestones, currencies, conditions, some lines only, and no more than a share."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.contract.events import OrderKind
from core.contract.money import Money
from core.rules.conditions import Facts
from core.rules.rewarding import Counted, are_numbered, base_of, grants, milestone_reached, side_reasons
from core.rules.terms import Terms, parse_terms
from tests.core.rules.test_counting import placed

ORDER = Money(10_000, "EUR")
TIERS = [{"from": 3, "amount": "15.00"}, {"from": 10, "percent": "20", "at_most": "18.00"}]
MILESTONES = [{"at": 2, "amount": "7.00"}, {"at": 5, "amount": "50.00"}]


def promising(**tables: Any) -> Terms:
    """EUR 10 for the advocate and 5 for the friend, with some tables changed; None takes one away."""
    body = {
        "campaign": {"slug": "friends", "name": "Friends"},
        "counts": {"currency": "EUR"},
        "advocate": {"kind": "store_credit", "amount": "10.00"},
        "friend": {"kind": "gift_card", "amount": "5.00"},
        **tables,
    }
    return parse_terms({name: table for name, table in body.items() if table})


def minor(terms: Terms, number: int | None = None, base: Money = ORDER, facts: Facts | None = None) -> dict[str, int]:
    """What each side is promised, in minor units."""
    return {side: money.minor for side, money in grants(terms, Counted(base, facts or Facts(), number)).items()}


def advocate(**promised: Any) -> dict[str, Any]:
    return {"kind": "store_credit", "amount": "10.00", **promised}


def test_both_sides_get_what_is_written() -> None:
    assert minor(promising()) == {"advocate": 1000, "friend": 500}


@pytest.mark.parametrize(
    ("number", "expected"), [(None, 1000), (1, 1000), (2, 1000), (3, 1500), (9, 1500), (10, 1800), (99, 1800)]
)
def test_a_tier_holds_from_its_number_on(number: int | None, expected: int) -> None:
    assert minor(promising(advocate=advocate(tiers=TIERS)), number)["advocate"] == expected


@pytest.mark.parametrize(("number", "expected"), [(None, None), (1, None), (2, 700), (3, None), (5, 5000), (6, None)])
def test_a_milestone_is_reached_with_its_very_number(number: int | None, expected: int | None) -> None:
    terms = promising(advocate=advocate(milestones=MILESTONES))
    assert minor(terms, number).get("milestone") == expected
    assert milestone_reached(terms, number) == (number if expected else None)
    assert minor(terms, number)["advocate"] == 1000


def test_numbers_matter_only_where_the_terms_have_tiers_or_milestones() -> None:
    assert not are_numbered(promising())
    assert are_numbered(promising(advocate=advocate(tiers=TIERS)))
    assert are_numbered(promising(advocate=advocate(milestones=MILESTONES)))


def test_each_currency_has_amounts_of_its_own() -> None:
    each = {"kind": "store_credit", "amount": {"EUR": "10.00", "USD": "11.00"}}
    share = {"kind": "store_credit", "percent": "50", "at_most": {"EUR": "20.00", "USD": "22.00"}}
    terms = promising(counts={"currencies": ["EUR", "USD"]}, advocate=each, friend=share)
    assert minor(terms) == {"advocate": 1000, "friend": 2000}
    assert minor(terms, base=Money(10_000, "USD")) == {"advocate": 1100, "friend": 2200}


VIP = {"field": "order.tags", "contains": "vip"}


def test_one_side_gets_nothing_where_its_condition_does_not_hold() -> None:
    terms = promising(friend={"kind": "gift_card", "amount": "5.00", "when": VIP})
    facts = Facts({"order.tags": ("vip",)})
    assert minor(terms) == {"advocate": 1000}
    assert minor(terms, facts=facts) == {"advocate": 1000, "friend": 500}
    assert [(one.rule, one.passed) for one in side_reasons(terms, facts)] == [("friend.when", True)]
    assert [one.passed for one in side_reasons(terms, Facts())] == [False]


BOOKS = {"field": "line.sku", "starts_with": "BOOK"}
LINES = Facts(
    {},
    (
        {"line.sku": "BOOK-1", "line.amount": "30.00"},
        {"line.sku": "BOOK-2", "line.amount": "10.05"},
        {"line.sku": "MUG", "line.amount": "59.95"},
    ),
)


@pytest.mark.parametrize(
    ("facts", "base", "expected"),
    [
        (LINES, ORDER, 401),  # 10 % of 40.05, rounded half up
        (LINES, Money(2_000, "EUR"), 200),  # never of more than counts
        (Facts(), ORDER, None),
        (Facts({}, ({"line.sku": "BOOK-1"},)), ORDER, None),
        (Facts({}, ({"line.sku": "BOOK-1", "line.amount": "-5"},)), ORDER, None),
    ],
)
def test_a_percentage_may_be_of_some_lines_only(facts: Facts, base: Money, expected: int | None) -> None:
    terms = promising(advocate={"kind": "store_credit", "percent": "10", "of_lines": BOOKS}, friend=None)
    assert minor(terms, base=base, facts=facts).get("advocate") == expected


@pytest.mark.parametrize(
    ("base", "expected"),
    [
        (10_000, {"advocate": 1000, "friend": 500}),
        (3_000, {"advocate": 1000, "friend": 500}),  # exactly half of it
        (2_000, {"advocate": 667, "friend": 333}),
        (1, {"advocate": 1}),
    ],
)
def test_both_rewards_together_take_no_more_than_a_share_of_the_order(base: int, expected: dict[str, int]) -> None:
    assert minor(promising(limits={"most_of_order": "50"}), base=Money(base, "EUR")) == expected


def test_a_milestone_is_on_top_of_that_share() -> None:
    terms = promising(advocate=advocate(milestones=MILESTONES), limits={"most_of_order": "1"})
    assert minor(terms, 2) == {"advocate": 67, "friend": 33, "milestone": 700}


def test_a_lead_has_no_money_to_take_a_share_of() -> None:
    terms = promising(limits={"most_of_order": "50"})
    lead = placed(kind=OrderKind.LEAD, base=Money(77, "USD"))
    assert base_of(lead, terms) == Money(0, "EUR")
    assert minor(terms, base=base_of(lead, terms)) == {"advocate": 1000, "friend": 500}
    assert base_of(placed(), terms) == ORDER


@given(st.integers(0, 10**9), st.integers(1, 100_00), st.integers(1, 100_00), st.integers(1, 100_00))
def test_whatever_is_promised_both_together_keep_the_share_and_keep_their_proportion(
    base: int, one: int, other: int, most: int
) -> None:
    each = [{"kind": "store_credit", "percent": str(Decimal(part) / 100)} for part in (one, other)]
    terms = promising(advocate=each[0], friend=each[1], limits={"most_of_order": str(Decimal(most) / 100)})
    free = minor(promising(advocate=each[0], friend=each[1]), base=Money(base, "EUR"))
    cut = minor(terms, base=Money(base, "EUR"))
    whole = Money(base, "EUR").share(most, 100_00).minor
    assert sum(cut.values()) == min(sum(free.values()), whole)
    for side, amount in cut.items():
        assert amount <= free[side]
        assert abs(amount * sum(free.values()) - free[side] * sum(cut.values())) <= sum(free.values())
