"""Backtest: the terms that were in force, replayed, come to the real history; others come to a report and nothing else."""

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from core.contract.events import ContactsMerged, Event
from core.models import Conversion, Reward, StoredOrder
from core.rules.replay.owing import Standing
from core.services.backtest import outcomes
from core.services.campaigns import create_campaign, find, publish
from core.services.told import open_world
from tests.core.services.test_any_order import batches, stories
from tests.support.databases import sqlite_url
from tests.support.hub import DAY, START, Scene, open_hub, order, refund, refunded, scene, terms

Fresh = Callable[[], AbstractContextManager[Scene]]
OPEN = {"held", "review", "due", "rejected", "pushing"}
PAID = {"pushed", "netted", "clawed_back"}


def history(scene: Scene) -> dict[str, Any]:
    """What truly came of every order that counted once."""
    with scene.hub.database.reading() as session:
        campaign = find(session, scene.slug)
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
    state = "held" if row.state in OPEN else "paid" if row.state in PAID else row.state
    return (row.side, row.person_id, row.currency, row.granted_minor, row.reversed_minor, state)


def replayed(scene: Scene) -> dict[str, Any]:
    """What comes of everything that was told, under the terms that were in force."""
    with scene.hub.database.reading() as session:
        world = open_world(session, find(session, scene.slug))
    found = outcomes(scene.hub, world, [world.course], world.terms)
    return {step.order_id: _standing(both[0]) for step, both in found}


def _standing(one: Standing) -> Any:
    owed = [(it.side, it.person, it.currency, it.granted, it.reversed, it.state) for it in one.rewards.values()]
    owed = [(*rest, "held" if state == "leaving" else state) for *rest, state in owed]
    return (one.state, one.currency, one.base_minor, one.reversed_minor, one.terms_id, sorted(owed))


@pytest.fixture(scope="module")
def fresh(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Fresh:
    """Scenes that begin alike: a campaign whose budget and caps are soon used up, and three codes."""
    folder, numbers = tmp_path_factory.mktemp("backtest"), count()
    template = folder / "template.db"
    shutil.copy(migrated_sqlite, template)
    first = scene(sqlite_url(template)).campaign(
        counts={"first_order_only": False, "minimum": "10.00"},
        advocate={"kind": "gift_card", "percent": "20", "at_most": "40.00"},
        limits={"budget": "75.00", "rewards_per_advocate": 2, "per_days": 10},
    )
    for code in ("MIRA", "ZOE", "MIRA-AGAIN"):
        first.advocate(code)
    first.hub.database.close()

    @contextmanager
    def open_one() -> Iterator[Scene]:
        copy = folder / f"{next(numbers)}.db"
        shutil.copy(template, copy)
        one = replace(first, hub=open_hub(sqlite_url(copy), first.watch))
        yield one
        one.hub.database.close()

    return open_one


@settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(story=stories(), mixing=st.randoms(use_true_random=False))
def test_the_terms_in_force_come_to_the_real_history(fresh: Fresh, story: list[Event], mixing: Random) -> None:
    """Late, repeated and edited news, refunds, merges, caps and a budget that runs out: replayed, all is as it was."""
    with fresh() as stage:
        for batch in batches([*story, *mixing.sample(story, len(story) // 2)], mixing):
            stage.tell(*batch)
            assert replayed(stage) == history(stage)
