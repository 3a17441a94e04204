"""Conditions are read as they are written, and every mistake in them is named with its place."""

from typing import Any

import pytest

from core.rules.conditions import AllOf, AnyOf, Condition, EveryLine, NoneOf, SomeLine, Test
from core.rules.terms import BadTerms, parse_terms
from tests.support.hub import terms

GERMANY = {"field": "order.country", "is": "DE"}
TEA = {"field": "line.vendor", "is": "Teahouse"}
IN_GERMANY, OF_TEA = Test("order.country", "is", "DE"), Test("line.vendor", "is", "Teahouse")


def problems_of(when: Any, place: str = "when") -> list[str]:
    """What is wrong with a condition in the usual terms."""
    with pytest.raises(BadTerms) as caught:
        parse_terms(terms(counts={place: when}))
    return caught.value.problems


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (GERMANY, IN_GERMANY),
        ({"field": "order.country", "is_one_of": ["DE", 7]}, Test("order.country", "is_one_of", ("DE", 7))),
        ({"field": "order.total", "at_least": "49.90"}, Test("order.total", "at_least", "49.90")),
        ({"field": "order.total", "less_than": -3}, Test("order.total", "less_than", -3)),
        ({"field": "order.is_gift", "is": True}, Test("order.is_gift", "is", True)),
        ({"field": "order.placed_at", "since": "2026-11-01"}, Test("order.placed_at", "since", "2026-11-01")),
        ({"field": "deal.custom_field__c", "is_known": False}, Test("deal.custom_field__c", "is_known", False)),
        ({"all": [GERMANY, {"any": [GERMANY]}]}, AllOf((IN_GERMANY, AnyOf((IN_GERMANY,))))),
        ({"none": [GERMANY]}, NoneOf((IN_GERMANY,))),
        ({"some_line": TEA}, SomeLine(OF_TEA)),
        ({"every_line": {"all": [TEA, TEA]}}, EveryLine(AllOf((OF_TEA, OF_TEA)))),
    ],
)
def test_a_condition_is_read_as_it_is_written(written: Any, read: Condition) -> None:
    assert parse_terms(terms(counts={"when": written})).when == read
    assert parse_terms(terms(friend={"when": written})).rewards["friend"].when == read


@pytest.mark.parametrize(
    ("when", "problem"),
    [
        ("DE", "counts.when: 'DE' does not fit; write a condition such as { field"),
        ({}, "counts.when: an empty table does not fit; write a condition"),
        ([GERMANY], "counts.when: a list of 1 does not fit; write a condition"),
        ({"feld": "order.country", "is": "DE"}, "counts.when.feld: unknown; did you mean field?"),
        ({"al": [GERMANY]}, "counts.when.al: unknown; did you mean all?"),
        ({"all": GERMANY}, "counts.when.all: a table of 2 does not fit; write a list with one condition"),
        ({"all": []}, "counts.when.all: an empty list does not fit"),
        (
            {"all": [GERMANY], "any": [GERMANY]},
            "counts.when: says all and any at once; write all = [{ all = … }, { any",
        ),
        (
            {"all": [GERMANY, {"none": [{"field": "country", "is": "DE"}]}]},
            "counts.when.all[1].none[0].field: 'country'",
        ),
        ({"field": "basket.size", "is": 1}, "counts.when.field: 'basket.size' does not fit; write a field such as"),
        ({"field": 7, "is": 1}, "counts.when.field: '7' does not fit"),
        ({"field": "order.country"}, "counts.when: says nothing about the field; add one of is, is_not"),
        ({"field": "order.country", "equals": "DE"}, "counts.when.equals: unknown; known here are is"),
        ({"field": "order.country", "is_oneof": ["DE"]}, "counts.when.is_oneof: unknown; did you mean is_one_of?"),
        (
            {"field": "order.total", "at_least": 1, "at_most": 2},
            "counts.when: compares with at_least and at_most at once; write all = [{ field = …, at_least = … },",
        ),
        ({"field": "order.country", "is": []}, "counts.when.is: an empty list does not fit; write a text"),
        ({"field": "order.country", "is": 1.5}, "counts.when.is: '1.5' does not fit"),
        ({"field": "order.country", "is": "x" * 201}, "counts.when.is: 'xxxx"),
        ({"field": "order.country", "is_one_of": "DE"}, "counts.when.is_one_of: 'DE' does not fit; write a list"),
        ({"field": "order.country", "is_one_of": []}, "counts.when.is_one_of: an empty list does not fit"),
        ({"field": "order.country", "is_one_of": [True]}, "counts.when.is_one_of: a list of 1 does not fit"),
        ({"field": "order.country", "is_one_of": ["x"] * 501}, "counts.when.is_one_of: a list of 501 does not fit"),
        ({"field": "order.total", "at_least": "much"}, "counts.when.at_least: 'much' does not fit; write a number"),
        ({"field": "order.total", "at_least": "1e9"}, "counts.when.at_least: '1e9' does not fit"),
        ({"field": "order.total", "at_least": True}, "counts.when.at_least: 'True' does not fit"),
        (
            {"field": "order.placed_at", "since": "2026-02-30"},
            "counts.when.since: '2026-02-30' does not fit; write a day",
        ),
        (
            {"field": "order.country", "is_known": "yes"},
            "counts.when.is_known: 'yes' does not fit; write true or false",
        ),
        ({"field": "order.country", "contains": ""}, "counts.when.contains: '' does not fit; write a text"),
        (
            {"some_line": GERMANY},
            "counts.when.some_line.field: order.country is no field of a line; write one such",
        ),
        ({"some_line": {"every_line": TEA}}, "counts.when.some_line.every_line: this is about one line already"),
    ],
)
def test_a_mistake_in_a_condition_is_named_with_its_place(when: Any, problem: str) -> None:
    (told,) = problems_of(when)
    assert told.startswith(problem)


def test_of_lines_is_about_lines() -> None:
    with pytest.raises(BadTerms, match=r"advocate\.of_lines\.field|advocate\.of_lines: order\.country is no field"):
        parse_terms(terms(advocate={"of_lines": GERMANY}))
    read = parse_terms(terms(advocate={"of_lines": {"any": [TEA, TEA]}})).rewards["advocate"]
    assert read.of_lines == AnyOf((OF_TEA, OF_TEA))


def nested(depth: int) -> Any:
    """A condition in conditions in conditions."""
    found: Any = GERMANY
    for _ in range(depth):
        found = {"all": [found]}
    return found


def test_conditions_stand_in_each_other_up_to_eight_deep() -> None:
    assert parse_terms(terms(counts={"when": nested(7)}))
    (told,) = problems_of(nested(8))
    assert told.endswith("more than 8 conditions stand in each other; write it flatter")
    (told,) = problems_of(nested(5_000))
    assert "stand in each other" in told


def test_a_document_has_at_most_two_hundred_tests_in_all_its_conditions() -> None:
    assert parse_terms(terms(counts={"when": {"any": [GERMANY] * 200}}))
    assert problems_of({"any": [GERMANY] * 10_000}) == [
        "counts.when.any[200]: more than 200 tests; write is_one_of with a list of values instead of many tests"
    ]
    with pytest.raises(BadTerms, match="more than 200 tests"):
        parse_terms(terms(counts={"when": {"any": [GERMANY] * 101}}, friend={"when": {"any": [GERMANY] * 100}}))


def test_ten_thousand_mistakes_are_told_as_fifty_and_counted() -> None:
    told = problems_of({"any": [{"feld": "x"}] * 10_000})
    assert len(told) == 51
    assert told[-1] == "and 9950 more problems like these"
