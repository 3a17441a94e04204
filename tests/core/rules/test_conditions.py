"""Conditions: every operator, absence, lines, and the logic of and, or and not."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.rules.comparing import OPERATORS
from core.rules.conditions import (
    AllOf,
    AnyOf,
    Condition,
    EveryLine,
    Facts,
    NoneOf,
    SomeLine,
    Test,
    holds,
    lines_of,
)

ORDER = Facts(
    {
        "order.country": "FR",
        "order.total": "100.50",
        "order.item_count": 3,
        "order.is_gift": False,
        "order.name": "The Blue Teapot",
        "order.tags": ("VIP", "new year"),
        "order.placed_at": "2026-11-05T10:00:00+00:00",
        "order.note": "",
        "order.nothing": (),
        "order.number": "007",
    },
    ({"line.sku": "A-1", "line.quantity": 1}, {"line.sku": "B-2", "line.quantity": 5}),
)

# Field, operator, what it fulfils, what it does not: each row would fail if another operator were used.
CASES: list[tuple[str, str, tuple[object, ...], tuple[object, ...]]] = [
    ("order.country", "is", ("FR", "fr", " fr "), ("DE", "F", "FRA")),
    ("order.country", "is_not", ("DE", "F"), ("FR", "fr")),
    ("order.country", "is_one_of", (("DE", "fr"),), (("DE", "AT"), ())),
    ("order.country", "is_none_of", (("DE", "AT"), ()), (("DE", "FR"),)),
    ("order.total", "is", ("100.5", "100.50"), ("100", "100.51")),
    ("order.total", "at_least", ("100.50", 100, "9"), ("100.51", 101)),
    ("order.total", "at_most", ("100.50", 101), ("100.49", 100, "9")),
    ("order.total", "more_than", ("100.49", 9), ("100.50", 101)),
    ("order.total", "less_than", ("100.51", 1000), ("100.50", 9)),
    ("order.item_count", "is", (3, "3", "3.0"), (30, "33", True)),
    ("order.item_count", "is_one_of", ((1, 3),), ((1, 2),)),
    ("order.is_gift", "is", (False, "false"), (True, 0)),
    ("order.name", "contains", ("blue", "Teapot"), ("red",)),
    ("order.name", "starts_with", ("the", "The Blue"), ("blue",)),
    ("order.name", "ends_with", ("teapot",), ("blue",)),
    ("order.tags", "is", ("vip", "New Year"), ("year",)),
    ("order.tags", "is_not", ("year",), ("vip",)),
    ("order.tags", "is_one_of", (("x", "vip"),), (("x", "year"),)),
    ("order.tags", "is_none_of", (("x", "year"),), (("x", "vip"),)),
    ("order.tags", "contains", ("vip",), ("year", "vi")),
    ("order.tags", "starts_with", ("new", "v"), ("year",)),
    ("order.tags", "ends_with", ("year", "ip"), ("new",)),
    ("order.placed_at", "since", ("2026-11-05", "2026-11-05T11:00:00+01:00"), ("2026-11-05T10:00:01", "2026-11-06")),
    ("order.placed_at", "before", ("2026-11-05T10:00:01", "2026-11-06"), ("2026-11-05T10:00:00", "2026-11-05")),
    ("order.country", "is_known", (True,), (False,)),
    ("order.elsewhere", "is_known", (False,), (True,)),
    ("order.note", "is_known", (False,), (True,)),
    ("order.nothing", "is_known", (True,), (False,)),
    ("order.nothing", "is_not", ("vip",), ()),
    ("order.number", "is", ("007",), ("7",)),
]


@pytest.mark.parametrize(("name", "op", "met", "failed"), CASES, ids=[f"{case[0]}-{case[1]}" for case in CASES])
def test_an_operator_holds_for_what_fulfils_it_and_for_nothing_else(
    name: str, op: str, met: tuple[object, ...], failed: tuple[object, ...]
) -> None:
    for value in met:
        assert holds(Test(name, op, value), ORDER).holds, value  # type: ignore[arg-type]
    for value in failed:
        assert not holds(Test(name, op, value), ORDER).holds, value  # type: ignore[arg-type]


def test_every_operator_is_among_the_cases() -> None:
    assert {op for _, op, _, _ in CASES} == set(OPERATORS)


@pytest.mark.parametrize("op", sorted(set(OPERATORS) - {"is_known"}))
def test_what_nobody_told_makes_any_test_fail_and_says_so(op: str) -> None:
    found = holds(Test("customer.tags", op, "1"), ORDER)
    assert not found.holds
    assert found.words == "nothing is known of the customer's tags"


@pytest.mark.parametrize("op", ["at_least", "at_most", "more_than", "less_than", "since", "before"])
def test_what_cannot_be_compared_makes_a_test_fail(op: str) -> None:
    for value in ("NaN", "1e9", "٣", "yesterday", ""):
        assert not holds(Test("order.name", op, value), ORDER).holds


def test_texts_of_numbers_are_compared_as_numbers() -> None:
    assert holds(Test("order.total", "more_than", "20"), ORDER).holds  # as texts, "100.50" would be less


WORDS: list[tuple[Condition, str]] = [
    (Test("order.country", "is_one_of", ("DE", "AT")), "the order's country is FR, which is not one of DE, AT"),
    (Test("order.country", "is", "DE"), "the order's country is FR, not DE"),
    (Test("order.total", "at_least", "200"), "the order's total is 100.50, less than 200"),
    (Test("order.total", "at_least", "50"), "the order's total is 100.50, at least 50"),
    (Test("order.tags", "contains", "b2b"), "the order's tags are VIP, new year, without b2b"),
    (Test("order.tags", "contains", "vip"), "the order's tags are VIP, new year, with vip among them"),
    (Test("order.tags", "is", "b2b"), "the order's tags are VIP, new year, without b2b"),
    (Test("order.tags", "is_not", "vip"), "the order's tags are VIP, new year, with vip among them"),
    (
        Test("order.tags", "is_one_of", ("b2b", "x")),
        "the order's tags are VIP, new year, with none of b2b, x among them",
    ),
    (Test("order.tags", "starts_with", "ne"), "the order's tags are VIP, new year, one of which begins with ne"),
    (Test("order.tags", "at_least", "2"), "the order's tags are VIP, new year, which are no number"),
    (Test("order.tags", "is_known", False), "the order's tags are VIP, new year"),
    (Test("order.nothing", "contains", "x"), "nothing is among the order's nothing"),
    (Test("line.sku", "is", "C"), "a line's sku is A-1, not C; a line's sku is B-2, not C"),
    (
        AllOf((Test("order.country", "is", "FR"), Test("order.total", "at_most", 9))),
        "the order's total is 100.50, more than 9",
    ),
    (
        AnyOf((Test("order.country", "is", "DE"), Test("order.total", "at_most", 9))),
        "the order's country is FR, not DE and the order's total is 100.50, more than 9",
    ),
    (NoneOf((Test("order.country", "is", "FR"),)), "the order's country is FR"),
]


@pytest.mark.parametrize(("condition", "words"), WORDS)
def test_the_words_name_the_values_found(condition: Condition, words: str) -> None:
    assert holds(condition, ORDER).words == words


def test_the_words_stay_short_however_many_lines_an_order_has() -> None:
    many: list[Mapping[str, str]] = [{"line.sku": f"{number:03}" + "x" * 200} for number in range(500)]
    found = holds(EveryLine(Test("line.sku", "is", "x")), Facts({}, many))
    assert len(found.words) < 300
    assert found.words.endswith("and 497 more")


def test_a_test_of_a_line_means_some_line() -> None:
    for sku in ("A-1", "B-2", "C-3"):
        bare, some = Test("line.sku", "is", sku), SomeLine(Test("line.sku", "is", sku))
        assert holds(bare, ORDER) == holds(some, ORDER)
    assert holds(Test("line.sku", "is", "b-2"), ORDER).holds


def test_two_tests_of_one_line_are_of_the_same_line() -> None:
    both = (Test("line.sku", "is", "A-1"), Test("line.quantity", "is", 5))
    assert holds(AllOf(both), ORDER).holds  # some line, and some line
    assert not holds(SomeLine(AllOf(both)), ORDER).holds


def test_every_line_means_all_of_them_and_at_least_one() -> None:
    assert holds(EveryLine(Test("line.quantity", "at_least", 1)), ORDER).holds
    assert not holds(EveryLine(Test("line.quantity", "at_least", 2)), ORDER).holds
    assert not holds(EveryLine(Test("line.quantity", "at_least", 1)), Facts({})).holds


def test_a_line_may_be_tested_together_with_its_order() -> None:
    condition = SomeLine(AllOf((Test("line.sku", "is", "A-1"), Test("order.country", "is", "FR"))))
    assert holds(condition, ORDER).holds
    assert not holds(condition, Facts({"order.country": "DE"}, ORDER.lines)).holds


def test_the_lines_of_a_condition_are_those_that_fulfil_it() -> None:
    assert lines_of(Test("line.quantity", "more_than", 1), ORDER) == [ORDER.lines[1]]
    assert lines_of(NoneOf((Test("line.sku", "is", "A-1"),)), ORDER) == [ORDER.lines[1]]


fields = st.sampled_from(["order.a", "order.b", "line.c", "order.unknown"])
values = st.one_of(st.sampled_from(["1", "2", "x"]), st.integers(0, 3), st.booleans())
tests = st.builds(Test, fields, st.sampled_from(OPERATORS), values)
conditions: st.SearchStrategy[Condition] = st.recursive(
    tests,
    lambda inner: st.one_of(
        *(st.builds(kind, st.lists(inner, max_size=3).map(tuple)) for kind in (AllOf, AnyOf, NoneOf)),
        *(st.builds(kind, inner) for kind in (SomeLine, EveryLine)),
    ),
    max_leaves=6,
)
of_one_line: st.SearchStrategy[Condition] = st.recursive(
    tests,
    lambda inner: st.one_of(
        *(st.builds(kind, st.lists(inner, max_size=3).map(tuple)) for kind in (AllOf, AnyOf, NoneOf))
    ),
    max_leaves=6,
)
lines = st.lists(st.dictionaries(st.just("line.c"), values, max_size=1), max_size=3)
facts = st.builds(Facts, st.dictionaries(st.sampled_from(["order.a", "order.b"]), values), lines)


@given(st.lists(conditions, max_size=3).map(tuple), facts)
def test_none_is_not_any_and_not_all_is_any_not(parts: tuple[Condition, ...], known: Facts) -> None:
    assert holds(NoneOf(parts), known).holds is not holds(AnyOf(parts), known).holds
    turned = tuple(NoneOf((part,)) for part in parts)
    assert holds(NoneOf((AllOf(parts),)), known).holds is holds(AnyOf(turned), known).holds


@given(conditions, facts)
def test_any_condition_can_be_asked_of_any_facts_and_gives_words(condition: Condition, known: Facts) -> None:
    found = holds(condition, known)
    assert isinstance(found.holds, bool)
    assert holds(condition, known) == found


@given(of_one_line, facts)
def test_a_line_more_never_takes_away_that_some_line_fits(condition: Condition, known: Facts) -> None:
    more = Facts(known.fields, (*known.lines, {"line.c": "x"}))
    assert not holds(SomeLine(condition), known).holds or holds(SomeLine(condition), more).holds
