"""Trying terms on a made-up order says what would be decided about a real one, and why."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core.contract.money import Money
from core.rules.simulating import Tried, read_made_up, try_order
from core.rules.terms import BadTerms, parse_terms
from tests.support.hub import terms

NOW = datetime(2026, 11, 20, tzinfo=UTC)


def tried(order: dict[str, Any] | None = None, around: dict[str, Any] | None = None, **changes: Any) -> Tried:
    """The usual terms with changes, tried on an order of EUR 100.00 with changes."""
    read = parse_terms(terms(**changes))
    body = {"order": {"base": "100.00", **(order or {})}, **(around or {})}
    return try_order(read, read_made_up(body, read, NOW))


def gives(found: Tried) -> dict[str, str]:
    """Each side's amount, or why it is refused."""
    return {one.side: one.refused.partition(":")[0] or one.amount.text() for one in found.outcomes}


def failed(found: Tried) -> set[str]:
    """The rules that were not met."""
    return {reason.rule for reason in found.reasons if not reason.passed}


def test_an_order_that_counts_pays_both_sides_after_the_hold() -> None:
    found = tried()
    assert found.counts
    assert gives(found) == {"advocate": "10.00", "friend": "5.00"}
    assert found.released_at == NOW + timedelta(days=14)
    assert failed(found) == set()


TEA = {"field": "line.vendor", "is": "Teahouse"}
LINES = [{"line.vendor": "Teahouse", "line.amount": "40.00"}, {"line.vendor": "Other", "line.amount": "60.00"}]


@pytest.mark.parametrize(
    ("changes", "order", "around", "rule"),
    [
        ({}, {"base": "29.99"}, {}, "minimum"),
        ({}, {"currency": "USD"}, {}, "currency"),
        ({}, {"test": True}, {}, "test"),
        ({}, {"paid": False, "cancelled": True}, {}, "cancelled"),
        ({}, {"kind": "lead", "base": "0"}, {}, "kind"),
        ({}, {}, {"friend": {"is_advocate": True}}, "self_referral"),
        ({}, {}, {"friend": {"bought_days_before": 10}}, "first_order"),
        ({}, {}, {"friend": {"brought_days_before": 91}}, "window"),
        ({"attribution": {"precedence": ["landing_ref"]}}, {"traces": ["code"]}, {}, "referral"),
        ({"campaign": {"starts_at": "2026-12-01"}}, {}, {}, "schedule"),
        ({"campaign": {"ends_at": "2026-11-20"}}, {}, {}, "schedule"),
        (
            {"counts": {"when": {"field": "order.country", "is": "DE"}}},
            {"fields": {"order.country": "FR"}},
            {},
            "condition",
        ),
        ({"counts": {"deal_stages": ["won"]}}, {"kind": "deal", "fields": {"deal.stage": "lost"}}, {}, "stage"),
    ],
)
def test_the_rule_that_stands_in_the_way_is_named(
    changes: dict[str, Any], order: dict[str, Any], around: dict[str, Any], rule: str
) -> None:
    found = tried(order, around, **changes)
    assert (found.counts, found.outcomes, found.released_at) == (False, (), None)
    assert rule in failed(found)


@pytest.mark.parametrize(
    ("changes", "order", "around", "expected"),
    [
        ({}, {"traces": ["signed_attribute"]}, {}, {"advocate": "10.00", "friend": "5.00"}),
        ({}, {}, {"friend": {"brought_days_before": 90}}, {"advocate": "10.00", "friend": "5.00"}),
        (
            {"counts": {"new_after_days": 180}},
            {},
            {"friend": {"bought_days_before": 181}},
            {"advocate": "10.00", "friend": "5.00"},
        ),
        (
            {"counts": {"deal_stages": ["won"]}},
            {"kind": "deal", "fields": {"deal.stage": "Won"}},
            {},
            {"advocate": "10.00", "friend": "5.00"},
        ),
        (
            {"advocate": {"tiers": [{"from": 3, "percent": "20"}]}},
            {},
            {"advocate": {"number": 2}},
            {"advocate": "10.00", "friend": "5.00"},
        ),
        (
            {"advocate": {"tiers": [{"from": 3, "percent": "20"}]}},
            {},
            {"advocate": {"number": 3}},
            {"advocate": "20.00", "friend": "5.00"},
        ),
        (
            {"advocate": {"milestones": [{"at": 5, "amount": "50.00"}]}},
            {},
            {"advocate": {"number": 5}},
            {"advocate": "10.00", "friend": "5.00", "milestone": "50.00"},
        ),
        ({"advocate": {"of_lines": TEA}}, {"lines": LINES}, {}, {"advocate": "4.00", "friend": "5.00"}),
        ({"friend": {"when": TEA}}, {"lines": LINES[1:]}, {}, {"advocate": "10.00"}),
        ({"limits": {"most_of_order": "9"}}, {}, {}, {"advocate": "6.00", "friend": "3.00"}),
        (
            {"limits": {"budget": "100.00"}},
            {},
            {"campaign": {"promised": "87.00"}},
            {"advocate": "10.00", "friend": "budget_exhausted"},
        ),
        (
            {"limits": {"rewards_per_advocate": 3}},
            {},
            {"advocate": {"rewards": 3}},
            {"advocate": "cap_reached", "friend": "5.00"},
        ),
        (
            {"limits": {"amount_per_advocate": "50.00"}},
            {},
            {"advocate": {"earned": "40.01"}},
            {"advocate": "amount_reached", "friend": "5.00"},
        ),
        (
            {"limits": {"rewards_per_friend": 1}},
            {},
            {"friend": {"rewards": 1}},
            {"advocate": "friend_cap_reached", "friend": "friend_cap_reached"},
        ),
        ({"limits": {"rewards_per_friend": 1}}, {}, {}, {"advocate": "10.00", "friend": "5.00"}),
        ({}, {"paid": False}, {}, {}),
        ({}, {"cancelled": True}, {}, {}),
    ],
)
def test_what_each_side_would_get_is_what_the_terms_say(
    changes: dict[str, Any], order: dict[str, Any], around: dict[str, Any], expected: dict[str, str]
) -> None:
    found = tried(order, around, **changes)
    assert found.counts
    assert gives(found) == expected


def test_a_milestone_is_the_advocates_kind() -> None:
    changes = {"advocate": {"kind": "gift_card", "milestones": [{"at": 1, "amount": "50.00"}]}}
    assert [(one.side, one.kind, one.amount) for one in tried(**changes).outcomes] == [
        ("advocate", "gift_card", Money(1000, "EUR")),
        ("friend", "store_credit", Money(500, "EUR")),
        ("milestone", "gift_card", Money(5000, "EUR")),
    ]


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({}, "order.base: missing"),
        ({"order": {"base": 5}}, "order.base: '5' does not fit"),
        ({"order": {"base": "5", "bse": "5"}}, "order.bse: unknown; did you mean base?"),
        ({"order": {"base": "5", "fields": {"colour": "red"}}}, "order.fields: 'colour' does not fit; write a field"),
        ({"order": {"base": "5", "fields": {"order.x": 1.5}}}, "order.fields.order.x: '1.5' does not fit"),
        ({"order": {"base": "5", "lines": {}}}, "order.lines: an empty table does not fit"),
        ({"order": {"base": "5"}, "advocate": {"number": 0}}, "advocate.number: '0' does not fit"),
        ({"order": {"base": "5"}, "frend": {}}, "frend: unknown; did you mean friend?"),
    ],
)
def test_what_is_wrong_with_the_made_up_order_is_told_with_its_place(body: dict[str, Any], place: str) -> None:
    with pytest.raises(BadTerms) as caught:
        read_made_up(body, parse_terms(terms()), NOW)
    assert caught.value.problems[0].startswith(place)
