"""Deciding: how many stored orders per second become conversions, rewards and ledger entries."""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from itertools import islice

from sqlalchemy import func, select

from bench.ceilings import rows_between, write_rows
from bench.orders import SignedOrder
from bench.scene import Scene, lay_orders
from core.database import Database
from core.gateway.hub import Hub
from core.models import Conversion, Reward, StoredDelivery
from core.services.lease import Lane
from core.worker import drain

# A copy of a scene's database that lives as long as the block; nobody may be connected to the original.
Copy = Callable[[Scene], AbstractContextManager[Scene]]
WARM_UP = 20  # statements are compiled and the connector is loaded once, before anything is timed
LONG = 3600.0


class Wrong(RuntimeError):
    """Not every order became what it should: no number is worth anything then."""


def decide(scene: Scene, copy: Copy, orders: list[SignedOrder]) -> tuple[float, float]:
    """Events per second of the product, and of the bare driver that writes exactly the same rows. Raises `Wrong`."""
    with copy(scene) as decided:
        _lay_and_warm_up(decided, orders)
        with copy(decided) as written:
            product = _decide_all(decided, orders)
            return product, _write_all(decided, written, len(orders) - WARM_UP)


def _lay_and_warm_up(scene: Scene, orders: list[SignedOrder]) -> None:
    hub, told = scene.hub(), iter(orders)
    lay_orders(hub, scene.connection_id, islice(told, WARM_UP))
    drain(hub, scene.connection_id, Lane.READ)
    lay_orders(hub, scene.connection_id, told)
    hub.database.close()


def _decide_all(scene: Scene, orders: list[SignedOrder]) -> float:
    hub = scene.hub()
    started = time.perf_counter()
    done = drain(hub, scene.connection_id, Lane.READ, budget_seconds=LONG)
    took = time.perf_counter() - started
    found = _counts(hub)
    hub.database.close()
    expected = (len(orders), len(orders), 2 * len(orders))
    if done != len(orders) - WARM_UP or found != expected:
        raise Wrong(f"{scene.name}: {found} deliveries read, conversions, rewards; expected {expected}")
    return done / took


def _counts(hub: Hub) -> tuple[int, ...]:
    questions = (
        select(func.count()).select_from(StoredDelivery).where(StoredDelivery.state == "read"),
        select(func.count()).select_from(Conversion).where(Conversion.state == "qualified"),
        select(func.count()).select_from(Reward).where(Reward.state == "held"),
    )
    with hub.database.reading() as session:
        return tuple(session.scalar(question) or 0 for question in questions)


def _write_all(decided: Scene, written: Scene, events: int) -> float:
    source, target = Database(decided.url), Database(written.url)
    try:
        return write_rows(target, rows_between(target, source), events)
    finally:
        source.close()
        target.close()
