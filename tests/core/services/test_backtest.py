"""Backtest: terms that were in force, replayed, come to the real history; others to a report and nothing else."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import select

from core.contract.events import OrderCancelled, OrderPaid
from core.contract.money import Money
from core.models import Allowance, Assessment, Conversion, Person, Reward, StoredOrder, Telling
from core.rules.counting import TermsInForce
from core.rules.replay.comparing import Difference
from core.rules.replay.owing import Owed, Standing
from core.rules.terms import parse_terms
from core.services.backtest import Proposal, backtest, outcomes
from core.services.campaigns import find
from core.services.erase import erase_person
from core.services.reattribute import reattribute
from core.services.review import appeal
from core.services.told import open_world
from tests.support.databases import sqlite_url
from tests.support.hub import DAY, HOUR, START, Scene, deal, friend, order, refund, refunded, scene, terms
from tests.support.life import HAPPENINGS, WITH_FRAUD, WITH_OTHER_BUYERS, Life

Lives = Callable[..., Life]
ADVOCATE = {"kind": "gift_card", "percent": "20", "at_most": "40.00"}
CAMPAIGNS: dict[str, dict[str, Any]] = {
    "budget and cap": {
        "counts": {"first_order_only": False, "minimum": "10.00"},
        "advocate": ADVOCATE,
        "limits": {"budget": "75.00", "rewards_per_advocate": 3, "per_days": 10},
    },
    "first orders": {"limits": {"budget": "60.00"}},
    "tiers and milestones": {
        "counts": {"first_order_only": False, "minimum": "10.00"},
        "advocate": {
            "kind": "gift_card",
            "percent": "5",
            "tiers": [{"from": 3, "amount": "8.00"}],
            "milestones": [{"at": 2, "amount": "15.00"}, {"at": 4, "amount": "25.00"}],
        },
        "limits": {"budget": "150.00"},
    },
    "last touch, new again": {
        "counts": {"new_after_days": 20},
        "attribution": {"touch": "last", "window_days": 30},
        "limits": {"amount_per_advocate": "40.00", "amount_days": 30, "rewards_per_friend": 2},
    },
    "pauses by itself": {
        "counts": {"first_order_only": False},
        "advocate": ADVOCATE,
        "limits": {"budget": "60.00", "pause_at_budget": True, "most_of_order": "15"},
    },
}


@pytest.fixture
def lives(migrated_sqlite: Path, tmp_path: Path) -> Lives:
    """Begins a life: a shop, two advocates, and a buyer who is one as well."""
    numbers = count()

    def begin(campaign: dict[str, Any], seed: int) -> Life:
        file = tmp_path / f"{next(numbers)}.db"
        shutil.copy(migrated_sqlite, file)
        stage = scene(sqlite_url(file)).campaign(**campaign)
        stage.advocate("MIRA")
        stage.advocate("ZOE", email="zoe@example.com")
        stage.advocate("ANNA-ALSO", customer="anna")
        return Life(stage, Random(seed), campaign)

    return begin


@pytest.mark.parametrize("name", CAMPAIGNS)
def test_the_terms_in_force_come_to_the_real_history(lives: Lives, name: str) -> None:
    """Late, repeated, edited news, refunds, merges, payments, an operator's word, pauses, new terms, no more room."""
    life = lives(CAMPAIGNS[name], seed=2)
    for _ in range(3):
        life.go_on(16)
        assert replayed(life.stage) == history(life.stage)
    assert history(life.stage)
    life.stage.hub.database.close()


def test_so_do_they_where_orders_are_refused_as_fraud_and_appeals_are_heard(lives: Lives) -> None:
    life = lives(CAMPAIGNS["tiers and milestones"], seed=4)
    life.happenings = WITH_FRAUD
    life.go_on(40)
    assert {"refused", "heard"} <= {row.what for row in told_of(life.stage)}
    assert replayed(life.stage) == history(life.stage)
    life.stage.hub.database.close()


def test_so_do_they_where_orders_turn_out_to_be_another_customers(lives: Lives) -> None:
    """And each friend's place under the caps is taken by the orders that are theirs by now."""
    limits = {"rewards_per_friend": 1, "budget": "200.00"}
    life = lives({"counts": {"first_order_only": False}, "limits": limits}, seed=0)
    life.happenings = WITH_OTHER_BUYERS
    for _ in range(3):
        life.go_on(20)
    assert life.stage.violations() == {}
    assert replayed(life.stage) == history(life.stage)
    life.stage.hub.database.close()


def test_an_appeal_is_decided_by_what_was_told_since_the_refusal(lives: Lives) -> None:
    """Where numbers matter, what nobody told anew is decided last, and still is decided in the replay, too."""
    life = lives(CAMPAIGNS["tiers and milestones"], seed=1)
    stage, told = life.stage, order("1", "100.00")
    stage.tell(OrderPaid(told))
    life.refuse(stage.one(Assessment))
    smaller = replace(told, base=Money.parse("20.00", "EUR"), updated_at=told.updated_at + HOUR)
    stage.tell(OrderPaid(smaller), refunded("1", refund("1-1", "20.00")))
    appeal(stage.hub, stage.one(Assessment).id, "a test", actor="somebody")
    assert {row.granted.minor for row in stage.all(Reward, side="advocate")} == {100}
    assert replayed(stage) == history(stage)
    stage.hub.database.close()


def test_a_refused_order_that_went_back_and_was_given_to_somebody_else_is_theirs_after_an_appeal(lives: Lives) -> None:
    life = lives(CAMPAIGNS["budget and cap"], seed=1)
    stage = life.stage
    stage.tell(OrderPaid(order("1", "100.00")))
    life.refuse(stage.one(Assessment))
    stage.tell(refunded("1", refund("1-1", "100.00")))
    reattribute(stage.hub, stage.order("1").id, "ZOE", "a test", second="somebody else")
    appeal(stage.hub, stage.one(Assessment).id, "a test", actor="somebody")
    assert replayed(stage) == history(stage)
    stage.hub.database.close()


def test_an_appeal_that_found_no_room_finds_none_later_in_the_replay_either(lives: Lives) -> None:
    life = lives(CAMPAIGNS["budget and cap"], seed=1)
    stage, told, big = life.stage, order("1", "100.00"), order("2", "250.00", buyer=friend("ben"))
    stage.tell(OrderPaid(told))
    life.refuse(stage.one(Assessment))
    stage.tell(OrderPaid(big), OrderPaid(order("3", "125.00", buyer=friend("carl"))))
    appeal(stage.hub, stage.one(Assessment, state="blocked").id, "a test", actor="somebody")
    stage.tell(OrderCancelled(replace(big, cancelled_at=big.updated_at + HOUR, updated_at=big.updated_at + HOUR)))
    stage.tell(OrderPaid(replace(told, base=Money.parse("90.00", "EUR"), updated_at=told.updated_at + HOUR)))
    assert {row.state for row in stage.all(Reward, conversion_id=stage.conversion("1").id)} == {"void"}
    assert replayed(stage) == history(stage)
    stage.hub.database.close()


def history(stage: Scene) -> dict[str, Any]:
    """What truly came of every order that counted once."""
    with stage.hub.database.reading() as session:
        campaign = find(session, stage.slug)
        conversions = session.scalars(select(Conversion).filter_by(campaign_id=campaign.id)).all()
        rewards = session.scalars(select(Reward).filter_by(campaign_id=campaign.id)).all()
    return {
        one.order_id: (
            one.state,
            one.currency,
            one.base_minor,
            one.reversed_minor,
            one.terms_id,
            sorted(_reward(row) for row in rewards if row.conversion_id == one.id),
        )
        for one in conversions
    }


def _reward(row: Reward) -> tuple[object, ...]:
    state = row.state if row.state in ("void", "withdrawn") else "stands"
    return (row.side, row.person_id, row.currency, row.granted_minor, row.reversed_minor, state)


def replayed(stage: Scene) -> dict[str, Any]:
    """What comes of everything that was told, under the terms that were in force."""
    with stage.hub.database.reading() as session:
        world = open_world(session, find(session, stage.slug))
    merged = {person.id: person.merged_into_id for person in stage.all(Person)}
    found = outcomes(stage.hub, world, [world.course], world.terms)
    return {step.order_id: _standing(both[0], merged) for step, both in found}


def _standing(one: Standing, merged: dict[str, str | None]) -> Any:
    rewards = sorted(_owed(owed, merged) for owed in (*one.rewards.values(), *one.passed_on))
    return (one.state, one.currency, one.base_minor, one.reversed_minor, one.terms_id, rewards)


def _owed(one: Owed, merged: dict[str, str | None]) -> tuple[object, ...]:
    person, state = one.person, one.state if one.state in ("void", "withdrawn") else "stands"
    while (kept := merged[person]) is not None:  # whom somebody became after their last decision
        person = kept
    return (one.side, person, one.currency, one.granted, one.reversed, state)


PROPOSED = {
    "counts": {"first_order_only": False, "minimum": "25.00"},
    "advocate": {"kind": "gift_card", "percent": "30", "at_most": "35.00"},
    "limits": {"budget": "70.00", "rewards_per_advocate": 2, "per_days": 10},
}


def test_proposed_terms_come_to_what_a_hub_under_them_would_have(lives: Lives) -> None:
    """The same life told to a hub under each of two terms: trying the second on the first finds the second's story."""
    told, lived = lives(CAMPAIGNS["budget and cap"], seed=3), lives(PROPOSED, seed=3)
    for life in (told, lived):
        life.happenings = {name: often for name, often in HAPPENINGS.items() if name in NEWS}
        life.go_on(40)
    real = {
        (one.order_source_id, row.side): row.net.minor
        for one in lived.stage.all(Conversion)
        for row in lived.stage.all(Reward, conversion_id=one.id)
        if row.net and row.state not in ("void", "withdrawn")
    }
    assert under(told.stage, PROPOSED) == real


NEWS = ("buys", "changes", "gives_back", "says_it_again", "tells_in_the_crm", "merges")


def under(stage: Scene, changes: dict[str, Any]) -> dict[tuple[str, str], int]:
    """What would be owed if these terms had always held, by the source's id of the order and the side."""
    with stage.hub.database.reading() as session:
        world = open_world(session, find(session, stage.slug))
    proposed = parse_terms(terms(**changes))
    since = START - 400 * DAY
    course = world.course.instead(TermsInForce("proposed", proposed, since), stage.watch() + DAY)
    found = outcomes(stage.hub, world, [course], {**world.terms, "proposed": proposed})
    return {
        (step.source[0], one.side): one.net for step, both in found for one in both[0].rewards.values() if one.stands
    }


def test_a_backtest_says_what_differs_and_changes_nothing(lives: Lives) -> None:
    life = lives(CAMPAIGNS["budget and cap"], 5)
    stage = life.stage
    stage.tell(OrderPaid(order("1", "20.00")), OrderPaid(order("2", "100.00", buyer=friend("ben"))))
    before = stage.digest(), stage.facts(), [row.used for row in stage.all(Allowance)]
    told: list[Difference] = []
    proposal = Proposal(terms(**PROPOSED), START - DAY, START + DAY)
    row, _ = backtest(stage.hub, stage.slug, proposal, tell=told.append)
    assert (stage.digest(), stage.facts(), [row.used for row in stage.all(Allowance)]) == before
    assert {one.name: one.words for one in told} == {
        "#1": "would not have counted: the order's base is EUR 20.00, the minimum EUR 25.00",
        "#2": "the advocate would have got EUR 30.00 instead of EUR 20.00",
    }
    assert row.summary["words"][0] == (
        "With these terms the 2 days would have had 1 fewer conversion, 2 fewer rewards, EUR 1.00 more cost."
    )
    assert (row.summary["before"]["cost"], row.summary["after"]["cost"]) == ({"EUR": 3400}, {"EUR": 3500})


def test_orders_outside_of_the_period_count_for_the_budget_and_are_not_reported(lives: Lives) -> None:
    stage = lives(CAMPAIGNS["budget and cap"], 6).stage
    stage.tell(OrderPaid(order("1", "100.00", placed=-5 * DAY)), OrderPaid(order("2", "200.00", buyer=friend("ben"))))
    cheap = PROPOSED | {"limits": {"budget": "50.00"}}
    row, _ = backtest(stage.hub, stage.slug, Proposal(terms(**cheap), START - DAY, START + DAY))
    assert (row.summary["orders"], row.summary["differ"]) == (1, 1)
    assert row.orders[0]["words"] == (
        "the advocate would have got nothing (the campaign's budget has no room for this reward)"
    )


def test_what_was_told_names_nobody_who_was_erased(lives: Lives) -> None:
    """A deal is often called like the person, and a trace that led nowhere may be anything that somebody typed."""
    stage = lives(CAMPAIGNS["budget and cap"], 7).stage
    crm = stage.beside("The CRM", "crm")
    crm.tell(OrderPaid(replace(deal("d1", code="MIRA"), name="Anna Secret's kitchen")))
    crm.tell(OrderPaid(replace(deal("d1", code="ann-secret"), name="Anna Secret's kitchen")))
    (person,) = {row.friend_id for row in stage.all(StoredOrder)}
    assert "Secret" in "".join(row.body for row in told_of(stage))
    erase_person(stage.hub, person, "she asked")
    assert "secret" not in "".join(row.body for row in told_of(stage)).lower()
    assert replayed(stage) == history(stage)


def told_of(stage: Scene) -> list[Telling]:
    """Everything that was told."""
    with stage.hub.database.reading() as session:
        return list(session.scalars(select(Telling)))
