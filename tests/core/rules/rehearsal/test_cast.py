"""The cast is a table that holds together, and its copies of a campaign change nothing but names and two limits."""

from typing import Any

import pytest

from core.rules.rehearsal import CAST, Role, copies_for
from core.rules.rehearsal.cast import FRIENDS_AT_THE_LIMIT
from core.rules.rehearsal.copies import LIMITED, pair_of
from core.rules.rehearsal.fitting import promised
from core.rules.rehearsal.role import AnswerGetsLost, Buys, Need, Recommends
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


def _copy(role: Role, body: Any = BODY) -> Any:
    """The copy in which that role plays when the whole cast does."""
    return copies_for(CAST, body, parse_terms(body))[role.key]


@ROLES
def test_a_copy_has_the_terms_but_for_its_name_and_a_limit(role: Role) -> None:
    copy = _copy(role)
    parse_terms(copy)
    assert copy["campaign"]["name"] == BODY["campaign"]["name"]
    assert {**copy, "campaign": BODY["campaign"], "limits": BODY["limits"]} == BODY
    if not LIMITED & set(role.needs):
        assert copy == BODY


@ROLES
def test_a_budget_that_is_not_enough_for_all_gives_each_story_its_own_copy(role: Role) -> None:
    small = {**BODY, "limits": {"budget": "100.00"}}
    assert _copy(role, small)["campaign"]["slug"] == f"as-{role.key}"
    burning = {**BODY, "limits": {"budget": "9000.00", "pause_when_burning": "20"}}
    assert _copy(role, burning)["campaign"]["slug"] == f"as-{role.key}"


def test_no_copy_changes_the_document_it_was_made_of() -> None:
    body = {**BODY, "advocate": {**BODY["advocate"], "milestones": [{"at": 2, "amount": "5.00"}]}}
    before = repr(body)
    copies = copies_for(CAST, body, parse_terms(body))
    assert repr(body) == before
    assert ["milestones" in copies[key]["advocate"] for key in ("at-the-budget", "at-the-cap", "unpaid")] == [
        False,
        False,
        True,
    ]


@pytest.mark.parametrize("budget", ["1000.00", {"EUR": "1000.00", "USD": "900.00"}])
def test_the_budget_is_brought_near_enough_to_end_within_the_role(budget: Any) -> None:
    several = {"currencies": ["EUR", "USD"], "minimum": {"EUR": "20", "USD": "22"}}
    counts: dict[str, Any] = {"currency": "EUR"} if isinstance(budget, str) else several
    friend = {"kind": "gift_card", "percent": "5"}
    body = {**BODY, "counts": counts, "advocate": {**friend, "percent": "10"}, "friend": friend}
    body["limits"] = {"budget": budget}
    (role,) = [role for role in CAST if Need.BUDGET in role.needs]
    near, pair = parse_terms(_copy(role, body)).budget, pair_of(parse_terms(body))
    assert near is not None
    assert pair.minor <= near.minor < pair.minor * FRIENDS_AT_THE_LIMIT


def test_a_budget_that_is_small_already_stays_as_it_is() -> None:
    (role,) = [role for role in CAST if Need.BUDGET in role.needs]
    assert _copy(role, {**BODY, "limits": {"budget": "25.00"}})["limits"]["budget"] == "25.00"


def test_a_tier_is_promised_from_its_number_on() -> None:
    tiers = [{"from": 3, "amount": "15.00"}]
    reward = terms(advocate={"kind": "store_credit", "amount": "10.00", "tiers": tiers}).rewards["advocate"]
    base = faultless().bought[0].base
    assert [promised(reward, number, base).minor for number in (1, 2, 3, 9)] == [10_00, 10_00, 15_00, 15_00]
