"""A telling: everything that a decision sees of an order is written down, and comes back as it was."""

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from core.contract.events import Evidence, EvidenceKind, OrderKind
from core.contract.money import Money
from core.rules.attribution import CodeFacts, RulingFacts
from core.rules.conditions import Facts
from core.rules.purchases import OrderFacts
from core.rules.replay.telling import Returned, Telling, moment, read, written

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
times = st.integers(-(2**50), 2**50).map(moment)
texts = st.text(max_size=8)
money = st.builds(Money, st.integers(-(2**40), 2**40), st.sampled_from(("EUR", "JPY")))
values = st.one_of(texts, st.integers(-9, 9), st.booleans(), st.lists(texts, max_size=2).map(tuple))
facts = st.dictionaries(texts, values, max_size=2)
orders = st.builds(
    OrderFacts,
    order_id=st.just("o1"),
    source_id=texts,
    placed_at=times,
    base=money,
    is_paid=st.booleans(),
    is_test=st.booleans(),
    is_cancelled=st.booleans(),
    evidence=st.lists(st.builds(Evidence, st.sampled_from(EvidenceKind), texts), max_size=2).map(tuple),
    kind=st.sampled_from(OrderKind),
    connection_id=texts,
    place=texts,
    name=texts,
    references=st.lists(texts, max_size=2).map(tuple),
    total=st.none() | money,
    shop_kind=texts,
    channel=texts,
    facts=st.builds(Facts, facts, st.lists(facts, max_size=2).map(tuple)),
    ruling=st.none() | st.builds(RulingFacts, texts, texts, times),
)
codes = st.builds(CodeFacts, texts, texts, texts, texts, st.booleans(), st.none() | times)
tellings = st.builds(
    Telling,
    order=orders,
    refunds=st.lists(st.builds(Returned, texts, st.integers(0, 9), st.just("EUR"), times), max_size=2).map(tuple),
    codes=st.dictionaries(texts, codes, max_size=2),
    marks=st.dictionaries(texts, st.dictionaries(texts, st.sampled_from(("paid", "leaving"))), max_size=2),
    is_returning=st.booleans(),
)


@given(told=tellings)
def test_what_was_told_comes_back_as_it_was(told: Telling) -> None:
    assert read("o1", written(told)) == told


def test_no_fact_of_an_order_is_left_out() -> None:
    """A new field of `OrderFacts` fails here until a telling says it: whatever is changed changes the text."""
    first = OrderFacts("o1", "1", NOON, Money(1, "EUR"), True, False, False, ())
    other = OrderFacts(
        order_id="o1",
        source_id="2",
        placed_at=NOON + timedelta(seconds=1),
        base=Money(2, "EUR"),
        is_paid=False,
        is_test=True,
        is_cancelled=True,
        evidence=(Evidence(EvidenceKind.CODE, "MIRA"),),
        kind=OrderKind.DEAL,
        connection_id="c",
        place="p",
        name="n",
        references=("r",),
        total=Money(3, "EUR"),
        shop_kind="s",
        channel="c",
        facts=Facts({"order.country": "DE"}),
        ruling=RulingFacts("nobody", "", NOON),
    )
    names = {one.name for one in fields(OrderFacts)} - {"order_id"}
    silent = [
        name
        for name in names
        if written(Telling(first)) == written(Telling(replace(first, **{name: getattr(other, name)})))
    ]
    assert silent == []
    assert all(getattr(first, name) != getattr(other, name) for name in names), "the test itself has to change them all"
