"""Terms: what is written is what is meant, and every mistake is named with its place and what to write there."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from core.contract.events import EvidenceKind, OrderKind
from core.contract.money import Money
from core.rules.terms import BadTerms, parse_terms
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
        ({"counts": {"kinds": ["visit"]}}, "counts.kinds"),
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
