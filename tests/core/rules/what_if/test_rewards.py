"""What would have changed a reward: each answer is given to the real rules once more, and they agree."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.contract.money import Money
from core.rules.conditions import Facts
from core.rules.fraud.checks import CHECKS, Check
from core.rules.fraud.facts import Bought, Case, Found, Settings, Somebody
from core.rules.fraud.strictness import InForce, Strictness
from core.rules.fraud.weigh import Finding, weigh
from core.rules.fraud_table import RULES, Mode
from core.rules.limits import Asked, Claim, counters, refusal
from core.rules.rewarding import Counted, grants
from core.rules.terms import Limits, Terms, parse_terms
from core.rules.what_if import Otherwise, more_room, other_grants, unsuspected

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SIDES = ("advocate", "friend", "milestone")
SOME = st.integers(1, 4)
CENTS = st.integers(1, 60)


def money(minor: int) -> Money:
    return Money(minor, "EUR")


EUROS: st.SearchStrategy[dict[str, Money]] = st.builds(dict) | CENTS.map(lambda minor: {"EUR": money(minor)})
LIMITS = st.builds(
    Limits,
    budget=EUROS,
    rewards_per_advocate=st.none() | SOME,
    amount_per_advocate=EUROS,
    rewards_per_friend=st.none() | SOME,
)
USED = st.fixed_dictionaries(
    {"budget": CENTS, "amount": CENTS, "advocate": SOME, "friend": SOME, "milestone": st.just(0)}
)


def asked_by(claim: Claim, kept: Limits, used: Mapping[str, int]) -> list[Asked]:
    """The counters that the limits ask, as they stand."""
    found = counters(claim, kept, kept)
    return [Asked(one.name, one.takes, one.ceiling, used[one.name.partition(":")[0]]) for one in found]


def wider(kept: Limits, change: str, asked: list[Asked]) -> Limits:
    """The same limits, of which the one that is named allows just as much as was asked for."""
    one = next(one for one in asked if one.name.startswith(f"{change}:"))
    most = one.used + one.takes
    told: dict[str, dict[str, Any]] = {
        "budget": {"budget": {"EUR": money(most)}},
        "advocate": {"rewards_per_advocate": most},
        "amount": {"amount_per_advocate": {"EUR": money(most)}},
        "friend": {"rewards_per_friend": most},
    }
    return replace(kept, **told[change])


@given(kept=LIMITS, side=st.sampled_from(SIDES), minor=CENTS, used=USED)
def test_with_the_room_that_is_named_the_limits_let_the_reward_through(
    kept: Limits, side: str, minor: int, used: dict[str, int]
) -> None:
    claim = Claim(side, "mira", "anna", money(minor), NOW, 5 if side == "milestone" else None)
    asked = asked_by(claim, kept, used)
    amounts = {one.name: one.used for one in asked}
    refused = refusal(counters(claim, kept, kept), amounts.__getitem__)
    answers = more_room(side, "it would have been promised", asked)
    assert bool(answers) is bool(refused)
    for one in answers:
        room = kept
        for change in one.changes:
            room = wider(room, change, asked)
        assert refusal(counters(claim, room, room), amounts.__getitem__) == ""


ROOM = [
    (
        Asked("budget:EUR", 1000, 50000, 49500),
        "the campaign's budget had been EUR 5.00 more; EUR 495.00 of EUR 500.00 were promised",
    ),
    (Asked("advocate:mira:30:7", 1, 3, 3), "one advocate could have 4 rewards in 30 days; the most are 3"),
    (
        Asked("amount:mira:EUR:365:1", 1000, 60000, 59500),
        "one advocate could get EUR 5.00 more than EUR 600.00 in 365 days; EUR 595.00 were promised",
    ),
    (
        Asked("friend:anna:friend", 1, 1, 1),
        "the orders of one friend could bring 2 rewards for one side; the most are 1",
    ),
]


@pytest.mark.parametrize(("asked", "words"), ROOM)
def test_how_much_more_is_said_in_words(asked: Asked, words: str) -> None:
    assert [one.words for one in more_room("advocate", "", [asked])] == [(words,)]


def test_two_limits_that_both_refused_are_named_together() -> None:
    (told,) = more_room("advocate", "", [ROOM[0][0], ROOM[1][0]])
    assert told.changes == ("budget", "advocate")


def test_a_milestone_that_was_given_is_given_once_whatever_the_limits() -> None:
    assert more_room("milestone", "", [Asked("milestone:mira:5", 1, 1, 1)]) == []


def terms(**told: Any) -> Terms:
    """EUR 10.00 for the advocate, EUR 5.00 for the friend."""
    body: dict[str, dict[str, Any]] = {
        "campaign": {"slug": "friends", "name": "Friends"},
        "counts": {"currency": "EUR"},
        "advocate": {"kind": "store_credit", "amount": "10.00"},
        "friend": {"kind": "store_credit", "amount": "5.00"},
    }
    changed = body | {name: {**body.get(name, {}), **table} for name, table in told.items()}
    return parse_terms(
        {name: {k: one for k, one in table.items() if one is not None} for name, table in changed.items()}
    )


DE_OR_AT = {"field": "order.country", "is_one_of": ["DE", "AT"]}
FROM_FRANCE = Counted(money(20_00), Facts({"order.country": "FR"}))


def said(found: list[Otherwise]) -> list[tuple[str, str]]:
    return [(one.then, "; ".join(one.words)) for one in found]


def test_what_one_sides_reward_asks_for_is_named() -> None:
    asked = terms(friend={"when": DE_OR_AT})
    assert "friend" not in grants(asked, FROM_FRANCE)
    assert said(other_grants(asked, FROM_FRANCE)) == [
        ("there would have been a reward for the friend", "the order's country had been one of DE, AT")
    ]


def test_what_one_sides_reward_hangs_on_is_named() -> None:
    from_germany = replace(FROM_FRANCE, facts=Facts({"order.country": "DE"}))
    assert said(other_grants(terms(friend={"when": DE_OR_AT}), from_germany)) == [
        ("there would have been no reward for the friend", "nothing had been known of the order's country")
    ]


def test_facts_that_would_have_brought_nothing_are_not_named() -> None:
    """Of an order without gift cards 5 % of the gift cards are nothing, wherever it went."""
    of_lines = {"field": "line.type", "is": "card"}
    asked = terms(friend={"amount": None, "percent": "5", "when": DE_OR_AT, "of_lines": of_lines})
    assert other_grants(asked, FROM_FRANCE) == []


def test_what_the_most_of_an_order_has_cut_is_named() -> None:
    told = said(other_grants(terms(limits={"most_of_order": "30"}), FROM_FRANCE))
    words = "rewards could take more than 30 % of what counts of an order"
    assert told == [
        ("the reward for the advocate would have been EUR 10.00 instead of EUR 4.00", words),
        ("the reward for the friend would have been EUR 5.00 instead of EUR 2.00", words),
    ]


def test_where_nothing_is_asked_for_and_nothing_cut_nothing_is_named() -> None:
    assert other_grants(terms(limits={"most_of_order": "90"}), FROM_FRANCE) == []


BOUGHT = Bought("o1", "anna", NOW)
SUSPECT = Case(BOUGHT, Somebody("mira"), Somebody("anna"), (BOUGHT,), lambda kind, value: value)
FOUND = st.dictionaries(
    st.sampled_from(sorted(set(RULES) - {"same_account", "shared_account"})),
    st.tuples(st.sampled_from([Mode.OBSERVE, Mode.HOLD, Mode.BLOCK]), st.integers(0, 70)),
    max_size=5,
)


def finds(_: Case, __: Settings) -> Found | None:
    return Found("alike")


def finds_nothing(_: Case, __: Settings) -> Found | None:
    return None


@given(found=FOUND, enough=st.integers(10, 100))
def test_without_the_rules_that_are_named_the_rewards_go_on(found: dict[str, tuple[Mode, int]], enough: int) -> None:
    strictness = Strictness(tuple(InForce(rule, mode, points) for rule, (mode, points) in found.items()), enough)
    opinion = weigh(SUSPECT, strictness, dict.fromkeys(CHECKS, finds))
    answers = unsuspected(opinion.findings, enough)
    assert bool(answers) is opinion.stops
    for one in answers:
        silent: dict[str, Check] = {rule: finds_nothing if rule in one.changes else finds for rule in CHECKS}
        assert not weigh(SUSPECT, strictness, silent).stops


def test_one_rule_that_is_enough_to_hold_is_named_alone() -> None:
    phone, device = Finding("same_phone", Mode.HOLD, 20, "alike"), Finding("same_device", Mode.HOLD, 60, "alike")
    (told,) = unsuspected([device, phone], 60)
    assert told.then == "its rewards would not have waited for a person"
    assert told.words == ("the fraud rule “same device” had found nothing",)


def test_an_account_holds_whatever_the_points() -> None:
    shared = Finding("shared_account", Mode.HOLD, 100, "2 people")
    assert [one.changes for one in unsuspected([shared], 1_000)] == [("shared_account",)]
