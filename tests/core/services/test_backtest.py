"""Backtest: terms that were in force, replayed, come to the real history; others to a report and nothing else."""

import shutil
from collections.abc import Callable
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import select

from core.models import Conversion, Person, Reward
from core.rules.replay.owing import Owed, Standing
from core.services.backtest import outcomes
from core.services.campaigns import find
from core.services.told import open_world
from tests.support.databases import sqlite_url
from tests.support.hub import Scene, scene
from tests.support.life import Life

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
@pytest.mark.parametrize("seed", [1, 2])
def test_the_terms_in_force_come_to_the_real_history(lives: Lives, name: str, seed: int) -> None:
    """Late, repeated, edited news, refunds, merges, payments, an operator's word, pauses, new terms, no more room."""
    life = lives(CAMPAIGNS[name], seed)
    for _ in range(6):
        life.go_on(8)
        assert replayed(life.stage) == history(life.stage)
    assert history(life.stage)
    life.stage.hub.database.close()


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
