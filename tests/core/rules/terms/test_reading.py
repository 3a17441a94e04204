"""Terms: what is written is what is meant, and every mistake is named with its place and what to write there."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from core.contract.events import EvidenceKind, OrderKind
from core.contract.money import Money
from core.rules.terms import BadTerms, FraudTerms, Limits, Milestone, Tier, Touch, Worth, parse_terms
from tests.support.hub import terms


def problems_of(body: dict[str, Any]) -> list[str]:
    """What is wrong with these terms, without the usual ones' help."""
    with pytest.raises(BadTerms) as caught:
        parse_terms(body)
    return caught.value.problems


def test_terms_are_read_as_written() -> None:
    read = parse_terms(
        terms(
            campaign={"slug": "tea", "name": "Tea friends", "destination": "https://tea.example/start"},
            counts={"minimum": "50.00", "first_order_only": False},
            attribution={"window_days": 30, "precedence": ["last_visit", "code"]},
            hold={"days": 0},
            advocate={"percent": "12.5", "at_most": "40.00", "expires_days": 365},
            limits={"budget": "1000.00", "rewards_per_advocate": 5, "per_days": 7},
        )
    )
    assert (read.slug, read.name, read.destination) == ("tea", "Tea friends", "https://tea.example/start")
    assert (read.minimum, read.is_first_order_only) == ({"EUR": Money(5000, "EUR")}, False)
    assert (read.window, read.hold) == (timedelta(days=30), timedelta(0))
    assert read.precedence == (EvidenceKind.LAST_VISIT, EvidenceKind.CODE)
    assert read.rewards["advocate"].percent == Decimal("12.50")
    assert (read.rewards["advocate"].at_most, read.rewards["advocate"].expires_days) == (Money(4000, "EUR"), 365)
    assert read.rewards["friend"].amount == Money(500, "EUR")
    assert (read.budget, read.rewards_per_advocate, read.per_days) == (Money(100_000, "EUR"), 5, 7)


def test_what_is_not_written_has_the_documented_value() -> None:
    read = parse_terms({"campaign": terms()["campaign"], "counts": {"currency": "EUR"}, "friend": terms()["friend"]})
    assert (read.minimum, read.is_first_order_only) == ({"EUR": Money(0, "EUR")}, True)
    assert (read.window, read.hold) == (timedelta(days=90), timedelta(days=14))
    assert read.precedence == tuple(EvidenceKind)
    assert (read.budget, read.rewards_per_advocate, read.per_days, read.destination) == (None, None, 30, "")
    assert set(read.rewards) == {"friend"}


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"campaign": {"slug": None}}, "campaign.slug: missing"),
        ({"campaign": {"slug": ""}}, "campaign.slug: '' does not fit"),
        ({"campaign": {"slug": "x" * 201}}, "campaign.slug"),
        ({"campaign": {"slug": "a b"}}, "campaign.slug: 'a b' does not fit; write a short name of small letters"),
        ({"campaign": {"name": "two\nlines"}}, "campaign.name"),
        ({"campaign": {"name": 7}}, "campaign.name: '7' does not fit"),
        ({"campaign": {"destination": 7}}, "campaign.destination"),
        ({"campaign": {"destination": "javascript:alert(1)"}}, "campaign.destination"),
        ({"counts": {"currency": "euro"}}, "counts.currency: 'euro' does not fit"),
        ({"counts": {"currency": None}}, "counts.currency: missing"),
        ({"counts": {"minimum": 30}}, "counts.minimum: '30' does not fit"),
        ({"counts": {"minimum": "30.001"}}, "counts.minimum"),
        ({"counts": {"minimum": "-1"}}, "counts.minimum"),
        ({"counts": {"minimum": "1e1000000"}}, "counts.minimum"),
        ({"counts": {"first_order_only": "yes"}}, "counts.first_order_only: 'yes' does not fit; write true or false"),
        ({"counts": {"first_order_only": 1}}, "counts.first_order_only"),
        (
            {"counts": {"kinds": []}},
            "counts.kinds: an empty list does not fit; write a list of some of order, deal, lead, contact",
        ),
        ({"counts": {"kinds": ["order", "order"]}}, "counts.kinds"),
        ({"counts": {"kinds": ["visit"]}}, "counts.kinds: 'visit' does not fit"),
        ({"counts": {"kinds": [{"order": 1}]}}, "counts.kinds"),
        ({"counts": {"kinds": "order"}}, "counts.kinds"),
        ({"counts": {"same_purchase_days": -1}}, "counts.same_purchase_days"),
        ({"counts": {"same_purchase_days": 366}}, "counts.same_purchase_days"),
        ({"attribution": {"precedence": [["code"]]}}, "attribution.precedence"),
        ({"attribution": {"window_days": 0}}, "attribution.window_days"),
        ({"attribution": {"window_days": 3651}}, "attribution.window_days"),
        ({"attribution": {"window_days": True}}, "attribution.window_days"),
        ({"attribution": {"window_days": 30.5}}, "attribution.window_days"),
        ({"attribution": {"precedence": []}}, "attribution.precedence"),
        ({"attribution": {"precedence": ["code", "code"]}}, "attribution.precedence"),
        ({"attribution": {"precedence": ["a feeling"]}}, "attribution.precedence"),
        ({"attribution": {"precedence": "code"}}, "attribution.precedence"),
        ({"hold": {"days": -1}}, "hold.days"),
        ({"hold": {"days": 366}}, "hold.days"),
        ({"hold": {"days": "14"}}, "hold.days: '14' does not fit; write a whole number from 0 to 365"),
        ({"advocate": {"kind": "a hug"}}, "advocate.kind: 'a hug' does not fit; write a kind of reward"),
        ({"advocate": {"kind": None}}, "advocate.kind: missing"),
        ({"advocate": {"percent": "0"}}, "advocate.percent"),
        ({"advocate": {"percent": "100.01"}}, "advocate.percent"),
        ({"advocate": {"percent": "0.005"}}, "advocate.percent"),
        ({"advocate": {"percent": 10}}, "advocate.percent: '10' does not fit; write a percentage in quotes"),
        ({"advocate": {"percent": "10", "amount": "5.00"}}, "advocate: give either amount"),
        ({"advocate": {"percent": None}}, "advocate: give either amount"),
        ({"advocate": {"expires_days": 0}}, "advocate.expires_days"),
        ({"friend": {"amount": "0"}}, "friend.amount: must be more than zero"),
        ({"friend": {"amount": "-5"}}, "friend.amount"),
        ({"friend": {"at_most": "a lot"}}, "friend.at_most"),
        ({"limits": {"budget": "4.99"}}, "limits.budget: smaller than one reward"),
        ({"limits": {"rewards_per_advocate": 0}}, "limits.rewards_per_advocate"),
        ({"limits": {"per_days": 0}}, "limits.per_days"),
        ({"limits": {"budgett": "5.00"}}, "limits.budgett: unknown; did you mean budget?"),
        ({"countz": {"minimum": "5.00"}}, "countz: unknown; did you mean counts?"),
        ({"advocate": None, "friend": None}, "advocate: nobody gets anything"),
    ],
)
def test_a_mistake_is_named_with_its_place(changes: dict[str, Any], place: str) -> None:
    found = problems_of(without_nothing(terms(**changes)))
    assert any(problem.startswith(place) for problem in found), found


def without_nothing(body: dict[str, Any]) -> dict[str, Any]:
    """TOML has no null: what is None is simply not there."""
    return {
        name: {key: value for key, value in table.items() if value is not None} for name, table in body.items() if table
    }


def test_all_mistakes_are_told_at_once() -> None:
    body = terms(counts={"minimum": "x"}, hold={"days": -1}, advocate={"kind": 7}, extra={"knob": 1})
    places = {problem.partition(":")[0] for problem in problems_of(body)}
    assert places == {"counts.minimum", "hold.days", "advocate.kind", "extra"}


@pytest.mark.parametrize("table", ["campaign", "counts", "advocate", "limits", "hold", "attribution"])
def test_a_value_where_a_table_belongs_is_a_mistake_and_no_crash(table: str) -> None:
    assert problems_of({**terms(), table: "oops"})


def test_an_amount_must_have_the_digits_of_its_currency() -> None:
    body = terms(counts={"currency": "JPY", "minimum": "3000"}, friend={"amount": "500"}, advocate={"percent": "10"})
    assert parse_terms(body).minimum == {"JPY": Money(3000, "JPY")}
    (problem,) = problems_of({**body, "friend": {"kind": "store_credit", "amount": "500.50"}})
    assert problem.startswith("friend.amount: '500.50' does not fit")


@pytest.mark.parametrize(
    ("changes"),
    [
        {"attribution": {"window_days": 1}},
        {"attribution": {"window_days": 3650}},
        {"hold": {"days": 365}},
        {"advocate": {"percent": "0.01"}},
        {"advocate": {"percent": "100"}},
        {"limits": {"budget": "5.00"}},
    ],
)
def test_values_at_the_edge_are_accepted(changes: dict[str, Any]) -> None:
    assert parse_terms(terms(**changes))


def test_orders_and_deals_count_and_leads_only_where_they_are_listed() -> None:
    assert parse_terms(terms()).kinds == (OrderKind.ORDER, OrderKind.DEAL)
    assert parse_terms(terms(counts={"kinds": ["lead"]})).kinds == (OrderKind.LEAD,)


@pytest.mark.parametrize(
    ("days", "said"), [(3, {}), (0, {"same_purchase_days": 0}), (365, {"same_purchase_days": 365})]
)
def test_the_same_amount_within_three_days_is_one_purchase_unless_the_terms_say_otherwise(
    days: int, said: dict[str, Any]
) -> None:
    assert parse_terms(terms(counts=said)).same_purchase == timedelta(days=days)


WHOLE: dict[str, Any] = {
    "campaign": {"slug": "tea", "name": "Tea", "starts_at": "2026-11-01", "ends_at": "2026-12-01T18:00+01:00"},
    "counts": {
        "currencies": ["EUR", "JPY"],
        "minimum": {"JPY": "3000", "EUR": "20.00"},
        "new_after_days": 180,
        "kinds": ["deal", "contact"],
        "deal_stages": ["closedwon", "Vertrag unterschrieben"],
    },
    "attribution": {"touch": "last"},
    "advocate": {
        "kind": "store_credit",
        "amount": {"EUR": "10.00", "JPY": "1500"},
        "tiers": [
            {"from": 3, "amount": {"EUR": "15.00", "JPY": "2000"}},
            {"from": 10, "percent": "20", "at_most": {"EUR": "50.00", "JPY": "7000"}},
        ],
        "milestones": [{"at": 5, "amount": {"EUR": "50.00", "JPY": "8000"}}],
    },
    "limits": {
        "budget": {"EUR": "1000.00", "JPY": "200000"},
        "amount_per_advocate": {"EUR": "600.00", "JPY": "90000"},
        "amount_days": 30,
        "rewards_per_friend": 2,
        "most_of_order": "50",
        "pause_at_budget": True,
        "pause_when_burning": "20",
    },
    "fraud": {
        "points": 70,
        "since_day_one": True,
        "same_device": "observe",
        "ring": {"mode": "block", "length": 3},
        "coupon_site": {"sites": ["coupons.example"]},
    },
}


def both(euros: int, yen: int) -> dict[str, Money]:
    """An amount in each currency, the main one first."""
    return {"EUR": Money(euros, "EUR"), "JPY": Money(yen, "JPY")}


def test_the_whole_format_is_read_as_written() -> None:
    read = parse_terms(WHOLE)
    assert read.starts_at == datetime(2026, 11, 1, tzinfo=UTC)
    assert read.ends_at == datetime(2026, 12, 1, 17, tzinfo=UTC)
    assert (read.currencies, read.currency, read.touch) == (("EUR", "JPY"), "EUR", Touch.LAST)
    assert read.minimum == both(20_00, 3000)
    assert list(read.minimum) == ["EUR", "JPY"]
    assert (read.new_after, read.deal_stages) == (timedelta(days=180), ("closedwon", "Vertrag unterschrieben"))
    assert read.kinds == (OrderKind.DEAL, OrderKind.CONTACT)
    advocate = read.rewards["advocate"]
    assert advocate.worth == Worth(both(10_00, 1500))
    assert advocate.tiers == (
        Tier(3, Worth(both(15_00, 2000))),
        Tier(10, Worth({}, Decimal(20), both(50_00, 7000))),
    )
    assert advocate.milestones == (Milestone(5, Worth(both(50_00, 8000))),)
    assert read.limits == Limits(
        budget=both(1000_00, 200_000),
        amount_per_advocate=both(600_00, 90_000),
        amount_days=30,
        rewards_per_friend=2,
        most_of_order=Decimal(50),
        pause_at_budget=True,
        pause_when_burning=Decimal(20),
    )
    assert read.fraud == FraudTerms(
        modes={"same_device": "observe", "ring": "block"},
        settings={"ring": {"length": 3}, "coupon_site": {"sites": ("coupons.example",)}},
        general={"points": 70},
        since_day_one=True,
    )


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"campaign": {"starts_at": "2026-11-01", "ends_at": "2026-11-01"}}, "campaign.ends_at: not after"),
        ({"campaign": {"starts_at": "2026-02-30"}}, "campaign.starts_at: '2026-02-30' does not fit; write a day"),
        ({"campaign": {"starts_at": "01.11.2026"}}, "campaign.starts_at: '01.11.2026' does not fit"),
        ({"campaign": {"starts_at": 20261101}}, "campaign.starts_at"),
        ({"campaign": {"end_at": "2026-11-01"}}, "campaign.end_at: unknown; did you mean ends_at?"),
        ({"counts": {"currencies": ["EUR"]}}, "counts: says currency and currencies; write only one of them"),
        ({"counts": {"new_after_days": 0}}, "counts.new_after_days"),
        (
            {"counts": {"new_after_days": 9, "first_order_only": False}},
            "counts.new_after_days: every order counts here anyway",
        ),
        ({"counts": {"deal_stages": []}}, "counts.deal_stages: an empty list does not fit"),
        ({"counts": {"deal_stages": ["won", "won"]}}, "counts.deal_stages"),
        ({"counts": {"deal_stages": ["won"], "kinds": ["order"]}}, "counts.deal_stages: deals do not count here"),
        ({"attribution": {"touch": "both"}}, 'attribution.touch: \'both\' does not fit; write "first" or "last"'),
        ({"friend": {"at_most": "5.00"}}, "friend.at_most: bounds a percentage"),
        (
            {"friend": {"of_lines": {"field": "line.sku", "is": "A"}}},
            "friend.of_lines: only a percentage is of some lines",
        ),
        ({"friend": {"milestones": [{"at": 1, "amount": "5.00"}]}}, "friend.milestones: unknown"),
        ({"friend": {"tiers": {}}}, "friend.tiers: an empty table does not fit; write a list such as"),
        ({"friend": {"tiers": [7]}}, "friend.tiers[0]: '7' does not fit; write a tier such as"),
        ({"friend": {"tiers": [{"from": 1, "amount": "6.00"}]}}, "friend.tiers[0].from: '1' does not fit"),
        ({"friend": {"tiers": [{"from": 2}]}}, "friend.tiers[0]: give either amount"),
        ({"friend": {"tiers": [{"amount": "6.00"}]}}, "friend.tiers[0].from: missing"),
        (
            {"friend": {"tiers": [{"from": 3, "amount": "6.00"}, {"from": 3, "amount": "7.00"}]}},
            "friend.tiers[1].from: 3 stands",
        ),
        (
            {"friend": {"tiers": [{"from": 3, "amount": "6.00"}, {"from": 2, "amount": "7.00"}]}},
            "friend.tiers[1].from: 2 stands after 3",
        ),
        ({"friend": {"tiers": [{"from": 3, "amount": "6.00"}] * 51}}, "friend.tiers: a list of 51 does not fit"),
        (
            {"advocate": {"milestones": [{"at": 5, "amount": "5.00", "percent": "5"}]}},
            "advocate.milestones[0].percent: unknown",
        ),
        (
            {"advocate": {"milestones": [{"at": 5, "amount": "5.00"}, {"at": 5, "amount": "6.00"}]}},
            "advocate.milestones[1].at: 5 stands here twice",
        ),
        (
            {"limits": {"budget": "10.00"}, "friend": {"tiers": [{"from": 2, "amount": "10.01"}]}},
            "limits.budget: smaller than one reward",
        ),
        (
            {"limits": {"budget": "10.00"}, "advocate": {"milestones": [{"at": 5, "amount": "10.01"}]}},
            "limits.budget: smaller than one milestone",
        ),
        ({"limits": {"pause_at_budget": True}}, "limits.pause_at_budget: there is no budget"),
        ({"limits": {"pause_when_burning": "20"}}, "limits.pause_when_burning: there is no budget"),
        ({"limits": {"most_of_order": "101"}}, "limits.most_of_order"),
        ({"limits": {"most_of_order": 50}}, "limits.most_of_order: '50' does not fit; write a percentage in quotes"),
        ({"limits": {"rewards_per_friend": 0}}, "limits.rewards_per_friend"),
        ({"limits": {"amount_per_advocate": "0"}}, "limits.amount_per_advocate: must be more than zero"),
        ({"fraud": {"rings": "hold"}}, "fraud.rings: unknown; did you mean ring?"),
        ({"fraud": {"ring": "perhaps"}}, "fraud.ring: 'perhaps' does not fit"),
        ({"fraud": {"self_referral": "off"}}, "fraud.self_referral: 'off' does not fit; write \"block\""),
        ({"fraud": {"ring": {"lenght": 3}}}, "fraud.ring.lenght: unknown; did you mean length?"),
        ({"fraud": {"ring": {"length": 1}}}, "fraud.ring.length: '1' does not fit; write a whole number from 2"),
        ({"fraud": {"points": 5}}, "fraud.points: '5' does not fit"),
        ({"fraud": "hold"}, "fraud: 'hold' does not fit; write a table [fraud]"),
    ],
)
def test_a_mistake_in_the_rest_of_the_format_is_named_too(changes: dict[str, Any], problem: str) -> None:
    body = terms(**{name: table for name, table in changes.items() if isinstance(table, dict)})
    found = problems_of(body | {name: table for name, table in changes.items() if not isinstance(table, dict)})
    assert len(found) == 1, found
    assert found[0].startswith(problem), found


@pytest.mark.parametrize(
    ("place", "amount", "problem"),
    [
        (
            "minimum",
            "20.00",
            "counts.minimum: '20.00' does not fit; write one amount for each currency: { EUR = \"10.00\", JPY",
        ),
        ("minimum", {"EUR": "20.00"}, 'counts.minimum: says nothing for JPY; write { EUR = "10.00", JPY = "10" }'),
        ("minimum", {"EUR": "20.00", "JPY": "1", "USD": "1"}, "counts.minimum.USD: not a currency of this campaign"),
        (
            "minimum",
            {"EUR": "20.00", "JPY": "1.50"},
            "counts.minimum.JPY: '1.50' does not fit; write an amount in quotes with the digits of JPY",
        ),
        ("currencies", [], "counts.currencies: an empty list does not fit"),
        ("currencies", ["EUR", "EUR"], "counts.currencies: a list of 2 does not fit"),
        ("currencies", ["EUR", "yen"], "counts.currencies: a list of 2 does not fit"),
        ("currencies", "EUR", "counts.currencies: 'EUR' does not fit; write a list of currencies"),
    ],
)
def test_amounts_are_given_for_each_currency(place: str, amount: Any, problem: str) -> None:
    counts = {**WHOLE["counts"], place: amount}
    found = problems_of({**WHOLE, "counts": counts})
    assert found[0].startswith(problem), found
