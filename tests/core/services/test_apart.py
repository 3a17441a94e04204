"""Apart: what happens to one merchant's money does not depend on what happens to another's in the same house."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.contract.errors import NeedsAttention
from core.contract.events import Contact, Event, OrderPaid
from core.gateway.hub import Hub
from core.models import Connection, Conversion, Identity, Reward, StoredDelivery
from core.services.connections import connect
from core.services.disconnect import disconnect
from core.services.lease import Lane
from core.services.merchants import add
from core.worker import run_until_idle
from tests.core.services.test_any_order import stories
from tests.support.databases import sqlite_url
from tests.support.hub import Scene, Watch, connected, customer, email, open_hub, order

NAMES = ("Tea", "Coffee")


@dataclass
class House:
    """A hub with two merchants; both have a shop of the same label, the same campaign and the same codes."""

    hub: Hub
    scenes: dict[str, Scene]

    def digests(self) -> dict[str, str]:
        """What each of them believes about money."""
        return {name: one.digest() for name, one in self.scenes.items()}


def _begun(url: str) -> House:
    watch = Watch()
    hub = open_hub(url, watch)
    scenes = {}
    for name in NAMES:
        own = hub.within(add(hub, name).id)
        scenes[name] = Scene(own, watch, *connected(own, "pretend", "The shop")).campaign()
        scenes[name].advocate("MIRA")
        scenes[name].advocate("ZOE", email="zoe@example.com")
        scenes[name].advocate("MIRA-AGAIN", customer="customer-mira-again")
    return House(hub, scenes)


@pytest.fixture
def house(database_url: str) -> Iterator[House]:
    """The same on both kinds of database."""
    found = _begun(database_url)
    yield found
    found.hub.database.close()


@pytest.fixture(scope="module")
def fresh(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Houses that begin alike."""
    folder, numbers = tmp_path_factory.mktemp("apart"), count()
    template = folder / "template.db"
    shutil.copy(migrated_sqlite, template)
    first = _begun(sqlite_url(template))
    first.hub.database.close()

    @contextmanager
    def open_one() -> Iterator[House]:
        copy = folder / f"{next(numbers)}.db"
        shutil.copy(template, copy)
        hub = open_hub(sqlite_url(copy), Watch())
        scenes = {name: replace(one, hub=hub.within(one.connection.merchant_id)) for name, one in first.scenes.items()}
        yield House(hub, scenes)
        hub.database.close()

    return open_one


@settings(max_examples=6, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(one=stories(), other=stories(), mixing=st.randoms(use_true_random=False))
def test_two_merchants_stories_mixed_are_two_stories(
    fresh: Any, one: list[Event], other: list[Event], mixing: Random
) -> None:
    """S29: in every interleaving each has the very ledger that they would have alone."""
    told = dict(zip(NAMES, (one, other), strict=True))
    alone = {}
    for name, story in told.items():
        with fresh() as house:
            for event in story:
                house.scenes[name].tell(event)
            alone[name] = house.scenes[name].digest()
    left = [name for name, story in told.items() for _ in story]
    mixing.shuffle(left)
    with fresh() as house:
        for name in left:
            house.scenes[name].tell(told[name].pop(0))
        assert house.digests() == alone
        assert all(not scene.violations() for scene in house.scenes.values())


def test_one_worker_serves_both_and_each_within_its_own(house: House) -> None:
    """The same order number, the same buyer and the same code in both shops: two orders, two rewards each."""
    bought = OrderPaid(order(buyer=Contact(identities=(customer("anna"), email("anna@example.com")))))
    for scene in house.scenes.values():
        scene.deliver(bought)
    run_until_idle(house.hub)
    for scene in house.scenes.values():
        assert [row.state for row in scene.all(StoredDelivery)] == ["read"]
        assert len(scene.all(Conversion)) == 1
        assert len(scene.all(Reward)) == 2
        assert scene.violations() == {}
    tea, coffee = house.digests().values()
    assert tea == coffee


def test_every_step_of_the_worker_is_given_the_connections_own_hub(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The whole house's hub finds what is due, and does none of it."""
    served: list[tuple[str, str | None]] = []

    def note(hub: Hub, connection: Connection, _held: Any) -> int:
        served.append((connection.merchant_id, hub.merchant_id))
        return 0

    monkeypatch.setattr("core.worker.STEPS", dict.fromkeys(Lane, note))
    run_until_idle(house.hub)
    assert {merchant for merchant, _ in served} == {scene.hub.merchant_id for scene in house.scenes.values()}
    assert all(merchant == scope for merchant, scope in served)


def test_equal_people_of_two_merchants_cannot_be_told_to_be_equal(house: House) -> None:
    """Whoever reads the tables without the key finds no two rows that belong together."""
    hashes = [{row.lookup for row in scene.all(Identity, kind="email")} for scene in house.scenes.values()]
    assert all(hashes)
    assert not set.intersection(*hashes)


def test_one_account_is_served_for_one_merchant_only(house: House) -> None:
    """Else one order is rewarded twice, and neither could know. Nobody is named to the other."""
    tea, coffee = house.scenes.values()
    with pytest.raises(NeedsAttention, match="in use on this hub already") as refused:
        connect(coffee.hub, "pretend", "Theirs", {"shop": tea.shop.name})
    assert "Tea" not in str(refused.value)
    assert [row.label for row in coffee.all(Connection)] == ["The shop"]


def test_an_account_that_was_left_may_be_another_merchants(house: House) -> None:
    tea, coffee = house.scenes.values()
    disconnect(tea.hub, tea.connection.id, keeps_links=True)
    row, _, _ = connect(coffee.hub, "pretend", "Theirs now", {"shop": tea.shop.name})
    assert row.merchant_id == coffee.hub.merchant_id
