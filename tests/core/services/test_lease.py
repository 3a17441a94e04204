"""Leases: one worker clears a lane, the next one's fence is higher, and a late worker's write changes nothing."""

from contextlib import ExitStack
from datetime import timedelta

import pytest
import time_machine

from core.clock import system_clock
from core.models import HubState
from core.services.lease import HeldLease, Lane, LeaseLost, lease
from tests.support.hub import DAY, Scene


def write(held: HeldLease, scene: Scene) -> None:
    """Something is written under the lease."""
    with scene.hub.database.transaction() as session:
        session.add(HubState(name="written", value="yes"))
        held.confirm(session)


def test_the_second_asker_gets_nothing_while_the_first_holds_on(bare: Scene) -> None:
    """F24."""
    with lease(bare.hub, bare.connection.id, Lane.PAY) as first:
        assert first is not None
        with lease(bare.hub, bare.connection.id, Lane.PAY) as second:
            assert second is None
        write(first, bare)


def test_a_lease_that_was_given_back_goes_to_the_next_with_a_higher_fence(bare: Scene) -> None:
    fences = []
    for _ in range(3):
        with lease(bare.hub, bare.connection.id, Lane.PAY) as held:
            assert held is not None
            fences.append(held.fence)
    assert fences == sorted(set(fences))


def test_lanes_do_not_wait_for_each_other(bare: Scene) -> None:
    with ExitStack() as stack:
        held = [stack.enter_context(lease(bare.hub, bare.connection.id, lane)) for lane in Lane]
        assert all(held)


def test_a_dead_workers_lease_ends_by_itself_and_its_late_write_is_undone(bare: Scene) -> None:
    """F24: the late worker believes that it still holds the lane."""
    began = system_clock()
    with time_machine.travel(began, tick=False) as clock, ExitStack() as stack:
        late = stack.enter_context(lease(bare.hub, bare.connection.id, Lane.PAY))
        assert late is not None
        clock.shift(bare.hub.timings.lease - timedelta(seconds=1))
        with lease(bare.hub, bare.connection.id, Lane.PAY) as too_early:
            assert too_early is None
        clock.shift(timedelta(seconds=1))
        with lease(bare.hub, bare.connection.id, Lane.PAY) as heir:
            assert heir is not None
            assert heir.fence > late.fence
            with pytest.raises(LeaseLost, match=f"pay of {bare.connection.id}"):
                write(late, bare)
            with bare.hub.database.reading() as session:
                assert session.get(HubState, "written") is None
            write(heir, bare)
    with bare.hub.database.reading() as session:
        assert session.get(HubState, "written") is not None


def test_every_confirmation_makes_the_lease_last_again(bare: Scene) -> None:
    with ExitStack() as stack:
        clock = stack.enter_context(time_machine.travel(system_clock(), tick=False))
        held = stack.enter_context(lease(bare.hub, bare.connection.id, Lane.READ))
        assert held is not None
        for _ in range(3):
            clock.shift(bare.hub.timings.lease - timedelta(seconds=1))
            with bare.hub.database.transaction() as session:
                held.confirm(session)
            with lease(bare.hub, bare.connection.id, Lane.READ) as other:
                assert other is None


def test_a_late_worker_does_not_give_back_its_heirs_lease(bare: Scene) -> None:
    with time_machine.travel(system_clock(), tick=False) as clock, ExitStack() as stack:
        with ExitStack() as dying:
            dying.enter_context(lease(bare.hub, bare.connection.id, Lane.PAY))
            clock.shift(bare.hub.timings.lease)
            assert stack.enter_context(lease(bare.hub, bare.connection.id, Lane.PAY)) is not None
        with lease(bare.hub, bare.connection.id, Lane.PAY) as third:
            assert third is None


def test_a_sandbox_clock_turned_forward_ends_no_lease(bare: Scene) -> None:
    with lease(bare.hub, bare.connection.id, Lane.PAY) as held:
        assert held is not None
        bare.watch.forward(30 * DAY)
        with lease(bare.hub, bare.connection.id, Lane.PAY) as other:
            assert other is None
        write(held, bare)
