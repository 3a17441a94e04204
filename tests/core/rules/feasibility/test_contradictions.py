"""Contradictions: what can never be true is found, and what some order could fulfil never is."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.contract.facts import FactField, FactKind, FieldValue
from core.rules.conditions import AllOf, AnyOf, Condition, Facts, NoneOf, Test, holds
from core.rules.feasibility.contradictions import contradiction
from core.rules.terms import parse_terms
from tests.support.hub import terms

FACTS = {
    "order.country": FactField(FactKind.TEXT, "the country"),
    "order.total": FactField(FactKind.AMOUNT, "the total"),
    "order.tags": FactField(FactKind.LIST, "the tags"),
    "order.is_gift": FactField(FactKind.FLAG, "a gift"),
    "order.placed_at": FactField(FactKind.TIME, "the time"),
    "line.sku": FactField(FactKind.TEXT, "the number"),
    "line.amount": FactField(FactKind.AMOUNT, "the price"),
}


def read(body: Any) -> Condition:
    """The condition as the reader makes it."""
    found = parse_terms(terms(counts={"when": body})).when
    assert found is not None
    return found


def on(name: str, **compared: Any) -> dict[str, Any]:
    """A test of a field of an order."""
    return {"field": f"order.{name}", **compared}


def of(name: str, **compared: Any) -> dict[str, Any]:
    """A test of a field of a line."""
    return {"field": f"line.{name}", **compared}


NEVER = [
    {"all": [on("country", **{"is": "DE"}), on("country", **{"is": "AT"})]},
    {"all": [on("country", **{"is": "DE"}), on("country", is_not="de")]},
    {"all": [on("country", is_one_of=["DE", "AT"]), on("country", is_none_of=["AT", "DE"])]},
    {
        "all": [
            on("country", is_one_of=["DE", "AT"]),
            {"none": [on("country", **{"is": "AT"})]},
            on("country", is_not="DE"),
        ]
    },
    {"all": [on("total", at_least="10"), on("total", at_most="5")]},
    {"all": [on("total", more_than=10), on("total", less_than="10.00")]},
    {"all": [on("total", more_than=10), on("total", at_most=10)]},
    {"all": [on("total", **{"is": 7}), on("total", at_least="7.01")]},
    {"all": [on("country", is_known=False), on("country", **{"is": "DE"})]},
    {"all": [on("country", is_known=True), {"none": [on("country", is_known=True)]}]},
    {"all": [on("country", starts_with="D"), on("country", starts_with="A")]},
    {"all": [on("country", **{"is": "DE"}), on("country", ends_with="T")]},
    {"all": [on("is_gift", **{"is": True}), on("is_gift", **{"is": False})]},
    {"all": [on("tags", **{"is": "vip"}), on("tags", is_not="vip")]},
    {"all": [on("placed_at", since="2026-11-01"), on("placed_at", before="2026-11-01")]},
    {
        "any": [
            {"all": [on("country", **{"is": "DE"}), on("country", **{"is": "AT"})]},
            {"all": [on("total", less_than=1), on("total", more_than=1)]},
        ]
    },
    {"all": [{"any": [on("country", **{"is": "DE"}), on("country", **{"is": "AT"})]}, on("country", **{"is": "CH"})]},
    {"some_line": {"all": [of("sku", **{"is": "A"}), of("sku", **{"is": "B"})]}},
    {"all": [{"some_line": of("sku", **{"is": "A"})}, {"every_line": of("sku", is_not="A")}]},
    {"all": [{"every_line": of("amount", at_least=5)}, {"every_line": of("amount", less_than=5)}]},
]
SOMETIMES = [
    {"any": [on("country", **{"is": "DE"}), {"all": [on("total", less_than=1), on("total", more_than=1)]}]},
    on("country", **{"is": "DE"}),
    {"any": [on("country", **{"is": "DE"}), on("country", **{"is": "AT"})]},
    {"all": [on("country", is_not="DE"), on("country", is_not="AT")]},
    {"all": [on("total", at_least="5"), on("total", at_most="5.00")]},
    {"all": [on("total", more_than=5), on("total", less_than="5.01")]},
    {
        "all": [
            on("tags", **{"is": "vip"}),
            on("tags", **{"is": "new"}),
            on("tags", is_not="old"),
            on("tags", is_not="staff"),
        ]
    },
    {"all": [on("country", starts_with="D"), on("country", ends_with="E"), on("country", is_not="DE")]},
    {"all": [on("country", starts_with="De"), on("country", starts_with="D"), on("country", contains="land")]},
    {"all": [on("placed_at", since="2026-11-01"), on("placed_at", before="2026-11-02")]},
    {"all": [of("sku", **{"is": "A"}), of("sku", **{"is": "B"})]},
    {"all": [{"some_line": of("sku", **{"is": "A"})}, {"some_line": of("sku", **{"is": "B"})}]},
    {"all": [of("sku", **{"is": "A"}), {"none": [of("sku", **{"is": "B"})]}]},
    {"none": [on("country", **{"is": "DE"}), on("country", is_known=False)]},
    {"all": [on("unheard", **{"is": "A"}), on("unheard", contains="A"), on("unheard", at_least=3)]},
]


@pytest.mark.parametrize("body", NEVER, ids=str)
def test_what_can_never_be_true_is_found(body: Any) -> None:
    assert contradiction(read(body), FACTS)


@pytest.mark.parametrize("body", SOMETIMES, ids=str)
def test_what_can_be_true_is_left_alone(body: Any) -> None:
    assert contradiction(read(body), FACTS) == ()


def test_the_parts_that_contradict_each_other_are_named_and_no_others() -> None:
    germany, austria = read(on("country", **{"is": "DE"})), read(on("country", **{"is": "AT"}))
    whole = AllOf((read(on("total", at_least=5)), germany, read(on("country", is_not="CH")), austria))
    assert contradiction(whole, FACTS) == (germany, austria)


def test_a_very_wide_condition_takes_no_time() -> None:
    several = {"any": [on("country", **{"is": f"C{number}"}) for number in range(12)]}
    assert contradiction(read({"all": [several] * 12}), FACTS) == ()


SMALL = st.sampled_from(["1", "2", "x"])
COUNTRY = st.builds(Test, st.just("order.country"), st.sampled_from(["is", "is_not", "starts_with", "contains"]), SMALL)
TOTAL = st.builds(
    Test, st.just("order.total"), st.sampled_from(["at_least", "at_most", "more_than", "is"]), st.integers(0, 2)
)
TAGS = st.builds(Test, st.just("order.tags"), st.sampled_from(["is", "is_not", "contains"]), SMALL)
KNOWN = st.builds(Test, st.just("order.country"), st.just("is_known"), st.booleans())


def _joined(inner: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
    parts = st.lists(inner, min_size=1, max_size=3).map(tuple)
    return st.one_of(parts.map(AllOf), parts.map(AnyOf), parts.map(NoneOf))


CONDITIONS: st.SearchStrategy[Condition] = st.recursive(st.one_of(COUNTRY, TOTAL, TAGS, KNOWN), _joined, max_leaves=6)


def _orders() -> list[dict[str, FieldValue]]:
    countries: list[FieldValue | None] = [None, "1", "2", "x", "12", "1x", "x2", "y"]
    totals: list[FieldValue] = ["0", "1", "2", "0.5", "1.5", "3"]
    tags: list[FieldValue] = [(), ("1",), ("1", "2"), ("1", "2", "x"), ("2", "x")]
    return [
        {"order.total": total, "order.tags": tag} | ({"order.country": country} if country else {})
        for country in countries
        for total in totals
        for tag in tags
    ]


ORDERS = [Facts(order) for order in _orders()]


@given(CONDITIONS)
@settings(max_examples=120, deadline=None)
def test_nothing_that_some_order_fulfils_is_called_impossible(condition: Condition) -> None:
    if any(holds(condition, order).holds for order in ORDERS):
        assert contradiction(condition, FACTS) == ()
