"""Purchases: what is told twice is found by its names and amounts, whichever is told first."""

from datetime import timedelta
from itertools import permutations
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.contract.events import Evidence, EvidenceKind, OrderKind
from core.contract.money import Money
from core.rules.purchases import OrderFacts, Purchases, purchases
from tests.support.hub import DAY, START

THREE_DAYS = 3 * DAY


def told(
    order_id: str, place: str = "shop", at: timedelta = timedelta(), minor: int = 10_000, **changes: Any
) -> OrderFacts:
    """A paid order of EUR 100 at that source."""
    facts: dict[str, Any] = {
        "order_id": order_id,
        "source_id": f"id-{order_id}",
        "placed_at": START + at,
        "base": Money(minor, "EUR"),
        "is_paid": True,
        "is_test": False,
        "is_cancelled": False,
        "evidence": (),
        "connection_id": place,
        "place": place,
    }
    return OrderFacts(**{**facts, **changes})


def found(*orders: OrderFacts, reach: timedelta = THREE_DAYS, paid: frozenset[str] = frozenset()) -> Purchases:
    """What is told twice; of one purchase what was paid for counts first."""
    return purchases(orders, lambda _: reach, lambda one: (one.order_id not in paid,))


def twins(*orders: OrderFacts, **changes: Any) -> dict[str, str]:
    """Each duplicate and what counts in its place."""
    return {order_id: twin.order.order_id for order_id, twin in found(*orders, **changes).twins.items()}


@pytest.mark.parametrize(
    ("reference", "shop"),
    [
        ("#1001", {"name": "#1001"}),
        ("1001", {"name": "#1001"}),
        (" Po-7 ", {"name": "PO-7"}),
        ("gid://shopify/Order/55", {"source_id": "gid://shopify/Order/55"}),
        ("55", {"source_id": "gid://shopify/Order/55"}),
        ("QUOTE-9", {"references": ("quote-9",)}),
    ],
)
def test_a_reference_is_a_name_of_the_other_however_it_is_spelt(reference: str, shop: dict[str, Any]) -> None:
    order = told("o", minor=7_000, **shop)
    deal = told("d", "crm", 90 * DAY, references=(reference,), kind=OrderKind.DEAL)
    assert twins(order, deal) == twins(deal, order) == {"d": "o"}
    assert found(order, deal).twins["d"].why == "one names the other"


@pytest.mark.parametrize("reference", ["", " ", "#", "55", "1001x", "100"])
def test_what_is_no_name_of_the_other_joins_nothing(reference: str) -> None:
    order = told("o", minor=7_000, name="#1001", source_id="Order/55")
    assert twins(order, told("d", "crm", 90 * DAY, references=(reference,), name="")) == {}


def test_two_sources_that_number_alike_have_two_purchases() -> None:
    """Names are compared with references only: every shop has a #1001."""
    assert twins(told("a", name="#1001"), told("b", "other", name="#1001", minor=7_000)) == {}


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ({}, {}, True),
        ({"total": Money(11_900, "EUR")}, {"base": Money(11_900, "EUR")}, True),
        ({"total": Money(11_900, "EUR")}, {"base": Money(9_000, "EUR"), "total": Money(11_900, "EUR")}, True),
        ({"base": Money(9_999, "EUR")}, {}, False),
        ({"base": Money(10_000, "USD")}, {}, False),
        ({"base": Money(0, "EUR")}, {"base": Money(0, "EUR")}, False),
        ({"base": Money(-1, "EUR")}, {"base": Money(-1, "EUR")}, False),
    ],
)
def test_the_same_amount_of_the_same_money_is_the_same_purchase(
    one: dict[str, Any], other: dict[str, Any], is_same: bool
) -> None:
    orders = told("o", **one), told("d", "crm", kind=OrderKind.DEAL, **other)
    assert twins(*orders) == ({"d": "o"} if is_same else {})


@pytest.mark.parametrize("before", [1, -1])
def test_the_same_amount_counts_until_the_days_are_over_to_the_second(before: int) -> None:
    deal = told("d", "crm", before * THREE_DAYS, kind=OrderKind.DEAL)
    late = told("d", "crm", before * (THREE_DAYS + timedelta(seconds=1)), kind=OrderKind.DEAL)
    assert (twins(told("o"), deal), twins(told("o"), late)) == ({"d": "o"}, {})


def test_with_no_days_only_a_reference_joins() -> None:
    order, deal = told("o", name="#1"), told("d", "crm", kind=OrderKind.DEAL)
    assert twins(order, deal, reach=timedelta()) == {}
    assert twins(order, told("d", "crm", references=("1",), kind=OrderKind.DEAL), reach=timedelta()) == {"d": "o"}


def test_two_orders_of_one_source_are_two_purchases_and_the_nearer_one_is_the_deals() -> None:
    orders = [told("o1"), told("o2", at=DAY), told("d", "crm", 20 * timedelta(hours=1), kind=OrderKind.DEAL)]
    for shuffled in permutations(orders):
        assert twins(*shuffled) == {"d": "o2"}


def test_a_reference_outweighs_a_nearer_amount() -> None:
    deal = told("d", "crm", kind=OrderKind.DEAL, references=("#2",))
    assert twins(told("o1", name="#1"), told("o2", at=2 * DAY, name="#2"), deal) == {"d": "o2"}


def test_three_systems_tell_of_one_purchase_when_each_is_known_to_one_other() -> None:
    orders = [
        told("o", name="#1001"),
        told("d", "crm", 9 * DAY, 12_000, kind=OrderKind.DEAL, references=("#1001",)),
        told("e", "other crm", 9 * DAY, 12_000, kind=OrderKind.DEAL),
    ]
    for shuffled in permutations(orders):
        assert twins(*shuffled) == {"d": "o", "e": "o"}
    assert found(*orders).twins["e"].why == "a third one is the same as both"


def test_an_order_counts_before_a_deal_and_a_deal_before_a_lead() -> None:
    lead = told("l", "crm", minor=0, kind=OrderKind.LEAD, references=("x",))
    deal = told("d", "other crm", kind=OrderKind.DEAL, name="X")
    assert twins(lead, deal) == {"l": "d"}
    assert twins(lead, deal, told("o", at=DAY)) == {"l": "o", "d": "o"}


def test_what_was_paid_for_counts_before_everything() -> None:
    assert twins(told("o"), told("d", "crm", kind=OrderKind.DEAL), paid=frozenset({"d"})) == {"o": "d"}


def test_of_two_alike_the_earlier_counts() -> None:
    assert twins(told("a", "one", DAY), told("b", "other")) == {"a": "b"}


def test_two_leads_in_the_same_days_are_one_and_a_lead_is_never_alike_a_deal() -> None:
    lead, again = (told(place, place, minor=0, kind=OrderKind.LEAD) for place in ("crm", "other"))
    assert twins(lead, again) == {"other": "crm"}
    assert twins(lead, told("d", "other", minor=0, kind=OrderKind.DEAL)) == {}


@pytest.mark.parametrize("changes", [{"is_paid": False}, {"is_test": True}])
def test_what_is_not_paid_or_a_test_is_nobodys_twin(changes: dict[str, Any]) -> None:
    assert twins(told("o", **changes), told("d", "crm", kind=OrderKind.DEAL)) == {}


def test_a_purchase_that_went_back_went_back_everywhere() -> None:
    assert twins(told("o", is_cancelled=True), told("d", "crm", kind=OrderKind.DEAL)) == {"d": "o"}


def test_the_one_that_counts_has_the_evidence_of_all() -> None:
    code, field = Evidence(EvidenceKind.CODE, "ZOE"), Evidence(EvidenceKind.CONTACT_FIELD, "MIRA")
    orders = told("o", evidence=(code,)), told("d", "crm", evidence=(field, code), kind=OrderKind.DEAL)
    assert found(*orders).evidence == {"o": (code, field)}


def test_the_days_of_the_later_of_the_two_hold() -> None:
    def reach(moment: Any) -> timedelta:
        return THREE_DAYS if moment >= START + DAY else timedelta()

    orders = [told("o"), told("d", "crm", DAY, kind=OrderKind.DEAL)]
    assert list(purchases(orders, reach, lambda _: ()).twins) == ["d"]
    assert list(purchases([orders[0], told("d", "crm")], reach, lambda _: ()).twins) == []


facts = st.builds(
    lambda number, place, days, minor, kind, reference, is_paid: (number, place, days, minor, kind, reference, is_paid),
    st.integers(0, 99),
    st.sampled_from(("shop", "crm", "other crm")),
    st.integers(0, 6),
    st.sampled_from((0, 5_000, 10_000)),
    st.sampled_from(tuple(OrderKind)),
    st.sampled_from((None, "1", "2", "id-3", "PO")),
    st.booleans(),
)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(drawn=st.lists(facts, max_size=7, unique_by=lambda one: one[0]), mixing=st.randoms(use_true_random=False))
def test_the_same_is_found_whatever_is_told_first(drawn: list[tuple[Any, ...]], mixing: Random) -> None:
    """X-02: no group holds two of one source, nothing is a twin of a twin, and the order of telling is all the same."""
    orders = [
        told(
            str(number), place, days * DAY, minor, kind=kind, is_paid=is_paid, name=f"#{number % 4}",
            references=(reference,) if reference else (),
        )
        for number, place, days, minor, kind, reference, is_paid in drawn
    ]  # fmt: skip
    straight = found(*orders)
    mixing.shuffle(orders)
    assert found(*orders) == straight
    by_id = {one.order_id: one for one in orders}
    for order_id, twin in straight.twins.items():
        assert twin.order.order_id not in straight.twins
        group = [one for one, other in straight.twins.items() if other.order is twin.order] + [twin.order.order_id]
        assert len({by_id[one].connection_id for one in group}) == len(group)
        assert order_id in group
