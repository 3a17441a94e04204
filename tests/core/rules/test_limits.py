"""Limits: each refuses at its boundary, one before the other, for nobody else; and when a campaign stops by itself."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.contract.money import Money
from core.rules.limits import Claim, budget_name, counters, pace_name, refusal, why_pause
from core.rules.terms import Limits
from tests.support.hub import DAY, START

EUR = {"EUR": Money(10_000, "EUR")}
TIGHT = Limits(
    budget=EUR, rewards_per_advocate=2, per_days=30, amount_per_advocate={"EUR": Money(3_000, "EUR")},
    rewards_per_friend=1,
)  # fmt: skip


def claim(side: str = "advocate", minor: int = 1000, **changes: Any) -> Claim:
    told = {"person_id": "mira", "friend_id": "anna", "placed_at": START, **changes}
    return Claim(
        side, amount=Money(minor, changes.pop("currency", "EUR")), **{k: told[k] for k in told if k != "currency"}
    )


def refused(one: Claim, *, takes_place: bool = True, **used: int) -> str:
    """Which limit refuses it, where so much is used of the counters whose names begin so."""
    asked = counters(one, TIGHT, TIGHT, takes_place=takes_place)
    taken = {counter.name: minor for counter in asked for what, minor in used.items() if counter.name.startswith(what)}
    return refusal(asked, lambda name: taken.get(name, 0)).partition(":")[0]


@pytest.mark.parametrize(
    ("used", "reason"),
    [
        ({}, ""),
        ({"budget": 9_000}, ""),
        ({"budget": 9_001}, "budget_exhausted"),
        ({"advocate": 1}, ""),
        ({"advocate": 2}, "cap_reached"),
        ({"friend": 1}, "friend_cap_reached"),
        ({"amount": 2_000}, ""),
        ({"amount": 2_001}, "amount_reached"),
        ({"budget": 9_001, "advocate": 2, "amount": 3_000}, "budget_exhausted"),
        ({"advocate": 2, "amount": 3_000}, "cap_reached"),
    ],
)
def test_each_limit_refuses_at_its_boundary_the_budget_first(used: dict[str, int], reason: str) -> None:
    assert refused(claim(), takes_place=True, **used) == reason


def test_a_friends_reward_takes_no_place_and_no_amount_of_the_advocate() -> None:
    assert [one.name.partition(":")[0] for one in counters(claim("friend"), TIGHT, TIGHT)] == ["budget", "friend"]


def test_each_side_has_places_of_its_own_for_one_friend() -> None:
    names = {counters(claim(side), TIGHT, TIGHT)[-1 if side == "friend" else 2].name for side in ("advocate", "friend")}
    assert names == {"friend:anna:advocate", "friend:anna:friend"}


def test_a_milestone_is_given_once_and_takes_of_the_amount_but_no_place() -> None:
    asked = counters(claim("milestone", milestone=5), TIGHT, TIGHT)
    assert [one.name.partition(":")[0] for one in asked] == ["budget", "milestone", "amount"]
    assert refused(claim("milestone", milestone=5), milestone=1) == "milestone_given"


def test_a_reward_that_only_grows_takes_no_place() -> None:
    assert refused(claim(), takes_place=False, advocate=2, friend=1) == ""
    assert refused(claim(), takes_place=False, amount=2_001) == "amount_reached"


def test_periods_are_counted_apart_and_touch_without_a_gap() -> None:
    names = [counters(claim(placed_at=START + n * DAY), TIGHT, TIGHT)[1].name for n in range(61)]
    assert len(set(names)) == 3
    assert [name for n, name in enumerate(names) if n and name != names[n - 1]] == sorted(set(names) - {names[0]})
    moments = [START.replace(microsecond=0) + timedelta(seconds=n) for n in (0, 1)]
    assert len({counters(claim(placed_at=at), TIGHT, TIGHT)[1].name for at in moments}) == 1


def test_advocates_are_counted_apart() -> None:
    one, other = (counters(claim(person_id=who), TIGHT, TIGHT) for who in ("mira", "zoe"))
    assert {counter.name for counter in one} & {counter.name for counter in other} == {
        "budget:EUR",
        "friend:anna:advocate",
    }


def test_currencies_have_budgets_of_their_own_and_none_without_one() -> None:
    asked = counters(claim(currency="USD"), TIGHT, TIGHT)
    assert asked[0].name == budget_name("USD")
    assert refusal(asked, lambda name: 10**15 if name.startswith("budget") else 0) == ""
    assert "amount" not in {one.name.partition(":")[0] for one in asked}


def test_the_budget_is_that_of_the_terms_in_force_and_the_caps_are_those_of_the_order() -> None:
    wide = Limits(budget={"EUR": Money(99_999, "EUR")})
    assert [(one.name, one.ceiling) for one in counters(claim(), Limits(), wide)] == [("budget:EUR", 99_999)]


@pytest.mark.parametrize(
    ("promised", "is_refused", "stops"),
    [(2_000, False, False), (2_001, False, True), (0, True, True), (0, False, False)],
)
def test_a_campaign_stops_by_itself_when_it_is_used_up_or_burns(
    promised: int, *, is_refused: bool, stops: bool
) -> None:
    limits = Limits(budget=EUR, pause_at_budget=True, pause_when_burning=Decimal(20))
    assert bool(why_pause(limits, "EUR", promised, is_refused=is_refused)) is stops


def test_a_campaign_whose_terms_say_nothing_of_it_never_stops_by_itself() -> None:
    assert why_pause(Limits(budget=EUR), "EUR", 10**9, is_refused=True) == ""
    assert why_pause(Limits(pause_when_burning=Decimal(1)), "EUR", 10**9, is_refused=False) == ""


def test_the_pace_is_counted_by_the_hour() -> None:
    hour = START.replace(minute=0, second=0, microsecond=0)
    last = hour + timedelta(minutes=59, seconds=59)
    assert pace_name("EUR", hour) == pace_name("EUR", last) != pace_name("EUR", hour + timedelta(hours=1))


@given(st.lists(st.tuples(st.sampled_from(["mira", "zoe"]), st.integers(1, 4_000), st.integers(0, 90)), max_size=40))
def test_whatever_is_asked_for_no_ceiling_is_ever_passed(asked: list[tuple[str, int, int]]) -> None:
    used: dict[str, int] = {}
    ceilings: dict[str, int] = {}
    for who, minor, day in asked:
        found = counters(claim(minor=minor, person_id=who, placed_at=START + day * DAY), TIGHT, TIGHT)
        ceilings |= {one.name: one.ceiling for one in found}
        if not refusal(found, lambda name: used.get(name, 0)):
            for one in found:
                used[one.name] = used.get(one.name, 0) + one.takes
    assert all(minor <= ceilings[name] for name, minor in used.items())
