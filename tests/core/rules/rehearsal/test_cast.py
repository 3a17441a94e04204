"""The cast is a table that holds together, and its copies of a campaign change nothing but names and two limits."""

from typing import Any

import pytest

from core.rules.rehearsal import CAST, Role, body_for
from core.rules.rehearsal.cast import FRIENDS_AT_THE_LIMIT, AnswerGetsLost, Buys, Need, Recommends
from core.rules.rehearsal.copies import pair_of
from core.rules.rehearsal.fitting import promised
from core.rules.terms import parse_terms
from tests.core.rules.rehearsal.faultless import BODY, faultless, terms

ROLES = pytest.mark.parametrize("role", CAST, ids=lambda role: role.key)


def test_keys_titles_and_addresses_are_all_different() -> None:
    for values in ([role.key for role in CAST], [role.title for role in CAST]):
        assert len(set(values)) == len(values)
    addresses = [role.email(who) for role in CAST for who in role.people]
    assert len(set(addresses)) == len(addresses)


@ROLES
def test_who_uses_a_code_uses_that_of_somebody_who_recommends(role: Role) -> None:
    recommending = {step.who for step in role.steps if isinstance(step, Recommends)}
    assert {step.code_of for step in role.steps if isinstance(step, Buys) and step.code_of} <= recommending
    assert role.people
    assert all(step.who in role.people for step in role.steps if not isinstance(step, AnswerGetsLost))


@ROLES
def test_a_copy_has_the_terms_but_for_its_name_and_a_limit(role: Role) -> None:
    copy = body_for(role, BODY, terms())
    parse_terms(copy)
    assert copy["campaign"]["name"] == BODY["campaign"]["name"]
    assert {**copy, "campaign": BODY["campaign"], "limits": BODY["limits"]} == BODY
    if not {Need.BUDGET, Need.CAP} & set(role.needs):
        assert copy["limits"] == BODY["limits"]


def test_no_copy_changes_the_document_it_was_made_of() -> None:
    before = repr(BODY)
    for role in CAST:
        body_for(role, BODY, terms())["limits"]["budget"] = "1.00"
    assert repr(BODY) == before


@pytest.mark.parametrize("budget", ["1000.00", {"EUR": "1000.00", "USD": "900.00"}])
def test_the_budget_is_brought_near_enough_to_end_within_the_role(budget: Any) -> None:
    currencies: dict[str, Any] = {} if isinstance(budget, str) else {"currencies": ["EUR", "USD"]}
    counts = {"currency": "EUR"} if isinstance(budget, str) else {**currencies, "minimum": {"EUR": "20", "USD": "22"}}
    friend = {"kind": "gift_card", "percent": "5"}
    advocate = {**friend, "percent": "10"}
    body = {**BODY, "counts": counts, "advocate": advocate, "friend": friend, "limits": {"budget": budget}}
    told = parse_terms(body)
    (role,) = [role for role in CAST if Need.BUDGET in role.needs]
    near = parse_terms(body_for(role, body, told)).budget
    pair = pair_of(told)
    assert near is not None
    assert pair.minor <= near.minor < pair.minor * FRIENDS_AT_THE_LIMIT


def test_a_budget_that_is_small_already_stays_as_it_is() -> None:
    small = {**BODY, "limits": {"budget": "25.00"}}
    (role,) = [role for role in CAST if Need.BUDGET in role.needs]
    assert body_for(role, small, parse_terms(small))["limits"]["budget"] == "25.00"


def test_a_tier_is_promised_from_its_number_on() -> None:
    tiers = [{"from": 3, "amount": "15.00"}]
    reward = terms(advocate={"kind": "store_credit", "amount": "10.00", "tiers": tiers}).rewards["advocate"]
    base = faultless().bought[0].base
    assert [promised(reward, number, base).minor for number in (1, 2, 3, 9)] == [10_00, 10_00, 15_00, 15_00]
