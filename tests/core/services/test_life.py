"""A life of its own: a shop, a worker and lost answers in any order, with the books right at every step."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from core.contract.events import ContactsMerged, Event, Order, OrderCancelled, OrderPaid
from core.contract.money import Money
from core.gateway.hub import Timings
from core.models import Push, Reward
from core.services.look import decide
from tests.support.databases import sqlite_url
from tests.support.hub import (
    DAY,
    HOUR,
    MINUTE,
    Scene,
    Watch,
    customer,
    friend,
    open_hub,
    order,
    refund,
    refunded,
    scene,
)
from tests.support.shop import FATES, LOOKS, SHOPS, PretendShop

BUYERS = ("anna", "ben", "customer-mira", "carl")
CODES = ("MIRA", "ZOE", None)
SETTLED = {"confirmed", "rejected", "abandoned"}
WAITING = {"held", "due", "pushing"}
HARMLESS = sorted(set(FATES) - {"needs_attention", "whole"})


def told_as(push: Push) -> str:
    """The name under which the shop heard of the push: a reward is given under one, however often it takes."""
    return push.code_seed if push.gives else push.id


class Life(RuleBasedStateMachine):
    """The shop knows what is true; the hub hears of it late or twice, and pays into accounts that forget to answer."""

    fresh: Callable[[], Scene]

    def __init__(self) -> None:
        super().__init__()
        self.orders: dict[str, Order] = {}
        self.unheard: list[Event] = []
        self.heard: list[Event] = []
        self.numbers = count(1001)

    @initialize()
    def open(self) -> None:
        self.scene = type(self).fresh()

    # What happens in the shop.

    @rule(
        buyer=st.sampled_from(BUYERS),
        code=st.sampled_from(CODES),
        base=st.sampled_from(("25.00", "100.00", "333.33")),
        is_heard=st.booleans(),
    )
    def buy(self, buyer: str, code: str | None, base: str, is_heard: bool) -> None:
        source_id = str(next(self.numbers))
        placed = self.scene.watch.at - order().placed_at
        self._stands(order(source_id, base, code=code, buyer=friend(buyer), placed=placed), OrderPaid)
        if is_heard:
            self.hear(0)

    @precondition(lambda self: self.orders)
    @rule(pick=st.integers(0, 99), base=st.sampled_from(("10.00", "60.00", "400.00")))
    def edit(self, pick: int, base: str) -> None:
        known = self._pick(pick)
        self._stands(replace(known, base=Money.parse(base, "EUR"), updated_at=known.updated_at + MINUTE), OrderPaid)

    @precondition(lambda self: self.orders)
    @rule(pick=st.integers(0, 99))
    def cancel(self, pick: int) -> None:
        known = self._pick(pick)
        if known.cancelled_at is None:
            at = known.updated_at + MINUTE
            self._stands(replace(known, cancelled_at=at, updated_at=at), OrderCancelled)

    @precondition(lambda self: self.orders)
    @rule(pick=st.integers(0, 99), amount=st.sampled_from(("20.00", "33.33", "100.00", "500.00")))
    def give_back(self, pick: int, amount: str) -> None:
        known = self._pick(pick)
        told = refund(f"{known.source_id}-{len(known.refunds)}", amount, at=self.scene.watch.at - order().placed_at)
        self._stands(replace(known, refunds=(*known.refunds, told), updated_at=known.updated_at + MINUTE), OrderPaid)
        self.unheard[0] = refunded(known.source_id, told)

    @rule(kept=st.sampled_from(BUYERS), gone=st.sampled_from(BUYERS))
    def merge(self, kept: str, gone: str) -> None:
        if kept != gone:
            self.unheard.insert(0, ContactsMerged(kept=customer(kept), gone=customer(gone)))

    # What the hub hears, and does.

    @precondition(lambda self: self.unheard)
    @rule(pick=st.integers(0, 99))
    def hear(self, pick: int) -> None:
        event = self.unheard.pop(pick % len(self.unheard))
        self.heard.append(event)
        self.scene.tell(event)

    @precondition(lambda self: self.heard)
    @rule(pick=st.integers(0, 99))
    def hear_again(self, pick: int) -> None:
        self.scene.tell(self.heard[pick % len(self.heard)])

    @rule(fates=st.lists(st.sampled_from(HARMLESS), min_size=1, max_size=3))
    def push_badly(self, fates: list[str]) -> None:
        self.scene.shop.fates.extend(fates)

    @rule(looks=st.lists(st.sampled_from(("truth", "undecided", "busy")), min_size=1, max_size=2))
    def look_badly(self, looks: list[str]) -> None:
        assert set(looks) <= set(LOOKS)
        self.scene.shop.looks.extend(looks)

    @rule(wait=st.sampled_from((MINUTE, 2 * MINUTE, HOUR, 5 * DAY, 15 * DAY)))
    def wait_and_work(self, wait: timedelta) -> None:
        self.scene.watch.forward(wait)
        self.scene.work()

    @rule()
    def settle_what_is_parked(self) -> None:
        for push in self.scene.all(Push, state="parked"):
            held = self.scene.shop.held(told_as(push))
            decide(
                self.scene.hub, push.id, remote_id=held[0].remote_id if held else None, evidence="looked at the shop"
            )

    # What must be true at every step.

    @invariant()
    def every_promise_is_kept(self) -> None:
        assert self.scene.violations() == {}

    @invariant()
    def no_push_has_more_than_one_effect_and_a_confirmed_one_has_exactly_one(self) -> None:
        """I23."""
        pushes = self.scene.all(Push)
        confirmed = {told_as(push) for push in pushes if push.state == "confirmed"}
        for push in pushes:
            effects = self.scene.shop.held(told_as(push))
            assert len(effects) <= 1
            if push.state in SETTLED:
                assert len(effects) == (told_as(push) in confirmed)

    @invariant()
    def the_ledger_says_what_the_shop_holds_of_confirmed_pushes(self) -> None:
        """I25."""
        confirmed = {told_as(push) for push in self.scene.all(Push, state="confirmed")}
        at_the_shop = sum(effect.minor for effect in self.scene.shop.effects if effect.push_id in confirmed)
        booked = self.scene.balance("pushed") + self.scene.balance("receivable") + self.scene.balance("netted")
        assert at_the_shop == booked - self._set_off()

    def teardown(self) -> None:
        """In the end everything is heard and every answer comes: the shop holds exactly what the hub says."""
        if not hasattr(self, "scene"):
            return
        while self.unheard:
            self.hear(0)
        self.scene.shop.fates.clear()
        self.scene.shop.looks.clear()
        for _ in range(12):
            self.scene.watch.forward(5 * DAY)
            self.settle_what_is_parked()
            self.scene.work()
            if self._is_over():
                break
        self.scene.watch.forward(30 * DAY)  # and nothing more comes of it later
        self.scene.work()
        self.every_promise_is_kept()
        assert self._is_over()
        self.no_push_has_more_than_one_effect_and_a_confirmed_one_has_exactly_one()
        self.the_ledger_says_what_the_shop_holds_of_confirmed_pushes()
        self.scene.hub.database.close()

    def _is_over(self) -> bool:
        """No payment and no reward waits for anything any more."""
        pushes = {push.state for push in self.scene.all(Push)}
        return pushes <= SETTLED and not {reward.state for reward in self.scene.all(Reward)} & WAITING

    def _pick(self, pick: int) -> Order:
        return list(self.orders.values())[pick % len(self.orders)]

    def _stands(self, told: Order, kind: Callable[[Order], Event]) -> None:
        self.orders[told.source_id] = told
        self.scene.stands(told)
        self.unheard.insert(0, kind(told))

    def _set_off(self) -> int:
        """What left `receivable` for `programme` by being set off, and so never came from an account."""
        return sum(reward.netted_minor for reward in self.scene.all(Reward))


@pytest.fixture
def fresh(migrated_sqlite: Path, tmp_path: Path) -> Callable[[], Scene]:
    """Scenes that begin alike, each with a shop and a clock of its own."""
    template, numbers = tmp_path / "template.db", count()
    shutil.copy(migrated_sqlite, template)
    first = scene(sqlite_url(template)).campaign(counts={"first_order_only": False})
    first.advocate("MIRA")
    first.advocate("ZOE")
    first.hub.database.close()

    def open_one() -> Scene:
        copy = tmp_path / f"{next(numbers)}.db"
        shutil.copy(template, copy)
        shop = SHOPS[first.shop.name] = PretendShop(first.shop.name)
        watch = Watch()
        timings = Timings(quiet=2 * MINUTE, between_looks=MINUTE, poll_every=3650 * DAY)
        return replace(first, hub=open_hub(sqlite_url(copy), watch, timings=timings), watch=watch, shop=shop)

    return open_one


def test_whatever_happens_the_shop_holds_what_the_ledger_says(fresh: Callable[[], Scene]) -> None:
    """Issue 2, point 12; invariants I2 to I27 after every step."""
    Life.fresh = staticmethod(fresh)  # type: ignore[assignment]
    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=8,
            stateful_step_count=22,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
