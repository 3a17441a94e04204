"""Obstacles: a campaign that cannot work says why, where, and what to change."""

from datetime import UTC, datetime
from typing import Any

import pytest

from core.contract.events import OrderKind
from core.contract.facts import FactField, FactKind
from core.rules.feasibility import Means, obstacles, remarks
from core.rules.feasibility.means import kinds_told
from core.rules.terms import parse_terms
from tests.core.rules.feasibility.test_contradictions import FACTS, of, on
from tests.support.hub import terms

NOW = datetime(2026, 11, 1, tzinfo=UTC)
MEANS = Means(
    payable=frozenset({"store_credit", "gift_card"}),
    currencies=frozenset({"EUR", "USD"}),
    facts={**FACTS, "deal.*": FactField(FactKind.TEXT, "a deal's field")},
    kinds=frozenset({OrderKind.ORDER, OrderKind.DEAL}),
)
FIVE = {"percent": None, "amount": "5.00"}


def found(means: Means = MEANS, **changes: Any) -> list[str]:
    """What stands in the way of the usual terms with these changes."""
    body = terms(**changes)
    body = {
        name: {key: value for key, value in table.items() if value is not None} for name, table in body.items() if table
    }
    return obstacles(parse_terms(body), means, NOW)


def test_the_usual_terms_can_work() -> None:
    assert found() == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (
            {"friend": {"kind": "points"}},
            "friend.kind: no connected source can pay points; connect one, or choose gift_card, store_credit",
        ),
        ({"counts": {"currency": "CHF"}}, "counts.currency: no connected source sells in CHF; write EUR or USD"),
        (
            {
                "counts": {"currency": None, "currencies": ["EUR", "CHF"], "minimum": None},
                "friend": {"amount": {"EUR": "5.00", "CHF": "5.00"}},
            },
            "counts.currencies: no connected source sells in CHF; write EUR or USD",
        ),
        (
            {"counts": {"kinds": ["lead"]}, "advocate": FIVE},
            "counts.kinds: no connected source tells of leads; connect one that does, or choose among",
        ),
        ({"campaign": {"ends_at": "2026-11-01"}}, "campaign.ends_at: 2026-11-01 is over when the terms begin to hold"),
        (
            {"attribution": {"precedence": ["deal_field"]}, "counts": {"kinds": ["order"]}},
            "attribution.precedence: an order",
        ),
        (
            {"attribution": {"precedence": ["last_visit"]}, "counts": {"kinds": ["deal"]}},
            "attribution.precedence: these are",
        ),
        (
            {"counts": {"when": on("contry", **{"is": "DE"})}},
            "counts.when: no connected source tells order.contry; did you mean order.country?",
        ),
        (
            {"counts": {"when": on("zzz", **{"is": "DE"})}},
            "counts.when: no connected source tells order.zzz; known are",
        ),
        ({"counts": {"when": on("country", at_least=5)}}, "counts.when: order.country is of the kind text"),
        ({"counts": {"when": on("total", contains="5")}}, "counts.when: order.total is of the kind amount"),
        (
            {"counts": {"when": on("is_gift", **{"is": "yes"})}},
            "counts.when: order.is_gift is true or false, without quotes",
        ),
        (
            {"counts": {"when": {"all": [on("country", **{"is": "DE"}), on("country", **{"is": "AT"})]}}},
            "counts.when: the country of the order is “DE” and the country of the order is “AT” can never be true",
        ),
        (
            {"counts": {"when": on("country", **{"is": "DE"})}, "friend": {"when": on("country", **{"is": "AT"})}},
            "friend.when: the country of the order is “DE” and the country of the order is “AT” can never be true, ",
        ),
        (
            {"counts": {"kinds": ["order"], "minimum": "50.00", "when": on("base", less_than=50)}},
            "counts.when: what counts of the order is at least 50.00 and what counts of the order is less than 50",
        ),
        (
            {"advocate": {"of_lines": {"all": [of("sku", **{"is": "A"}), of("sku", **{"is": "B"})]}}},
            "advocate.of_lines: the item's article number is “A” and the item's article number is “B” can",
        ),
        (
            {"counts": {"kinds": ["order"], "when": {"field": "deal.stage", "is": "won"}}},
            "counts.when: deal.stage is never known of what counts here (order); see counts.kinds",
        ),
        (
            {"advocate": {"milestones": [{"at": 2, "amount": "50.00"}]}, "limits": {"amount_per_advocate": "40.00"}},
            "advocate.milestones[0]: EUR 50.00 is more than limits.amount_per_advocate (EUR 40.00)",
        ),
        (
            {"advocate": {"tiers": [{"from": 2, "amount": "50.00"}]}, "limits": {"amount_per_advocate": "40.00"}},
            "advocate.tiers[0]: EUR 50.00 is more than limits.amount_per_advocate",
        ),
        (
            {"advocate": {**FIVE, "milestones": [{"at": 10, "amount": "50.00"}]}, "limits": {"budget": "149.99"}},
            "advocate.milestones[0]: the budget is used up before anybody has brought 10 friends; raise limits.budget",
        ),
    ],
)
def test_what_stands_in_the_way_is_told_with_its_place(changes: dict[str, Any], words: str) -> None:
    told = found(**changes)
    assert len(told) == 1, told
    assert told[0].startswith(words), told


@pytest.mark.parametrize(
    "changes",
    [
        {"campaign": {"ends_at": "2026-11-02"}},
        {"counts": {"kinds": ["order", "lead"]}},
        {"counts": {"kinds": ["deal"], "when": {"field": "deal.anything", "at_least": 3}}},
        {"advocate": {**FIVE, "milestones": [{"at": 10, "amount": "50.00"}]}, "limits": {"budget": "150.00"}},
        {"advocate": {"milestones": [{"at": 2, "amount": "40.00"}]}, "limits": {"amount_per_advocate": "40.00"}},
        {"counts": {"kinds": ["order"], "minimum": "50.00", "when": on("base", at_most=50)}},
        {"attribution": {"precedence": ["deal_field", "code"]}},
    ],
)
def test_what_can_just_work_is_let_through(changes: dict[str, Any]) -> None:
    assert found(**changes) == []


def test_a_percentage_of_what_has_no_price_is_worth_nothing() -> None:
    crm = Means(payable=MEANS.payable, kinds=frozenset(OrderKind))
    (told,) = found(crm, counts={"kinds": ["lead"]})
    assert told.startswith("advocate.percent: a lead has no price, and a percentage of nothing is nothing")


def test_where_nothing_is_connected_everything_is_in_the_way() -> None:
    told = found(Means(kinds=frozenset()))
    assert [words.partition(":")[0] for words in told] == ["advocate.kind", "friend.kind", "counts.kinds"]
    assert "another kind once a source is connected" in told[0]


def test_a_source_tells_of_what_its_facts_belong_to() -> None:
    assert kinds_told(["order.country", "line.sku"]) == {OrderKind.ORDER}
    assert kinds_told(["deal.*", "contact.country"]) == {OrderKind.DEAL, OrderKind.LEAD, OrderKind.CONTACT}
    assert kinds_told([]) == set(OrderKind), "whoever declares nothing may tell of anything"


def test_what_works_and_may_still_not_be_wanted_is_remarked() -> None:
    generous = parse_terms(terms(counts={"minimum": "0"}, hold={"days": 0}))
    assert [words.partition(":")[0] for words in remarks(generous)] == ["limits.budget", "counts.minimum", "hold.days"]
    assert remarks(parse_terms(terms(limits={"budget": "100.00"}))) == []
