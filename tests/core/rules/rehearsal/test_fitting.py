"""Purchases are made up so that they fit: above every minimum, within every condition, in whole amounts."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.contract.events import OrderKind
from core.contract.money import Money
from core.rules.conditions import Facts, holds
from core.rules.rehearsal import Possible, fit, misfit
from core.rules.rehearsal.fitting import promised, told_of
from core.rules.rewarding import Counted, grant
from core.rules.terms import parse_terms
from tests.core.rules.rehearsal.faultless import BODY, terms

PERCENT = st.integers(1, 100_00).map(lambda parts: f"{parts / 100:.2f}")
MINIMA = st.integers(0, 10**9)


def _with(when: dict[str, Any]) -> Any:
    return parse_terms({**BODY, "counts": {**BODY["counts"], "when": when}})


@given(minimum=MINIMA, percent=PERCENT)
def test_the_base_reaches_the_minimum_and_every_share_of_it_is_a_whole_amount(minimum: int, percent: str) -> None:
    told = terms(
        counts={"currency": "EUR", "minimum": Money(minimum, "EUR").text()},
        friend={"kind": "gift_card", "percent": percent},
        limits={},
    )
    base = fit(told).base
    assert base.minor >= max(minimum, 1)
    assert base.minor % 2 == 0
    assert base.minor * int(told.rewards["friend"].percent * 100) % 100_00 == 0  # type: ignore[operator]


@given(minimum=MINIMA, percent=PERCENT, most=st.integers(1, 10**7))
def test_what_is_promised_is_what_the_hub_grants(minimum: int, percent: str, most: int) -> None:
    """Worked out twice, in two places: a mistake in one of them shows."""
    told = terms(
        counts={"currency": "EUR", "minimum": Money(minimum, "EUR").text()},
        friend={"kind": "gift_card", "percent": percent, "at_most": Money(most, "EUR").text()},
        limits={},
    )
    base = fit(told).base
    for reward in told.rewards.values():
        assert promised(reward, 1, base) == grant(reward, Counted(base, Facts(), 1))


def test_fixed_rewards_stay_within_their_share_of_the_order() -> None:
    base = fit(terms(limits={"most_of_order": "5"})).base
    assert Money(10_00, "EUR").minor * 100 <= base.minor * 5


def test_currencies_without_decimals_and_with_three_have_amounts_too() -> None:
    for currency, minimum in (("JPY", "2000"), ("KWD", "2.000")):
        told = parse_terms(
            {**BODY, "counts": {"currency": currency, "minimum": minimum}, "limits": {}}
            | {side: {"kind": "store_credit", "percent": "10"} for side in ("advocate", "friend")}
        )
        assert fit(told).base.currency == currency
        assert fit(told).base.minor % 2 == 0


@pytest.mark.parametrize(
    "when",
    [
        {"field": "order.country", "is": "DE"},
        {"field": "order.country", "is_one_of": ["AT", "DE"]},
        {"field": "customer.tags", "contains": "vip"},
        {"field": "line.title", "starts_with": "Tea"},
        {"all": [{"field": "order.country", "is": "DE"}, {"field": "order.channel", "is_not": "pos"}]},
        {"any": [{"field": "order.country", "is": "FR"}, {"field": "order.country", "is": "DE"}]},
        {"none": [{"field": "order.country", "is": "US"}]},
        {"field": "order.item_count", "at_least": 3},
        {"field": "order.channel", "is_none_of": ["pos", "draft"]},
        {"field": "customer.accepts_marketing", "is_not": True},
        {"field": "order.country", "is_known": True},
        {"field": "order.country", "is_known": False},
    ],
)
def test_the_facts_fulfil_the_condition(when: dict[str, Any]) -> None:
    told = _with(when)
    facts = fit(told).facts
    lines = [{name: value for name, value in facts.items() if name.startswith("line.")}]
    fields = {name: value for name, value in facts.items() if not name.startswith("line.")}
    assert told.when is not None
    assert holds(told.when, Facts(fields, lines)).holds


@pytest.mark.parametrize(
    ("when", "low", "high"),
    [
        ({"field": "order.base", "at_least": "500.00"}, 500_00, None),
        ({"field": "order.base", "more_than": "500.00"}, 500_01, None),
        ({"field": "order.total", "at_most": "60.00"}, 20_00, 60_00),
        ({"field": "order.total", "less_than": "60.00"}, 20_00, 59_99),
    ],
)
def test_the_base_is_within_the_conditions_on_amounts(when: dict[str, Any], low: int, high: int | None) -> None:
    base = fit(_with(when)).base.minor
    assert low <= base
    assert high is None or base <= high
    assert base % 2 == 0


def test_conditions_of_a_side_and_of_its_lines_are_fulfilled_too() -> None:
    told = terms(
        advocate={"kind": "store_credit", "amount": "10.00", "when": {"field": "customer.tags", "contains": "vip"}},
        friend={"kind": "gift_card", "percent": "5", "of_lines": {"field": "line.sku", "is": "TEA"}},
    )
    assert fit(told).facts == {"customer.tags": "vip", "line.sku": "TEA"}


SHOP = Possible(
    OrderKind.ORDER,
    frozenset({"order.country", "order.tags", "line.sku"}),
    {"order.country": ("DE", "AT"), "order.channel": ("web", "pos"), "line.quantity": (2,)},
)
DEALS = Possible(OrderKind.DEAL, frozenset({"deal.type"}), {"deal.stage": ("closedwon", "contractsent")})
CONDITIONS: list[dict[str, Any]] = [
    {"field": "order.country", "is_one_of": ["CH", "AT"]},
    {"field": "order.country", "is": "DE"},
    {"field": "order.country", "is_not": "DE"},
    {"field": "order.channel", "is_one_of": ["app", "pos"]},
    {"field": "order.tags", "contains": "member"},
    {"field": "order.tags", "is_known": False},
    {"none": [{"field": "order.country", "is": "DE"}, {"field": "order.channel", "is": "web"}]},
    {"any": [{"field": "customer.tags", "contains": "vip"}, {"field": "line.sku", "starts_with": "TEA"}]},
    {"all": [{"field": "order.base", "at_least": "300"}, {"field": "order.country", "is": "AT"}]},
    {"some_line": {"all": [{"field": "line.sku", "is": "TEA"}, {"field": "line.quantity", "at_least": 2}]}},
    {"field": "order.kind", "is": "order"},
]


@pytest.mark.parametrize("when", CONDITIONS, ids=str)
def test_what_is_made_up_fulfils_the_conditions_and_its_miss_does_not(when: dict[str, Any]) -> None:
    terms_with, condition = _with(when), _with(when).when
    made = fit(terms_with, SHOP)
    assert made.missing == ()
    assert holds(condition, told_of(made, SHOP)).holds
    missed = misfit(terms_with, SHOP)
    if when == {"field": "order.kind", "is": "order"}:
        assert missed is None  # a shop's order is an order
    else:
        assert missed is not None
        assert not holds(condition, told_of(missed, SHOP)).holds
        assert missed.facts.keys() <= (SHOP.plays or set()) | SHOP.usual.keys()


def test_a_miss_is_still_above_the_minimum_so_that_only_the_condition_leaves_it_out() -> None:
    missed = misfit(_with({"field": "order.base", "at_most": "250.00"}), SHOP)
    assert missed is not None
    assert missed.base > Money(250_00, "EUR")
    assert misfit(terms(counts={**BODY["counts"], "minimum": "200.00", "when": AT_LEAST_200}), SHOP) is None


AT_LEAST_200 = {"field": "order.total", "at_least": "200.00"}


@pytest.mark.parametrize(
    ("when", "missing"),
    [
        ({"field": "customer.tags", "contains": "vip"}, ("customer.tags",)),
        ({"field": "order.channel", "is": "app"}, ("order.channel",)),
        ({"field": "line.quantity", "at_least": 3}, ("line.quantity",)),
        ({"field": "order.kind", "is": "deal"}, ("order.kind",)),
    ],
)
def test_what_nobody_can_make_up_is_named_and_has_no_miss(when: dict[str, Any], missing: tuple[str, ...]) -> None:
    assert fit(_with(when), SHOP).missing == missing
    assert misfit(_with(when), SHOP) is None


def test_a_deal_is_put_into_a_stage_that_counts() -> None:
    told = terms(counts={**BODY["counts"], "deal_stages": ["contractsent"]})
    assert fit(told, DEALS).facts == {"deal.stage": "contractsent"}
    assert fit(terms(counts={**BODY["counts"], "deal_stages": ["closedwon"]}), DEALS).facts == {}
    assert fit(terms(counts={**BODY["counts"], "deal_stages": ["4711"]}), DEALS).missing == ("deal.stage",)


def test_a_lead_has_no_price() -> None:
    lead = Possible(OrderKind.LEAD, frozenset({"contact.country"}))
    assert fit(terms(), lead).base == Money.zero("EUR")
    assert fit(_with({"field": "order.base", "at_least": "1.00"}), lead).missing == ("order.base",)
